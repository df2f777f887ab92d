#include "phone/state_json.h"

#include <nlohmann/json.hpp>

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

std::string state_json(const VirtualPhone& phone) {
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
  return state.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace snom::phone
