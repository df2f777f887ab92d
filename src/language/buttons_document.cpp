#include "language/buttons_document.h"

#include <utility>

#include "language/refused.h"
#include "language/text.h"

namespace snom::language {
namespace {

void write_property(std::string& document, char name, std::string_view value) {
  document += name;
  document += '=';
  document += value;
  document += "\r\n";
}

/// A text property's value goes to `target` if it may be there.
tl::expected<void, Error> keep_text(std::string& target, std::string_view argument, std::string_view value) {
  return check_text(argument, value, max_value_bytes).map([&] { target = value; });
}

/// One property of a lamp that has its `k` already.
tl::expected<void, Error> keep_property(Button& lamp, std::string_view name, std::string_view value) {
  if (name == "k") {
    return tl::unexpected(Error{"key", "a second 'k' in the same lamp (an empty line must come before it)"});
  }
  if (name == "c") return parse_light(value).map([&](Light light) { lamp.light = light; });
  if (name == "o") return parse_colour(value).map([&](Colour colour) { lamp.colour = colour; });
  if (name == "a") return parse_action(value).map([&](Action action) { lamp.action = action; });
  if (name == "l") return keep_text(lamp.label, "label", value);
  if (name == "n") return keep_text(lamp.number, "action", value);
  if (name == "i") return keep_text(lamp.caller, "caller", value);
  return {};
}

/// Takes one line that is not empty; `lamp_open` tells whether it belongs to the last lamp or starts one.
tl::expected<void, Error> take_line(std::vector<Button>& lamps, bool& lamp_open, std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) {
    return tl::unexpected(Error{"", in_quotes_to_its_blank(line) + " has no '=' (expected a property such as c=on)"});
  }
  const auto name = line.substr(0, equals);
  const auto value = line.substr(equals + 1);
  if (lamp_open) return keep_property(lamps.back(), name, value);
  if (name != "k") {
    return tl::unexpected(
        Error{"", "a lamp begins with " + in_quotes_to_its_blank(name) + " (its first property must be k)"});
  }
  return check_key("key", value).map([&] {
    lamps.emplace_back().key = value;
    lamp_open = true;
  });
}

}  // namespace

std::string write_buttons_document(std::span<const Button> buttons) {
  std::string document;
  for (const auto& button : buttons) {
    if (!document.empty()) document += "\r\n";
    write_property(document, 'k', button.key);
    if (button.light) write_property(document, 'c', to_string(*button.light));
    if (button.colour) write_property(document, 'o', to_string(*button.colour));
    if (!button.label.empty()) write_property(document, 'l', button.label);
    if (!button.number.empty()) write_property(document, 'n', button.number);
    if (button.action) write_property(document, 'a', to_string(*button.action));
    if (!button.caller.empty()) write_property(document, 'i', button.caller);
  }
  return document;
}

tl::expected<std::vector<Button>, Error> parse_buttons_document(std::string_view text) {
  std::vector<Button> lamps;
  bool lamp_open = false;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const auto line_feed = text.find('\n');
    auto line = text.substr(0, line_feed);
    text.remove_prefix(line_feed == std::string_view::npos ? text.size() : line_feed + 1);
    // A CR is part of a line end only before an LF: alone it is a control character in a value, and refused there.
    if (line_feed != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) {
      lamp_open = false;
    } else if (auto taken = take_line(lamps, lamp_open, line); !taken) {
      return tl::unexpected(Error{"line " + std::to_string(line_number), taken.error().text()});
    }
  }
  return lamps;
}

}  // namespace snom::language
