#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "control/keys/button_store.h"
#include "runtime/executor.h"

namespace snom::store {

/// Results on their way from the writer's thread to control's: each is told once, in order, on control's thread. Shared
/// by the writer and by what it has posted, which may come after the writer has gone and then finds nothing.
class Answers final : public std::enable_shared_from_this<Answers> {
 public:
  struct Answer {
    std::function<void(control::ButtonStore::Result)> done;
    control::ButtonStore::Result result;
  };

  /// Any thread. One post, or none while one is on its way.
  void add(std::vector<Answer> answers, runtime::Executor& control);
  /// Control's thread: tells all that is there, false if nothing was. A `done` may call it again.
  bool tell();

 private:
  std::mutex mutex_;
  std::vector<Answer> arrived_;  ///< under the mutex
  bool posted_ = false;          ///< under the mutex
  std::deque<Answer> telling_;   ///< control's thread
};

}  // namespace snom::store
