#include <chrono>

#include "snomd/api_core.h"
#include "snomd/problem.h"

namespace snom::snomd {

void add_presses(Router& router, ApiCore& core) {
  router.add(access::Role::anybody, "GET", "/press/{reference}",
             [&core](const http::Request& request, const auto&, ResponderPointer responder) {
               core.on_loop(responder,
                            [responder, asked = PressPage::Asked{request.path, request.peer}](ApiContext& context) {
                              if (context.presses == nullptr) {
                                return responder->send(problem(404, "there are no presses by HTTP here"));
                              }
                              responder->send(context.presses->press(asked, context.command_service, context.directory,
                                                                     std::chrono::steady_clock::now()));
                            });
             });
}

}  // namespace snom::snomd
