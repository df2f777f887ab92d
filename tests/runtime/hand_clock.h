#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <utility>

#include "runtime/clock.h"
#include "runtime/executor.h"

namespace snom::runtime::testing {

/// A loop's time and turns by hand: time stands still until a test moves it, and what is posted is done when it says
/// so.
class HandClock : public Clock, public Executor {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return WallTime(std::chrono::milliseconds(1000000)); }
  TimerId after(std::chrono::milliseconds delay, std::function<void()> work) override {
    timers_.emplace(std::pair(now_ + delay, ++last_timer_), std::move(work));
    return last_timer_;
  }
  void cancel(TimerId timer) override {
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }
  /// Moves on, and runs what is due on the way at its time.
  void pass(std::chrono::milliseconds time) {
    const auto end = now_ + time;
    run_posted();
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      auto timer = timers_.extract(timers_.begin());
      now_ = timer.key().first;
      timer.mapped()();
      run_posted();
    }
    now_ = end;
  }
  [[nodiscard]] std::size_t timers() const { return timers_.size(); }

  bool post(std::function<void()> work) override {
    posted_.push_back(std::move(work));
    return true;
  }
  /// What was posted, and what that posts.
  void run_posted() {
    while (!posted_.empty()) {
      const auto work = std::move(posted_.front());
      posted_.pop_front();
      work();
    }
  }

 private:
  TimePoint now_{std::chrono::hours(1)};
  TimerId last_timer_ = 0;
  std::map<std::pair<TimePoint, TimerId>, std::function<void()>> timers_;
  std::deque<std::function<void()>> posted_;
};

}  // namespace snom::runtime::testing
