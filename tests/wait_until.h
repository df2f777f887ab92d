#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace snom::testing {

/// Looks every 2 ms, in real time, whether something has come about on another thread or in another program; false
/// when it has not by then.
inline bool wait_until(const std::function<bool()>& condition,
                       std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  using Clock = std::chrono::steady_clock;
  for (const auto by = Clock::now() + limit; Clock::now() < by;
       std::this_thread::sleep_for(std::chrono::milliseconds(2))) {
    if (condition()) return true;
  }
  return condition();
}

}  // namespace snom::testing
