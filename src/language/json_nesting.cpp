#include "language/json_nesting.h"

#include <limits>

namespace snom::language {

std::optional<JsonExcess> excess_of_json(std::string_view text, int deepest, std::size_t most_values) {
  int depth = 0;
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
      if (++depth > deepest) return JsonExcess::depth;
    } else if (c == ']' || c == '}') {
      if (depth > 0) --depth;
    } else if (c == ',' && ++values > most_values) {
      return JsonExcess::values;
    }
  }
  return std::nullopt;
}

bool is_json_too_deep(std::string_view text, int deepest) {
  return excess_of_json(text, deepest, std::numeric_limits<std::size_t>::max()) == JsonExcess::depth;
}

}  // namespace snom::language
