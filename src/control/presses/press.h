#pragma once

#include <optional>
#include <string_view>

/// How a press is read. Pure functions.
namespace snom::control {

inline constexpr std::string_view api_prefix = "api+";

/// The command line in an action `api+<command line>`; nullopt for any other action.
[[nodiscard]] std::optional<std::string_view> own_command(std::string_view action);

/// The key that a pressed phone names in its MESSAGE: the value of the first line `k=...` (lines end in CRLF or LF).
/// Empty when there is none.
[[nodiscard]] std::string_view key_in_body(std::string_view body);

}  // namespace snom::control
