#include "control/redact.h"

#include <cstddef>
#include <utility>

#include "control/bind_key.h"
#include "control/button_commands.h"
#include "control/press.h"
#include "control/snom_command.h"
#include "control/typed_line.h"
#include "language/command_line.h"

namespace snom::control {
namespace {

/// Actions that bind actions that bind actions: more levels than anybody types, few enough for the stack.
constexpr int deepest = 8;
constexpr std::size_t most_arguments = 4096;

std::string action_at_depth(std::string_view action, int depth);

std::string bind_key_at_depth(std::string_view arguments, std::string_view unsafe_action, int depth) {
  auto action = action_at_depth(unsafe_action, depth);
  if (action == unsafe_action) return std::string(arguments);
  auto shown = std::string(first_arguments(arguments, 7));
  if (!shown.empty()) shown += ' ';
  return shown + std::move(action);
}

std::string action_at_depth(std::string_view action, int depth) {
  const auto command = own_command(action);
  if (!command) return std::string(action);
  const auto [word, arguments] = read_line(*command);
  const auto shown = [](std::string_view name, std::string_view rest) {
    return std::string(api_prefix).append(name).append(rest.empty() ? "" : " ").append(rest);
  };
  if (depth == deepest) return shown(word, {});
  if (word == snom_command_name) {
    const auto visible = snom_command_without_secrets(arguments);
    if (visible.size() != arguments.size()) return shown(word, visible);
  }
  if (word == button_name) {
    // Which part is a password cannot be told without reading it all: nothing is shown of a line that holds one.
    for (const auto& argument : language::split_command_line(arguments, most_arguments)) {
      const auto value = std::string_view(argument).substr(argument.find('=') + 1);
      if (action_at_depth(value, depth + 1) != value) return shown(word, {});
    }
  }
  if (word == bind_key_name) {
    const auto split = language::split_command_line(arguments, 8);
    if (split.size() < 8) return std::string(action);
    const auto redacted = bind_key_at_depth(arguments, split[7], depth + 1);
    if (redacted != arguments) return shown(word, redacted);
  }
  return std::string(action);
}

}  // namespace

std::string action_without_password(std::string_view action) { return action_at_depth(action, 0); }

std::string bind_key_arguments_without_password(std::string_view arguments, std::string_view action) {
  return bind_key_at_depth(arguments, action, 0);
}

}  // namespace snom::control
