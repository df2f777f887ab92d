#include <utility>

#include "snomd/api_core.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

/// A reply of several lines has one for each phone.
bool all_ok(const std::string& reply) { return reply.starts_with("+OK") && reply.find("\n-ERR") == std::string::npos; }

}  // namespace

void add_commands(Router& router, ApiCore& core) {
  router.add("POST", "/v1/command", [&core](const http::Request& request, const auto&, ResponderPointer responder) {
    std::string line = request.body;
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    if (line.find('\n') != std::string::npos) {
      return responder->send(problem(400, "one command line a request, please"));
    }
    const bool as_json = request.header("accept").find("application/json") != std::string_view::npos;
    core.on_loop(responder, [responder, line = std::move(line), as_json](ApiContext& context) {
      context.command_service.run(line, {.by = "http"}, [responder, as_json](std::string reply) {
        if (as_json) {
          responder->send(json_response(200, {{"ok", all_ok(reply)}, {"reply", reply}}));
        } else {
          reply += '\n';
          responder->send({200, "text/plain; charset=utf-8", std::move(reply), {}});
        }
      });
    });
  });
}

}  // namespace snom::snomd
