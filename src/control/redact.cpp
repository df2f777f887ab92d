#include "control/redact.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "control/bind_key.h"
#include "control/button_commands.h"
#include "control/contact.h"
#include "control/press.h"
#include "control/snom_command.h"
#include "control/typed_line.h"
#include "language/button.h"
#include "language/command_line.h"
#include "language/text.h"

namespace snom::control {
namespace {

using language::lower_case;

/// Actions that bind actions that bind actions: more levels than anybody types, few enough for the stack.
constexpr int deepest = 8;
constexpr std::size_t most_arguments = 4096;
constexpr std::array names = {bind_key_name, snom_command_name, button_name, buttons_name, clear_name};

/// How many letters have to be put in, left out or changed to make one of the other (Levenshtein).
std::size_t letters_apart(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto corner = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto changed = corner + (a[i] == b[j] ? 0 : 1);
      corner = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, corner + 1});
    }
  }
  return row.back();
}

bool is_known(std::string_view word) { return std::find(names.begin(), names.end(), word) != names.end(); }

/// A word in which somebody may have meant one of our commands.
bool is_like_a_known_one(std::string_view word) {
  constexpr std::size_t nearly = 2;
  const auto lower = lower_case(word);
  return std::any_of(names.begin(), names.end(), [&lower](std::string_view name) {
    return lower.size() <= name.size() + nearly && name.size() <= lower.size() + nearly &&
           letters_apart(lower, name) <= nearly;
  });
}

bool is_part_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Whether one of our commands, or what may be meant for one, stands anywhere in the text.
bool mentions_a_command(std::string_view text) {
  if (lower_case(text).find(api_prefix) != std::string::npos) return true;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_part_of_word);
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (is_like_a_known_one(text.substr(0, length))) return true;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return false;
}

std::string command_at_depth(std::string_view prefix, std::string_view command, int depth);

std::string action_at_depth(std::string_view action, int depth) {
  if (const auto command = own_command(action)) return command_at_depth(api_prefix, *command, depth);
  const auto first = first_word(action);
  // The prefix was forgotten, or mistyped: `API+`, ` api+`.
  if (is_known(first)) return command_at_depth("", action, depth);
  if (lower_case(first).starts_with(api_prefix) || mentions_a_command(action)) return std::string(first);
  return std::string(action);
}

/// snom_bind_key's arguments with this action in place of their own.
std::string with_action(std::string_view arguments, std::string_view action) {
  auto shown = std::string(first_arguments(arguments, 7));
  if (!shown.empty()) shown += ' ';
  return shown.append(action);
}

/// As snom_button wants it: a phone, and behind each key one property or more. Words of an action whose quotes were
/// forgotten stand there like keys.
bool gives_each_key_a_property(const std::vector<std::string>& words) {
  bool complete = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool is_property = words[i].find('=') != std::string::npos;
    if (is_property ? i == 1 : i > 1 && !complete) return false;
    complete = is_property;
  }
  return complete;
}

/// What may be shown of the arguments of one of our commands; nullopt: nothing.
std::optional<std::string> arguments_at_depth(std::string_view word, std::string_view arguments, int depth) {
  if (depth == deepest) return std::nullopt;
  if (word == snom_command_name) return std::string(snom_command_without_secrets(arguments));
  if (word == button_name) {
    // Which part is a password cannot be told without reading it all: nothing is shown of a line that holds one.
    const auto split = language::split_command_line(arguments, most_arguments);
    if (!gives_each_key_a_property(split)) return std::nullopt;
    for (const auto& argument : split) {
      const auto value = std::string_view(argument).substr(argument.find('=') + 1);
      if (action_at_depth(value, depth + 1) != value) return std::nullopt;
    }
    return std::string(arguments);
  }
  if (word == bind_key_name) {
    const auto split = language::split_command_line(arguments, 8);
    // With an argument too many or too few anything may be anywhere.
    if (split.size() < 6 || !language::parse_light(split[1])) return std::nullopt;
    if (split.size() > 6 && !language::parse_action(split[6])) return std::nullopt;
    if (split.size() < 8) return std::string(arguments);
    const auto action = action_at_depth(split[7], depth + 1);
    return action == split[7] ? std::string(arguments) : with_action(arguments, action);
  }
  const bool is_read =
      word == buttons_name ? parse_list_buttons(arguments).has_value() : parse_clear_buttons(arguments).has_value();
  return is_read ? std::optional<std::string>(arguments) : std::nullopt;
}

std::string command_at_depth(std::string_view prefix, std::string_view command, int depth) {
  const auto shown_word = [prefix](std::string_view word) { return std::string(prefix).append(word); };
  const auto [word, arguments] = read_line(command);
  if (!is_known(word)) {
    // Somebody else's command, which is shown, or one of ours that cannot be read, which is not.
    const auto first = first_word(word);
    const bool ours = lower_case(word).find("snom") != std::string::npos || is_like_a_known_one(first) ||
                      lower_case(word).starts_with(api_prefix) || mentions_a_command(arguments) ||
                      holds_credentials(arguments);
    return shown_word(ours ? first : command);
  }
  const auto visible = arguments_at_depth(word, arguments, depth);
  // As typed, unless something is left out.
  if (visible && *visible == arguments) return shown_word(command);
  auto shown = shown_word(word);
  if (visible && !visible->empty()) shown.append(" ").append(*visible);
  return shown;
}

}  // namespace

std::string action_without_password(std::string_view action) {
  return without_uri_passwords(action_at_depth(action, 0));
}

std::string bind_key_arguments_without_password(std::string_view arguments, std::string_view action) {
  const auto shown = action_without_password(action);
  return shown == action ? std::string(arguments) : with_action(arguments, shown);
}

std::string refusal_of(const language::Error& error, std::string_view value) {
  auto text = error.text();
  const auto word = first_word(value);
  const auto whole = language::in_quotes(value);
  const auto at = text.find(whole);
  if (word == value || at == std::string::npos) return text;
  return text.replace(at, whole.size(), language::in_quotes(std::string(word) + " ..."));
}

std::string in_quotes_to_its_blank(std::string_view value) {
  const auto blank = std::min(value.find_first_of(" \t\r\n"), value.size());
  const auto word = without_uri_passwords(value.substr(0, blank));
  return language::in_quotes(blank == value.size() ? word : word + " ...");
}

}  // namespace snom::control
