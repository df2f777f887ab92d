#pragma once

#include <string>
#include <string_view>

/// What may be shown of an action. Pure functions.
namespace snom::control {

/// A key's action as replies, events and lists show it: the credentials of an `api+snom_command ...` are cut off, also
/// when it is the action of an `api+snom_bind_key ...`. Any other text comes back as it is.
[[nodiscard]] std::string action_without_password(std::string_view action);

/// The arguments of snom_bind_key as typed, less the credentials in its action, argument 8 (empty when there is none).
[[nodiscard]] std::string bind_key_arguments_without_password(std::string_view arguments, std::string_view action);

}  // namespace snom::control
