#include "snomd/problem.h"

#include <utility>

#include "http/response_head.h"
#include "snomd/event_json.h"

namespace snom::snomd {

http::Response json_response(int status, const nlohmann::json& body) {
  return {status, "application/json", dump(body) + "\n", {}};
}

http::Response problem(int status, const std::string& detail, std::string_view field, nlohmann::json more) {
  nlohmann::json body = std::move(more);
  body.update({{"title", http::reason_phrase(status)}, {"status", status}, {"detail", detail}, {"error", detail}});
  if (!field.empty()) body["field"] = field;
  return {status, "application/problem+json", dump(body) + "\n", {}};
}

http::Response method_not_allowed(const std::string& allowed) {
  const bool is_one = allowed.find(',') == std::string::npos;
  http::Response response = problem(405, "only " + allowed + (is_one ? " is" : " are") + " possible here");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace snom::snomd
