#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace snom::sip {

/// A SIP or SIPS URI taken apart (RFC 3261 section 19.1), to compare contacts and to find where they are reached. Pure.
struct SipUri {
  std::string scheme;                   ///< "sip" or "sips"
  std::optional<std::string> user;      ///< percent-decoded
  std::optional<std::string> password;  ///< percent-decoded
  std::string host;                     ///< small letters, without brackets
  std::optional<std::uint16_t> port;
  std::vector<std::pair<std::string, std::string>> parameters;  ///< name in small letters, value; percent-decoded
  std::vector<std::pair<std::string, std::string>> headers;     ///< likewise

  /// Value of a URI parameter, empty when it is absent or has none.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  [[nodiscard]] bool has_parameter(std::string_view name) const;
};

/// Of a URI that names none, over UDP and TCP (section 19.1.2).
constexpr std::uint16_t default_port = 5060;
/// The same over TLS (RFC 3261 section 19.1.2).
constexpr std::uint16_t default_tls_port = 5061;

/// nullopt for another scheme, an empty host or a port that is none.
[[nodiscard]] std::optional<SipUri> parse_sip_uri(std::string_view uri);

/// The URI without the header fields that it would have in a request made of it: as a Request-URI and To take it
/// (section 19.1.1). A library that is given them writes them into the request.
[[nodiscard]] std::string_view without_headers(std::string_view uri);

/// The URI with the parameter lr, as a Route takes it (section 19.1.1).
[[nodiscard]] std::string loose_route_to(std::string_view uri);

/// True when each '%' is followed by two hex digits.
[[nodiscard]] bool has_whole_escapes(std::string_view uri);

/// RFC 3261 section 19.1.4: user by case, host without; a default written out is not the same as one left out; of the
/// parameters that only one has, user, ttl, method, maddr and transport tell them apart.
[[nodiscard]] bool same_uri(const SipUri& a, const SipUri& b);

/// The same of URIs as they are written; one that cannot be read is like itself only.
[[nodiscard]] bool same_uri(std::string_view a, std::string_view b);

/// True for "192.0.2.7" and "2001:db8::7" (without brackets).
[[nodiscard]] bool is_ip_address(const std::string& host);

}  // namespace snom::sip
