#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "runtime/executor.h"

namespace snom::runtime {

/// The way to an executor for those who may outlive it: once its owner has gone, what is posted is dropped. Copies are
/// for any thread; the owner keeps the one that it made, and closes it.
class ExecutorHandle final {
 public:
  explicit ExecutorHandle(Executor& executor) : shared_(std::make_shared<Shared>()) { shared_->executor = &executor; }

  void post(std::function<void()> work) const {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->executor != nullptr) shared_->executor->post(std::move(work));
  }
  /// For all copies.
  void close() const {
    const std::lock_guard lock(shared_->mutex);
    shared_->executor = nullptr;
  }

 private:
  struct Shared {
    std::mutex mutex;
    Executor* executor = nullptr;  ///< guarded by mutex
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace snom::runtime
