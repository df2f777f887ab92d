#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "control/registration.h"
#include "language/button.h"

/// By which way something reaches a phone. Values and pure functions.
namespace snom::control {

enum class Channel {
  buttons,       ///< a MESSAGE of application/x-buttons: light, label and action of keys
  notify,        ///< a NOTIFY of Snom XML: LEDs, keys, settings; the only way to a D8xx's remote control
  http,          ///< the phone's web page
  subscription,  ///< a NOTIFY of a dialog's state, to what the key subscribed to: its light
};

/// "buttons", "notify", "http", "subscription".
[[nodiscard]] std::string_view to_string(Channel channel);

/// Which channels an administrator configured, for all phones, a model or one user's.
class ChannelSettings final {
 public:
  enum class Commands {
    automatic,  ///< HTTP where the model has it, else NOTIFY
    http,
    notify,
  };
  enum class Keys {
    automatic,     ///< what the key subscribed to; else x-buttons, and LEDs by NOTIFY where the phone refuses them
    led,           ///< LEDs by NOTIFY at once where they are known
    subscription,  ///< what the key subscribed to, and nothing else
  };
  struct Entry {
    std::string user;   ///< whose phone: "1000", or "1000@example.com"; empty = any
    std::string model;  ///< which model: "D862", "snomD862", in any case of letters; empty = any
    std::optional<Commands> commands;
    std::optional<Keys> keys;
  };

  ChannelSettings() = default;
  explicit ChannelSettings(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  /// Of the entries for this phone the one that says most counts, for each of the two by itself: user and host, then
  /// user, then model, then the one for all; of those that say the same the first.
  [[nodiscard]] Commands commands(const Registration& registration) const;
  [[nodiscard]] Keys keys(const Registration& registration) const;

 private:
  std::vector<Entry> entries_;
};

/// The channel for remote control of this contact: http or notify. The error says why there is none. A phone that does
/// not say what it is gets what it always got, HTTP. HTTP only where its page is known (web_address), else NOTIFY to
/// models that take it, unless `wanted` is HTTP.
[[nodiscard]] tl::expected<Channel, std::string> channel_of_commands(const Registration& registration,
                                                                     ChannelSettings::Commands wanted);

/// Whether the light of at least one of this phone's keys can be sent as a LED of Snom XML.
[[nodiscard]] bool has_leds(const Registration& registration);
/// The LED, by its number, of the function key whose place is `key` (P2 for "2"); nullopt: there is none that is known.
[[nodiscard]] std::optional<int> led_of_key(const Registration& registration, std::string_view key);

/// What of a key a LED cannot tell the phone: "label, action", empty when that is nothing.
[[nodiscard]] std::string lost_by_led(const language::Button& button);

/// A 405, 415, 489 or 501 to x-buttons: the phone does not know them, whatever is in the document.
[[nodiscard]] bool refuses_buttons(int status);

}  // namespace snom::control
