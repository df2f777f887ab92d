#include "snomctl/answer_json.h"

#include <cstddef>

#include <fmt/format.h>

namespace snom::snomctl {
namespace {

using nlohmann::json;

/// snomd's own need 5.
constexpr std::size_t deepest = 32;
/// 10,000 phones with 40 keys each.
constexpr std::size_t most_values = 8'000'000;

/// Looked at before parsing: what is deep takes as much of the stack to write and to free again.
tl::expected<void, std::string> check_size(std::string_view text) {
  std::size_t depth = 0;
  std::size_t values = 1;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++values;
      if (++depth > deepest) return tl::unexpected(fmt::format("is nested more than {} deep", deepest));
    } else if (c == ']' || c == '}') {
      if (depth > 0) --depth;
    } else if (c == ',' && ++values > most_values) {
      return tl::unexpected(fmt::format("has more than {} values", most_values));
    }
  }
  return {};
}

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

tl::expected<json, std::string> parse_answer(std::string_view text) {
  if (auto fine = check_size(text); !fine) return tl::unexpected(std::move(fine.error()));
  json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded()) return tl::unexpected(std::string("is no JSON"));
  return parsed;
}

std::string json_text(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

std::string text_of(const json& object, const char* name) {
  const json* found = member(object, name);
  if (found == nullptr || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump(-1, ' ', false, json::error_handler_t::replace);
}

std::int64_t number_of(const json& object, const char* name) {
  const json* found = member(object, name);
  return found != nullptr && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

bool flag_of(const json& object, const char* name) {
  const json* found = member(object, name);
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

const json& list_of(const json& object, const char* name) {
  static const json none = json::array();
  const json* found = member(object, name);
  return found != nullptr && found->is_array() ? *found : none;
}

}  // namespace snom::snomctl
