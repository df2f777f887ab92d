#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/commands/redact.h"
#include "control/registration.h"
#include "language/button.h"

/// snom_button, snom_buttons and snom_clear: what was asked. Pure functions.
namespace snom::control {

/// Properties of one key that are to change; the others stay.
struct KeyEdit {
  std::string key;
  std::optional<language::Light> light;
  std::optional<std::optional<language::Colour>> colour;  ///< an empty one: the phone's default
  std::optional<std::string> label;
  std::optional<std::string> number;
  std::optional<std::optional<language::Action>> action;
  std::optional<std::string> caller;

  void apply(language::Button& button) const;
};

/// `snom_button [<profile>/]<user>@<host> <key> [light=] [color=] [label=] [number=] [action=] [caller=]
/// [<key> ...]`, checked.
struct SetButtons {
  Directory::Query phone;     ///< or a group: group_of()
  std::vector<KeyEdit> keys;  ///< at least one, in the order typed
  std::string shown;          ///< the arguments as typed, less passwords in a number
};
/// The error is the reply less "-ERR ".
[[nodiscard]] tl::expected<SetButtons, std::string> parse_set_buttons(std::string_view arguments);

/// `snom_buttons <user>@<host>`.
struct ListButtons {
  Directory::Query phone;
  std::string shown;  ///< the arguments as typed
};
[[nodiscard]] tl::expected<ListButtons, std::string> parse_list_buttons(std::string_view arguments);

/// `snom_clear <user>@<host> [<key>|all]`.
struct ClearButtons {
  Directory::Query phone;  ///< or a group: group_of()
  std::string key;         ///< empty = all
  std::string shown;       ///< the arguments as typed
};
[[nodiscard]] tl::expected<ClearButtons, std::string> parse_clear_buttons(std::string_view arguments);
/// The same for one phone, `<user>@<host>`, and for a key whatever it is called: one named `all` is that key alone, of
/// which a line cannot speak. An empty key = all. The error as of parse_clear_buttons().
[[nodiscard]] tl::expected<ClearButtons, std::string> clear_buttons(std::string_view phone, std::string_view key);

/// `@<group>` in the place of a phone: the group's name; nullopt: it is a phone.
[[nodiscard]] std::optional<std::string_view> group_of(const Directory::Query& phone);

/// For the table of commands.
[[nodiscard]] std::optional<std::string> redact_set_buttons(std::string_view arguments,
                                                            const ShownAction& shown_action);
[[nodiscard]] std::optional<std::string> redact_list_buttons(std::string_view arguments, const ShownAction&);
[[nodiscard]] std::optional<std::string> redact_clear_buttons(std::string_view arguments, const ShownAction&);

/// A key as snom_button takes it: `2 light=on label='Do not disturb'`. Passwords in a number are cut off.
[[nodiscard]] std::string write_button_arguments(const language::Button& button);

}  // namespace snom::control
