#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "control/commands/redact.h"
#include "language/button.h"

/// snom_bind_key: what was asked, and what to say of the outcome. Pure functions.
namespace snom::control {

/// `snom_bind_key <key> <light> <label> <user> <host> <profile> [<action_name> [<action>]]`, checked.
struct BindKey {
  language::Button button;
  std::string user;
  std::string host;
  std::string profile;
  std::string shown;  ///< the arguments as typed, less a password in the action
};

/// A lone action name is checked and dropped, as ever; argument 8 takes all that is left. The error is the reply less
/// "-ERR ".
[[nodiscard]] tl::expected<BindKey, std::string> parse_bind_key(std::string_view arguments);

/// The arguments as typed, less the credentials in their action, argument 8 (empty when there is none).
[[nodiscard]] std::string bind_key_arguments_without_password(std::string_view arguments, std::string_view action);

/// For the table of commands.
[[nodiscard]] std::optional<std::string> redact_bind_key(std::string_view arguments, const ShownAction& shown_action);

/// "user '1000@example.com' not registered on profile 'internal'".
[[nodiscard]] std::string not_registered(const BindKey& command);

}  // namespace snom::control
