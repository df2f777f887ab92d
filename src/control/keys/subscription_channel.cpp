#include "control/keys/subscription_channel.h"

#include <algorithm>
#include <utility>

namespace snom::control {
namespace {

constexpr std::size_t most_keys = 32;

}  // namespace

std::string SubscriptionChannel::lost(const Registration& contact, const language::Button& button) const {
  std::string lost;
  const auto add = [&lost](bool is_set, std::string_view what) {
    if (is_set) lost.append(lost.empty() ? "" : ", ").append(what);
  };
  add(button.colour.has_value(), "colour");
  add(!button.label.empty() && !subscriptions_.shows_all(contact, button.key), "label");
  const bool tells_caller = button.light == language::Light::pickup && subscriptions_.tells_callers(contact);
  add(!button.caller.empty() && !tells_caller, "caller");
  return lost;
}

std::size_t SubscriptionChannel::most(const Registration& /*contact*/, KeySpan keys) const {
  return std::min(keys.size(), most_keys);
}

void SubscriptionChannel::send(const RegistrationPointer& contact, KeySpan keys, std::shared_ptr<const void> under_way,
                               std::function<void(SipOutcome)> done) {
  std::vector<KeyLight> lights;
  lights.reserve(keys.size());
  for (const auto* wanted : keys) {
    lights.push_back(light_of(wanted->button));
    lights.back().is_cleared = wanted->cleared;
  }
  subscriptions_.notify(contact, std::move(lights), std::move(under_way), std::move(done));
}

KeyLight light_of(const language::Button& button) {
  const auto light = button.light.value_or(language::Light::off);
  return {button.key, light, light == language::Light::pickup ? button.caller : std::string(), button.label};
}

}  // namespace snom::control
