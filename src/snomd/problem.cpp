#include "snomd/problem.h"

#include <utility>

#include <fmt/format.h>

#include "control/commands/redact.h"
#include "http/response_head.h"
#include "language/refused.h"
#include "snomd/event_json.h"

namespace snom::snomd {
namespace {

/// A field is named as it was given, so that a program finds it; but for a command line in its place.
std::string shown_field(std::string_view field) {
  const bool is_line = field.starts_with("^^") || control::action_without_password(field) != field;
  return std::string(is_line ? language::first_word(field) : field);
}

}  // namespace

http::Response json_response(int status, const nlohmann::json& body) {
  return {status, "application/json", dump(body) + "\n", {}};
}

http::Response problem(int status, const std::string& detail, std::string_view field, nlohmann::json more) {
  nlohmann::json body = std::move(more);
  body.update({{"title", http::reason_phrase(status)}, {"status", status}, {"detail", detail}, {"error", detail}});
  if (!field.empty()) body["field"] = shown_field(field);
  return {status, "application/problem+json", dump(body) + "\n", {}};
}

http::Response no_property(std::string_view name, std::string_view expected) {
  return problem(400,
                 fmt::format("{} is no property (expected {})", language::in_quotes_to_its_first_word(name), expected),
                 language::first_word(name));
}

http::Response method_not_allowed(const std::string& allowed) {
  const bool is_one = allowed.find(',') == std::string::npos;
  http::Response response = problem(405, "only " + allowed + (is_one ? " is" : " are") + " possible here");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace snom::snomd
