// Fingers on keys, one at a time, and what a person wants of a call.
#include <algorithm>
#include <utility>

#include "phone/virtual_phone.h"

namespace snom::phone {

namespace {

constexpr std::chrono::seconds longest_press{10};
constexpr int loudest = 15;

tl::unexpected<language::Error> no_such_key(std::string_view key, const Model& model) {
  return tl::make_unexpected(
      language::Error{"key", "'" + std::string(key) + "' is not a key of a " + model.user_agent});
}

}  // namespace

tl::expected<void, language::Error> VirtualPhone::key_down(std::string_view key) {
  auto found = find_key(key, options_.model, options_.expansion_keys);
  if (!found) return no_such_key(key, options_.model);
  if (rebooting_ || fingers_.contains(found->name)) return {};
  const std::string name = found->name;
  const PhoneKey pressed = *found;
  Finger finger{std::move(*found), clock_.now(),
                clock_.after(longest_press, lifetime_.guard([this, name] { let_go(name); }))};
  fingers_.emplace(name, std::move(finger));
  act(pressed, std::chrono::milliseconds(0));
  return {};
}

tl::expected<void, language::Error> VirtualPhone::key_up(std::string_view key) {
  const auto found = find_key(key, options_.model, options_.expansion_keys);
  if (!found) return no_such_key(key, options_.model);
  let_go(found->name);
  return {};
}

void VirtualPhone::let_go(const std::string& name) {
  auto finger = fingers_.extract(name);
  if (finger.empty()) return;
  clock_.cancel(finger.mapped().tired);
  released(finger.mapped().key, finger.mapped().pressed);
}

std::vector<std::string> VirtualPhone::keys_down() const {
  std::vector<std::string> names;
  names.reserve(fingers_.size());
  for (const auto& [name, finger] : fingers_) names.push_back(name);
  return names;
}

void VirtualPhone::set_volume(int level) {
  volume_ = std::clamp(level, 0, loudest);
  touch();
}

bool VirtualPhone::is_ringing() const {
  return std::ranges::any_of(calls_, [](const Call& call) { return call.state == CallState::ringing; });
}

bool VirtualPhone::answer_ringing() {
  Call* ringing = call_in(CallState::ringing);
  if (ringing == nullptr) return false;
  answer(*ringing);
  return true;
}

bool VirtualPhone::hold_talking() {
  Call* talking = call_in(CallState::talking);
  if (talking == nullptr) return false;
  hold(*talking);
  return true;
}

bool VirtualPhone::resume_held() {
  Call* held = call_in(CallState::held);
  if (held == nullptr) return false;
  resume(*held);
  return true;
}

bool VirtualPhone::end_current() {
  const Call* call = current();
  if (call == nullptr) return false;
  end(call->id, 486);
  return true;
}

}  // namespace snom::phone
