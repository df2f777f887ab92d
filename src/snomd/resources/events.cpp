#include "snomd/api_core.h"

namespace snom::snomd {

void add_events(Router& router, ApiCore& core) {
  router.add("GET", "/v1/events", [&core](const http::Request&, const auto&, ResponderPointer responder) {
    core.on_loop(responder,
                 [responder](ApiContext& context) { context.streams.add(responder->stream("text/event-stream")); });
  });
}

}  // namespace snom::snomd
