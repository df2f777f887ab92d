#pragma once

#include <string>
#include <string_view>

#include "control/registration.h"

/// What a SIP URI that a phone gave tells (RFC 3261 section 19.1.1). Pure functions.
namespace snom::control {

/// The host of "sip:1000@192.0.2.7:5060;line=a", without brackets; empty when there is none.
[[nodiscard]] std::string_view host_of_uri(std::string_view uri);

/// Whether two texts are one IP address, however each is written (an IPv4 address in IPv6 too); names never are.
[[nodiscard]] bool same_address(std::string_view a, std::string_view b);

/// True when this registration shows that the phone itself is at the address that the REGISTER came from: its contact
/// names that address, and the registrar saw neither NAT nor a proxy (RFC 3261 section 18.2.1). Else somebody else may
/// be there: a router, or the proxy.
[[nodiscard]] bool is_at_its_source(const Registration& registration);

}  // namespace snom::control
