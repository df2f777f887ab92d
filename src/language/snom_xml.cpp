#include "language/snom_xml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <pugixml.hpp>
#include <utility>

#include "language/refused.h"
#include "language/text.h"

namespace snom::language {
namespace {

constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::array<std::pair<LedState, std::string_view>, 5> led_states{{{LedState::off, "Off"},
                                                                           {LedState::on, "On"},
                                                                           {LedState::blink, "Blink"},
                                                                           {LedState::blink_fast, "blinkfast"},
                                                                           {LedState::blink_slow, "blinkslow"}}};
constexpr std::array<std::pair<ClearedList, std::string_view>, 3> lists{
    {{ClearedList::missed, "Missed"}, {ClearedList::dialled, "Dialed"}, {ClearedList::received, "Received"}}};
constexpr std::size_t most_parts = 64;
constexpr std::ptrdiff_t most_line_ends = 500;  ///< each is an element, of which a reader takes 512
constexpr int last_led = 999;
constexpr std::chrono::milliseconds longest_wait{600000};

tl::unexpected<Error> refuse(std::string argument, std::string message) {
  return tl::unexpected(Error{std::move(argument), std::move(message)});
}

/// What a fragment's value keeps as it is: RFC 3986 section 3.5 without what parts fragments ('&', '=') and '%'.
bool stays_in_fragment(char c) {
  constexpr std::string_view marks = "-._~!$'()*+,:@/?";
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         marks.find(c) != std::string_view::npos;
}

std::string encode(std::string_view value) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string text;
  for (const char c : value) {
    if (stays_in_fragment(c)) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += '%';
      text += hex[byte >> 4U];
      text += hex[byte & 15U];
    }
  }
  return text;
}

