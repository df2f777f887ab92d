#include "control/commands/button_commands.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "control/commands/redact.h"
#include "control/remote/phone_address.h"
#include "language/command_line.h"
#include "language/refused.h"
#include "language/text.h"

namespace snom::control {
namespace {

/// More words than any phone has keys and properties.
constexpr std::size_t most_words = 4096;

/// In the place of a key, in a line of snom_clear.
constexpr std::string_view every_key = "all";

using Checked = tl::expected<void, std::string>;

Checked assign_text(std::string_view argument, std::string_view value, std::optional<std::string>& into) {
  if (const auto valid = language::check_text(argument, value, language::max_value_bytes); !valid) {
    return tl::unexpected(valid.error().text());
  }
  into = std::string(value);
  return {};
}

template <typename Value, typename Parse>
Checked assign_word(std::string_view value, std::optional<std::optional<Value>>& into, Parse parse) {
  into.emplace();
  if (value.empty()) return {};
  auto parsed = parse(value);
  if (!parsed) return tl::unexpected(parsed.error().text());
  *into = *parsed;
  return {};
}

Checked assign(std::string_view name, std::string_view value, KeyEdit& edit) {
  if (name == "light") {
    const auto light = language::parse_light(value);
    if (!light) return tl::unexpected(light.error().text());
    edit.light = *light;
    return {};
  }
  if (name == "color" || name == "colour") return assign_word(value, edit.colour, language::parse_colour);
  if (name == "action") return assign_word(value, edit.action, language::parse_action);
  if (name == "label") return assign_text(name, value, edit.label);
  if (name == "number") return assign_text(name, value, edit.number);
  if (name == "caller") return assign_text(name, value, edit.caller);
  return tl::unexpected(
      fmt::format("{} is not a property of a key (expected light, color, label, number, action, caller)",
                  language::in_quotes_to_its_first_word(name)));
}

/// Exactly one user: `[profile/]user[@host]`.
tl::expected<Directory::Query, std::string> parse_phone(std::string_view text) {
  const auto at = text.find('@');
  if (const auto colon = text.find(':'); colon < at && at != std::string_view::npos) {
    return tl::unexpected(std::string("no password in a phone's name (expected <user>@<host>)"));
  }
  auto query = parse_user(text);
  if (registration::means_any(query.user)) {
    return tl::unexpected(
        fmt::format("{} is not a phone (expected <user>@<host>)", language::in_quotes_to_its_blank(text)));
  }
  return query;
}

/// The same, or `@<group>`.
tl::expected<Directory::Query, std::string> parse_phone_or_group(std::string_view text) {
  if (text.size() < 2 || text.front() != '@') return parse_phone(text);
  if (text.find_first_of("@/:*,", 1) != std::string_view::npos) {
    return tl::unexpected(fmt::format("{} is not a group (expected @<group>)", language::in_quotes_to_its_blank(text)));
  }
  return Directory::Query{{}, std::string(text), {}};
}

bool has_password(const std::string& text) { return action_without_password(text) != text; }

/// Actions belong into a number; they may stand elsewhere by mistake.
bool edit_has_password(const KeyEdit& edit) {
  return has_password(edit.key) || has_password(edit.number.value_or("")) || has_password(edit.label.value_or("")) ||
         has_password(edit.caller.value_or(""));
}

/// The properties of an edit as snom_button takes them.
std::string write_edit(const KeyEdit& edit) {
  auto text = language::quote_argument(action_without_password(edit.key));
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += fmt::format(" {}={}", name, value.empty() ? "" : language::quote_argument(value));
  };
  if (edit.light) add("light", language::to_string(*edit.light));
  if (edit.colour) add("color", *edit.colour ? language::to_string(**edit.colour) : "");
  if (edit.label) add("label", action_without_password(*edit.label));
  if (edit.number) add("number", action_without_password(*edit.number));
  if (edit.action) add("action", *edit.action ? language::to_string(**edit.action) : "");
  if (edit.caller) add("caller", action_without_password(*edit.caller));
  return text;
}

/// `<user>@<host>`; where `most` is 2 another word, and a group may stand for the phone.
tl::expected<ClearButtons, std::string> parse_one_phone(std::string_view name, std::string_view arguments,
                                                        std::size_t most) {
  auto split = language::split_command_line(arguments, most + 1);
  if (split.empty() || split.front().empty() || split.size() > most) return tl::unexpected(usage_of(name));
  auto phone = most > 1 ? parse_phone_or_group(split.front()) : parse_phone(split.front());
  if (!phone) return tl::unexpected(std::move(phone.error()));
  auto shown = std::string(arguments);
  if (std::any_of(split.begin(), split.end(), has_password)) {
    shown.clear();
    for (const auto& word : split) {
      shown += (shown.empty() ? "" : " ") + language::quote_argument(action_without_password(word));
    }
  }
  return ClearButtons{std::move(*phone), split.size() > 1 ? std::move(split[1]) : std::string(), std::move(shown)};
}

/// All of the command but what of it may be shown.
tl::expected<SetButtons, std::string> read_words(const std::vector<std::string>& words) {
  if (words.size() < 2) return tl::unexpected(usage_of(button_name));
  SetButtons command;
  auto phone = parse_phone_or_group(words.front());
  if (!phone) return tl::unexpected(std::move(phone.error()));
  command.phone = std::move(*phone);

  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) {
      if (const auto valid = language::check_key("key", word); !valid) return tl::unexpected(valid.error().text());
      command.keys.push_back({});
      command.keys.back().key = std::string(word);
      continue;
    }
    const auto name = word.substr(0, equals);
    if (command.keys.empty()) {
      return tl::unexpected(fmt::format("expected a key in front of {}=; {}",
                                        language::in_quotes_to_its_first_word(name), usage_of(button_name)));
    }
    auto& edit = command.keys.back();
    if (auto done = assign(name, word.substr(equals + 1), edit); !done) {
      return tl::unexpected(fmt::format("key {}: {}", action_without_password(edit.key), done.error()));
    }
  }
  for (const auto& edit : command.keys) {
    if (edit.light || edit.colour || edit.label || edit.number || edit.action || edit.caller) continue;
    return tl::unexpected(
        fmt::format("key {}: nothing to change (expected light=, color=, label=, number=, action= or caller=)",
                    action_without_password(edit.key)));
  }
  return command;
}

}  // namespace

