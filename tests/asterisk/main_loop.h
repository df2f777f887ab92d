#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/clock.h"
#include "runtime/executor.h"

namespace snom::asterisk::testing {

/// Control's thread is the test's own: what was posted and what is due is done while it waits.
class MainLoop final : public runtime::Executor, public runtime::Clock {
 public:
  bool post(std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    changed_.notify_one();
    return true;
  }
  TimerId after(std::chrono::milliseconds delay, std::function<void()> work) override {
    timers_.emplace(std::pair(now() + delay, ++last_), std::move(work));
    return last_;
  }
  void cancel(TimerId timer) override {
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }
  /// Until it is so, or ten seconds are over.
  bool run_until(const std::function<bool()>& so) {
    const auto end = now() + std::chrono::seconds(10);
    while (!so()) {
      if (now() >= end) return false;
      step();
    }
    return true;
  }
  /// What was posted before and what is due by now.
  void turn() { step(std::chrono::milliseconds(0)); }

 private:
  void step(std::chrono::milliseconds limit = std::chrono::milliseconds(5)) {
    std::vector<std::function<void()>> work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, limit, [this] { return !posted_.empty(); });
      work.swap(posted_);
    }
    for (const auto& one : work) one();
    while (!timers_.empty() && timers_.begin()->first.first <= now()) timers_.extract(timers_.begin()).mapped()();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> posted_;
  std::map<std::pair<TimePoint, TimerId>, std::function<void()>> timers_;
  TimerId last_ = 0;
};

}  // namespace snom::asterisk::testing
