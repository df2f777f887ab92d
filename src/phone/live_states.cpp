#include "phone/live_states.h"

#include <algorithm>
#include <string>
#include <utility>

#include "phone/state_json.h"

namespace snom::phone {

namespace {

constexpr std::chrono::milliseconds between_states{20};
constexpr std::chrono::milliseconds between_lists{200};
constexpr std::chrono::seconds sign_of_life{15};
constexpr std::size_t most_in_a_list = 500;  ///< more are read anew

std::string event(std::string_view name, std::string_view data) {
  std::string text("event: ");
  text.append(name).append("\ndata: ").append(data).append("\n\n");
  return text;
}

}  // namespace

void LiveStates::changed(const VirtualPhone& phone) {
  if (watchers_.empty() && list_watchers_.empty()) return;
  const auto place = phones_.place_of(phone);
  if (!place) return;
  if (watched_.contains(*place)) {
    changed_.insert(*place);
    if (!states_due_) {
      states_due_ = true;
      const auto next = std::chrono::ceil<std::chrono::milliseconds>(told_ + between_states - clock_.now());
      clock_.after(std::clamp(next, std::chrono::milliseconds(0), between_states),
                   lifetime_.guard([this] { tell_states(); }));
    }
  }
  if (!list_watchers_.empty()) {
    list_changed_.insert(*place);
    if (!list_due_) {
      list_due_ = true;
      clock_.after(between_lists, lifetime_.guard([this] { tell_list(); }));
    }
  }
}

void LiveStates::watch(std::vector<std::size_t> places, std::shared_ptr<http::Stream> stream) {
  for (const std::size_t place : places) {
    if (!stream->write(event("phone", page_state_json(phones_.at(place))))) return;
  }
  watched_.insert(places.begin(), places.end());
  watchers_.push_back({std::move(places), std::move(stream)});
  keep_alive();
}

void LiveStates::watch_list(std::shared_ptr<http::Stream> stream) {
  if (!stream->write(event("reload", "{}"))) return;
  list_watchers_.push_back(std::move(stream));
  keep_alive();
}

void LiveStates::tell_states() {
  states_due_ = false;
  told_ = clock_.now();
  for (const std::size_t place : std::exchange(changed_, {})) {
    const std::string text = event("phone", page_state_json(phones_.at(place)));
    for (Watcher& watcher : watchers_) {
      const bool wants = std::ranges::find(watcher.places, place) != watcher.places.end();
      if (wants && !watcher.stream->write(text)) watcher.stream.reset();
      if (watcher.stream == nullptr) watcher.places.clear();
    }
  }
  recount();
}

void LiveStates::tell_list() {
  list_due_ = false;
  const auto places = std::exchange(list_changed_, {});
  std::string text;
  if (places.size() > most_in_a_list) {
    text = event("reload", "{}");
  } else {
    std::string data = "[";
    for (const std::size_t place : places) data.append(data.size() > 1 ? "," : "").append(phones_.summary_json(place));
    text = event("phones", data + "]");
  }
  std::erase_if(list_watchers_, [&](const auto& stream) { return !stream->write(text); });
}

void LiveStates::keep_alive() {
  if (alive_due_) return;
  alive_due_ = true;
  clock_.after(sign_of_life, lifetime_.guard([this] {
    alive_due_ = false;
    constexpr std::string_view comment = ": still here\n\n";
    for (Watcher& watcher : watchers_) {
      if (!watcher.stream->write(comment)) watcher.stream.reset();
    }
    recount();
    std::erase_if(list_watchers_, [&](const auto& stream) { return !stream->write(comment); });
    if (!watchers_.empty() || !list_watchers_.empty()) keep_alive();
  }));
}

void LiveStates::recount() {
  if (std::erase_if(watchers_, [](const Watcher& watcher) { return watcher.stream == nullptr; }) == 0) return;
  watched_.clear();
  for (const Watcher& watcher : watchers_) watched_.insert(watcher.places.begin(), watcher.places.end());
}

}  // namespace snom::phone
