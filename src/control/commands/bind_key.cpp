#include "control/commands/bind_key.h"

#include <utility>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "control/commands/command_words.h"
#include "control/commands/redact.h"
#include "language/command_line.h"

namespace snom::control {
namespace {

/// The arguments with this action in place of their own.
std::string with_action(std::string_view arguments, std::string_view action) {
  auto shown = std::string(first_arguments(arguments, 7));
  if (!shown.empty()) shown += ' ';
  return shown.append(action);
}

}  // namespace

tl::expected<BindKey, std::string> parse_bind_key(std::string_view arguments) {
  auto split = language::split_command_line(arguments, 8);
  if (split.size() < 6) return tl::unexpected(usage_of(bind_key_name));

  BindKey command;
  command.button.key = std::move(split[0]);
  const auto light = language::parse_light(split[1]);
  if (!light) return tl::unexpected(refusal_of(light.error(), split[1]));
  command.button.light = *light;
  command.button.label = std::move(split[2]);
  command.user = std::move(split[3]);
  command.host = std::move(split[4]);
  command.profile = std::move(split[5]);
  if (split.size() > 6) {
    const auto action = language::parse_action(split[6]);
    if (!action) return tl::unexpected(refusal_of(action.error(), split[6]));
    if (split.size() > 7) {
      command.button.action = *action;
      command.button.number = std::move(split[7]);
    }
  }
  if (const auto valid = language::validate(command.button); !valid) {
    return tl::unexpected(refusal_of(valid.error(), command.button.number));
  }
  command.shown = bind_key_arguments_without_password(arguments, command.button.number);
  return command;
}

std::string bind_key_arguments_without_password(std::string_view arguments, std::string_view action) {
  const auto shown = action_without_password(action);
  return shown == action ? std::string(arguments) : with_action(arguments, shown);
}

std::optional<std::string> redact_bind_key(std::string_view arguments, const ShownAction& shown_action) {
  const auto split = language::split_command_line(arguments, 8);
  // With an argument too many or too few anything may be anywhere.
  if (split.size() < 6 || !language::parse_light(split[1])) return std::nullopt;
  if (split.size() > 6 && !language::parse_action(split[6])) return std::nullopt;
  if (split.size() < 8) return std::string(arguments);
  const auto action = shown_action(split[7]);
  return action == split[7] ? std::string(arguments) : with_action(arguments, action);
}

std::string not_registered(const BindKey& command) {
  auto text = fmt::format("user '{}@{}' not registered", command.user, command.host);
  if (!command.profile.empty() && command.profile != "*") text += fmt::format(" on profile '{}'", command.profile);
  return text;
}

}  // namespace snom::control
