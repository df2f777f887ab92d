#include "snomd/body_json.h"

#include <fmt/format.h>

#include "language/json_nesting.h"
#include "snomd/problem.h"

namespace snom::snomd {

tl::expected<nlohmann::json, http::Response> body_json(std::string_view body) {
  if (language::is_json_too_deep(body)) {
    return tl::unexpected(problem(400, fmt::format("the body is nested more than {} deep", language::deepest_json)));
  }
  return nlohmann::json::parse(body, nullptr, false);
}

}  // namespace snom::snomd
