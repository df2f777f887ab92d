#include <nlohmann/json.hpp>

#include "snomd/api_core.h"
#include "snomd/problem.h"

namespace snom::snomd {

void add_me(Router& router) {
  // Known when the request was let in: answered on the HTTP thread.
  router.add("GET", "/v1/me",
             [](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               const auto& caller = values.caller;
               responder->send(
                   json_response(200, {{"name", caller.name.empty() ? nlohmann::json() : nlohmann::json(caller.name)},
                                       {"role", access::to_string(caller.role)}}));
             });
}

}  // namespace snom::snomd
