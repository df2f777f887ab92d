#pragma once

#include <chrono>
#include <functional>

namespace snom::control {

/// Time as control sees it; tests move it by hand. Control's thread.
class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// For people to read; may jump.
  [[nodiscard]] virtual WallTime wall() const = 0;
  /// Calls `work` once on control's thread when `delay` is over, never before this call returns. At the end of the
  /// program it may be dropped uncalled.
  virtual void after(std::chrono::milliseconds delay, std::function<void()> work) = 0;
};

}  // namespace snom::control
