#include "snomctl/layout_answers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "snomctl/answer_json.h"

namespace snom::snomctl {
namespace {

using layout::KeyOutcome;
using layout::LayoutKey;
using nlohmann::json;

/// A name that this version does not know is left out.
template <typename Named, typename Parse>
void read_name(const json& object, const char* name, Parse parse, std::optional<Named>& into) {
  if (const auto parsed = parse(text_of(object, name))) into = *parsed;
}

LayoutKey read_button(const json& button) {
  LayoutKey key;
  key.button.key = text_of(button, "key");
  read_name(button, "light", language::parse_light, key.button.light);
  read_name(button, "colour", language::parse_colour, key.button.colour);
  read_name(button, "action", language::parse_action, key.button.action);
  key.button.label = text_of(button, "label");
  key.button.number = text_of(button, "number");
  key.button.caller = text_of(button, "caller");
  key.number_hidden = flag_of(button, "number_hidden");
  return key;
}

KeyOutcome state_of(const json& button) {
  const auto state = text_of(button, "state");
  if (state == "failed") return KeyOutcome::failed;
  return state == "confirmed" ? KeyOutcome::confirmed : KeyOutcome::pending;
}

}  // namespace

layout::Layout read_buttons(const json& buttons) {
  layout::Layout layout;
  for (const json& phone : list_of(buttons, "phones")) {
    auto& keys = layout[text_of(phone, "address_of_record")];
    for (const json& button : list_of(phone, "buttons")) {
      auto key = read_button(button);
      auto name = key.button.key;
      keys.insert_or_assign(std::move(name), std::move(key));
    }
  }
  return layout;
}

Standing standing(const layout::PhoneChange& change, const json& phone_buttons) {
  Standing standing;
  const json& buttons = list_of(phone_buttons, "buttons");
  for (const auto& key : change.keys) {
    const auto is_it = [&](const json& button) { return text_of(button, "key") == key.key; };
    const auto button = std::find_if(buttons.begin(), buttons.end(), is_it);
    const auto now = button == buttons.end() ? std::nullopt : std::optional(read_button(*button));
    const auto state = button == buttons.end() ? KeyOutcome::failed : state_of(*button);
    switch (layout::outcome(key, now ? &*now : nullptr, state)) {
      case KeyOutcome::confirmed:
        ++standing.confirmed;
        break;
      case KeyOutcome::pending:
        ++standing.pending;
        break;
      case KeyOutcome::failed:
        ++standing.failed;
        break;
    }
  }
  return standing;
}

}  // namespace snom::snomctl
