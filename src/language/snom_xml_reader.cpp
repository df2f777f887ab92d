#include <algorithm>
#include <array>
#include <charconv>
#include <pugixml.hpp>
#include <utility>

#include "language/percent.h"
#include "language/refused.h"
#include "language/snom_xml.h"
#include "language/text.h"
#include "language/xml_shape.h"

namespace snom::language {
namespace {

constexpr std::size_t most_parts = 64;
constexpr int last_led = 999;
constexpr int longest_wait = 600000;

tl::unexpected<Error> refuse(std::string message) { return tl::unexpected(Error{"xml", std::move(message)}); }

std::optional<int> number_in(std::string_view text, int least, int most) {
  int value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

/// All text of an element, a comment or CDATA in between or not; `<br/>` is a line end.
std::string text_of(const pugi::xml_node& element) {
  std::string text;
  for (const pugi::xml_node& part : element.children()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) {
      text += part.value();
    } else if (part.type() == pugi::node_element && lower_case(part.name()) == "br") {
      text += '\n';
    }
  }
  return std::string(trimmed(text));
}

template <typename Value, std::size_t Count>
std::optional<Value> named(const std::array<std::pair<std::string_view, Value>, Count>& names, std::string_view text) {
  const std::string plain = lower_case(text);
  for (const auto& [name, value] : names) {
    if (name == plain) return value;
  }
  return std::nullopt;
}

tl::expected<Led, Error> read_led(const pugi::xml_node& element) {
  constexpr std::array<std::pair<std::string_view, LedState>, 5> states{{{"off", LedState::off},
                                                                         {"on", LedState::on},
                                                                         {"blink", LedState::blink},
                                                                         {"blinkfast", LedState::blink_fast},
                                                                         {"blinkslow", LedState::blink_slow}}};
  constexpr std::array<std::pair<std::string_view, Colour>, 3> colours{
      {{"red", Colour::red}, {"green", Colour::green}, {"orange", Colour::orange}}};
  Led led;
  const auto number = number_in(element.attribute("number").value(), 0, last_led);
  if (!number) return refuse("a Led without a number from 0 to 999");
  led.number = *number;
  const std::string text = text_of(element);
  const auto state = named(states, text);
  if (!state)
    return refuse(in_quotes_to_its_blank(text) + " is not what a LED does (on, off, blink, blinkfast, blinkslow)");
  led.state = *state;
  if (const std::string_view colour = element.attribute("color").value(); !colour.empty()) {
    led.colour = named(colours, colour);
    if (!led.colour) return refuse(in_quotes_to_its_blank(colour) + " is not a colour of a LED (red, green, orange)");
  }
  return led;
}

/// One "name=value" of a fragment; none for names that are not known.
tl::expected<std::optional<Fragment>, Error> read_fragment(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, ClearedList>, 3> lists{
      {{"missed", ClearedList::missed}, {"dialed", ClearedList::dialled}, {"received", ClearedList::received}}};
  const auto equals = text.find('=');
  const bool valued = equals != std::string_view::npos;
  const std::string_view name = text.substr(0, equals);
  const std::string value = valued ? percent_decode(text.substr(equals + 1)) : std::string();
  if (auto checked = check_text("xml", value, max_value_bytes); !checked) {
    return refuse("the value of " + in_quotes_to_its_blank(name) +
                  " is no text of at most 1024 bytes");  // not the value itself
  }
  if (name == "key") {
    if (value.empty() || value.size() > max_key_bytes) return refuse("key= names no key");
    return Fragment(PressKey{value});
  }
  if (name == "numberdial") {
    if (value.empty()) return refuse("numberdial= has no number");
    return Fragment(DialNumber{value});
  }
  if (name == "reboot") {
    if (!value.empty() && value != "reset") return refuse("reboot takes nothing or reset");
    return Fragment(Reboot{value == "reset"});
  }
  if (name == "reregister" || name == "unregister") {
    std::optional<int> identity;
    if (valued) {
      identity = number_in(value, name == "unregister" ? -1 : 0, 99);
      if (!identity) return refuse(in_quotes_to_its_blank(value) + " is not an identity");
    }
    if (name == "unregister") return Fragment(Unregister{identity});
    return Fragment(Reregister{identity});
  }
  if (name == "calllistclear") {
    const auto list = named(lists, value);
    if (!list) return refuse(in_quotes_to_its_blank(value) + " is not a call list (Missed, Dialed, Received)");
    return Fragment(ClearCallList{*list});
  }
  if (name.starts_with("set:")) {
    const std::string setting(name.substr(4));
    if (setting.empty() || setting.size() > max_key_bytes) return refuse("set: names no setting");
    return Fragment(SetSetting{setting, value});
  }
  return std::optional<Fragment>();
}

tl::expected<Fetch, Error> read_fetch(const pugi::xml_node& element) {
  Fetch fetch;
  if (const auto wait = element.attribute("mil")) {
    const auto after = number_in(wait.value(), 0, longest_wait);
    if (!after) return refuse(in_quotes_to_its_blank(wait.value()) + " is not a time (mil: 0 to 600000 milliseconds)");
    fetch.after = std::chrono::milliseconds(*after);
  } else {
    fetch.after = std::chrono::milliseconds(0);
  }
  const std::string text = text_of(element);
  std::string_view url = text;
  const auto mark = url.find('#');
  if (mark == std::string_view::npos) return fetch;  // a page to load, or nothing to do
  url.remove_prefix(mark + 1);
  while (!url.empty()) {
    const auto end = url.find('&');
    auto fragment = read_fragment(url.substr(0, end));
    if (!fragment) return tl::unexpected(std::move(fragment.error()));
    if (*fragment) fetch.fragments.push_back(std::move(**fragment));
    if (fetch.fragments.size() > most_parts) return refuse("more than 64 fragments");
    url.remove_prefix(end == std::string_view::npos ? url.size() : end + 1);
  }
  return fetch;
}

tl::expected<SnomDocument, Error> read_silent(const pugi::xml_node& root) {
  SilentDocument document;
  document.id = root.attribute("document_id").value();
  if (auto checked = check_text("xml", document.id, max_value_bytes); !checked) return refuse("document_id is no text");
  for (const pugi::xml_node& element : root.children()) {
    const std::string name = lower_case(element.name());
    if (name == "led") {
      auto led = read_led(element);
      if (!led) return tl::unexpected(std::move(led.error()));
      document.leds.push_back(*led);
    } else if (name == "fetch") {
      auto fetch = read_fetch(element);
      if (!fetch) return tl::unexpected(std::move(fetch.error()));
      document.fetches.push_back(std::move(*fetch));
    }
    if (document.leds.size() > most_parts || document.fetches.size() > most_parts) {
      return refuse("more than 64 fetches or LEDs");
    }
  }
  return document;
}

}  // namespace

tl::expected<SnomDocument, Error> parse_snom_xml(std::string_view text) {
  const auto document = parse_foreign_xml(text, {.keeps_blanks = true});
  if (!document) return tl::unexpected(document.error());
  const pugi::xml_node root = (*document)->document_element();
  std::string_view name = root.name();
  if (name.starts_with("Snom")) name.remove_prefix(4);
  if (!name.starts_with("IPPhone"))
    return refuse(in_quotes_to_its_blank(root.name()) + " is not a page of Snom's (SnomIPPhone...)");
  if (name == "IPPhoneSilent") return read_silent(root);
  if (name == "IPPhoneText") {
    return TextDocument{text_of(root.child("Title")), text_of(root.child("Text"))};
  }
  return OtherDocument{root.name()};
}

}  // namespace snom::language
