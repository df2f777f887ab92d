#include "snomd/metrics.h"

#include "cluster/nodes.h"
#include "snomd/about.h"
#include "snomd/api_core.h"

namespace snom::snomd {

namespace {

std::optional<Metrics::Node> node_of(const ApiContext& context) {
  if (context.nodes == nullptr) return std::nullopt;
  return Metrics::Node{context.nodes->lease_holds(), context.nodes->held(), context.nodes->others().size() + 1};
}

}  // namespace

void add_metrics(Router& router, ApiCore& core, const Metrics& metrics) {
  router.add("GET", "/metrics", [&core, &metrics](const http::Request&, const auto&, ResponderPointer responder) {
    core.on_loop(responder, [&metrics, responder](ApiContext& context) {
      const auto& delivery = context.command_service.delivery();
      responder->send(
          {200,
           "text/plain; version=0.0.4; charset=utf-8",
           metrics.text({delivery.restores_waiting(), delivery.counters().restores,
                         context.about != nullptr ? context.about->certificates.get() : nullptr, node_of(context)}),
           {}});
    });
  });
}

}  // namespace snom::snomd
