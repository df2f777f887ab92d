#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "sip/nta_glue.h"

namespace snom::sip {

/// Where a request for this URI is sent: its host or maddr, port (5060, or 5061 of TLS, when it names none) and
/// transport (UDP when it names none, TLS for sips:; RFC 3263 section 4 without NAPTR and SRV). The host may be a name
/// yet. The error says why nothing can be sent there. Pure.
[[nodiscard]] tl::expected<TransportAddress, std::string> next_hop(std::string_view uri);

}  // namespace snom::sip
