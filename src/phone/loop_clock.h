#pragma once

#include <utility>

#include "phone/virtual_phone.h"
#include "sip/event_loop.h"

namespace snom::phone {

/// The real time, on the loop's thread.
class LoopClock final : public VirtualPhone::Clock {
 public:
  explicit LoopClock(sip::EventLoop& loop) : loop_(loop) {}
  [[nodiscard]] VirtualPhone::TimePoint now() const override { return std::chrono::steady_clock::now(); }
  TimerId after(std::chrono::milliseconds delay, std::function<void()> work) override {
    return loop_.after(delay, std::move(work));
  }
  void cancel(TimerId timer) override { loop_.cancel(timer); }

 private:
  sip::EventLoop& loop_;
};

}  // namespace snom::phone
