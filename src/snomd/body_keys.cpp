#include "snomd/body_keys.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "control/commands/redact.h"
#include "language/command_line.h"
#include "language/refused.h"
#include "language/text.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

using language::in_quotes;
using language::in_quotes_to_its_blank;
using nlohmann::json;

/// Keys in one list; each is a command of its own.
constexpr std::size_t most_keys = 500;

/// A property in JSON, and as snom_button names it.
struct Property {
  std::string_view name;
  std::string_view argument;
};
constexpr std::array<Property, 6> properties{{{"light", "light"},
                                              {"colour", "color"},
                                              {"label", "label"},
                                              {"number", "number"},
                                              {"action", "action"},
                                              {"caller", "caller"}}};

/// The arguments of snom_button for one key: those that `values` names; of a `whole` key the others, too, emptied.
/// `besides`: a member of `values` that is no property.
tl::expected<std::string, http::Response> arguments_of(const std::string& key, const json& values, bool whole,
                                                       std::string_view besides = {}) {
  if (!values.is_object()) {
    return tl::unexpected(
        problem(400, "key " + in_quotes_to_its_blank(key) + ": expected an object of its properties", key));
  }
  // In a line it would be a property, and of another key.
  if (key.find('=') != std::string::npos) {
    return tl::unexpected(problem(400,
                                  fmt::format("key {}: expected the number or name of a key, without an equals sign",
                                              language::in_quotes_to_its_first_word(key)),
                                  "key"));
  }
  for (const auto& [name, value] : values.items()) {
    if (!besides.empty() && name == besides) continue;
    const auto known = [&name = name](const Property& property) { return property.name == name; };
    if (std::none_of(properties.begin(), properties.end(), known)) {
      return tl::unexpected(no_property(name, "light, colour, label, number, action, caller"));
    }
    if (!value.is_string() && !value.is_null()) {
      return tl::unexpected(problem(400, name + ": expected a text or null", name));
    }
  }
  auto arguments = language::quote_argument(key);
  for (const auto& property : properties) {
    const auto found = values.find(std::string(property.name));
    if (found == values.end() && !whole) continue;
    const bool is_empty = found == values.end() || found->is_null();
    auto value = is_empty ? std::string() : found->template get<std::string>();
    if (is_empty && property.name == "light") value = "off";  // a key that shows nothing
    arguments.append(" ").append(language::quote_argument(std::string(property.argument) + "=" + value));
  }
  return arguments;
}

std::string set_line(const std::string& phone, const std::string& arguments) {
  return fmt::format("{} {} {}", control::button_name, language::quote_argument(phone), arguments);
}

tl::expected<KeyInList, http::Response> key_in_list(const std::string& phone, const json& entry, bool whole) {
  const auto key = entry.is_object() ? entry.find("key") : entry.end();
  if (!entry.is_object() || key == entry.end() || !key->is_string() || key->get<std::string>().empty()) {
    return tl::unexpected(problem(400, R"(expected a list of keys: [{"key": "2", "light": "on"}])", "key"));
  }
  KeyInList one{.key = key->get<std::string>(), .read = {}};
  const auto arguments = arguments_of(one.key, entry, whole, "key");
  if (!arguments) return tl::unexpected(arguments.error());
  one.read = control::read_command(set_line(phone, *arguments));
  if (!one.read.command) return tl::unexpected(problem(400, one.read.command.error(), one.key));
  return one;
}

}  // namespace

tl::expected<control::ReadCommand, http::Response> read_key(const std::string& phone, const std::string& key,
                                                            const json& body, bool whole) {
  return arguments_of(key, body, whole).map([&phone](const std::string& arguments) {
    return control::read_command(set_line(phone, arguments));
  });
}

tl::expected<control::ReadCommand, http::Response> read_keys(const std::string& phone, const json& body) {
  if (body.empty()) return tl::unexpected(problem(400, R"(expected a key at least: {"2": {"light": "on"}})"));
  std::string all;
  for (const auto& [key, wanted] : body.items()) {
    const auto arguments = arguments_of(key, wanted, false);
    if (!arguments) return tl::unexpected(arguments.error());
    all.append(all.empty() ? "" : " ").append(*arguments);
  }
  return control::read_command(set_line(phone, all));
}

tl::expected<std::vector<KeyInList>, http::Response> read_key_list(const std::string& phone, const json& body,
                                                                   bool whole) {
  if (body.size() > most_keys || (body.empty() && !whole)) {
    return tl::unexpected(problem(400, fmt::format("expected a list of 1 to {} keys", most_keys), "key"));
  }
  std::vector<KeyInList> keys;
  std::set<std::string> named;
  for (const auto& entry : body) {
    auto one = key_in_list(phone, entry, whole);
    if (!one) return tl::unexpected(std::move(one.error()));
    if (!named.insert(one->key).second) {
      const auto key = in_quotes(control::action_without_password(one->key));
      return tl::unexpected(problem(400, fmt::format("key {} is in the list twice", key), "key"));
    }
    keys.push_back(std::move(*one));
  }
  return keys;
}

}  // namespace snom::snomd
