#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace snom::language {

/// Percent-encodes all but RFC 3986 unreserved characters, hex digits in capitals: what a query value needs.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Percent-encodes a SIP URI user part: RFC 3261 section 25.1 `user` characters stay ("+" too), blanks and '@' are
/// encoded.
[[nodiscard]] std::string percent_encode_sip_user(std::string_view text);

/// Decodes %XX; a '%' that is not followed by two hex digits stays as it is. '+' stays '+'.
[[nodiscard]] std::string percent_decode(std::string_view text);

/// The parts of a URI's path, "/v1/phones/a%2Fb", each decoded by itself, so that an encoded slash is part of one (RFC
/// 3986 section 2.2); none of a path that does not begin with a slash.
[[nodiscard]] std::vector<std::string> path_segments(std::string_view path);

}  // namespace snom::language
