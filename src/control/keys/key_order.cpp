#include "control/keys/key_order.h"

#include <algorithm>

namespace snom::control {
namespace {

bool is_number(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_leading_zeros(std::string_view number) {
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

}  // namespace

bool KeyOrder::operator()(std::string_view a, std::string_view b) const {
  const bool a_is_number = is_number(a);
  if (a_is_number != is_number(b)) return a_is_number;
  if (a_is_number) {
    // Compared as text, so that no number is too large.
    const auto value_of_a = without_leading_zeros(a);
    const auto value_of_b = without_leading_zeros(b);
    if (value_of_a.size() != value_of_b.size()) return value_of_a.size() < value_of_b.size();
    if (value_of_a != value_of_b) return value_of_a < value_of_b;
  }
  return a < b;
}

}  // namespace snom::control
