#include "control/commands/command_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "control/commands/command_words.h"
#include "language/refused.h"

namespace snom::control {
namespace {

using Lines = std::vector<std::string>;

template <auto parse>
tl::expected<Command, std::string> read(std::string_view arguments) {
  auto command = parse(arguments);
  if (!command) return tl::unexpected(std::move(command.error()));
  return Command(std::move(*command));
}

Lines complete_snom_command() {
  Lines lines;
  for (const auto& form : command_forms()) {
    if (form.name == "action") {
      for (const auto action : action_names()) lines.push_back(fmt::format("<phones> action {}", action));
    } else {
      lines.push_back(fmt::format("<phones> {}", form.name));
    }
  }
  return lines;
}

}  // namespace

constinit const std::array<CommandEntry, std::variant_size_v<Command>> command_table = {
    CommandEntry{bind_key_name, "<key> <light> <label> <user> <host> <profile> [<action_name> [<action>]]",
                 "Lights and labels a key of a Snom and binds an action to it", read<parse_bind_key>, redact_bind_key,
                 [] {
                   return Lines{"<keys> <lights> <any> <users> <domains> <profiles> message",
                                "<keys> <lights> <any> <users> <domains> <profiles> invite"};
                 }},
    CommandEntry{snom_command_name, "<ip|user> <command> <type> [<username> <password>]",
                 "Presses keys of a Snom, or has it do an action, by its web page", read<parse_snom_command>,
                 redact_snom_command, complete_snom_command},
    CommandEntry{button_name,
                 "<user>@<host> <key> [light=] [color=] [label=] [number=] [action=] [caller=] [<key> ...]",
                 "Changes properties of keys of a Snom and keeps the others", read<parse_set_buttons>,
                 redact_set_buttons, [] { return Lines{"<addresses> <keys>"}; }},
    CommandEntry{buttons_name, "<user>@<host>", "Lists the keys that were set on a Snom", read<parse_list_buttons>,
                 redact_list_buttons, [] { return Lines{"<addresses>"}; }},
    CommandEntry{clear_name, "<user>@<host> [<key>|all]", "Darkens keys of a Snom and forgets them",
                 read<parse_clear_buttons>, redact_clear_buttons,
                 [] {
                   return Lines{"<addresses> <keys>", "<addresses> all"};
                 }},
};

const CommandEntry* find_command(std::string_view name) {
  const auto* const found = std::find_if(command_table.begin(), command_table.end(),
                                         [name](const CommandEntry& entry) { return entry.name == name; });
  return found == command_table.end() ? nullptr : found;
}

std::string usage_of(std::string_view name) {
  const auto* const entry = find_command(name);
  return fmt::format("usage: {} {}", name, entry == nullptr ? "" : entry->usage);
}

ReadCommand read_command(std::string_view line) {
  const auto [word, arguments] = read_line(line);
  if (const auto* const entry = find_command(word)) return {std::string(word), entry->parse(arguments)};
  std::vector<std::string_view> names;
  for (const auto& entry : command_table) names.push_back(entry.name);
  const auto named = language::first_word(line);
  return {std::string(named),
          tl::unexpected(fmt::format("unknown command '{}' (commands: {})", named, fmt::join(names, ", ")))};
}

}  // namespace snom::control
