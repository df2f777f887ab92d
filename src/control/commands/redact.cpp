#include "control/commands/redact.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "control/commands/command_table.h"
#include "control/commands/command_words.h"
#include "control/contact.h"
#include "control/presses/press.h"
#include "language/refused.h"
#include "language/text.h"

namespace snom::control {
namespace {

using language::lower_case;

/// Actions that bind actions that bind actions: more levels than anybody types, few enough for the stack.
constexpr int deepest = 8;

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

/// A word in which somebody may have meant one of our commands.
bool is_like_a_known_one(std::string_view word) {
  constexpr std::size_t nearly = 2;
  const auto lower = lower_case(word);
  return std::any_of(command_table.begin(), command_table.end(), [&lower](const CommandEntry& entry) {
    const auto name = entry.name;
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
  const auto first = language::first_word(action);
  // The prefix was forgotten, or mistyped: `API+`, ` api+`.
  if (find_command(first) != nullptr) return command_at_depth("", action, depth);
  if (lower_case(first).starts_with(api_prefix) || mentions_a_command(action)) return std::string(first);
  return std::string(action);
}

std::string command_at_depth(std::string_view prefix, std::string_view command, int depth) {
  const auto shown_word = [prefix](std::string_view word) { return std::string(prefix).append(word); };
  const auto [word, arguments] = read_line(command);
  const auto* const entry = find_command(word);
  if (entry == nullptr) {
    // Somebody else's command, which is shown, or one of ours that cannot be read, which is not.
    const auto first = language::first_word(word);
    const bool ours = lower_case(word).find("snom") != std::string::npos || is_like_a_known_one(first) ||
                      lower_case(word).starts_with(api_prefix) || mentions_a_command(arguments) ||
                      holds_credentials(arguments);
    return shown_word(ours ? first : command);
  }
  std::optional<std::string> visible;
  if (depth < deepest) {
    visible = entry->redact(arguments, [depth](std::string_view action) { return action_at_depth(action, depth + 1); });
  }
  // As typed, unless something is left out.
  if (visible && *visible == arguments) return shown_word(command);
  auto shown = shown_word(word);
  if (visible && !visible->empty()) shown.append(" ").append(*visible);
  return shown;
}

}  // namespace

std::string action_without_password(std::string_view action) {
  return language::without_uri_passwords(action_at_depth(action, 0));
}

}  // namespace snom::control
