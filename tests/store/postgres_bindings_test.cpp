// Registrations in a real PostgreSQL, as registrars hand them over: many at once, a server that goes and comes, several
// nodes.

#include "store/postgres_bindings.h"

#include <iostream>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "store/bindings.h"
#include "store/postgres_server.h"
#include "wait_until.h"

namespace snom::store {
namespace {

using namespace std::chrono_literals;
using registration::KeptBinding;
using snom::testing::wait_until;
using testing::Bound;
using Clock = std::chrono::steady_clock;
using Strings = std::vector<std::string>;

/// One node's, with what it was told.
class Node {
 public:
  explicit Node(const std::string& url, nodes::Epoch life = 1) : Node(PostgresBindings::Options{.url = url}, life) {}
  Node(PostgresBindings::Options options, nodes::Epoch life) {
    PostgresBindings::Told told;
    told.loaded = [this](const PostgresBindings::Bindings& page) {
      const std::lock_guard lock(mutex_);
      largest_page_ = std::max(largest_page_, page.size());
      loaded_.insert(loaded_.end(), page.begin(), page.end());
    };
    told.superseded = [this](const PostgresBindings::Bindings& old) {
      const std::lock_guard lock(mutex_);
      for (const auto& one : old) superseded_.push_back(one.phone->call_id + " " + std::to_string(one.cseq));
    };
    told.away = [this](const std::string& why) {
      const std::lock_guard lock(mutex_);
      away_.push_back(why);
    };
    told.warned = [this](const std::string& what) {
      const std::lock_guard lock(mutex_);
      warned_.push_back(what);
    };
    bindings_ = std::make_unique<PostgresBindings>(std::move(options), std::move(told));
    bindings_->set_life(life);
  }
  PostgresBindings* operator->() { return bindings_.get(); }
  void end() { bindings_.reset(); }
  /// What was kept until now has been written.
  bool has_written(std::chrono::milliseconds limit = 20s) {
    return wait_until([this] { return bindings_->counters().waiting == 0; }, limit);
  }
  /// All that the table has of these users.
  std::vector<KeptBinding> load(const Strings& users, std::size_t expected) {
    {
      const std::lock_guard lock(mutex_);
      loaded_.clear();
    }
    Strings names;
    for (const auto& user : users) names.push_back(user + "@example.com");
    bindings_->load(names);
    EXPECT_TRUE(wait_until([&] { return loaded().size() >= expected; })) << loaded().size() << " of " << expected;
    return loaded();
  }
  [[nodiscard]] std::vector<KeptBinding> loaded() const {
    const std::lock_guard lock(mutex_);
    return loaded_;
  }
  [[nodiscard]] std::size_t largest_page() const {
    const std::lock_guard lock(mutex_);
    return largest_page_;
  }
  [[nodiscard]] Strings superseded() const {
    const std::lock_guard lock(mutex_);
    return superseded_;
  }
  [[nodiscard]] Strings away() const {
    const std::lock_guard lock(mutex_);
    return away_;
  }
  [[nodiscard]] Strings warned() const {
    const std::lock_guard lock(mutex_);
    return warned_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<KeptBinding> loaded_;
  std::size_t largest_page_ = 0;
  Strings superseded_;
  Strings away_;
  Strings warned_;
  std::unique_ptr<PostgresBindings> bindings_;  ///< last: its thread uses the others
};

Strings many_users(int count) {
  Strings users;
  for (int user = 0; user < count; ++user) users.push_back(std::to_string(100'000 + user));
  return users;
}

class RegistrationsInPostgres : public ::testing::Test {
 protected:
  // One for all of them, which is killed at times.
  static void SetUpTestSuite() { server_ = testing::PostgresServer::make(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (!server_) GTEST_SKIP() << "there is no PostgreSQL here";
    url_ = server_->url_of_new_schema();
  }
  [[nodiscard]] std::int64_t ask(const std::string& sql) const {
    std::int64_t answer = -1;
    const auto connection = PostgresConnection::connect(url_, Clock::now() + 20s);
    EXPECT_TRUE(connection);
    EXPECT_TRUE((*connection)->run(sql, 20s, [&answer](const PostgresConnection::Row& row) {
      answer = row.integer(0);
      return SqlResult<void>{};
    }));
    return answer;
  }

  static inline std::unique_ptr<testing::PostgresServer> server_;
  std::string url_;
};

TEST_F(RegistrationsInPostgres, AnotherNodeGetsAllThatLeadsToThePhone) {
  Node one(url_, 7);
  const auto before = Bound{.contact = "sip:10%300@10.0.0.5;line=x", .cseq = 3, .ago = 60s}.binding();
  one->keep(before);
  ASSERT_TRUE(one.has_written());
  Node two(url_, 8);
  const auto found = two.load({"1000", "1001"}, 1);
  ASSERT_EQ(found.size(), 1U);
  const registration::Registration& phone = *found[0].phone;
  EXPECT_EQ(phone.user, "1000");
  EXPECT_EQ(phone.domain, "example.com");
  EXPECT_EQ(phone.profile, "internal");
  EXPECT_EQ(phone.contact, before.phone->contact);
  EXPECT_EQ(phone.network_host, "192.0.2.2");
  EXPECT_EQ(phone.network_port, 5060);
  EXPECT_EQ(phone.transport, "udp");
  EXPECT_EQ(phone.user_agent, before.phone->user_agent);
  EXPECT_EQ(phone.call_id, "call");
  EXPECT_FALSE(phone.direct);
  EXPECT_LT(std::chrono::abs(phone.expires - before.phone->expires), 5s);
  EXPECT_LT(std::chrono::abs(found[0].registered_at - before.registered_at), 5s);
  EXPECT_EQ(found[0].cseq, 3U);
  EXPECT_EQ(found[0].q, "0.5");
  EXPECT_EQ(found[0].next_hop, "udp:192.0.2.2:5060");
  EXPECT_TRUE(found[0].proxied);
  EXPECT_EQ(found[0].path, before.path);
  EXPECT_EQ(found[0].life, 7U);
}

TEST_F(RegistrationsInPostgres, TenThousandRefreshesAtOnceAreFewTransactionsAndNobodyWaits) {
  Node one(url_);
  const auto users = many_users(10'000);
  for (std::uint32_t cseq = 1; cseq <= 3; ++cseq) {
    const auto before = one->counters();
    const auto began = Clock::now();
    for (const auto& user : users) one->keep(Bound{.user = user, .cseq = cseq}.binding());
    const auto handed_over = Clock::now() - began;
    ASSERT_TRUE(one.has_written());
    const auto all = Clock::now() - began;
    const auto after = one->counters();
    EXPECT_EQ(after.written - before.written, users.size());
    EXPECT_LE(after.statements - before.statements, 40U);
    const auto ms = [](auto time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time).count(); };
    std::cout << "10,000 registrations were handed over in " << ms(handed_over) << " ms and written in " << ms(all)
              << " ms by " << after.statements - before.statements << " transactions\n";
  }
  EXPECT_EQ(ask("SELECT count(*) FROM registration WHERE cseq = 3"), 10'000);
  const auto found = one.load(users, users.size());
  EXPECT_EQ(found.size(), users.size());
  EXPECT_LE(one.largest_page(), 500U);
  EXPECT_EQ(one.warned(), Strings{});
}

TEST_F(RegistrationsInPostgres, AKilledServerLosesNothingThatWasHandedOver) {
  Node one(url_);
  const auto users = many_users(500);
  std::uint32_t cseq = 0;
  for (int times = 0; times < 3; ++times) {
    for (int refresh = 0; refresh < 4; ++refresh) {
      ++cseq;
      for (const auto& user : users) one->keep(Bound{.user = user, .cseq = cseq}.binding());
      if (refresh == 1) server_->kill_it();
      std::this_thread::sleep_for(30ms);
    }
    ASSERT_TRUE(wait_until([&] { return !one->away().empty(); }));
    // One of them goes while nobody can be told, and one is there for the first time.
    one->remove(Bound{.user = users[0], .cseq = cseq + 1}.removal());
    one->keep(Bound{.user = "new" + std::to_string(times)}.binding());
    server_->start();
    ASSERT_TRUE(one.has_written());
    ASSERT_TRUE(wait_until([&] { return one->away().empty(); }));
    EXPECT_EQ(ask("SELECT count(*) FROM registration WHERE NOT removed AND cseq = " + std::to_string(cseq)), 499);
    EXPECT_EQ(ask("SELECT count(*) FROM registration WHERE address_of_record LIKE 'new%'"), times + 1);
    EXPECT_EQ(ask("SELECT count(*) FROM registration WHERE removed"), 1);
    one->keep(Bound{.user = users[0], .cseq = ++cseq}.binding());
    ASSERT_TRUE(one.has_written());
  }
  EXPECT_EQ(one->counters().given_up, 0U);
  for (const auto& why : one.away()) EXPECT_EQ(why.find("sesame"), std::string::npos);
}

TEST_F(RegistrationsInPostgres, WhileTheServerIsAwayNobodyWaitsAndNoMoreThanTheLimitIsKept) {
  PostgresBindings::Options options{.url = url_};
  options.most_waiting = 100;
  options.at_once = 10;
  Node one(options, 1);
  one->keep(Bound{}.binding());
  ASSERT_TRUE(one.has_written());
  server_->pause_sessions();
  const auto users = many_users(150);
  const auto began = Clock::now();
  for (std::uint32_t cseq = 1; cseq <= 20; ++cseq) {
    for (const auto& user : users) one->keep(Bound{.user = user, .cseq = cseq}.binding());
  }
  EXPECT_LT(Clock::now() - began, 1s);
  EXPECT_GE(one->counters().waiting, 100U);
  EXPECT_LE(one->counters().waiting, 110U);
  EXPECT_GE(one->counters().given_up, 20U * 40U);
  ASSERT_TRUE(wait_until([&] { return !one->away().empty(); }));
  server_->continue_sessions();
  ASSERT_TRUE(one.has_written());
  EXPECT_GE(ask("SELECT count(*) FROM registration WHERE cseq = 20"), 100);
  ASSERT_TRUE(wait_until([&] { return !one.warned().empty(); }));
  EXPECT_EQ(one.warned().size(), 1U) << "a line in ten seconds";
  EXPECT_NE(one.warned()[0].find(" registrations were not written for other nodes (too many wait already)"),
            std::string::npos)
      << one.warned()[0];
}

TEST_F(RegistrationsInPostgres, ATableThatIsLockedIsWaitedForByNobodyElse) {
  Node one(url_);
  one->keep(Bound{}.binding());
  ASSERT_TRUE(one.has_written());
  const auto other = PostgresConnection::connect(url_, Clock::now() + 20s);
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->run("BEGIN; LOCK TABLE registration", 20s));
  const auto began = Clock::now();
  one->keep(Bound{.cseq = 2}.binding());
  EXPECT_LT(Clock::now() - began, 500ms);
  ASSERT_TRUE(wait_until([&] { return !one->away().empty(); })) << "the server broke the statement off";
  ASSERT_TRUE((*other)->run("COMMIT", 20s));
  ASSERT_TRUE(one.has_written());
  EXPECT_EQ(ask("SELECT cseq FROM registration"), 2);
}

TEST_F(RegistrationsInPostgres, OneThatTheServerRefusesHoldsUpNoOther) {
  Node one(url_);
  const auto users = many_users(20);
  for (const auto& user : users) one->keep(Bound{.user = user}.binding());
  one->keep(Bound{.user = "100007\xff"}.binding());
  ASSERT_TRUE(one.has_written());
  EXPECT_EQ(ask("SELECT count(*) FROM registration"), 20);
  EXPECT_EQ(one->counters().given_up, 1U);
  ASSERT_TRUE(wait_until([&] { return one.warned().size() == 1; }));
  EXPECT_EQ(one.warned()[0].rfind("1 registrations were not written", 0), 0U) << one.warned()[0];
}

TEST_F(RegistrationsInPostgres, ANodeThatWritesLateDoesNotUndoWhatAnotherHasTaken) {
  Node one(url_, 1);
  Node two(url_, 2);
  one->keep(Bound{.call_id = "a", .cseq = 5, .ago = 90s}.binding());
  ASSERT_TRUE(one.has_written());
  two->keep(Bound{.call_id = "a", .cseq = 7, .ago = 30s}.binding());
  ASSERT_TRUE(two.has_written());
  EXPECT_EQ(two.superseded(), Strings{});
  one->keep(Bound{.call_id = "a", .cseq = 6, .ago = 60s}.binding());
  ASSERT_TRUE(one.has_written());
  EXPECT_EQ(ask("SELECT cseq FROM registration"), 7);
  ASSERT_TRUE(wait_until([&] { return one.superseded() == Strings{"a 6"}; }));

  two->keep(Bound{.call_id = "rebooted", .cseq = 1, .ago = 20s}.binding());
  ASSERT_TRUE(two.has_written());
  one->remove(Bound{.call_id = "a", .cseq = 8, .ago = 25s}.removal());
  ASSERT_TRUE(one.has_written());
  EXPECT_EQ(two.load({"1000"}, 1).at(0).phone->call_id, "rebooted");
  EXPECT_EQ(two.loaded().at(0).life, 2U);

  // What has left the phone for good stays away, too.
  two->remove(Bound{.call_id = "rebooted", .cseq = 2, .ago = 15s}.removal());
  ASSERT_TRUE(two.has_written());
  one->keep(Bound{.call_id = "a", .cseq = 9, .ago = 22s}.binding());
  ASSERT_TRUE(one.has_written());
  EXPECT_EQ(ask("SELECT count(*) FROM registration WHERE NOT removed"), 0);
}

TEST_F(RegistrationsInPostgres, OfSeveralNodesThatTakeTheSamePhonesTheNewestStays) {
  // Each phone registers fifty times, at one of three nodes by chance, and each node is behind by up to 100 ms.
  Node nodes[] = {Node(url_, 1), Node(url_, 2), Node(url_, 3)};
  const auto users = many_users(40);
  std::mt19937 random(4711);
  for (std::uint32_t cseq = 1; cseq <= 50; ++cseq) {
    for (const auto& user : users) nodes[random() % 3]->keep(Bound{.user = user, .cseq = cseq}.binding());
    if (cseq == 25) server_->kill_it();
    if (cseq == 30) server_->start();
    std::this_thread::sleep_for(5ms);
  }
  for (auto& node : nodes) ASSERT_TRUE(node.has_written());
  EXPECT_EQ(ask("SELECT count(*) FROM registration"), 40);
  EXPECT_EQ(ask("SELECT min(cseq) FROM registration"), 50);
}

TEST_F(RegistrationsInPostgres, WhatIsAskedForWhileTheServerIsAwayComesWhenItIsBack) {
  PostgresBindings::Options options{.url = url_};
  options.page = 3;
  Node one(options, 1);
  const auto users = many_users(10);
  for (const auto& user : users) one->keep(Bound{.user = user}.binding());
  ASSERT_TRUE(one.has_written());
  server_->kill_it();
  Strings names;
  for (const auto& user : users) names.push_back(user + "@example.com");
  // What is left of a server that was killed may answer for a while.
  ASSERT_TRUE(wait_until([&] {
    one->load({"nobody@example.com"});
    return !one->away().empty();
  }));
  one->load(names);
  one->load(names);
  server_->start();
  ASSERT_TRUE(wait_until([&] { return one.loaded().size() == 10; })) << one.loaded().size();
  EXPECT_LE(one.largest_page(), 3U);
}

TEST_F(RegistrationsInPostgres, TheEndWritesWhatWaits) {
  PostgresBindings::Options options{.url = url_};
  options.gather = 10s;
  Node one(options, 1);
  one->keep(Bound{}.binding());
  const auto began = Clock::now();
  one.end();
  EXPECT_LT(Clock::now() - began, 5s);
  EXPECT_EQ(ask("SELECT count(*) FROM registration"), 1);
}

TEST_F(RegistrationsInPostgres, TheEndWaitsNoLongerThanItsLimitForAServerThatIsAway) {
  PostgresBindings::Options options{.url = url_};
  options.close = 300ms;
  Node one(options, 1);
  one->keep(Bound{}.binding());
  ASSERT_TRUE(one.has_written());
  server_->pause_sessions();
  one->keep(Bound{.cseq = 2}.binding());
  const auto began = Clock::now();
  one.end();
  EXPECT_LT(Clock::now() - began, 2s);
  server_->continue_sessions();
}

TEST_F(RegistrationsInPostgres, WhatHasExpiredGoesInTime) {
  PostgresBindings::Options options{.url = url_};
  options.sweep_every = 20ms;
  options.sweep_at_once = 7;
  Node one(options, 1);
  for (const auto& user : many_users(30)) one->keep(Bound{.user = user, .ago = 3600s}.binding());
  one->keep(Bound{}.binding());
  ASSERT_TRUE(wait_until([&] { return one->counters().swept == 30; }));
  EXPECT_EQ(ask("SELECT count(*) FROM registration"), 1);
}

}  // namespace
}  // namespace snom::store
