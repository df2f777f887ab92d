#include "control/commands/bind_key.h"
#include "control/commands/button_commands.h"
#include "control/commands/command_words.h"
#include "control/commands/redact.h"
#include "control/commands/snom_command.h"
#include "control/presses/press.h"
#include "language/text.h"
#include "targets.h"

namespace snom::fuzz {

/// A line that is typed or comes in an action: read as each command would.
void typed_commands(std::string_view input) {
  const auto typed = control::read_line(input);
  for (std::size_t count = 0; count < 10; ++count)
    must(control::first_arguments(input, count).size() <= input.size(),
         "what is shown is no longer than what was typed");
  for (const char c : language::printable(input))
    must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a reply is one line");

  if (const auto command = control::parse_snom_command(typed.arguments); command) {
    must(!command->targets.empty(), "a command has a phone");
    must(command->remote.web || command->remote.xml, "a command goes one way at least");
    must(command->remote.web || !command->remote.web.error().empty(), "what does not go by HTTP says why");
  }
  must(control::snom_command_without_secrets(input).size() <= input.size(), "what is shown was typed");

  if (const auto bind = control::parse_bind_key(typed.arguments); bind)
    must(language::validate(bind->button).has_value(), "a key that is bound is valid");
  if (const auto set = control::parse_set_buttons(typed.arguments); set) {
    must(!set->keys.empty(), "there is a key");
    for (const auto& edit : set->keys) {
      language::Button button{
          .key = edit.key, .light = {}, .colour = {}, .label = {}, .number = {}, .action = {}, .caller = {}};
      edit.apply(button);
      const bool says_something =
          button !=
          language::Button{
              .key = edit.key, .light = {}, .colour = {}, .label = {}, .number = {}, .action = {}, .caller = {}};
      if (!says_something || !language::validate(button)) continue;
      const auto again = control::parse_set_buttons("1000@a " + control::write_button_arguments(button));
      must(again.has_value() && again->keys.size() == 1, "a key is read back as it was written");
    }
  }
  (void)control::parse_list_buttons(typed.arguments);
  (void)control::parse_clear_buttons(typed.arguments);
  (void)control::own_command(input);
  must(control::key_in_body(input).size() <= input.size(), "a key is part of the body");
  must(control::action_without_password(input).size() <= input.size() + 8,
       "an action is shown as it is, or less of it");
}

}  // namespace snom::fuzz