bool is_name(std::string_view name, std::string_view marks) {
  return !name.empty() && name.size() <= max_key_bytes && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

/// The text of one fragment: "key=F_HOLD".
struct FragmentWriter {
  using Written = tl::expected<std::string, Error>;

  Written operator()(const PressKey& press) const {
    if (!is_name(press.key, "_*#"))
      return refuse("key", in_quotes_to_its_blank(press.key) + " is not the name of a key");
    return "key=" + encode(press.key);
  }
  Written operator()(const DialNumber& dial) const {
    if (dial.number.empty()) return refuse("number", "nothing to dial");
    return check_text("number", dial.number, max_value_bytes).map([&] { return "numberdial=" + encode(dial.number); });
  }
  Written operator()(const Reboot& reboot) const { return std::string(reboot.reset ? "reboot=reset" : "reboot"); }
  Written operator()(const Reregister& again) const { return identity("reregister", again.identity, 0); }
  Written operator()(const Unregister& gone) const { return identity("unregister", gone.identity, -1); }
  Written operator()(const ClearCallList& clear) const {
    for (const auto& [list, name] : lists) {
      if (list == clear.list) return "calllistclear=" + std::string(name);
    }
    return refuse("list", "no such call list");
  }
  Written operator()(const SetSetting& setting) const {
    // user_pass[1] or user_pass1
    if (!is_name(setting.name, "_[]"))
      return refuse("name", in_quotes_to_its_blank(setting.name) + " is not the name of a setting");
    const auto checked = check_text("value", setting.value, max_value_bytes);
    if (!checked) return refuse("value", "a setting's value is UTF-8 without control characters, at most 1024 bytes");
    return "set:" + setting.name + "=" + encode(setting.value);
  }

  static Written identity(std::string name, std::optional<int> number, int least) {
    if (!number) return name;
    if (*number < least || *number > 99) return refuse("identity", std::to_string(*number) + " is not an identity");
    return name + "=" + std::to_string(*number);
  }
};

tl::expected<std::string, Error> url_of(const Fetch& fetch) {
  if (fetch.fragments.empty()) return refuse("fetch", "nothing to do");
  if (fetch.fragments.size() > most_parts) return refuse("fetch", "more than 64 fragments");
  std::string url = "snom://mb_nop#";
  for (const Fragment& fragment : fetch.fragments) {
    auto written = std::visit(FragmentWriter{}, fragment);
    if (!written) return tl::unexpected(std::move(written.error()));
    if (url.back() != '#') url += '&';
    url += *written;
  }
  return url;
}

struct TextSink final : pugi::xml_writer {
  std::string text{declaration};
  void write(const void* bytes, std::size_t size) override { text.append(static_cast<const char*>(bytes), size); }
};

std::string printed(const pugi::xml_document& document) {
  TextSink sink;
  document.save(sink, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return std::move(sink.text);
}

}  // namespace

std::string_view to_string(LedState state) {
  for (const auto& [candidate, name] : led_states) {
    if (candidate == state) return name;
  }
  return "Off";
}

Led led_of_light(int number, Light light, std::optional<Colour> colour) {
  Led led{number, LedState::off, colour};
  if (colour == Colour::local) led.colour = Colour::green;
  if (colour == Colour::remote) led.colour = Colour::red;
  switch (light) {
    case Light::off:
      break;
    case Light::on:
    case Light::seized:
      led.state = LedState::on;
      break;
    case Light::pickup:
      led.state = LedState::blink_fast;
      break;
    case Light::message:
    case Light::record:
      led.state = LedState::blink;
      break;
    case Light::hold:
    case Light::park:
      led.state = LedState::blink_slow;
      break;
    case Light::offline:
      led.state = LedState::on;
      if (!led.colour) led.colour = Colour::red;
      break;
    case Light::error:
      led.state = LedState::blink_slow;
      if (!led.colour) led.colour = Colour::red;
      break;
  }
  return led;
}

tl::expected<std::string, Error> write_snom_xml(const SilentDocument& document) {
  if (!is_name(document.id, "-_.")) return refuse("id", in_quotes_to_its_blank(document.id) + " is not a document id");
  if (document.fetches.size() > most_parts || document.leds.size() > most_parts) {
    return refuse("document", "more than 64 fetches or LEDs");
  }
  pugi::xml_document xml;
  auto root = xml.append_child("SnomIPPhoneSilent");
  root.append_attribute("state") = "relevant";
  root.append_attribute("document_id") = document.id.c_str();
  for (const Led& led : document.leds) {
    if (led.number < 0 || led.number > last_led) {
      return refuse("led", std::to_string(led.number) + " is not the number of a LED (0 to 999)");
    }
    auto element = root.append_child("Led");
    element.append_attribute("number") = led.number;
    const Led plain = led_of_light(led.number, Light::on, led.colour);
    if (plain.colour) element.append_attribute("color") = std::string(to_string(*plain.colour)).c_str();
    element.text() = std::string(to_string(led.state)).c_str();
  }
  for (const Fetch& fetch : document.fetches) {
    if (fetch.after.count() < 0 || fetch.after > longest_wait) return refuse("mil", "0 to 600000 milliseconds");
    const auto url = url_of(fetch);
    if (!url) return tl::unexpected(url.error());
    auto element = root.append_child("fetch");
    element.append_attribute("mil") = static_cast<long long>(fetch.after.count());
    element.text() = url->c_str();
  }
  return printed(xml);
}

tl::expected<std::string, Error> write_snom_xml(const TextDocument& document) {
  const auto line_ends = std::count(document.text.begin(), document.text.end(), '\n');
  if (line_ends > most_line_ends) {
    return refuse("text", "more than " + std::to_string(most_line_ends) + " line ends");
  }
  std::string in_one_line = document.text;
  std::replace(in_one_line.begin(), in_one_line.end(), '\n', ' ');
  return check_text("title", document.title, max_value_bytes)
      .and_then([&] { return check_text("text", in_one_line, max_value_bytes); })
      .map([&] {
        pugi::xml_document xml;
        auto root = xml.append_child("SnomIPPhoneText");
        root.append_child("Title").text() = document.title.c_str();
        auto text = root.append_child("Text");
        std::string_view rest = document.text;
        for (;;) {
          const auto end = std::min(rest.find('\n'), rest.size());
          text.append_child(pugi::node_pcdata).set_value(std::string(rest.substr(0, end)).c_str());
          if (end == rest.size()) break;
          text.append_child("br");
          rest.remove_prefix(end + 1);
        }
        return printed(xml);
      });
}

}  // namespace snom::language
