#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace snom::runtime {

/// Time as the rooms see it; tests move it by hand. All on the thread of the executor that it belongs to.
class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
  using TimerId = std::uint64_t;

  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const { return std::chrono::steady_clock::now(); }
  /// For people to read; may jump.
  [[nodiscard]] virtual WallTime wall() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  /// Calls `work` once when `delay` is over, never before this call returns. At the end of the program it may be
  /// dropped uncalled.
  virtual TimerId after(std::chrono::milliseconds delay, std::function<void()> work) = 0;
  /// The work is not called any more. A timer that ran or was cancelled before is passed over.
  virtual void cancel(TimerId timer) = 0;
};

}  // namespace snom::runtime
