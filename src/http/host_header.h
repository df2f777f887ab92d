#pragma once

#include <string_view>

namespace snom::http {

/// Whether a Host header (RFC 9110 section 7.2: host [":" port]) names a server by an IP address, one of IPv6 in
/// brackets (RFC 3986 section 3.2.2), or as localhost, in whatever case. Nobody can make such a name point elsewhere.
[[nodiscard]] bool names_an_address_or_localhost(std::string_view host_header);

}  // namespace snom::http
