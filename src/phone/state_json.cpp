#include "phone/state_json.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace snom::phone {

namespace {

using nlohmann::ordered_json;

ordered_json key_json(const FunctionKey& key) {
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

bool is_secret(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name.find("pass") != std::string::npos;
}

}  // namespace

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
  for (const FunctionKey& key : phone.keys()) state["keys"].push_back(key_json(key));
  state["key_presses"] = phone.key_presses();
  state["documents"] = phone.documents();

  state["dialled"] = phone.list(CallList::dialled);
  state["missed"] = phone.list(CallList::missed);
  state["received"] = phone.list(CallList::received);
  state["settings"] = ordered_json::object();
  for (const auto& [name, value] : phone.settings()) {
    if (!is_secret(name)) state["settings"][name] = value;
  }
  return state.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace snom::phone
