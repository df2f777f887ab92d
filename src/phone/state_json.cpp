#include "phone/state_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "language/phone_face.h"
#include "language/text.h"

namespace snom::phone {

namespace {

using nlohmann::ordered_json;

ordered_json key_json(const VirtualPhone& phone, const FunctionKey& key) {
  const language::Button& button = key.button;
  ordered_json object;
  object["key"] = button.key;
  object["place"] = key.name;
  object["light"] = to_string(button.light.value_or(language::Light::off));
  object["colour"] = button.colour ? to_string(*button.colour) : "";
  object["label"] = button.label;
  object["number"] = button.number;
  object["action"] = to_string(button.action.value_or(language::Action::invite));
  object["caller"] = button.caller;
  object["type"] = key.type;
  if (!key.watched.empty()) object["watched"] = key.watched;
  const language::Led* led = phone.led_of(key);
  object["led"] = led != nullptr ? language::lower_case(to_string(led->state)) : "";
  object["led_colour"] = led != nullptr && led->colour ? to_string(*led->colour) : "";
  return object;
}

ordered_json call_json(const Call& call) {
  ordered_json object;
  object["id"] = call.id;
  object["state"] = to_string(call.state);
  object["peer"] = call.peer;
  object["direction"] = call.incoming ? "in" : "out";
  object["held_by_peer"] = call.held_by_peer;
  return object;
}

ordered_json led_json(const VirtualPhone& phone, const language::Led& led) {
  ordered_json object;
  object["number"] = led.number;
  object["place"] = "";
  for (const FunctionKey& key : phone.keys()) {
    if (phone.led_of(key) == &led) object["place"] = key.name;
  }
  object["state"] = language::lower_case(to_string(led.state));
  object["colour"] = led.colour ? to_string(*led.colour) : "";
  return object;
}

}  // namespace

bool is_secret_setting(std::string_view name) {
  const std::string plain = language::lower_case(name);
  return plain.find("pass") != std::string::npos || plain.find("pin") != std::string::npos ||
         plain.find("hash") != std::string::npos || plain.find("secret") != std::string::npos;
}

namespace {

constexpr int usual_module = 18;  // keys of a module whose number is not known

ordered_json state_of(const VirtualPhone& phone) {
  ordered_json state;
  state["user"] = phone.options().user;
  state["domain"] = phone.options().domain;
  state["model"] = phone.options().model.identity.name;
  state["user_agent"] = phone.options().model.user_agent;
  state["registered"] = phone.is_registered();
  state["rebooting"] = phone.is_rebooting();
  state["dnd"] = phone.dnd();
  state["muted"] = phone.muted();
  state["volume"] = phone.volume();
  state["display"] = phone.display();

  const Call* current = phone.current_call();
  state["call"]["state"] = phone.state();
  state["call"]["peer"] = current != nullptr ? current->peer : "";
  state["call"]["direction"] = current == nullptr ? "" : current->incoming ? "in" : "out";
  state["call"]["entry"] = phone.entry();
  state["calls"] = ordered_json::array();
  for (const Call& call : phone.calls()) state["calls"].push_back(call_json(call));

  state["keys"] = ordered_json::array();
  for (const FunctionKey& key : phone.keys()) state["keys"].push_back(key_json(phone, key));
  state["key_presses"] = phone.key_presses();
  state["documents"] = phone.documents();
  state["leds"] = ordered_json::array();
  for (const auto& [number, led] : phone.leds()) state["leds"].push_back(led_json(phone, led));
  state["xml_documents"] = phone.xml_documents();
  state["last_xml"] = phone.last_xml();
  state["page"] = phone.page();

  state["dialled"] = phone.list(CallList::dialled);
  state["missed"] = phone.list(CallList::missed);
  state["received"] = phone.list(CallList::received);
  state["settings"] = ordered_json::object();
  for (const auto& [name, value] : phone.settings()) {
    if (!is_secret_setting(name)) state["settings"][name] = value;
  }
  return state;
}

std::string text_of(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string_view rhythm(language::LedState state) {
  switch (state) {
    case language::LedState::off:
      return "off";
    case language::LedState::on:
      return "steady";
    case language::LedState::blink:
      return "medium";
    case language::LedState::blink_fast:
      return "fast";
    case language::LedState::blink_slow:
      return "slow";
  }
  return "off";
}

/// What an eye sees at a key: the LED that Snom XML lit, else what the key's light makes of it.
ordered_json shown_json(const VirtualPhone& phone, const FunctionKey& key) {
  const language::Light light = key.button.light.value_or(language::Light::off);
  const language::Led* lit = phone.led_of(key);
  const language::Led led = lit != nullptr ? *lit : language::led_of_light(0, light, key.button.colour);
  ordered_json object;
  object["rhythm"] = rhythm(led.state);
  const bool dark = led.state == language::LedState::off;
  object["colour"] = dark ? "" : to_string(led.colour.value_or(language::Colour::red));
  return object;
}

ordered_json face_json(const VirtualPhone& phone) {
  const Model& model = phone.options().model;
  const language::PhoneFace& face = language::face_of(model.identity.name);
  const int a_page = std::max(1, face.keys_a_page());
  ordered_json object;
  object["labels"] = to_string(face.labels);
  object["columns"] = ordered_json::array();
  const bool beside_display = face.labels == language::PhoneFace::Labels::display;
  for (std::size_t i = 0; i < face.columns.size(); ++i) {
    // Left of the display and right of it, though there may be none on one side.
    if (face.columns.at(i) > 0 || (beside_display && i < 2)) object["columns"].push_back(face.columns.at(i));
  }
  object["pages"] = (model.function_keys + a_page - 1) / a_page;
  object["function_keys"] = model.function_keys;
  object["expansion_keys"] = phone.options().expansion_keys;
  object["keys_a_module"] = model.traits->expansion_keys > 0 ? model.traits->expansion_keys : usual_module;
  object["display"] = {{"width", face.display_width}, {"height", face.display_height}, {"colours", face.has_colours}};
  return object;
}

}  // namespace

std::string state_json(const VirtualPhone& phone) { return text_of(state_of(phone)); }

std::string page_state_json(const VirtualPhone& phone) {
  ordered_json state = state_of(phone);
  for (std::size_t i = 0; i < phone.keys().size(); ++i) state["keys"][i]["shown"] = shown_json(phone, phone.keys()[i]);
  state["ringing"] = phone.is_ringing();
  state["logged_off"] = phone.is_logged_off();
  state["handset"] = phone.handset_is_up() ? "up" : "down";
  state["audio"] = phone.audio();
  state["keys_down"] = phone.keys_down();
  state["face"] = face_json(phone);
  return text_of(state);
}

}  // namespace snom::phone
