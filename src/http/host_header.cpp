#include "http/host_header.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "language/text.h"

namespace snom::http {
namespace {

bool is_address(int family, std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  // inet_pton reads to the first NUL.
  return text.find('\0') == std::string_view::npos && inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

/// Nothing, or ":80"; a colon alone is a port that is not said.
bool is_port(std::string_view text) {
  constexpr std::size_t longest = sizeof ":65535" - 1;
  return text.empty() || (text.front() == ':' && text.size() <= longest &&
                          text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

}  // namespace

bool names_an_address_or_localhost(std::string_view host_header) {
  if (host_header.starts_with('[')) {
    const auto end = host_header.find(']');
    return end != std::string_view::npos && is_address(AF_INET6, host_header.substr(1, end - 1)) &&
           is_port(host_header.substr(end + 1));
  }
  const auto host = host_header.substr(0, host_header.find(':'));
  return (is_address(AF_INET, host) || language::equal_ignoring_case(host, "localhost")) &&
         is_port(host_header.substr(host.size()));
}

}  // namespace snom::http
