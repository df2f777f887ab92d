#pragma once

#include <string>
#include <string_view>

namespace snom::language {

/// Whom an IP address belongs to, for limits: of IPv6 the /64, since a host takes any address of that, written
/// "2001:db8:0:1::/64"; of IPv4, also within IPv6 (RFC 4291 section 2.5.5.2), the address itself. Without brackets;
/// what stands behind a '%' (RFC 4007 section 11) is left out. What is no IPv6 address stays as it is.
[[nodiscard]] std::string network_of(std::string_view host);

}  // namespace snom::language
