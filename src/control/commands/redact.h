#pragma once

#include <functional>
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

/// An action that stands within what is shown, as it may be shown there.
using ShownAction = std::function<std::string(std::string_view action)>;

/// Why `value` was refused, with no more of it than its first word.
[[nodiscard]] std::string refusal_of(const language::Error& error, std::string_view value);

/// A name that is not known, in quotes and no further than its first word: it may be half a line with a password in it.
[[nodiscard]] std::string in_quotes_to_its_first_word(std::string_view name);

/// What stands where one number or name of a file is expected: these hold characters that no word has, and are to be
/// seen whole. In quotes and no further than the first blank (or TAB or line end): a quote in the wrong place puts a
/// password behind it. A password in a URI is left out.
[[nodiscard]] std::string in_quotes_to_its_blank(std::string_view value);

}  // namespace snom::control
