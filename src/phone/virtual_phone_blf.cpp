// Keys of type BLF: what VirtualPhone does for them.
#include <algorithm>

#include "phone/virtual_phone.h"

namespace snom::phone {

void VirtualPhone::set_watched_keys() {
  for (const auto& [name, uri] : options_.watched_keys) {
    const auto found = std::find_if(keys_.begin(), keys_.end(), [&name = name](const FunctionKey& key) {
      return key.button.key == name || key.name == name;
    });
    if (found == keys_.end()) continue;
    found->watched = uri;
    found->type = "blf";
  }
}

void VirtualPhone::watch_keys() {
  if (!options_.watched_list.empty()) return line_.watch_list(options_.watched_list);
  for (const FunctionKey& key : keys_) {
    if (!key.watched.empty()) line_.watch(key.watched);
  }
}

void VirtualPhone::watched(const std::string& uri, const language::DialogInfo& info, std::string_view document) {
  if (rebooting_ || options_.quirks.ignores_watched) return;
  for (FunctionKey& key : keys_) {
    if (key.watched != uri) continue;
    key.button.light = language::light_of_dialog(info.state, info.is_held);
    key.button.caller = info.caller;
    if (key.definition) {
      if (!key.definition->notified(document)) continue;
      key.button.light = language::light_of_state(key.definition->state());
      key.button.label = key.definition->variable("label");
    }
    tell("watched", {{"key", key.button.key},
                     {"place", key.name},
                     {"uri", uri},
                     {"state", std::string(to_string(info.state))},
                     {"held", info.is_held},
                     {"light", std::string(to_string(*key.button.light))},
                     {"caller", info.caller},
                     {"label", key.button.label},
                     {"version", static_cast<std::int64_t>(info.version)}});
  }
}

void VirtualPhone::watch_failed(const std::string& uri, int status, const std::string& reason,
                                std::chrono::milliseconds retry_in) {
  const bool is_list = uri == options_.watched_list;
  for (FunctionKey& key : keys_) {
    if (key.watched.empty() || (!is_list && key.watched != uri)) continue;
    // What is not told any more is not shown.
    key.button.light.reset();
    key.button.caller.clear();
    tell("watch_failed", {{"key", key.button.key},
                          {"uri", uri},
                          {"status", status},
                          {"reason", reason},
                          {"retry_in_ms", static_cast<std::int64_t>(retry_in.count())}});
  }
}

}  // namespace snom::phone
