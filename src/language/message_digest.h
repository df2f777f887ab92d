#pragma once

#include <string>
#include <string_view>

#include "language/digest.h"

namespace snom::language {

/// In hex; empty when libcrypto refuses (MD5 under a FIPS policy). Pure.
[[nodiscard]] std::string message_digest(DigestAlgorithm algorithm, std::string_view text);

}  // namespace snom::language
