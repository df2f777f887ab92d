#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/commands/redact.h"
#include "control/event.h"
#include "control/remote/phone_address.h"
#include "control/remote/remote_command.h"

/// snom_command: what was asked, and what to say of the outcome. Pure functions.
namespace snom::control {

/// One of `1000,1001,*`.
struct CommandTarget {
  std::string typed;  ///< "1000", for "user '...' not registered"
  PhoneAddress phone;
};

/// `snom_command <ip|user>[,<ip|user>...] <command> ... [<username> <password>]`, checked.
struct SnomCommand {
  /// Names in one command: each is looked up on control's thread. A group is one of them.
  static constexpr std::size_t most_targets = 10'000;
  /// Of them those with a `*`, as "external/*": for each, all phones are looked at.
  static constexpr std::size_t most_of_all = 32;

  std::vector<CommandTarget> targets;  ///< at least one, in the order of the command; may hold doubles
  RemoteCommand remote;
  std::string username;  ///< empty = none
  std::string password;
  std::string shown;       ///< the arguments as typed, less the credentials and the value of a setting
  std::string shown_rest;  ///< the same less the targets: " key enter"
  std::string rest;        ///< as typed, less the targets: must show up nowhere
};

/// The last argument takes all that is left, so a password may hold blanks. The error is the reply less "-ERR ".
[[nodiscard]] tl::expected<SnomCommand, std::string> parse_snom_command(std::string_view arguments);

/// snom_command's arguments as they may be shown, whether they can be parsed or not: cut off where credentials or the
/// value of a setting begin. Empty when the command in them is not known: anything may then be a password.
[[nodiscard]] std::string_view snom_command_without_secrets(std::string_view arguments);

/// The same for the table of commands.
[[nodiscard]] std::optional<std::string> redact_snom_command(std::string_view arguments, const ShownAction&);

/// Whether these are, by number and by the command in them, arguments of a snom_command with credentials or with the
/// value of a setting.
[[nodiscard]] bool holds_credentials(std::string_view arguments);

/// "+OK <shown>" when one phone answered 200, or took it by NOTIFY, and by which channel if not HTTP; else
/// "-ERR <shown> [HTTP:401]: " and what each said, where the status in brackets is that of the first phone that
/// answered, 0 when none did; "-ERR <shown>: " and why when none could be asked.
[[nodiscard]] std::string snom_command_reply(std::string_view shown, bool with_credentials,
                                             const std::vector<ContactOutcome>& contacts);

/// What one phone said, for people: "the phone has no such page".
[[nodiscard]] std::string what_it_answered(const ContactOutcome& contact, bool with_credentials);

}  // namespace snom::control
