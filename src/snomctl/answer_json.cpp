#include "snomctl/answer_json.h"

#include <cstddef>

#include <fmt/format.h>

#include "language/json_nesting.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;

/// snomd's own need 5.
constexpr int deepest = 32;
/// 10,000 phones with 40 keys each.
constexpr std::size_t most_values = 8'000'000;

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

tl::expected<json, std::string> parse_answer(std::string_view text) {
  if (const auto excess = language::excess_of_json(text, deepest, most_values)) {
    return tl::unexpected(*excess == language::JsonExcess::depth ? fmt::format("is nested more than {} deep", deepest)
                                                                 : fmt::format("has more than {} values", most_values));
  }
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
