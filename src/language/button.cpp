#include "language/button.h"

#include <array>
#include <utility>

#include "language/refused.h"
#include "language/text.h"

namespace snom::language {
namespace {

template <typename Value>
using Name = std::pair<Value, std::string_view>;

constexpr std::array<Name<Light>, 10> lights = {{
    {Light::off, "off"},
    {Light::on, "on"},
    {Light::hold, "hold"},
    {Light::pickup, "pickup"},
    {Light::park, "park"},
    {Light::message, "message"},
    {Light::offline, "offline"},
    {Light::error, "error"},
    {Light::seized, "seized"},
    {Light::record, "record"},
}};

constexpr std::array<Name<Colour>, 5> colours = {{
    {Colour::red, "red"},
    {Colour::green, "green"},
    {Colour::orange, "orange"},
    {Colour::local, "local"},
    {Colour::remote, "remote"},
}};

constexpr std::array<Name<Action>, 2> actions = {{{Action::invite, "invite"}, {Action::message, "message"}}};

template <typename Names, typename Value>
std::string_view name_of(const Names& names, Value value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  return "unknown";
}

/// `what` is the noun with its article: "a light".
template <typename Value, typename Names>
tl::expected<Value, Error> value_of(const Names& names, std::string_view text, std::string_view argument,
                                    std::string_view what) {
  std::string expected;
  for (const auto& [value, name] : names) {
    if (name == text) return value;
    if (!expected.empty()) expected += ", ";
    expected += name;
  }
  return tl::unexpected(Error{std::string(argument), in_quotes_to_its_first_word(text) + " is not " +
                                                         std::string(what) + " (expected " + expected + ")"});
}

}  // namespace

std::string_view to_string(Light light) { return name_of(lights, light); }
std::string_view to_string(Colour colour) { return name_of(colours, colour); }
std::string_view to_string(Action action) { return name_of(actions, action); }

tl::expected<Light, Error> parse_light(std::string_view text) {
  return value_of<Light>(lights, text, "light", "a light");
}

tl::expected<Colour, Error> parse_colour(std::string_view text) {
  return value_of<Colour>(colours, text, "colour", "a colour");
}

tl::expected<Action, Error> parse_action(std::string_view text) {
  return value_of<Action>(actions, text, "action_name", "an action name");
}

tl::expected<void, Error> validate(const Button& button) {
  return check_key("key", button.key)
      .and_then([&] { return check_text("label", button.label, max_value_bytes); })
      .and_then([&] { return check_text("action", button.number, max_value_bytes); })
      .and_then([&] { return check_text("caller", button.caller, max_value_bytes); });
}

}  // namespace snom::language
