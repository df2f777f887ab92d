#pragma once

#include <string>
#include <string_view>

#include "language/error.h"

/// What may be shown of an action. Pure functions.
namespace snom::control {

/// A key's action as replies, events and lists show it. The credentials of an `api+snom_command ...` are cut off, also
/// when it is the action of an `api+snom_bind_key ...`. What looks like one of our commands and cannot be read (`API+`,
/// a mistyped word, one command in another) is not shown beyond its first word. Passwords in URIs are left out. Any
/// other text, and FreeSWITCH's own commands, come back as they are.
[[nodiscard]] std::string action_without_password(std::string_view action);

/// The arguments of snom_bind_key as typed, less the credentials in its action, argument 8 (empty when there is none).
[[nodiscard]] std::string bind_key_arguments_without_password(std::string_view arguments, std::string_view action);

/// Why `value` was refused, with no more of it than its first word.
[[nodiscard]] std::string refusal_of(const language::Error& error, std::string_view value);

/// What stands where one word is expected, in quotes and no further than its first blank (or TAB or line end): a quote
/// in the wrong place puts a password behind it. A password in a URI is left out.
[[nodiscard]] std::string in_quotes_to_its_blank(std::string_view value);

}  // namespace snom::control
