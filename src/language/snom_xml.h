#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "language/button.h"
#include "language/error.h"

namespace snom::language {

/// Content-Type of Snom XML in a SIP NOTIFY whose Event is `xml` (Snom, "Via SIP NOTIFY").
inline constexpr std::string_view snom_xml_content_type = "application/snomxml";
inline constexpr std::string_view snom_xml_event = "xml";

/// What a LED does: the text of a `<Led>` (Snom, "XML-Minibrowser-Led").
enum class LedState { off, on, blink, blink_fast, blink_slow };

/// One LED, by its number: 0 is the message LED, function keys begin at the model's offset. It lights and nothing more:
/// no label, no action. `off` gives the LED back to the phone.
struct Led {
  int number = 0;  ///< 0 to 999
  LedState state = LedState::off;
  std::optional<Colour> colour;  ///< red, green, orange; none = the phone's choice
  bool operator==(const Led&) const = default;
};

/// "On", "Off", "Blink", "blinkfast", "blinkslow": as Snom's page writes them.
[[nodiscard]] std::string_view to_string(LedState state);

/// The LED that looks as a function key's lamp would: on = steady, pickup = fast, message and record = medium, hold and
/// park = slow blinking; seized = steady; offline = steady red, error = slow red unless a colour is asked for. `local`
/// becomes green and `remote` red.
[[nodiscard]] Led led_of_light(int number, Light light, std::optional<Colour> colour);

// What a fetch of snom://mb_nop#... does (Snom, "Fragments").
struct PressKey {
  std::string key;  ///< "F_HOLD": xml_key_name() makes it of what people type
  bool operator==(const PressKey&) const = default;
};
struct DialNumber {
  std::string number;
  bool operator==(const DialNumber&) const = default;
};
struct Reboot {
  bool reset = false;  ///< to factory settings
  bool operator==(const Reboot&) const = default;
};
struct Reregister {
  std::optional<int> identity;  ///< counted from 0, as Snom's page of `unregister` counts; none = the first
  bool operator==(const Reregister&) const = default;
};
/// Removes an identity from the phone, not only its registration.
struct Unregister {
  std::optional<int> identity;  ///< from 0; -1 = all; none = the first
  bool operator==(const Unregister&) const = default;
};
enum class ClearedList { missed, dialled, received };
struct ClearCallList {
  ClearedList list = ClearedList::missed;
  bool operator==(const ClearCallList&) const = default;
};
struct SetSetting {
  std::string name;
  std::string value;  ///< may be a password
  bool operator==(const SetSetting&) const = default;
};
using Fragment = std::variant<PressKey, DialNumber, Reboot, Reregister, Unregister, ClearCallList, SetSetting>;

/// `<fetch mil="10">snom://mb_nop#...</fetch>`
struct Fetch {
  std::chrono::milliseconds after{10};  ///< 0 to 600000
  std::vector<Fragment> fragments;      ///< at least one when written; joined with '&'
  bool operator==(const Fetch&) const = default;
};

/// SnomIPPhoneSilent: runs without a page (firmware 10.1.82.0 and later). Written with state="relevant", which it needs
/// outside the minibrowser.
struct SilentDocument {
  std::string id;  ///< document_id: letters, digits, '-', '_' and '.'
  std::vector<Fetch> fetches;
  std::vector<Led> leds;
  bool operator==(const SilentDocument&) const = default;
};

/// SnomIPPhoneText: shows a page with a title and a text.
struct TextDocument {
  std::string title;
  std::string text;  ///< may have line ends, 500 at most, which are `<br/>` in the document
  bool operator==(const TextDocument&) const = default;
};

/// Any other page: a menu, a picture, an input.
struct OtherDocument {
  std::string name;  ///< of its root element
  bool operator==(const OtherDocument&) const = default;
};

using SnomDocument = std::variant<SilentDocument, TextDocument, OtherDocument>;

/// The document as sent, without line ends between elements but for one after the declaration. Refuses what a phone
/// cannot be told: broken UTF-8, control characters, names of keys and settings with other than letters, digits, `_`,
/// `*`, `#`, a fetch without fragments, values over 1024 bytes, more than 64 fetches, fragments or LEDs, more than 500
/// line ends. The error's argument names the field; a setting's value is never repeated.
[[nodiscard]] tl::expected<std::string, Error> write_snom_xml(const SilentDocument& document);
[[nodiscard]] tl::expected<std::string, Error> write_snom_xml(const TextDocument& document);

/// Reads what comes from outside: at most 16 KiB of UTF-8, 8 levels, 512 elements; no DOCTYPE, so no entities but XML's
/// own. Root elements with and without the prefix "Snom". Element names of LEDs in any case; fragments and elements
/// that are not known are passed over, and those that are known but wrong are errors.
[[nodiscard]] tl::expected<SnomDocument, Error> parse_snom_xml(std::string_view text);

/// The name that Snom XML has for a key of `command.htm?key=`: CANCEL is F_CANCEL, TRANSFER F_TRANSFER, ENTER stays;
/// names that begin with F_, digits, P1..Pn and names that nobody documents stay as they are, in capitals. Refused with
/// argument "key": OFFHOOK, which phones do not act on when it comes as XML (ENTER answers a call), an empty name,
/// characters that no key has.
[[nodiscard]] tl::expected<std::string, Error> xml_key_name(std::string_view key);

}  // namespace snom::language
