#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "runtime/executor.h"

namespace snom::store::testing {

/// Control's thread for tests: the thread that calls run_until().
class ControlQueue final : public runtime::Executor {
 public:
  /// Any thread.
  bool post(std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
      ++posts_;
    }
    arrived_.notify_one();
    return true;
  }

  /// Does what is posted until the condition holds; false when it does not within the limit.
  bool run_until(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      std::unique_lock lock(mutex_);
      if (!arrived_.wait_until(lock, end, [this] { return !work_.empty(); })) return false;
      const auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
    }
    return true;
  }
  /// What was posted up to now; true if there was any.
  bool run_posted() {
    std::unique_lock lock(mutex_);
    auto work = std::exchange(work_, {});
    lock.unlock();
    for (const auto& each : work) each();
    return !work.empty();
  }
  /// How often post() was called.
  [[nodiscard]] std::size_t posts() {
    const std::lock_guard lock(mutex_);
    return posts_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> work_;
  std::size_t posts_ = 0;
};

}  // namespace snom::store::testing
