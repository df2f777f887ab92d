#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "language/refused.h"
#include "language/text.h"
#include "language/toml_nesting.h"
#include "layout/layout_builder.h"

namespace snom::layout {
namespace {

using language::in_quotes_to_its_first_word;
using Value = LayoutBuilder::Value;

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

/// Texts, and what is as good as one: a number for a key or a number to call, true or false.
bool take_text(const toml::node& node, std::string& into) {
  if (const auto* text = node.as_string()) {
    into = text->get();
  } else if (const auto* number = node.as_integer()) {
    into = std::to_string(number->get());
  } else if (const auto* boolean = node.as_boolean()) {
    into = boolean->get() ? "true" : "false";
  } else {
    return false;
  }
  return true;
}

void read_key(const toml::table& table, const NamedPhones& phones, LayoutBuilder& builder) {
  LayoutBuilder::Properties properties;
  const auto& names = LayoutBuilder::property_names();
  bool fine = true;
  for (const auto& [key, node] : table) {
    const std::string name = key.str() == "colour" ? "color" : std::string(key.str());
    const int line = line_of(node);
    Value value{{}, line};
    if (name != "key" && name != LayoutBuilder::place && std::find(names.begin(), names.end(), name) == names.end()) {
      builder.complain(
          line, fmt::format("{} is not a property of a key (expected key, {}, {})", in_quotes_to_its_first_word(name),
                            fmt::join(names, ", "), LayoutBuilder::place));
      fine = false;
    } else if (!take_text(node, value.text)) {
      builder.complain(line, fmt::format("{}: expected a text in quotes", name));
      fine = false;
    } else {
      properties.emplace(name, std::move(value));
    }
  }
  if (fine) builder.add_key(phones, properties, line_of(table));
}

NamedPhones read_phones(const toml::table& group, LayoutBuilder& builder) {
  NamedPhones phones;
  const toml::node* node = group.get("phones");
  const toml::array* array = node == nullptr ? nullptr : node->as_array();
  if (array == nullptr || array->empty()) {
    builder.complain(line_of(node == nullptr ? static_cast<const toml::node&>(group) : *node),
                     "phones: [[group]] needs phones = [\"user@host\", ...]");
    return phones;
  }
  for (const toml::node& item : *array) {
    if (builder.is_stopped()) break;
    if (const auto* text = item.as_string()) {
      builder.add_phones(phones, {text->get(), line_of(item)});
    } else {
      builder.complain(line_of(item), "phones: expected texts in quotes");
    }
  }
  return phones;
}

void read_group(const toml::table& group, LayoutBuilder& builder) {
  const auto& of_phones = LayoutBuilder::phone_property_names();
  LayoutBuilder::Properties kind;
  for (const auto& [name, node] : group) {
    if (name.str() == "name" && !node.is_string()) builder.complain(line_of(node), "name: expected a text in quotes");
    if (name.str() == "name" || name.str() == "phones" || name.str() == "key") continue;
    if (std::find(of_phones.begin(), of_phones.end(), name.str()) != of_phones.end()) {
      Value value{{}, line_of(node)};
      if (!take_text(node, value.text)) {
        builder.complain(value.line, fmt::format("{}: expected a text in quotes", name.str()));
      }
      kind.emplace(name.str(), std::move(value));
      continue;
    }
    builder.complain(line_of(node), fmt::format("{} is not a setting of [[group]] (expected name, phones, key; {})",
                                                in_quotes_to_its_first_word(name.str()), fmt::join(of_phones, ", ")));
  }
  const auto phones = read_phones(group, builder);
  if (!kind.empty()) builder.add_kind(phones, kind, line_of(group));
  const toml::node* node = group.get("key");
  const toml::array* keys = node == nullptr ? nullptr : node->as_array();
  const bool are_tables =
      keys != nullptr && !keys->empty() &&
      std::all_of(keys->begin(), keys->end(), [](const toml::node& item) { return item.is_table(); });
  if (!are_tables) {
    return builder.complain(line_of(node == nullptr ? static_cast<const toml::node&>(group) : *node),
                            "key: [[group]] needs keys, written [[group.key]], once for each");
  }
  for (const toml::node& item : *keys) {
    if (builder.is_stopped()) return;
    read_key(*item.as_table(), phones, builder);
  }
}

/// Of well-formed UTF-8.
struct Character {
  char32_t code_point;
  std::size_t length;  ///< in bytes
};

Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t wanted = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  Character character{wanted == 1 ? lead : lead & (0xFFU >> (wanted + 1)), std::min(wanted, text.size())};
  for (const char next : text.substr(1, character.length - 1)) {
    character.code_point = (character.code_point << 6U) | (static_cast<unsigned char>(next) & 0x3FU);
  }
  return character;
}

/// A basic string (TOML 1.0). What could steer a terminal, or turn the text around it, is escaped: it means the same.
std::string basic_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto [code_point, length] = first_character(text);
    const auto number = static_cast<std::uint32_t>(code_point);
    if (code_point == '"' || code_point == '\\') {
      out.append("\\").append(text.substr(0, 1));
    } else if (language::is_printable(code_point)) {
      out.append(text.substr(0, length));
    } else {
      out += number <= 0xFFFF ? fmt::format("\\u{:04X}", number) : fmt::format("\\U{:08X}", number);
    }
    text.remove_prefix(length);
  }
  return out + '"';
}

