#pragma once

#include <string>
#include <string_view>

/// What is done with secrets. Pure functions.
namespace snom::language {

/// Whether two secrets are the same, in a time that tells nothing of where they differ (only whether their lengths do).
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

/// SHA-256 (FIPS 180-4) as 64 hex digits in lower case; empty when libcrypto fails.
[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace snom::language
