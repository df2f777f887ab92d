#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "language/button.h"

/// How a press is read. Pure functions.
namespace snom::control {

inline constexpr std::string_view api_prefix = "api+";

/// Makes what a phone is told in place of a button's action (a MESSAGE to `button.number`), another one each time and
/// such that nobody guesses it; empty: the phone is told the action itself.
using NewReference = std::function<std::string(const std::string& address_of_record, const language::Button& button)>;
/// A reference that begins so is asked for by MESSAGE; any other is a number that the phone calls.
inline constexpr std::string_view message_reference = "snom+";

/// The command line in an action `api+<command line>`; nullopt for any other action.
[[nodiscard]] std::optional<std::string_view> own_command(std::string_view action);

/// The key that a pressed phone names in its MESSAGE: the value of the first line `k=...` (lines end in CRLF or LF).
/// Empty when there is none.
[[nodiscard]] std::string_view key_in_body(std::string_view body);

}  // namespace snom::control
