#pragma once

#include <functional>
#include <string>
#include <string_view>

/// What may be shown of an action. Pure functions.
namespace snom::control {

/// A key's action as replies, events and lists show it. The credentials of an `api+snom_command ...` are cut off, also
/// when it is the action of an `api+snom_bind_key ...`. What looks like one of our commands and cannot be read (`API+`,
/// a mistyped word, one command in another) is not shown beyond its first word. Passwords in URIs are left out. Any
/// other text, and FreeSWITCH's own commands, come back as they are.
[[nodiscard]] std::string action_without_password(std::string_view action);

/// An action that stands within what is shown, as it may be shown there.
using ShownAction = std::function<std::string(std::string_view action)>;

}  // namespace snom::control
