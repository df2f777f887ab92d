#include "runtime/back_off.h"

#include <algorithm>
#include <random>

namespace snom::runtime {

using std::chrono::milliseconds;

milliseconds part_of(milliseconds whole, double least) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return std::chrono::duration_cast<milliseconds>(whole * std::uniform_real_distribution<double>(least, 1.0)(random));
}

milliseconds back_off(unsigned doublings, milliseconds first, milliseconds longest) {
  constexpr unsigned most_doublings = 16;
  constexpr double half = 0.5;
  return part_of(std::min<milliseconds>(first * (1LL << std::min(doublings, most_doublings)), longest), half);
}

}  // namespace snom::runtime
