#include <chrono>

#include "cluster/nodes.h"
#include "snomd/about.h"
#include "snomd/api_core.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

json listening_json(const std::vector<About::Listener>& listeners) {
  json list = json::array();
  for (const auto& one : listeners) {
    list.push_back({{"profile", one.profile.empty() ? json() : json(one.profile)},
                    {"transport", one.transport},
                    {"address", one.address}});
  }
  return list;
}

/// What is shown over TLS; null: nothing.
json certificate_json(const About& about) {
  const auto shown = about.certificates != nullptr ? about.certificates->shown() : std::nullopt;
  if (!shown) return {};
  const auto left = std::chrono::floor<std::chrono::days>(shown->not_after - std::chrono::system_clock::now());
  return {{"names", shown->names}, {"days_left", left.count()}};
}

json node_json(const cluster::Nodes& nodes) {
  json others = json::array();
  for (const auto& [name, phones] : nodes.others()) others.push_back({{"name", name}, {"phones", phones}});
  return {
      {"name", nodes.name()}, {"lease", nodes.lease_holds()}, {"phones", nodes.held()}, {"others", std::move(others)}};
}

json status_json(const ApiContext& context, std::chrono::steady_clock::time_point now) {
  const auto& delivery = context.command_service.delivery();
  const auto& counters = delivery.counters();
  json status{{"version", SNOM_VERSION},
              {"registered", context.directory.names().size()},
              {"phones", context.command_service.wanted_keys().phones().size()},
              {"restores_waiting", delivery.restores_waiting()},
              {"deliveries",
               {{"documents", counters.documents},
                {"accepted", counters.accepted},
                {"refused", counters.refused},
                {"silent", counters.silent},
                {"restores", counters.restores}}},
              {"watchers", context.streams.watchers()}};
  if (context.about != nullptr) {
    const auto& about = *context.about;
    status["uptime_s"] = std::chrono::duration_cast<std::chrono::seconds>(now - about.started).count();
    status["store"] = about.store.empty() ? json() : json(about.store);
    status["listening"] = listening_json(about.listening);
    status["certificate"] = certificate_json(about);
  }
  if (context.store != nullptr) {
    const auto away = context.store->away();
    status["store_away"] = away.empty() ? json() : json(away);
  }
  status["node"] = context.nodes != nullptr ? node_json(*context.nodes) : json();
  status["refused"] = context.refusals != nullptr ? context.refusals->list() : json::array();
  return status;
}

}  // namespace

void add_status(Router& router, ApiCore& core) {
  router.add("GET", "/v1/status", [&core](const http::Request&, const auto&, ResponderPointer responder) {
    core.on_loop(responder, [responder](ApiContext& context) {
      responder->send(json_response(200, status_json(context, std::chrono::steady_clock::now())));
    });
  });
}

}  // namespace snom::snomd
