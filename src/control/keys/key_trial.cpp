#include "control/keys/key_trial.h"

#include <algorithm>
#include <span>
#include <utility>

#include "control/keys/subscription_channel.h"
#include "control/presses/press.h"
#include "language/buttons_document.h"
#include "language/snom_xml.h"

namespace snom::control {
namespace {

constexpr std::size_t most_of_body = 256;

}  // namespace

void KeyTrials::send(const RegistrationPointer& contact, const KeyTrial& trial, std::function<void(SipOutcome)> done) {
  const auto fail = [&](std::string why) {
    executor_.post([done = std::move(done), why = std::move(why)] { done({0, why}); });
  };
  const auto& button = trial.button;
  const auto light = button.light.value_or(language::Light::off);
  OutgoingMessage message;
  message.to = contact;
  switch (trial.channel) {
    case Channel::buttons: {
      message.content_type = language::buttons_content_type;
      message.body = language::write_buttons_document(std::span(&button, 1));
      if (button.number.empty()) break;
      const auto address = contact->address_of_record();
      if (tried_.size() >= most_phones && !tried_.contains(address)) {
        const auto is_older = [](const auto& a, const auto& b) { return a.second.turn < b.second.turn; };
        tried_.erase(std::min_element(tried_.begin(), tried_.end(), is_older));
      }
      tried_.insert_or_assign(address, Tried{button.number, {}, ++turns_});
      break;
    }
    case Channel::notify: {
      language::SilentDocument document;
      document.id = "trial";
      document.leds.push_back(language::led_of_light(trial.led.value_or(0), light, button.colour));
      auto written = language::write_snom_xml(document);
      if (!written) return fail(written.error().text());
      message.content_type = language::snom_xml_content_type;
      message.event = language::snom_xml_event;
      message.body = std::move(*written);
      break;
    }
    case Channel::subscription:
      if (subscriptions_ == nullptr || !subscriptions_->is_subscribed(*contact, button.key)) {
        return fail("it has not subscribed to this key");
      }
      return subscriptions_->notify(contact, {light_of(button)}, {}, std::move(done));
    case Channel::http:
      return fail("keys do not go by HTTP");
  }
  messages_.send(std::move(message), std::move(done));
}

void KeyTrials::note_press(const std::string& address_of_record, const Press& press) {
  const auto found = tried_.find(address_of_record);
  if (found == tried_.end() || found->second.number != press.action) return;
  auto kept = press;
  kept.body.resize(std::min(kept.body.size(), most_of_body));
  found->second.press = std::move(kept);
}

const KeyTrials::Press* KeyTrials::press(std::string_view address_of_record) const {
  const auto found = tried_.find(address_of_record);
  return found == tried_.end() || !found->second.press ? nullptr : &*found->second.press;
}

}  // namespace snom::control
