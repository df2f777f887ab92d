#include "http/listen_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace snom::http {

bool may_be_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:%").find(c) != std::string_view::npos;
  });
}

tl::expected<ListenAddress, std::string> parse_listen_address(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return tl::make_unexpected(
        fmt::format("'{}': {} (expected ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080)", text, why));
  };
  std::string_view host;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return wrong("the closing ] is missing");
    host = text.substr(1, bracket - 1);
    port = text.substr(bracket + 1);
    if (!port.starts_with(':')) return wrong("the port is missing");
    port.remove_prefix(1);
  } else {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return wrong("the port is missing");
    if (text.find(':', colon + 1) != std::string_view::npos) return wrong("an IPv6 address needs brackets");
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (host.empty()) return wrong("the address is missing");
  ListenAddress address{std::string(host), 0};
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || failed != std::errc() || end != port.data() + port.size()) {
    return wrong("the port is no number from 0 to 65535");
  }
  return address;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "::1") return true;
  std::array<std::uint8_t, 4> address{};
  constexpr std::uint8_t loopback = 127;
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 && address[0] == loopback;
}

}  // namespace snom::http