std::optional<std::string_view> group_of(const Directory::Query& phone) {
  if (!phone.user.starts_with('@')) return std::nullopt;
  return std::string_view(phone.user).substr(1);
}

void KeyEdit::apply(language::Button& button) const {
  if (light) button.light = *light;
  if (colour) button.colour = *colour;
  if (label) button.label = *label;
  if (number) button.number = *number;
  if (action) button.action = *action;
  if (caller) button.caller = *caller;
}

tl::expected<SetButtons, std::string> parse_set_buttons(std::string_view arguments) {
  const auto words = language::split_command_line(arguments, most_words);
  auto command = read_words(words);
  if (!command) return command;
  command->shown = arguments;
  if (std::any_of(command->keys.begin(), command->keys.end(), edit_has_password)) {
    command->shown = language::quote_argument(words.front());
    for (const auto& edit : command->keys) command->shown += ' ' + write_edit(edit);
  }
  return command;
}

tl::expected<ListButtons, std::string> parse_list_buttons(std::string_view arguments) {
  auto command = parse_one_phone(buttons_name, arguments, 1);
  if (!command) return tl::unexpected(std::move(command.error()));
  return ListButtons{std::move(command->phone), std::move(command->shown)};
}

tl::expected<ClearButtons, std::string> parse_clear_buttons(std::string_view arguments) {
  auto command = parse_one_phone(clear_name, arguments, 2);
  if (!command || command->key.empty()) return command;
  if (command->key == every_key) {
    command->key.clear();
    return command;
  }
  if (const auto valid = language::check_key("key", command->key); !valid) return tl::unexpected(valid.error().text());
  return command;
}

tl::expected<ClearButtons, std::string> clear_buttons(std::string_view phone, std::string_view key) {
  auto query = parse_phone(phone);
  if (!query) return tl::unexpected(std::move(query.error()));
  auto shown = language::quote_argument(std::string(phone)) + ' ';
  if (key.empty()) return ClearButtons{std::move(*query), {}, shown + std::string(every_key)};
  if (const auto valid = language::check_key("key", key); !valid) return tl::unexpected(valid.error().text());
  shown += language::quote_argument(action_without_password(key));
  return ClearButtons{std::move(*query), std::string(key), std::move(shown)};
}

std::optional<std::string> redact_set_buttons(std::string_view arguments, const ShownAction& shown_action) {
  // Which part is a password cannot be told without reading it all: nothing is shown of a line that holds one.
  const auto split = language::split_command_line(arguments, most_words);
  if (!read_words(split)) return std::nullopt;
  for (const auto& argument : split) {
    const auto value = std::string_view(argument).substr(argument.find('=') + 1);
    if (shown_action(value) != value) return std::nullopt;
  }
  return std::string(arguments);
}

std::optional<std::string> redact_list_buttons(std::string_view arguments, const ShownAction&) {
  const auto command = parse_list_buttons(arguments);
  return command && command->shown == arguments ? std::optional(command->shown) : std::nullopt;
}

std::optional<std::string> redact_clear_buttons(std::string_view arguments, const ShownAction&) {
  const auto command = parse_clear_buttons(arguments);
  return command && command->shown == arguments ? std::optional(command->shown) : std::nullopt;
}

std::string write_button_arguments(const language::Button& button) {
  KeyEdit edit;
  edit.key = button.key;
  edit.light = button.light;
  if (button.colour) edit.colour = button.colour;
  if (!button.label.empty()) edit.label = button.label;
  if (!button.number.empty()) edit.number = button.number;
  if (button.action) edit.action = button.action;
  if (!button.caller.empty()) edit.caller = button.caller;
  return write_edit(edit);
}

}  // namespace snom::control
