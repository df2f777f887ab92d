#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "snomd/api_core.h"
#include "snomd/event_json.h"
#include "snomd/problem.h"
#include "snomd/query.h"

namespace snom::snomd {
namespace {

/// Whose events one stream may ask for by their names; each event is held against them.
constexpr std::size_t most_phones = 100;

}  // namespace

void add_events(Router& router, ApiCore& core) {
  router.add("GET", "/v1/events",
             [&core](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
               const auto& query = values.query;
               const auto types = query.words("type", event_names);
               if (!types) return responder->send(types.error());
               const auto phones = query.texts("phone");
               if (phones.size() > most_phones) {
                 return responder->send(
                     problem(400,
                             fmt::format("phone: {} are too many (expected {} at most, or none for all phones)",
                                         phones.size(), most_phones),
                             "phone"));
               }
               EventStreams::Wish wish{
                   {types->begin(), types->end()}, {phones.begin(), phones.end()}, query.text("last_event_id")};
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
