#pragma once

#include <chrono>
#include <cstddef>

namespace snom::snomd {

/// How much of something long is done in one turn of the loop: 100 phones of it, or a millisecond's worth.
class Turn final {
 public:
  /// Whether one more may be done in this turn; counts it.
  [[nodiscard]] bool goes_on() { return done_++ < most && std::chrono::steady_clock::now() - begin_ < longest; }

 private:
  static constexpr std::size_t most = 100;
  static constexpr std::chrono::milliseconds longest{1};

  std::size_t done_ = 0;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace snom::snomd
