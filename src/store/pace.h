#pragma once

#include <chrono>
#include <cstddef>

namespace snom::store {

/// How far apart transactions of one kind begin: further when the latest one had much to do, so that all that comes
/// meanwhile is one. What comes when little goes on is done at once. One thread at a time.
class Pace final {
 public:
  struct Limits {
    std::chrono::milliseconds least{0};
    std::chrono::milliseconds most{0};
    std::size_t many = 8;  ///< things in one transaction: more come, probably
  };

  explicit Pace(Limits limits) : limits_(limits), pause_(limits.least) {}

  /// A transaction had so many things.
  void did(std::size_t things) {
    had_many_ = things >= limits_.many;
    pause_ = had_many_ ? limits_.most : limits_.least;
  }
  [[nodiscard]] bool had_many() const { return had_many_; }
  /// From the beginning of that one to the beginning of the next one, at least.
  [[nodiscard]] std::chrono::milliseconds pause() const { return pause_; }

 private:
  Limits limits_;
  std::chrono::milliseconds pause_;
  bool had_many_ = false;
};

}  // namespace snom::store
