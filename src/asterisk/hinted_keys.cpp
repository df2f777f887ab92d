#include "asterisk/hinted_keys.h"

#include <utility>

#include <fmt/format.h>

#include "asterisk/phone_list.h"

namespace snom::asterisk {
namespace {

using control::KeyAddress;
using language::Light;

/// What is told once all have been answered.
struct Setting {
  std::size_t left = 0;
  control::SipOutcome outcome;
  std::shared_ptr<const void> under_way;
  std::function<void(control::SipOutcome)> done;
};

const AsteriskAddress* address_at(const control::Registration& contact) {
  return dynamic_cast<const AsteriskAddress*>(contact.address.get());
}

/// Nobody is said to show a key who may not.
control::SipOutcome told(const control::Registration& contact) {
  const auto* address = address_at(contact);
  const bool alone = address == nullptr || address->alone;
  return {0,
          alone ? "Asterisk was told, which does not say how the phone answers"
                : "Asterisk was told, which does not say which of the endpoint's phones subscribed",
          true};
}

Fields set_device(const KeyAddress& key, Light light) {
  return {{"Variable", fmt::format("DEVICE_STATE({})", device_of_key(key))},
          {"Value", std::string(device_state_of(light))}};
}

}  // namespace

std::string device_of_key(const KeyAddress& key) { return "Custom:" + control::write_key_extension(key); }

std::string_view device_state_of(Light light) {
  switch (light) {
    case Light::off:
      return "NOT_INUSE";
    case Light::on:
    case Light::seized:
    case Light::record:
    case Light::offline:
      return "INUSE";
    case Light::pickup:
    case Light::message:
      return "RINGING";
    case Light::hold:
    case Light::park:
    case Light::error:
      return "ONHOLD";
  }
  return "NOT_INUSE";
}

std::optional<ListedSubscription> read_subscription(const AmiMessage& message) {
  if (message.get("Event") != "InboundSubscriptionDetail" || message.repeats_a_name()) return std::nullopt;
  if (message.get("State") == "TERMINATED") return std::nullopt;
  auto key = control::parse_key_extension(message.get("Extension"));
  const auto endpoint = message.get("Endpoint");
  if (!key || endpoint.empty()) return std::nullopt;
  return ListedSubscription{std::string(endpoint), std::move(*key)};
}

HintedKeys::HintedKeys(Options options, Ami& ami, runtime::Executor& control, runtime::Clock& clock, Changed changed,
                       IsDark is_dark, Log warn)
    : options_(options),
      ami_(ami),
      control_(control),
      clock_(clock),
      changed_(std::move(changed)),
      is_dark_(std::move(is_dark)),
      warn_(std::move(warn)) {}

void HintedKeys::connected() {
  ++connection_;
  first_ = true;
  darkening_ = false;
  not_before_ = {};
  ask();
  darken_next();
}

void HintedKeys::list() {
  if (listing_) {
    again_ = true;
    return;
  }
  if (timer_set_) return;
  if (const auto now = clock_.now(); now < not_before_) {
    timer_set_ = true;
    clock_.after(std::chrono::ceil<std::chrono::milliseconds>(not_before_ - now), lifetime_.guard([this] {
      timer_set_ = false;
      list();
    }));
    return;
  }
  ask();
}

void HintedKeys::ask() {
  listing_ = true;
  again_ = false;
  ami_.ask("PJSIPShowSubscriptionsInbound", {}, options_.list_limit,
           lifetime_.guard([this, asked = clock_.now(), connection = connection_](const Ami::Answer& answer) {
             if (connection == connection_) listed(answer, asked);
           }));
}

void HintedKeys::listed(const Ami::Answer& answer, runtime::Clock::TimePoint asked) {
  listing_ = false;
  const auto now = clock_.now();
  not_before_ = now + (now - asked) * options_.pause_factor;
  if (answer.ok) {
    complained_ = false;
    learn(answer);
  } else if (!answer.lost && !answer.response.fields.empty() && !std::exchange(complained_, true)) {
    warn_(fmt::format("Asterisk does not list its subscriptions (read and write = system are needed): {}",
                      answer.message));
  }
  if (again_) list();
}

void HintedKeys::learn(const Ami::Answer& answer) {
  const bool is_first = std::exchange(first_, false);
  const Endpoints before = std::exchange(subscribed_keys_, {});
  std::size_t size = 0;
  std::vector<ListedSubscription> changed;
  for (const AmiMessage& item : answer.items) {
    auto one = read_subscription(item);
    if (!one || size >= most) continue;
    const auto extension = control::write_key_extension(one->key);
    if (!subscribed_keys_[one->endpoint].insert(extension).second) continue;
    ++size;
    const auto known = before.find(one->endpoint);
    if (known != before.end() && known->second.contains(extension)) continue;
    dark_.push_back(one->key);
    changed.push_back(std::move(*one));
  }
  for (const auto& [endpoint, extensions] : before) {
    if (is_first) break;
    const auto now = subscribed_keys_.find(endpoint);
    for (const auto& extension : extensions) {
      if (now != subscribed_keys_.end() && now->second.contains(extension)) continue;
      if (auto key = control::parse_key_extension(extension)) changed.push_back({endpoint, std::move(*key)});
    }
  }
  // Whoever is told may ask what is known: all of it is by now.
  for (const auto& one : changed) changed_(one);
  darken_next();
}

void HintedKeys::darken_next() {
  while (!darkening_ && !dark_.empty()) {
    auto key = std::move(dark_.front());
    dark_.pop_front();
    if (!is_dark_(key)) continue;
    darkening_ = true;
    // Only what is lit is set: of other names, which phones make up, Asterisk would keep a state for ever.
    Fields device{set_device(key, Light::off).front()};
    ami_.ask(
        "Getvar", std::move(device), options_.answer_limit, darkens(key, [this, key](const Ami::Answer& answer) {
          const auto state = answer.response.get("Value");
          if (state.empty() || state == "NOT_INUSE" || state == "UNKNOWN" || state == "INVALID" || !is_dark_(key)) {
            return darkened();
          }
          ami_.ask("Setvar", set_device(key, Light::off), options_.answer_limit,
                   darkens(key, [this](const Ami::Answer&) { darkened(); }));
        }));
  }
}

void HintedKeys::darkened() {
  darkening_ = false;
  darken_next();
}

Ami::Done HintedKeys::darkens(KeyAddress key, std::function<void(const Ami::Answer&)> answered) {
  return lifetime_.guard([this, key = std::move(key), answered = std::move(answered),
                          connection = connection_](const Ami::Answer& answer) {
    const bool is_answered = !answer.response.fields.empty();
    if (!is_answered) dark_.push_front(key);
    if (connection != connection_) return;
    if (is_answered) return answered(answer);
    darkening_ = false;
  });
}

const HintedKeys::Extensions* HintedKeys::of(const control::Registration& contact) const {
  const auto* address = address_at(contact);
  if (address == nullptr) return nullptr;
  const auto found = subscribed_keys_.find(address->endpoint);
  return found == subscribed_keys_.end() ? nullptr : &found->second;
}

bool HintedKeys::has_any(const control::Registration& contact) const {
  const auto* extensions = of(contact);
  if (extensions == nullptr) return false;
  // Its own: it may have subscribed to those of others, too.
  const auto own = control::write_key_extension({contact.user, {}});
  const auto first = extensions->lower_bound(own);
  return first != extensions->end() && first->starts_with(own);
}

bool HintedKeys::is_subscribed(const control::Registration& contact, std::string_view key) const {
  const auto* extensions = of(contact);
  return extensions != nullptr && extensions->contains(control::write_key_extension({contact.user, std::string(key)}));
}

std::string HintedKeys::address_of(const control::Registration& contact, std::string_view key) const {
  return control::key_extension_uri({contact.user, std::string(key)}, contact.domain);
}

void HintedKeys::notify(const control::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
                        std::shared_ptr<const void> under_way, std::function<void(control::SipOutcome)> done) {
  const auto setting = std::make_shared<Setting>();
  setting->outcome = told(*contact);
  setting->under_way = std::move(under_way);
  setting->done = std::move(done);
  const auto finish = [this, setting] { control_.post([setting] { setting->done(setting->outcome); }); };
  for (const control::KeyLight& light : keys) {
    if (!is_subscribed(*contact, light.key)) {
      setting->outcome = {0, fmt::format("it has no subscription to key {} any more", light.key)};
      continue;
    }
    ++setting->left;
    ami_.ask("Setvar", set_device({contact->user, light.key}, light.light), options_.answer_limit,
             lifetime_.guard([setting, finish](const Ami::Answer& answer) {
               if (!answer.ok) {
                 const bool said = !answer.response.fields.empty();
                 setting->outcome = {0, said ? "Asterisk: " + answer.message : answer.message};
               }
               if (--setting->left == 0) finish();
             }));
  }
  if (setting->left == 0) finish();
}

}  // namespace snom::asterisk
