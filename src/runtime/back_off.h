#pragma once

#include <chrono>

namespace snom::runtime {

/// Any part of `whole` from `least` (0 to 1) of it on, at random, so that thousands do not come at the same time. Any
/// thread.
[[nodiscard]] std::chrono::milliseconds part_of(std::chrono::milliseconds whole, double least);

/// The pause before something that went wrong is tried again: `first`, doubled so many times, at most `longest`, less
/// up to a half at random. Any thread.
[[nodiscard]] std::chrono::milliseconds back_off(unsigned doublings, std::chrono::milliseconds first,
                                                 std::chrono::milliseconds longest);

}  // namespace snom::runtime
