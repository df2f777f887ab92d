#include "asterisk/read_json.h"

#include "language/json_nesting.h"

namespace snom::asterisk {

using nlohmann::json;

std::optional<json> read_json(std::string_view text) {
  constexpr int deepest = 32;
  if (language::is_json_too_deep(text, deepest)) return std::nullopt;
  auto read = json::parse(text, nullptr, false);
  if (read.is_discarded()) return std::nullopt;
  return read;
}

std::string text_of(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace snom::asterisk
