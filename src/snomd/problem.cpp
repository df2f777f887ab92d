#include "snomd/problem.h"

#include <utility>

#include "snomd/event_json.h"

namespace snom::snomd {
namespace {

/// Reason phrases of RFC 9110 section 15 and RFC 6585.
std::string_view title(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Error";
  }
}

}  // namespace

http::Response json_response(int status, const nlohmann::json& body) {
  return {status, "application/json", dump(body) + "\n", {}};
}

http::Response problem(int status, const std::string& detail, std::string_view field, nlohmann::json more) {
  nlohmann::json body = std::move(more);
  body.update({{"title", title(status)}, {"status", status}, {"detail", detail}, {"error", detail}});
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
