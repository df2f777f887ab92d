#include "phone/quirks.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace snom::phone {
namespace {

constexpr int last_offset = 99;

/// Each of "red+green" that `parse` knows, handed to `take`; what is wrong, or nothing.
template <typename Parse, typename Take>
std::string take_words(std::string_view text, Parse parse, Take take) {
  while (!text.empty()) {
    const auto end = std::min(text.find('+'), text.size());
    const auto word = parse(text.substr(0, end));
    if (!word) return word.error().message;
    take(*word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

/// Empty when it was understood, else what was expected.
std::string apply(Quirks& quirks, std::string_view name, std::string_view value) {
  if (name == "ignore") {
    if (value == "buttons") return quirks.ignores_buttons = true, "";
    if (value == "labels") return quirks.ignores_labels = true, "";
    if (value == "leds") return quirks.ignores_leds = true, "";
    if (value == "blf") return quirks.ignores_watched = true, "";
    return "expected ignore=buttons, labels, leds or blf";
  }
  if (name == "survives-reboot") {
    quirks.lights_survive_reboot = true;
    return value.empty() ? "" : "expected survives-reboot without a value";
  }
  if (name == "led-offset") {
    int offset = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), offset);
    const bool is_offset =
        read.ec == std::errc{} && read.ptr == value.data() + value.size() && offset >= 0 && offset <= last_offset;
    if (!is_offset) return "expected led-offset=0 to 99";
    quirks.led_offset = offset;
    return {};
  }
  if (name == "colours" && !value.empty()) {
    return take_words(value, language::parse_colour, [&](auto colour) { quirks.colours.push_back(colour); });
  }
  if (name == "dark" && !value.empty()) {
    return take_words(value, language::parse_light, [&](auto light) { quirks.dark_lights.push_back(light); });
  }
  return "expected ignore=buttons|labels|leds|blf, led-offset=N, colours=red+green, dark=seized+record or "
         "survives-reboot";
}

}  // namespace

std::optional<language::Colour> Quirks::seen(std::optional<language::Colour> colour) const {
  if (colours.empty() || std::find(colours.begin(), colours.end(), colour.value_or(colours.front())) != colours.end()) {
    return colour || colours.empty() ? colour : std::optional(colours.front());
  }
  return colours.front();
}

language::Button Quirks::seen(language::Button button) const {
  const bool is_dark =
      button.light && std::find(dark_lights.begin(), dark_lights.end(), *button.light) != dark_lights.end();
  if (is_dark) button.light = language::Light::off;
  button.colour = seen(button.colour);
  if (ignores_labels) button.label.clear();
  return button;
}

tl::expected<Quirks, std::string> parse_quirks(std::string_view text) {
  Quirks quirks;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto equals = part.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    const std::string wrong = apply(quirks, part.substr(0, equals), value);
    if (!wrong.empty()) return tl::unexpected("'" + std::string(part) + "': " + wrong);
  }
  return quirks;
}

}  // namespace snom::phone
