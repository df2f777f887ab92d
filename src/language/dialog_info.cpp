#include "language/dialog_info.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <pugixml.hpp>
#include <sstream>
#include <utility>

#include "language/xml_shape.h"

namespace snom::language {
namespace {

constexpr std::array<std::pair<DialogState, std::string_view>, 5> states{{{DialogState::terminated, "terminated"},
                                                                          {DialogState::trying, "trying"},
                                                                          {DialogState::proceeding, "proceeding"},
                                                                          {DialogState::early, "early"},
                                                                          {DialogState::confirmed, "confirmed"}}};
constexpr const char* rendering = "+sip.rendering";
constexpr std::string_view light_parameter = ";light=";

std::optional<Light> optional(const tl::expected<Light, Error>& light) {
  return light ? std::optional(*light) : std::nullopt;
}

tl::unexpected<Error> refuse(std::string message) { return tl::unexpected(Error{"xml", std::move(message)}); }

void add_text(pugi::xml_node parent, const char* name, std::string_view text) {
  parent.append_child(name).append_child(pugi::node_pcdata).set_value(std::string(text).c_str());
}

/// RFC 3840: a feature that is not there, as a parameter of the target's.
bool says_no(std::string_view value) { return value == "no" || value == "\"no\""; }

bool is_held(const pugi::xml_node& dialog) {
  for (const pugi::xml_node& party : dialog.children()) {
    if (local_name(party) != "local") continue;
    for (const pugi::xml_node& target : party.children()) {
      if (local_name(target) != "target") continue;
      for (const pugi::xml_node& parameter : target.children()) {
        if (local_name(parameter) != "param") continue;
        if (std::string_view(parameter.attribute("pname").value()) != rendering) continue;
        // Asterisk writes pvalue where the RFC has pval.
        return says_no(parameter.attribute("pval").value()) || says_no(parameter.attribute("pvalue").value());
      }
    }
  }
  return false;
}

void add_held_target(pugi::xml_node local, const std::string& entity) {
  pugi::xml_node target = local.append_child("target");
  target.append_attribute("uri") = entity.c_str();
  pugi::xml_node parameter = target.append_child("param");
  parameter.append_attribute("pname") = rendering;
  parameter.append_attribute("pval") = "no";
}

std::string caller_of(const pugi::xml_node& dialog) {
  for (const pugi::xml_node& party : dialog.children()) {
    if (local_name(party) != "remote") continue;
    for (const pugi::xml_node& identity : party.children()) {
      if (local_name(identity) == "identity") return identity.attribute("display").value();
    }
  }
  return {};
}

/// What a key is told everything by, when it is there.
void take_own_identity(const pugi::xml_node& dialog, DialogInfo& info) {
  info.light.reset();
  info.label.clear();
  for (const pugi::xml_node& party : dialog.children()) {
    if (local_name(party) != "local") continue;
    for (const pugi::xml_node& identity : party.children()) {
      if (local_name(identity) != "identity") continue;
      const std::string uri = trimmed_text(identity);
      const auto parameter = uri.rfind(light_parameter);
      const auto light = parameter == std::string::npos
                             ? std::nullopt
                             : optional(parse_light(uri.substr(parameter + light_parameter.size())));
      if (!light) return;
      info.light = light;
      info.label = identity.attribute("display").value();
      return;
    }
  }
}

int urgency(DialogState state, bool held) {
  switch (state) {
    case DialogState::early:
      return 5;
    case DialogState::confirmed:
      return held ? 3 : 4;
    case DialogState::proceeding:
      return 2;
    case DialogState::trying:
      return 1;
    case DialogState::terminated:
      return 0;
  }
  return 0;
}

}  // namespace

std::string_view to_string(DialogState state) {
  return std::find_if(states.begin(), states.end(), [state](const auto& one) { return one.first == state; })->second;
}

DialogInfo dialog_of_light(Light light, std::string_view caller) {
  DialogInfo info;
  switch (light) {
    case Light::off:
      return info;
    case Light::pickup:
      info.caller = caller;
      info.state = DialogState::early;
      return info;
    case Light::message:
      info.state = DialogState::early;
      return info;
    case Light::hold:
    case Light::park:
    case Light::error:
      info.state = DialogState::confirmed;
      info.is_held = true;
      return info;
    case Light::on:
    case Light::seized:
    case Light::record:
    case Light::offline:
      info.state = DialogState::confirmed;
      return info;
  }
  return info;
}

Light light_of_dialog(DialogState state, bool is_held) {
  switch (state) {
    case DialogState::terminated:
      return Light::off;
    case DialogState::early:
      return Light::pickup;
    case DialogState::trying:
    case DialogState::proceeding:
      return Light::on;
    case DialogState::confirmed:
      return is_held ? Light::hold : Light::on;
  }
  return Light::off;
}

std::string identity_with_light(std::string_view entity, Light light) {
  return std::string(entity).append(light_parameter).append(to_string(light));
}

std::string write_dialog_info(const DialogInfo& info) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("dialog-info");
  root.append_attribute("xmlns") = "urn:ietf:params:xml:ns:dialog-info";
  root.append_attribute("version") = std::to_string(info.version).c_str();
  root.append_attribute("state") = "full";
  root.append_attribute("entity") = info.entity.c_str();
  // An entity without a dialog might as well be said to have none; phones show a key dark on "terminated" for certain.
  pugi::xml_node dialog = root.append_child("dialog");
  dialog.append_attribute("id") = "key";
  if (info.state == DialogState::early) dialog.append_attribute("direction") = "recipient";
  add_text(dialog, "state", to_string(info.state));
  if (info.is_held || info.light) {
    pugi::xml_node local = dialog.append_child("local");
    add_text(local, "identity", info.light ? identity_with_light(info.entity, *info.light) : info.entity);
    if (info.light) local.first_child().append_attribute("display") = info.label.c_str();
    if (info.is_held) add_held_target(local, info.entity);
  }
  if (!info.caller.empty()) {
    pugi::xml_node identity = dialog.append_child("remote").append_child("identity");
    identity.append_attribute("display") = info.caller.c_str();
    identity.append_child(pugi::node_pcdata).set_value("sip:anonymous@anonymous.invalid");
  }
  std::ostringstream text;
  text << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return text.str();
}

tl::expected<DialogInfo, Error> parse_dialog_info(std::string_view text) {
  auto document = parse_foreign_xml(text);
  if (!document) return tl::unexpected(document.error());
  const pugi::xml_node root = (*document)->document_element();
  if (local_name(root) != "dialog-info") return refuse("it is no dialog-info");
  DialogInfo info;
  info.entity = root.attribute("entity").value();
  const std::string_view version = root.attribute("version").value();
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), info.version);
  if (version.empty() || error != std::errc() || end != version.data() + version.size())
    return refuse("version is no number of 32 bits");
  for (const pugi::xml_node& dialog : root.children()) {
    if (local_name(dialog) != "dialog") continue;
    for (const pugi::xml_node& child : dialog.children()) {
      if (local_name(child) != "state") continue;
      const std::string name = trimmed_text(child);
      const auto known =
          std::find_if(states.begin(), states.end(), [&](const auto& one) { return one.second == name; });
      if (known == states.end()) return refuse("a dialog is in a state that RFC 4235 does not know");
      const bool held = known->first == DialogState::confirmed && is_held(dialog);
      if (urgency(known->first, held) <= urgency(info.state, info.is_held)) break;
      info.state = known->first;
      info.is_held = held;
      info.caller = caller_of(dialog);
      take_own_identity(dialog, info);
      break;
    }
  }
  return info;
}

}  // namespace snom::language
