// What control sends at a node, as far as its phones are this node's; nodes of a real PostgreSQL.

#include "cluster/held.h"

#include "cluster/lingering.h"
#include "cluster/nodes_of_a_store.h"

namespace snom::cluster {
namespace {

using namespace std::chrono_literals;
using control::SipOutcome;
using testing::alice;
using Outcomes = std::vector<SipOutcome>;

class Held : public testing::NodesOfAStore {
 protected:
  void SetUp() override {
    testing::NodesOfAStore::SetUp();
    if (nodes_ == nullptr) return;
    lingering_ = std::make_unique<Lingering>(world_.clock, 32s);
    sender_ = std::make_unique<HeldSender>(world_.messages, *nodes_, control_, lingering_.get());
    keys_ = std::make_unique<HeldSubscriptions>(world_.subscriptions, *nodes_, control_, *lingering_);
    start();
    ASSERT_TRUE(is_owned(alice));
  }
  void TearDown() override {
    lingering_.reset();
    testing::NodesOfAStore::TearDown();
  }

  void send(const std::string& transport = "udp") {
    auto to = control::testing::phone("1000");
    to.transport = transport;
    control::OutgoingMessage message{to, {}, "text/plain", "x", "xml"};
    sender_->send(std::move(message), [this](SipOutcome outcome) { told_.push_back(std::move(outcome)); });
  }
  void notify() {
    keys_->notify(control::testing::phone("1000"), {{"2", language::Light::on}}, {},
                  [this](SipOutcome outcome) { told_.push_back(std::move(outcome)); });
  }
  /// It has registered with another node, and that is known here.
  void it_wants_to_leave() {
    claim(begun("node2"), alice);
    ASSERT_TRUE(control_.run_until([this] { return nodes_->speak_to(alice) == nullptr; }));
  }
  [[nodiscard]] bool is_given_away(std::chrono::milliseconds within) {
    return control_.run_until([this] { return registrar_.gone == std::vector{alice}; }, within);
  }

  const std::vector<control::OutgoingMessage>& sent() { return world_.messages.sent; }
  std::unique_ptr<Lingering> lingering_;
  std::unique_ptr<HeldSender> sender_;
  std::unique_ptr<HeldSubscriptions> keys_;
  Outcomes told_;
};

TEST_F(Held, WhatNobodySaysToBeAnsweredKeepsItsPhoneAsLongAsItMayBeRepeated) {
  for (const bool by_subscription : {false, true}) {
    by_subscription ? notify() : send();
    const auto message = sent().size() - 1;
    world_.messages.answer(message, SipOutcome{0, "sent", true});
    ASSERT_EQ(told_.size(), message + 1);
  }
  it_wants_to_leave();
  world_.clock.pass(31s);
  EXPECT_FALSE(is_given_away(300ms)) << "it may still be repeated";
  EXPECT_TRUE(nodes_->holds(alice));
  world_.clock.pass(2s);
  EXPECT_TRUE(is_given_away(20s));
}

TEST_F(Held, WhatWasAnsweredIsOver) {
  send();
  world_.messages.answer(0, 200, "OK");
  it_wants_to_leave();
  EXPECT_TRUE(is_given_away(20s));
}

TEST_F(Held, OverAConnectionNothingIsRepeated) {
  send("tcp");
  world_.messages.answer(0, SipOutcome{0, "sent", true});
  it_wants_to_leave();
  EXPECT_TRUE(is_given_away(20s));
}

TEST_F(Held, ASilentPhoneIsKeptWhileItsMessageIsUnderWayAndMayBeRepeated) {
  send();
  EXPECT_TRUE(sent()[0].may_repeat());
  it_wants_to_leave();
  EXPECT_FALSE(is_given_away(300ms));
  EXPECT_TRUE(sent()[0].may_repeat()) << "it is this node's until it is over";
  world_.messages.answer(0, 486, "Busy Here");
  EXPECT_TRUE(is_given_away(20s));
  EXPECT_FALSE(sent()[0].may_repeat());
}

TEST_F(Held, AnotherNodesPhoneIsToldNothing) {
  it_wants_to_leave();
  ASSERT_TRUE(is_given_away(20s));
  send();
  notify();
  ASSERT_TRUE(control_.run_until([this] { return told_.size() == 2; }));
  EXPECT_TRUE(sent().empty());
  for (const auto& outcome : told_) EXPECT_EQ(outcome.reason, "node2 speaks to it now, not node1");
}

}  // namespace
}  // namespace snom::cluster
