#include <utility>

#include "snomd/api_core.h"
#include "snomd/event_json.h"
#include "snomd/query.h"

namespace snom::snomd {

void add_events(Router& router, ApiCore& core) {
  router.add("GET", "/v1/events",
             [&core](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
               const auto& query = values.query;
               auto types = query.words("type", event_names);
               if (!types) return responder->send(types.error());
               EventStreams::Wish wish{std::move(*types), query.texts("phone"), query.text("last_event_id")};
               // A browser that comes back says by this which event was the last; what the address says is what it
               // began with.
               if (const auto last = request.header("last-event-id"); !last.empty()) wish.after = std::string(last);
               core.on_loop(responder, [responder, wish = std::move(wish)](ApiContext& context) mutable {
                 context.streams.add(responder->stream("text/event-stream"), std::move(wish));
               });
             },
             {"type...", "phone...", "last_event_id"});
}

}  // namespace snom::snomd
