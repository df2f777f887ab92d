#include "control/keys/led_channel.h"

#include <algorithm>
#include <utility>

#include "language/snom_xml.h"

namespace snom::control {
namespace {

constexpr std::size_t most_leds = 64;

}  // namespace

bool LedChannel::serves(const Registration& contact) const { return has_leds(contact); }

bool LedChannel::carries(const Registration& contact, std::string_view key) const {
  return led_of_key(contact, key).has_value();
}

std::string LedChannel::lost(const Registration& /*contact*/, const language::Button& button) const {
  return lost_by_led(button);
}

std::size_t LedChannel::most(const Registration& /*contact*/, KeySpan keys) const {
  return std::min(keys.size(), most_leds);
}

void LedChannel::send(const RegistrationPointer& contact, KeySpan keys, std::shared_ptr<const void> under_way,
                      std::function<void(SipOutcome)> done) {
  language::SilentDocument document;
  document.id = "keys-" + std::to_string(++documents_);
  for (const auto* wanted : keys) {
    const auto& button = wanted->button;
    const auto number = led_of_key(contact, button.key).value_or(0);
    document.leds.push_back(language::led_of_light(number, button.light.value_or(language::Light::off), button.colour));
  }
  messages_.send({contact,
                  {},
                  std::string(language::snom_xml_content_type),
                  language::write_snom_xml(document).value_or(std::string()),
                  std::string(language::snom_xml_event),
                  std::move(under_way)},
                 std::move(done));
}

}  // namespace snom::control
