#pragma once

namespace snom::runtime {

/// Wakes a thread that waits in poll() or epoll: it waits for descriptor() beside what else it waits for.
class WakeUp final {
 public:
  /// Throws std::system_error where there is no descriptor left.
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  /// Any thread. descriptor() can be read until clear(); of several before it one counts.
  void wake() const noexcept;
  /// Before what it was woken for is looked at: a wake() meanwhile then wakes once more, and none is lost.
  void clear() const noexcept;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  const int descriptor_;  ///< an eventfd
};

}  // namespace snom::runtime
