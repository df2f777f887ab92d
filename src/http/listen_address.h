#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace snom::http {

/// An address to listen on as an administrator writes it.
struct ListenAddress {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
};

/// Reads "127.0.0.1:8080", "[::1]:0", "localhost:0".
[[nodiscard]] tl::expected<ListenAddress, std::string> parse_listen_address(std::string_view text);

/// Whether this may be an address (of IPv6 without brackets, with its zone too: RFC 4007 section 11) or a name of a
/// host, as far as that can be told without looking it up.
[[nodiscard]] bool may_be_host(std::string_view host);

/// Whether nobody beyond this machine reaches this host: "localhost", 127.0.0.0/8 (RFC 1122 section 3.2.1.3) or ::1,
/// without brackets. A name that merely looks like one of these may be any machine's.
[[nodiscard]] bool is_loopback(const std::string& host);

}  // namespace snom::http
