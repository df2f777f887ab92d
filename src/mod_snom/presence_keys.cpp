#include "mod_snom/presence_keys.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace snom::freeswitch {

void PresenceKeys::probed(const std::string& profile, const control::KeyAddress& key, std::chrono::seconds lifetime,
                          std::string name, std::string host) {
  Keys& keys = phones_[{profile, key.user}];
  size_ -= keys.erase(key.key);
  if (size_ >= most) forget_expired();
  Keys& its = phones_[{profile, key.user}];
  if (lifetime > std::chrono::seconds(0) && size_ < most) {
    its.insert_or_assign(key.key, Subscribed{std::move(name), std::move(host), clock_.now() + lifetime});
    ++size_;
  }
  if (its.empty()) phones_.erase({profile, key.user});
}

void PresenceKeys::forget_expired() {
  const auto now = clock_.now();
  for (auto& [phone, keys] : phones_) {
    size_ -= std::erase_if(keys, [now](const auto& key) { return key.second.until <= now; });
  }
  std::erase_if(phones_, [](const auto& phone) { return phone.second.empty(); });
}

const PresenceKeys::Keys* PresenceKeys::of(const control::Registration& contact) const {
  const auto found = phones_.find({contact.profile, contact.user});
  return found == phones_.end() ? nullptr : &found->second;
}

bool PresenceKeys::has_any(const control::Registration& contact) const {
  const Keys* keys = of(contact);
  const auto now = clock_.now();
  return keys != nullptr && std::ranges::any_of(*keys, [now](const auto& key) { return key.second.until > now; });
}

bool PresenceKeys::is_subscribed(const control::Registration& contact, std::string_view key) const {
  const Keys* keys = of(contact);
  if (keys == nullptr) return false;
  const auto found = keys->find(key);
  return found != keys->end() && found->second.until > clock_.now();
}

void PresenceKeys::notify(const control::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
                          std::shared_ptr<const void> /*under_way*/, std::function<void(control::SipOutcome)> done) {
  const Keys* its = of(*contact);
  control::SipOutcome outcome{0, "mod_sofia was told, which does not say how the phone answers", true};
  for (control::KeyLight& light : keys) {
    const auto found = its == nullptr ? Keys::const_iterator() : its->find(light.key);
    if (its == nullptr || found == its->end()) {
      outcome = {0, fmt::format("it has no subscription to key {} any more", light.key)};
      continue;
    }
    tell_({found->second.name, found->second.host, std::move(light)});
  }
  executor_.post([done = std::move(done), outcome = std::move(outcome)] { done(outcome); });
}

}  // namespace snom::freeswitch
