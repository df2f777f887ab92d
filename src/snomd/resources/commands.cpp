#include <utility>

#include "snomd/api_core.h"
#include "snomd/command_text.h"
#include "snomd/problem.h"

namespace snom::snomd {

void add_commands(Router& router, ApiCore& core) {
  router.add("POST", "/v1/command",
             [&core](const http::Request& request, const Router::Values& values, ResponderPointer responder) {
               const auto line = command_line_of(request.body);
               if (!line) return responder->send(problem(400, line.error()));
               const bool as_json = request.header("accept").find("application/json") != std::string_view::npos;
               // Read on this thread, which has more time than the loop's.
               core.on_loop(responder, [responder, read = control::read_command(*line), as_json,
                                        by = set_by(values.caller)](ApiContext& context) mutable {
                 context.command_service.run(std::move(read), {.by = by}, [responder, as_json](std::string reply) {
                   if (as_json)
                     return responder->send(json_response(200, {{"ok", is_all_ok(reply)}, {"reply", reply}}));
                   reply += '\n';
                   responder->send({200, "text/plain; charset=utf-8", std::move(reply), {}});
                 });
               });
             });
}

}  // namespace snom::snomd
