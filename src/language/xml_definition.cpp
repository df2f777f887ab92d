#include "language/xml_definition.h"

#include <array>
#include <pugixml.hpp>
#include <sstream>
#include <utility>

#include "language/text.h"
#include "language/xml_shape.h"

namespace snom::language {
namespace {

/// States by the names that led_... settings usually have, of which each light has one. Snom: keys' states, "Leds
/// Behavior"; the tutorial's example of led_on, led_blink_slow, led_blink_medium and led_blink_fast.
struct StateName {
  std::string_view name;
  Light light;
};
constexpr std::array<StateName, 22> state_names{{{"off", Light::off},
                                                 {"on", Light::on},
                                                 {"holding", Light::hold},
                                                 {"pickup", Light::pickup},
                                                 {"parked", Light::park},
                                                 {"message", Light::message},
                                                 {"seized", Light::seized},
                                                 {"recording", Light::record},
                                                 // Others that definitions have.
                                                 {"free", Light::off},
                                                 {"idle", Light::off},
                                                 {"initial", Light::off},
                                                 {"terminated", Light::off},
                                                 {"ringing", Light::pickup},
                                                 {"busy", Light::on},
                                                 {"connected", Light::on},
                                                 {"in_a_call", Light::on},
                                                 {"calling", Light::on},
                                                 {"ringback", Light::on},
                                                 {"offhook", Light::on},
                                                 {"on_hold", Light::hold},
                                                 {"available", Light::on},
                                                 {"dnd", Light::on}}};
constexpr std::array all_lights{Light::on,      Light::hold,  Light::pickup, Light::park,  Light::message,
                                Light::offline, Light::error, Light::seized, Light::record};

constexpr std::string_view own_identity = "/dialog-info/dialog/local/identity";

pugi::xml_node add_rules(pugi::xml_document& document, const char* type) {
  pugi::xml_node rules = document.append_child("NotifyParsingRules");
  rules.append_attribute("type") = type;
  return rules;
}

/// Rules count from 1, by their names.
void add_rule(pugi::xml_node rules, const char* attribute, std::string_view value, std::string_view condition) {
  int number = 1;
  for (const pugi::xml_node& known : rules.children()) {
    static_cast<void>(known);
    ++number;
  }
  pugi::xml_node rule = rules.append_child(("level" + std::to_string(number)).c_str());
  rule.append_attribute(attribute) = std::string(value).c_str();
  if (!condition.empty()) rule.append_child(pugi::node_pcdata).set_value(std::string(condition).c_str());
}

}  // namespace

std::string_view state_of_light(Light light) {
  if (light == Light::offline) return "on";     // steady, as the lamp of x-buttons
  if (light == Light::error) return "holding";  // slow
  for (const auto& [name, known] : state_names) {
    if (known == light) return name;
  }
  return "off";
}

Light light_of_state(std::string_view state) {
  for (const auto& [name, light] : state_names) {
    if (equal_ignoring_case(name, state)) return light;
  }
  return Light::off;
}

std::string write_xml_definition(const KeyOfServer& key) {
  pugi::xml_document document;
  pugi::xml_node general = document.append_child("general");
  general.append_attribute("type") = "Key";
  general.append_attribute("identity") = "1";
  pugi::xml_node initialization = document.append_child("initialization");
  initialization.append_child("state").append_attribute("value") = "off";
  const auto add_variable = [&](const char* name, const std::string& value) {
    pugi::xml_node variable = initialization.append_child("variable");
    variable.append_attribute("name") = name;
    variable.append_attribute("value") = value.c_str();
  };
  add_variable("uri", key.uri);
  add_variable("label", key.label);
  pugi::xml_node subscription = document.append_child("subscription");
  const std::string whole = "$(uri);" + std::string(all_of_key_parameter);
  subscription.append_attribute("type") = "dialog";
  subscription.append_attribute("to") = ("<" + whole + ">").c_str();
  subscription.append_attribute("for") = whole.c_str();

  add_rule(add_rules(document, "applies"), "translates_to", "OK", "/dialog-info[@entity=\"$(uri)\"]");
  pugi::xml_node states = add_rules(document, "state");
  for (const Light light : all_lights) {
    // Which light it is, word for word; a server that does not say it says how the dialog stands.
    add_rule(states, "translates_to", state_of_light(light),
             std::string(own_identity) + "[.=\"$(uri);light=" + std::string(to_string(light)) + "\"]");
  }
  add_rule(states, "translates_to", "pickup", "/dialog-info/dialog/state[.=\"early\"]");
  add_rule(states, "translates_to", "holding", "/dialog-info/dialog/local/target/param[@pval=\"no\"]");
  add_rule(states, "translates_to", "on", "/dialog-info/dialog/state[.=\"confirmed\"]");
  add_rule(states, "translates_to", "off", {});
  pugi::xml_node label = add_rules(document, "variable");
  label.append_attribute("id") = "label";
  add_rule(label, "fetch_attribute", "display", std::string(own_identity) + "[@display]");

  pugi::xml_node action = document.append_child("action").append_child(key.press.empty() ? "invite" : "url");
  action.append_attribute("target") = key.press.empty() ? "$(uri)" : key.press.c_str();
  action.append_attribute("when") = "on press";
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return text.str();
}

}  // namespace snom::language
