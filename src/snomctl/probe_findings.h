#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "language/button.h"
#include "language/model_table.h"

/// What `snomctl probe` has found out of a phone, and what is written of it. Values and pure functions; nothing in
/// here tells whose phone it is.
namespace snom::snomctl {

/// What somebody sees of a key or LED.
struct Look {
  std::string rhythm;  ///< "dark", "steady", "slow", "medium", "fast"; empty = nobody said
  std::string colour;  ///< "red", "green", "orange"; empty = dark, or nobody said
  [[nodiscard]] bool is_lit() const { return !rhythm.empty() && rhythm != "dark"; }
  bool operator==(const Look&) const = default;
};

/// How the phone answered, and what somebody saw then.
struct Trial {
  std::string name;    ///< "buttons light=on"
  int status = 0;      ///< of SIP or HTTP; 0 = no answer
  std::string reason;  ///< without a status
  std::string seen;    ///< what the person answered; empty = was not asked
};

struct Findings {
  std::string model;     ///< "D862"
  std::string firmware;  ///< "10.1.226.13"
  std::vector<Trial> trials;

  /// Of x-buttons.
  std::optional<bool> takes_buttons;                ///< answered with 2xx, and a key lit
  int buttons_status = 0;                           ///< how it answered the first
  std::map<language::Light, Look> looks;            ///< of each light
  std::map<language::Colour, std::string> colours;  ///< what each colour became
  std::optional<bool> shows_label;
  int unknown_key_status = 0;       ///< for a `k` that it has not
  std::optional<bool> sends_press;  ///< a key with a=message sent one
  std::string press_type;
  std::string press_body;
  std::optional<bool> calls_number;  ///< a key with a=invite called
  std::optional<bool> lights_survive_reboot;

  /// Of LEDs by NOTIFY.
  std::optional<bool> takes_leds;  ///< answered with 2xx, and one lit
  int leds_status = 0;
  std::optional<int> led_offset;  ///< number of P1's LED
  std::map<language::Colour, std::string> led_colours;

  std::optional<bool> takes_subscription;    ///< a key of type BLF lit
  std::optional<bool> has_http;              ///< its page gave a picture of the screen
  std::optional<bool> is_pressed_by_http;    ///< its page pressed a key, and the phone sent the key's MESSAGE
  std::optional<bool> is_pressed_by_notify;  ///< a NOTIFY did
  int http_status = 0;
};

/// What snomd's [[channel]] is to say for the model: "auto", "led" or "subscription"; empty: nothing works.
[[nodiscard]] std::string keys_setting(const Findings& findings);
/// "auto" or "notify".
[[nodiscard]] std::string channel_setting(const Findings& findings);

/// The model's row of models.csv as `before` has it, with what was found in it, of grade F.
[[nodiscard]] std::string model_row(const Findings& findings, const language::ModelTraits& before);

/// For people: all that was tried, what came of it, and the row.
[[nodiscard]] std::string report(const Findings& findings, const language::ModelTraits& before);

/// A configuration of snomd with these settings for the model: those of its [[channel]] are changed, or one is added at
/// the end. The rest stays, byte for byte.
[[nodiscard]] std::string with_channel(std::string_view configuration, const Findings& findings);

/// What a person may answer: "steady red", "fast", "dark". nullopt: nothing of the kind.
[[nodiscard]] std::optional<Look> parse_look(std::string_view answer);

}  // namespace snom::snomctl
