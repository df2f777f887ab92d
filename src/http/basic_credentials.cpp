#include "http/basic_credentials.h"

#include <cstdint>

namespace snom::http {

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto some = bytes.substr(at, 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8U | (i < some.size() ? static_cast<unsigned char>(some[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) text += i <= some.size() ? digits[group >> (18 - 6 * i) & 63U] : '=';
  }
  return text;
}

std::string basic_credentials(std::string_view username, std::string_view password) {
  std::string both(username);
  both.append(":").append(password);
  return "Basic " + base64(both);
}

}  // namespace snom::http
