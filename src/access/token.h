#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "access/role.h"

namespace snom::access {

/// What is kept of a token: not the token, but its hash. A token has 256 random bits, which nobody finds by trying, so
/// that one round of SHA-256 hides it as well as a slow hash would.
struct Token {
  std::string name;        ///< 1 to 64 of letters, digits, '.', '_' and '-', a letter or digit first
  Role role = Role::read;  ///< never anybody
  std::string hash;        ///< SHA-256 of the token's text, 64 hex digits
  std::string created;     ///< "2026-11-27T01:00:00Z"
  /// Requests a second, 1 to 100000, and bytes of a request's body, 1 to 1048576; nullopt: as for all.
  std::optional<std::uint32_t> per_second = {};
  std::optional<std::size_t> max_body = {};
  bool operator==(const Token&) const = default;
};

/// No list has more.
inline constexpr std::size_t most_tokens = 256;
inline constexpr std::uint32_t most_per_second = 100000;
inline constexpr std::size_t largest_body = 1024 * 1024;

/// What the token of the configuration ([http] token_file) is called; no other has the name.
inline constexpr std::string_view configured_name = "token_file";

/// Errors are for an administrator and say what was expected: "a name of letters, digits, ...".
[[nodiscard]] tl::expected<void, std::string> check_name(std::string_view name);

/// A new token: "snom_" and 64 hex digits, from the kernel's random numbers.
[[nodiscard]] std::string new_token();

/// The text of a file of tokens, a line for each: `alice operate sha256/<64 hex digits> 2026-11-27T01:00:00Z`, behind
/// it `per_second=10` and `max_body=4096` where they are set. Empty lines and those that begin with # are passed over.
/// The error begins "<name>:<line>: " and shows no more of the line than the name in it. Pure.
[[nodiscard]] tl::expected<std::vector<Token>, std::string> parse_tokens(std::string_view text,
                                                                         const std::string& name);
/// One line, with its end.
[[nodiscard]] std::string write_token(const Token& token);

}  // namespace snom::access
