#pragma once

#include <string_view>

namespace snom::control {

/// Order of keys in lists and documents: numbers by value, of any length, then names.
struct KeyOrder {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

}  // namespace snom::control
