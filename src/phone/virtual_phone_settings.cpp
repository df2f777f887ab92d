// Settings by which a phone is provisioned: what VirtualPhone does with them.
#include <algorithm>
#include <set>
#include <utility>

#include "phone/virtual_phone.h"

namespace snom::phone {

void VirtualPhone::fetch_settings(std::function<void()> then) {
  if (web_ == nullptr) {
    if (then) then();
    return;
  }
  if (fetching_) {
    fetch_again_ = true;
    if (then) later(std::chrono::milliseconds(0), std::move(then));
    return;
  }
  fetching_ = true;
  web_->settings(lifetime_.guard(
      [this, then = std::move(then), boot = boots_](const tl::expected<std::string, std::string>& text) {
        fetching_ = false;
        // What was asked for before a restart is for a phone that is no more.
        if (boot == boots_ && !rebooting_) {
          if (text) {
            take_settings(*text);
          } else {
            tell("settings_failed", {{"why", text.error()}});
          }
        }
        if (then && boot == boots_) then();
        if (std::exchange(fetch_again_, false)) fetch_settings({});
      }));
}

void VirtualPhone::take_settings(std::string_view text) {
  const auto settings = language::parse_phone_settings(text);
  if (!settings) return tell("settings_refused", {{"why", settings.error().text()}});
  std::set<std::string> watched_before;
  for (const FunctionKey& key : keys_) {
    if (!key.watched.empty()) watched_before.insert(key.watched);
  }
  int set = 0;
  int changed = 0;
  for (const language::FunctionKeySetting& setting : settings->keys) {
    const auto index = static_cast<std::size_t>(setting.index);
    if (index >= keys_.size()) continue;  // a module that is not there
    ++set;
    if (set_key(keys_[index], setting)) ++changed;
  }
  for (const FunctionKey& key : keys_) watched_before.erase(key.watched);
  for (const std::string& uri : watched_before) line_.unwatch(uri);
  if (registered_) watch_keys();
  tell("settings", {{"keys", set}, {"changed", changed}, {"left_out", static_cast<int>(settings->keys.size()) - set}});
}

bool VirtualPhone::set_key(FunctionKey& key, const language::FunctionKeySetting& setting) {
  FunctionKey wanted;
  wanted.name = key.name;
  wanted.type = setting.type;
  wanted.argument = setting.argument;
  wanted.button.key = setting.type == "button" ? setting.argument : key.name;
  wanted.button.label = setting.label;
  if (setting.type == "blf") wanted.watched = language::uri_of_blf(setting.argument);
  if (setting.type == "xml" && !define(wanted)) return false;
  const bool is_same = key.type == wanted.type && key.watched == wanted.watched &&
                       (wanted.type == "button" ? key.button.key == wanted.button.key
                                                : key.argument == wanted.argument || wanted.type == "blf");
  if (is_same) {
    // Its light stays, and so does the label where the server sets it.
    key.argument = wanted.argument;
    if (key.type != "button" && key.type != "xml") key.button.label = setting.label;
    return false;
  }
  key = std::move(wanted);
  tell_button(key);
  return true;
}

bool VirtualPhone::define(FunctionKey& key) const {
  if (!options_.model.has_xml_definitions()) {
    tell("settings_refused", {{"why", key.name + ": firmware 8.7.3 and later has XML definitions"}});
    return false;
  }
  auto definition = language::XmlDefinition::parse(key.argument);
  if (!definition) {
    tell("settings_refused", {{"why", key.name + ": " + definition.error().text()}});
    return false;
  }
  key.definition = std::move(*definition);
  key.watched = key.definition->subscription();
  if (key.button.label.empty()) key.button.label = key.definition->variable("label");
  return true;
}

}  // namespace snom::phone
