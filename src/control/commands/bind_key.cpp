#include "control/commands/bind_key.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "control/commands/command_words.h"
#include "control/commands/redact.h"
#include "language/command_line.h"
#include "language/refused.h"

namespace snom::control {
namespace {

/// The arguments with this action in place of their own.
std::string with_action(std::string_view arguments, std::string_view action) {
  auto shown = std::string(first_arguments(arguments, 7));
  if (!shown.empty()) shown += ' ';
  return shown.append(action);
}

/// An action belongs at the end; it may stand elsewhere by mistake.
bool has_password(const std::string& word) { return action_without_password(word) != word; }

}  // namespace

tl::expected<BindKey, std::string> parse_bind_key(std::string_view arguments) {
  auto split = language::split_command_line(arguments, 8);
  if (split.size() < 6) return tl::unexpected(usage_of(bind_key_name));

  BindKey command;
  command.button.key = std::move(split[0]);
  const auto light = language::parse_light(split[1]);
  if (!light) return tl::unexpected(light.error().text());
  command.button.light = *light;
  command.button.label = std::move(split[2]);
  command.user = std::move(split[3]);
  command.host = std::move(split[4]);
  command.profile = std::move(split[5]);
  if (split.size() > 6) {
    const auto action = language::parse_action(split[6]);
    if (!action) return tl::unexpected(action.error().text());
    if (split.size() > 7) {
      command.button.action = *action;
      command.button.number = std::move(split[7]);
    }
  }
  if (const auto valid = language::validate(command.button); !valid) {
    return tl::unexpected(valid.error().text());
  }
  command.shown = bind_key_arguments_without_password(arguments, command.button.number);
  return command;
}

std::string bind_key_arguments_without_password(std::string_view arguments, std::string_view action) {
  auto split = language::split_command_line(arguments, 8);
  if (split.size() == 8) split.pop_back();
  if (std::any_of(split.begin(), split.end(), has_password)) {
    std::string shown;
    for (const auto& word : split) {
      shown += (shown.empty() ? "" : " ") + language::quote_argument(action_without_password(word));
    }
    return action.empty() ? shown : shown + ' ' + action_without_password(action);
  }
  const auto shown = action_without_password(action);
  return shown == action ? std::string(arguments) : with_action(arguments, shown);
}

std::optional<std::string> redact_bind_key(std::string_view arguments, const ShownAction& shown_action) {
  const auto split = language::split_command_line(arguments, 8);
  // With an argument too many or too few anything may be anywhere.
  if (split.size() < 6 || !language::parse_light(split[1])) return std::nullopt;
  if (split.size() > 6 && !language::parse_action(split[6])) return std::nullopt;
  if (std::any_of(split.begin(), split.begin() + static_cast<std::ptrdiff_t>(std::min(split.size(), std::size_t{7})),
                  [&shown_action](const std::string& word) { return shown_action(word) != word; })) {
    return std::nullopt;
  }
  if (split.size() < 8) return std::string(arguments);
  const auto action = shown_action(split[7]);
  return action == split[7] ? std::string(arguments) : with_action(arguments, action);
}

std::string not_registered(const BindKey& command) {
  auto text =
      fmt::format("user {} not registered", language::in_quotes_to_its_blank(command.user + '@' + command.host));
  if (!command.profile.empty() && command.profile != "*")
    text += " on profile " + language::in_quotes_to_its_blank(command.profile);
  return text;
}

}  // namespace snom::control
