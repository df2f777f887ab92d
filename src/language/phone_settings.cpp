#include "language/phone_settings.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <pugixml.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "language/refused.h"
#include "language/text.h"
#include "language/xml_shape.h"

namespace snom::language {
namespace {

constexpr std::size_t largest_argument = 16 * 1024;
constexpr int last_identity = 12;
constexpr std::string_view blanks = " \t\r\n";

tl::unexpected<Error> refuse(std::string message) { return tl::unexpected(Error{"settings", std::move(message)}); }

std::optional<int> number_in(std::string_view text, int least, int most) {
  int value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

bool is_text(std::string_view text, std::size_t most) {
  if (text.size() > most || !is_utf8(text)) return false;
  std::string plain(text);
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
  return !has_control_character(plain);
}

/// What stands in an element, without blanks around it: CDATA is text too, and XML that was not escaped (an XML
/// definition, say) is taken as it is.
std::string text_in(const pugi::xml_node& element) {
  std::ostringstream all;
  for (const pugi::xml_node& part : element.children()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) {
      all << part.value();
    } else if (part.type() == pugi::node_element) {
      part.print(all, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    }
  }
  const std::string text = all.str();
  const auto begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

bool is_perm(std::string_view perm) {
  constexpr std::string_view known[] = {"", "RW", "R", "$", "&", "!", " "};
  return std::find(std::begin(known), std::end(known), perm) != std::end(known);
}

tl::expected<FunctionKeySetting, Error> read_key(const pugi::xml_node& element) {
  FunctionKeySetting key;
  const std::string_view idx = element.attribute("idx").value();
  const auto index = number_in(idx, 0, last_function_key);
  if (!index) return refuse("idx: " + in_quotes_to_its_blank(idx) + " is not the place of a key (expected 0 to 511)");
  key.index = *index;
  const auto wrong = [&](std::string_view attribute, std::string_view value, std::string_view expected) {
    std::string text = "key ";
    text.append(idx)
        .append(": ")
        .append(attribute)
        .append(": ")
        .append(in_quotes_to_its_blank(value))
        .append(" is not ");
    return refuse(text.append(expected));
  };
  if (const auto context = element.attribute("context")) key.context = context.value();
  if (key.context != "active" && !number_in(key.context, 1, last_identity)) {
    return wrong("context", key.context, "an identity (expected active, or 1 to 12)");
  }
  key.label = element.attribute("label").value();
  if (!is_text(key.label, max_value_bytes)) return wrong("label", key.label, "a text of at most 1024 bytes");
  key.perm = element.attribute("perm").value();
  if (!is_perm(key.perm)) return wrong("perm", key.perm, "a permission (expected RW, R, !, or nothing)");
  const std::string text = text_in(element);
  const auto blank = std::min(text.find_first_of(blanks), text.size());
  key.type = lower_case(text.substr(0, blank));
  const auto begin = std::min(text.find_first_not_of(blanks, blank), text.size());
  key.argument = text.substr(begin);
  if (!is_text(key.type, max_key_bytes)) return wrong("type", key.type, "a type of key");
  if (!is_text(key.argument, largest_argument)) {
    return wrong("value", key.argument.substr(0, max_key_bytes), "a text of at most 16 KiB");
  }
  return key;
}

bool is_function_keys(const pugi::xml_node& node) {
  const auto name = local_name(node);
  return name == "functionKeys" || name == "function-keys";
}

}  // namespace

std::string write_phone_settings(const PhoneSettings& settings) {
  pugi::xml_document document;
  pugi::xml_node keys = document.append_child("settings").append_child("functionKeys");
  for (const FunctionKeySetting& key : settings.keys) {
    pugi::xml_node element = keys.append_child("fkey");
    element.append_attribute("idx") = key.index;
    element.append_attribute("context") = key.context.c_str();
    element.append_attribute("label") = key.label.c_str();
    element.append_attribute("perm") = key.perm.c_str();
    const std::string text = key.argument.empty() ? key.type : key.type + " " + key.argument;
    element.append_child(pugi::node_pcdata).set_value(text.c_str());
  }
  std::ostringstream text;
  text << "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
  document.save(text, "  ", pugi::format_indent | pugi::format_no_declaration, pugi::encoding_utf8);
  return text.str();
}

tl::expected<PhoneSettings, Error> parse_phone_settings(std::string_view text) {
  const auto document = parse_foreign_xml(text, settings_bounds);
  if (!document) return refuse(document.error().message);
  const pugi::xml_node root = (*document)->document_element();
  if (local_name(root) != "settings" && !is_function_keys(root)) {
    return refuse(in_quotes_to_its_blank(root.name()) + " is no settings file (expected settings or functionKeys)");
  }
  PhoneSettings settings;
  std::set<int> indices;
  const auto take = [&](const pugi::xml_node& keys) -> tl::expected<void, Error> {
    for (const pugi::xml_node& element : keys.children()) {
      if (local_name(element) != "fkey") continue;
      auto key = read_key(element);
      if (!key) return tl::unexpected(std::move(key.error()));
      if (!indices.insert(key->index).second) {
        return refuse("idx: key " + std::to_string(key->index) + " is set twice");
      }
      settings.keys.push_back(std::move(*key));
    }
    return {};
  };
  if (is_function_keys(root)) {
    if (auto taken = take(root); !taken) return tl::unexpected(std::move(taken.error()));
    return settings;
  }
  for (const pugi::xml_node& part : root.children()) {
    if (!is_function_keys(part)) continue;
    if (auto taken = take(part); !taken) return tl::unexpected(std::move(taken.error()));
  }
  return settings;
}

std::string uri_of_blf(std::string_view argument) {
  argument = argument.substr(0, argument.find('|'));
  if (const auto open = argument.find('<'); open != std::string_view::npos) {
    const auto close = argument.find('>', open);
    if (close == std::string_view::npos) return {};
    argument = argument.substr(open + 1, close - open - 1);
  }
  const bool is_uri = (argument.starts_with("sip:") || argument.starts_with("sips:")) &&
                      argument.find('@') != std::string_view::npos &&
                      argument.find_first_of(" \t\r\n<>\"") == std::string_view::npos;
  return is_uri ? std::string(argument) : std::string();
}

}  // namespace snom::language
