#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/nodes.h"
#include "control/fake_ports.h"
#include "store/control_queue.h"
#include "store/node_tables.h"
#include "store/postgres_button_store.h"
#include "store/postgres_server.h"

namespace snom::cluster::testing {

inline const std::string alice = "1000@example.com";
inline const std::string bob = "1001@example.com";

struct FakeRegistrar final : Registrar {
  nodes::Epoch life = 0;
  std::vector<std::string> owns;
  std::vector<std::string> gone;
  void began(nodes::Epoch epoch) override { life = epoch; }
  void owned(const std::vector<std::string>& phones) override { owns.insert(owns.end(), phones.begin(), phones.end()); }
  void let_go(const std::vector<std::string>& phones) override {
    gone.insert(gone.end(), phones.begin(), phones.end());
  }
};

/// node1 of a real PostgreSQL, with both phones registered, and what other nodes write there.
class NodesOfAStore : public ::testing::Test {
 protected:
  static constexpr std::chrono::seconds limit{20};

  void SetUp() override {
    server_ = store::testing::PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "there is no PostgreSQL here";
    url_ = server_->url_of_new_schema();
    auto opened = store::PostgresButtonStore::open(url_, control_, {});
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
    auto made = store::PostgresConnection::connect(url_, std::chrono::steady_clock::now() + limit);
    ASSERT_TRUE(made) << made.error().text;
    others_ = std::move(*made);
    ASSERT_TRUE(store::node_tables::prepare(*others_, limit));
    world_.directory.registrations = {control::testing::phone("1000"), control::testing::phone("1001")};
    Nodes::Options options{.name = "node1", .url = url_};
    options.informed = [](const std::string&) {};
    options.warned = [](const std::string& what) { ADD_FAILURE() << what; };
    nodes_ = std::make_unique<Nodes>(std::move(options), control_, world_.clock, world_.directory);
  }
  void TearDown() override {
    if (nodes_) nodes_->stop().reset();
  }

  /// A life of another program, or of this one before it was started; it does nothing by itself.
  nodes::Epoch begun(const std::string& name) {
    const auto epoch = store::node_tables::begin(*others_, name, 0, limit);
    EXPECT_TRUE(epoch) << epoch.error().text;
    return epoch.value_or(0);
  }
  void claim(nodes::Epoch epoch, const std::string& address_of_record) {
    EXPECT_TRUE(store::node_tables::claim(*others_, epoch, std::vector{address_of_record}, {}, limit));
  }
  void start() {
    nodes_->start({*world_.command_service, registrar_, [](const auto&) {}});
    for (const auto& registration : world_.directory.all()) nodes_->registered(registration);
    ASSERT_TRUE(control_.run_until([this] { return registrar_.life != 0; }));
  }
  [[nodiscard]] bool is_owned(const std::string& address_of_record) {
    return control_.run_until([&] { return std::ranges::count(registrar_.owns, address_of_record) > 0; });
  }
  /// Why a key is not brought to it.
  std::string asked(const std::string& address_of_record) {
    std::optional<std::string> why;
    nodes_->deliver(address_of_record, {{"2", 1}},
                    [&why](const auto& outcome) { why = outcome ? "it was asked" : outcome.error(); });
    EXPECT_TRUE(control_.run_until([&] { return why.has_value(); }));
    return why.value_or("");
  }

  store::testing::PostgresServer* server_ = nullptr;
  std::string url_;
  store::testing::ControlQueue control_;
  std::unique_ptr<store::PostgresButtonStore> store_;
  std::unique_ptr<store::PostgresConnection> others_;
  control::testing::Fixture world_;
  FakeRegistrar registrar_;
  std::unique_ptr<Nodes> nodes_;
};

}  // namespace snom::cluster::testing
