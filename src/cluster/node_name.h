#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace snom::cluster {

/// What a node may be called: 1 to 64 letters, digits, '-', '_' and '.' (ASCII).
[[nodiscard]] inline bool is_node_name(std::string_view name) {
  constexpr std::size_t longest = 64;
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= longest && std::ranges::all_of(name, is_plain);
}

}  // namespace snom::cluster
