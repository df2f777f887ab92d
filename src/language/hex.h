#pragma once

#include <span>
#include <string>
#include <string_view>

namespace snom::language {

/// Two digits a byte, in lower case.
[[nodiscard]] inline std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 0x0FU];
  }
  return text;
}

/// The value of one hex digit of either case; -1 for anything else.
[[nodiscard]] constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// True if there is nothing but hex digits of either case.
[[nodiscard]] inline bool is_hex(std::string_view text) {
  for (const char c : text) {
    if (hex_value(c) < 0) return false;
  }
  return true;
}

}  // namespace snom::language
