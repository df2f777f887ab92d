#include "language/percent.h"

#include <algorithm>
#include <cstddef>

#include "language/hex.h"

namespace snom::language {
namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string encode_all_but(std::string_view text, std::string_view kept_marks) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_alphanumeric(c) || kept_marks.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', hex[byte >> 4U], hex[byte & 0x0FU]};
    }
  }
  return encoded;
}

}  // namespace

std::string percent_encode(std::string_view text) { return encode_all_but(text, "-._~"); }

std::string percent_encode_sip_user(std::string_view text) {
  // RFC 3261 section 25.1: mark, then user-unreserved.
  return encode_all_but(text, "-_.!~*'()&=+$,;?/");
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

std::vector<std::string> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  segments.reserve(static_cast<std::size_t>(std::ranges::count(path, '/')));
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    segments.push_back(percent_decode(segment));
    path.remove_prefix(segment.size());
  }
  return segments;
}

}  // namespace snom::language
