#pragma once

#include "access/gate.h"
#include "http/server.h"

namespace snom::snomd {

/// What who may not is told, as a problem document: 401 with WWW-Authenticate (RFC 6750 section 3), 403 with the role
/// that is needed, 413, or 429 with Retry-After (RFC 6585 section 4).
[[nodiscard]] http::Response refused_access(const access::Refusal& refusal, access::Role needed);

}  // namespace snom::snomd
