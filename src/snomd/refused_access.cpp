#include "snomd/refused_access.h"

#include <fmt/format.h>

#include "snomd/problem.h"

namespace snom::snomd {
namespace {

http::Response with_challenge(http::Response response, std::string_view more = {}) {
  response.headers.emplace_back("WWW-Authenticate", fmt::format("Bearer realm=\"snomd\"{}", more));
  return response;
}

http::Response later(std::chrono::seconds wait, const std::string& why) {
  http::Response response = problem(429, fmt::format("{}: try again in {} s", why, wait.count()));
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

}  // namespace

http::Response refused_access(const access::Refusal& refusal, access::Role needed) {
  using Why = access::Refusal::Why;
  switch (refusal.why) {
    case Why::no_token:
      break;
    case Why::wrong_token:
      return with_challenge(problem(401, "snomd does not know this token (any more)"), ", error=\"invalid_token\"");
    case Why::too_many_wrong:
      return later(refusal.wait, "too many wrong tokens from your address");
    case Why::too_low:
      return with_challenge(problem(403, fmt::format("this needs a token of the role {}: '{}' has the role {}",
                                                     to_string(needed), refusal.name, to_string(refusal.role))),
                            fmt::format(", error=\"insufficient_scope\", scope=\"{}\"", to_string(needed)));
    case Why::too_often:
      return later(refusal.wait, fmt::format("too many requests of the token '{}'", refusal.name));
    case Why::too_large:
      return problem(413, fmt::format("the body is larger than the token '{}' may send: at most {} bytes", refusal.name,
                                      refusal.max_body));
  }
  return with_challenge(problem(401, "this snomd wants its bearer token (Authorization: Bearer ...)"));
}

}  // namespace snom::snomd
