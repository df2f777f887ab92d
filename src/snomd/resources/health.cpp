#include "cluster/nodes.h"
#include "snomd/api_core.h"
#include "snomd/problem.h"

namespace snom::snomd {

void add_health(Router& router, ApiCore& core) {
  // The HTTP thread answers; whether the loop does is the other one's question.
  router.add(access::Role::anybody, "GET", "/health/live",
             [](const http::Request&, const auto&, ResponderPointer responder) {
               responder->send(json_response(200, {{"status", "live"}}));
             });
  router.add(access::Role::anybody, "GET", "/health/ready",
             [&core](const http::Request&, const auto&, ResponderPointer responder) {
               core.on_loop(responder, [responder](ApiContext& context) {
                 // Anybody may ask: where the store is, is nothing for them.
                 if (context.store != nullptr && !context.store->away().empty()) {
                   return responder->send(problem(503,
                                                  "the store of keys is away: phones are served from memory, and "
                                                  "no key can be changed"));
                 }
                 if (context.nodes != nullptr && !context.nodes->lease_holds()) {
                   return responder->send(problem(503, "this node has no lease: it may speak to no phone"));
                 }
                 responder->send(json_response(200, {{"status", "ready"}}));
               });
             });
}

}  // namespace snom::snomd