std::string write_keys(const PhoneKeys& keys) {
  std::string out;
  for (const auto& [name, key] : keys) {
    out += fmt::format("\n[[group.key]]\nkey = {}\n", basic_string(name));
    for (const auto& [property, text] : written_properties(key)) {
      out += fmt::format("{} = {}\n", property, property == "number_hidden" ? text : basic_string(text));
    }
  }
  return out;
}

}  // namespace

void read_toml_layout(std::string_view text, const std::string& name, LayoutBuilder& builder) {
  if (const auto line = language::toml_line_too_deep(text)) {
    return builder.complain(*line,
                            fmt::format("nested too deep (at most {} levels are possible)", language::deepest_toml));
  }
  try {
    const toml::table root = toml::parse(text, name);
    for (const auto& [key, node] : root) {
      if (key.str() != "group") {
        builder.complain(line_of(node), fmt::format("{} is not known here (expected [[group]])",
                                                    in_quotes_to_its_first_word(key.str())));
      }
    }
    const toml::node* node = root.get("group");
    const toml::array* groups = node == nullptr ? nullptr : node->as_array();
    if (groups == nullptr) {
      return builder.complain(node == nullptr ? 1 : line_of(*node),
                              "group: the file has no [[group]], written so, once for each");
    }
    for (const toml::node& item : *groups) {
      if (builder.is_stopped()) return;
      if (const auto* group = item.as_table()) {
        read_group(*group, builder);
      } else {
        builder.complain(line_of(item), "group: is written [[group]], once for each");
      }
    }
  } catch (const toml::parse_error& error) {
    const auto what = language::shown_toml_error(error.description());
    builder.complain(static_cast<int>(error.source().begin.line), what);
  }
}

std::string write_toml_layout(const Layout& layout) {
  // Phones with the same keys are one group, where the first of them stands.
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  std::map<std::string, std::size_t> known;
  for (const auto& [phone, keys] : layout) {
    if (keys.empty()) continue;
    auto text = write_keys(keys);
    const auto [found, is_new] = known.try_emplace(text, groups.size());
    if (is_new) groups.emplace_back(std::move(text), std::vector<std::string>());
    groups[found->second].second.push_back(phone);
  }
  std::string out = "# A layout of keys, as snomctl apply reads it.\n";
  for (const auto& [keys, phones] : groups) {
    out += "\n[[group]]\nphones = [\n";
    for (const auto& phone : phones) out += fmt::format("  {},\n", basic_string(phone));
    out += "]\n" + keys;
  }
  return out;
}

}  // namespace snom::layout
