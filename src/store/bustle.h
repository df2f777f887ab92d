#pragma once

#include <cstddef>

namespace snom::store {

/// Whether so much goes on that it is better to look again and again than to be told each time. One thread at a time.
class Bustle final {
 public:
  struct Limits {
    std::size_t begins = 4;  ///< looks one after the other that find much
    std::size_t ends = 20;   ///< that do not
  };

  explicit Bustle(Limits limits) : limits_(limits) {}

  void looked(bool found_much) {
    against_ = found_much == goes_on_ ? 0 : against_ + 1;
    if (against_ < (goes_on_ ? limits_.ends : limits_.begins)) return;
    goes_on_ = !goes_on_;
    against_ = 0;
  }
  [[nodiscard]] bool goes_on() const { return goes_on_; }

 private:
  Limits limits_;
  bool goes_on_ = false;
  std::size_t against_ = 0;  ///< looks that say otherwise
};

}  // namespace snom::store
