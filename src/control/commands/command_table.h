#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "control/commands/bind_key.h"
#include "control/commands/button_commands.h"
#include "control/commands/redact.h"
#include "control/commands/snom_command.h"

/// The commands: what is known of each, in one place. Whoever offers them (snomd, FreeSWITCH, snomctl, the manual) goes
/// by this. Constants and pure functions.
namespace snom::control {

inline constexpr std::string_view bind_key_name = "snom_bind_key";
inline constexpr std::string_view snom_command_name = "snom_command";
inline constexpr std::string_view button_name = "snom_button";
inline constexpr std::string_view buttons_name = "snom_buttons";
inline constexpr std::string_view clear_name = "snom_clear";

/// A command that was read and checked.
using Command = std::variant<BindKey, SnomCommand, SetButtons, ListButtons, ClearButtons>;

struct CommandEntry {
  std::string_view name;     ///< of this and the next two a NUL follows the last letter
  std::string_view usage;    ///< its arguments: "<user>@<host> [<key>|all]"
  std::string_view summary;  ///< what it does
  /// The error is the reply less "-ERR ".
  tl::expected<Command, std::string> (*parse)(std::string_view arguments);
  /// Arguments, readable or not, as they may be shown; nullopt: not at all. `shown_action`: an action that stands in
  /// them, as it may be shown.
  std::optional<std::string> (*redact)(std::string_view arguments, const ShownAction& shown_action);
  /// What a console offers behind the name: lines of words, of which those in angle brackets stand for what there is:
  /// `<keys>` `<lights>` `<users>` `<domains>` `<profiles>`, `<phones>` as snom_command names them, `<addresses>` of
  /// record, `<any>` word.
  std::vector<std::string> (*complete)();
};

extern const std::array<CommandEntry, std::variant_size_v<Command>> command_table;

/// nullptr: there is no such command.
[[nodiscard]] const CommandEntry* find_command(std::string_view name);

/// "usage: snom_clear <user>@<host> [<key>|all]".
[[nodiscard]] std::string usage_of(std::string_view name);

/// A command line, read once.
struct ReadCommand {
  std::string name;  ///< the command's; of a line that is none its first word
  tl::expected<Command, std::string> command = tl::unexpected(std::string());  ///< the error as from parse
};
[[nodiscard]] ReadCommand read_command(std::string_view line);

}  // namespace snom::control
