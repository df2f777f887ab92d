#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "cluster/nodes.h"
#include "registration/kept_binding.h"
#include "runtime/lifetime.h"
#include "sip/event_loop.h"
#include "sip/server.h"
#include "store/postgres_bindings.h"

namespace snom::snomd {

/// The registrations of one of several snomd, kept for the others (docs/decisions/registrations.md): it takes those of
/// phones that are its own from now on, and lets go of those that are another one's. Loop's thread.
class NodeRegistrations final : public cluster::Registrar {
 public:
  struct Options {
    std::string url;                     ///< of the store
    std::chrono::seconds longest{7200};  ///< [registrar] max_expires_s
  };

  /// `nodes`: says whose phones are whose. Both outlive this.
  NodeRegistrations(Options options, sip::EventLoop& loop, const cluster::Nodes& nodes);

  /// Who keeps bindings for other nodes; until stop(). Before the registrar is opened.
  [[nodiscard]] registration::BindingKeeper& keeper() const { return *bindings_; }
  /// The registrar is there. It outlives stop().
  void start(sip::Server& server) { server_ = &server; }
  /// Registrations that other nodes cannot find yet.
  [[nodiscard]] std::size_t unwritten() const { return bindings_ == nullptr ? 0 : bindings_->counters().waiting; }
  /// What is returned may wait for the store when it goes, on any thread.
  [[nodiscard]] std::unique_ptr<store::PostgresBindings> stop() {
    server_ = nullptr;
    return std::move(bindings_);
  }

  void began(nodes::Epoch life) override { bindings_->set_life(life); }
  void owned(const std::vector<std::string>& addresses_of_record) override { bindings_->load(addresses_of_record); }
  void let_go(const std::vector<std::string>& addresses_of_record) override {
    if (server_ != nullptr) server_->let_go(addresses_of_record, "taken by another node");
  }

 private:
  void take(const std::vector<registration::KeptBinding>& bindings);

  const cluster::Nodes& nodes_;
  sip::Server* server_ = nullptr;
  std::unique_ptr<store::PostgresBindings> bindings_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::snomd
