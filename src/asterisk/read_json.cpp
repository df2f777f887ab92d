#include "asterisk/read_json.h"

#include <exception>
#include <stdexcept>

namespace snom::asterisk {

using nlohmann::json;

std::optional<json> read_json(std::string_view text) {
  constexpr int deepest = 32;
  const auto shallow = [](int depth, json::parse_event_t, json&) {
    if (depth > deepest) throw std::length_error("nested too deep");
    return true;
  };
  try {
    return json::parse(text, shallow);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string text_of(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace snom::asterisk
