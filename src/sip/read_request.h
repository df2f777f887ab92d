#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/registrar.h"
#include "sip/server_request.h"

namespace snom::sip {

/// Takes the headers of a REGISTER apart; the user is filled in by the caller. nullopt when a part is longer than any
/// phone needs, so that nobody fills the memory with a few registrations.
[[nodiscard]] std::optional<RegisterRequest> read_register(const ServerRequest& request);

/// The Expires header in seconds; one with a date says how long that is from now.
[[nodiscard]] std::optional<std::uint32_t> read_expires(const sip_t* sip);

/// Values of the Authorization headers.
[[nodiscard]] std::vector<std::string> read_credentials(const sip_t* sip);

/// Option tags of the Require headers but for `known`, separated by commas: what a response 420 lists as unsupported.
/// Empty = none.
[[nodiscard]] std::string read_required(const sip_t* sip, std::string_view known = {});

}  // namespace snom::sip
