#include "snomd/node_registrations.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <spdlog/spdlog.h>

namespace snom::snomd {

NodeRegistrations::NodeRegistrations(Options options, sip::EventLoop& loop, const cluster::Nodes& nodes)
    : nodes_(nodes) {
  using Bindings = store::PostgresBindings::Bindings;
  const auto later = [this, &loop](auto work) {
    return [&loop, alive = lifetime_.guard(std::move(work))](Bindings all) {
      loop.post([alive, kept = std::make_shared<Bindings>(std::move(all))]() mutable { alive(*kept); });
    };
  };
  store::PostgresBindings::Told told;
  told.loaded = later([this](const Bindings& all) { take(all); });
  told.superseded = later([this](const Bindings& all) {
    if (server_ != nullptr) server_->let_go_superseded(all, "registered elsewhere");
  });
  told.warned = [](const std::string& what) { spdlog::warn("{}", what); };
  bindings_ = std::make_unique<store::PostgresBindings>(
      store::PostgresBindings::Options{.url = options.url, .longest = options.longest}, std::move(told));
}

void NodeRegistrations::take(const std::vector<registration::KeptBinding>& bindings) {
  if (server_ == nullptr) return;
  std::vector<registration::KeptBinding> ours;
  std::ranges::copy_if(bindings, std::back_inserter(ours),
                       [this](const auto& kept) { return nodes_.holds(kept.phone->address_of_record()); });
  server_->take_over(ours);
}

}  // namespace snom::snomd
