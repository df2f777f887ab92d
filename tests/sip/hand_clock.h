#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <utility>

#include "runtime/clock.h"

namespace snom::sip::test {

/// Time that a test moves by hand.
class HandClock final : public runtime::Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  TimerId after(std::chrono::milliseconds delay, std::function<void()> work) override {
    timers_.emplace(std::pair(now_ + delay, ++last_), std::move(work));
    return last_;
  }
  void cancel(TimerId timer) override {
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }
  void pass(std::chrono::milliseconds time) {
    const auto end = now_ + time;
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      auto timer = timers_.extract(timers_.begin());
      now_ = timer.key().first;
      timer.mapped()();
    }
    now_ = end;
  }
  [[nodiscard]] std::size_t timers() const { return timers_.size(); }

 private:
  TimePoint now_{std::chrono::seconds(1000)};
  TimerId last_ = 0;
  std::map<std::pair<TimePoint, TimerId>, std::function<void()>> timers_;
};

}  // namespace snom::sip::test
