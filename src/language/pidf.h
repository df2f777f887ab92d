#pragma once

#include <string>
#include <string_view>

#include "language/button.h"

namespace snom::language {

/// Content-Type of presence information (RFC 3863), and the event package that it is told by (RFC 3856).
inline constexpr std::string_view pidf_content_type = "application/pidf+xml";
inline constexpr std::string_view presence_event = "presence";

/// A lamp as the presence of an entity, for phones whose keys subscribe to that: dark is open; any light is open with
/// the activity on-the-phone (RFC 4480), a fault (`offline`, `error`) is closed. The note has the light's name.
[[nodiscard]] std::string write_pidf(std::string_view entity, Light light);

}  // namespace snom::language
