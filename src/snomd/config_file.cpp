#include "snomd/config_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "language/text.h"

namespace snom::snomd::reading {

void File::refuse(const toml::node& node, const std::string& what) const {
  throw Refused{fmt::format("{}:{}: {}", name_, node.source().begin.line, language::printable(what))};
}

void File::refuse(const std::string& what) const {
  throw Refused{fmt::format("{}: {}", name_, language::printable(what))};
}

Section::Section(const File& file, const toml::table& table, std::string title, Known known)
    : file_(file), table_(table), title_(std::move(title)) {
  for (const auto& [key, node] : table_) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      file_.refuse(node, fmt::format("{} has no setting '{}' (it has {})", title_, key.str(), fmt::join(known, ", ")));
    }
  }
}

std::optional<std::string> Section::text(std::string_view key) const {
  const toml::node* found = table_.get(key);
  if (found == nullptr) return std::nullopt;
  const auto* value = found->as_string();
  if (value == nullptr) refuse(key, "a text in quotes");
  return value->get();
}

std::string Section::required_text(std::string_view key) const {
  auto value = text(key);
  if (!value) file_.refuse(table_, fmt::format("{} needs {} = \"...\"", title_, key));
  if (value->empty()) refuse(key, "a text that is not empty");
  return *value;
}

std::int64_t Section::number(std::string_view key, std::int64_t fallback, std::int64_t low, std::int64_t high) const {
  const toml::node* found = table_.get(key);
  if (found == nullptr) return fallback;
  const auto* value = found->as_integer();
  if (value == nullptr || value->get() < low || value->get() > high) {
    refuse(key, fmt::format("a whole number from {} to {}", low, high));
  }
  return value->get();
}

bool Section::truth(std::string_view key, bool fallback) const {
  const toml::node* found = table_.get(key);
  if (found == nullptr) return fallback;
  const auto* value = found->as_boolean();
  if (value == nullptr) refuse(key, "true or false");
  return value->get();
}

std::vector<std::string> Section::texts(std::string_view key) const {
  std::vector<std::string> values;
  const toml::node* found = table_.get(key);
  const toml::array* array = found == nullptr ? nullptr : found->as_array();
  if (array == nullptr || array->empty()) {
    file_.refuse(found == nullptr ? static_cast<const toml::node&>(table_) : *found,
                 fmt::format("{} needs {} = [\"...\"], a list of texts", title_, key));
  }
  for (const toml::node& item : *array) {
    const auto* value = item.as_string();
    if (value == nullptr) file_.refuse(item, fmt::format("{} {}: expected texts in quotes", title_, key));
    values.push_back(value->get());
  }
  return values;
}

void Section::refuse(std::string_view key, const std::string& expected) const {
  const toml::node* found = table_.get(key);
  file_.refuse(found == nullptr ? static_cast<const toml::node&>(table_) : *found,
               fmt::format("{} {}: expected {}", title_, key, expected));
}

std::vector<const toml::table*> tables(const File& file, const toml::table& root, std::string_view name) {
  std::vector<const toml::table*> found;
  const toml::node* node = root.get(name);
  if (node == nullptr) return found;
  const toml::array* array = node->as_array();
  if (array == nullptr) file.refuse(*node, fmt::format("'{0}' is written [[{0}]], once for each", name));
  for (const toml::node& item : *array) {
    const toml::table* table = item.as_table();
    if (table == nullptr) file.refuse(item, fmt::format("'{0}' is written [[{0}]], once for each", name));
    found.push_back(table);
  }
  return found;
}

const toml::table* table(const File& file, const toml::table& root, std::string_view name) {
  const toml::node* node = root.get(name);
  if (node == nullptr) return nullptr;
  const toml::table* found = node->as_table();
  if (found == nullptr) file.refuse(*node, fmt::format("'{0}' is written [{0}]", name));
  return found;
}

bool has_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

}  // namespace snom::snomd::reading
