#include "sip/reg_subscriptions.h"

#include <gtest/gtest.h>

#include "runtime/hand_clock.h"

namespace snom::sip {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

/// A notifier played by hand. SUBSCRIBEs wait in `sent_` for answers.
class RegSubscriptionsTest : public ::testing::Test {
 protected:
  struct Sent {
    RegSubscriptions::Subscribe subscribe;
    std::function<void(RegSubscriptions::Answer)> done;
  };

  RegSubscriptionsTest() { start({seconds(600), 2}); }
  void start(RegSubscriptions::Settings settings) {
    subscriptions_ = std::make_unique<RegSubscriptions>(
        clock_, settings,
        RegSubscriptions::Callbacks{
            [this](const auto& subscribe, auto done) {
              sent_.push_back({subscribe, std::move(done)});
            },
            [this](const std::string& user, const RegSubscriptions::Registrations& registrations) {
              std::string line = user + ":";
              for (const auto& registration : registrations) {
                for (const auto& contact : registration.contacts) {
                  line += " " + contact.uri + (contact.active ? "" : " ended");
                }
              }
              told_.push_back(line);
            },
            [this](const std::string& what) { warnings_.push_back(what); }});
  }
  /// The SUBSCRIBE that was sent last; there is one.
  Sent& last() {
    EXPECT_FALSE(sent_.empty());
    return sent_.back();
  }
  void accept(Sent sent, std::uint32_t expires = 600) {
    RegSubscriptions::Answer answer;
    answer.status = 200;
    answer.to_tag = "theirs";
    answer.target = "sip:192.0.2.2:5060";
    answer.expires = expires;
    sent.done(answer);
  }
  void refuse(Sent sent, int status, const std::string& reason = "No") {
    RegSubscriptions::Answer answer;
    answer.status = status;
    answer.reason = reason;
    sent.done(answer);
  }
  RegSubscriptions::Notify notify(const Sent& in, const std::string& body = "") {
    RegSubscriptions::Notify one;
    one.call_id = in.subscribe.call_id;
    one.our_tag = in.subscribe.call_id;
    one.their_tag = "theirs";
    one.cseq = ++cseq_;
    one.event = "reg";
    one.state = "active";
    one.expires = 600;
    if (!body.empty()) one.content_type = "application/reginfo+xml";
    one.body = body;
    return one;
  }
  static std::string document(const std::string& contacts, int version = 0, const std::string& state = "full") {
    return "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"" + std::to_string(version) + "\" state=\"" +
           state + "\"><registration aor=\"sip:1000@example.com\" id=\"r\" state=\"active\">" + contacts +
           "</registration></reginfo>";
  }
  static std::string contact(const std::string& id, const std::string& state = "active") {
    return "<contact id=\"" + id + "\" state=\"" + state + "\" event=\"registered\"><uri>sip:" + id +
           "@192.0.2.7</uri></contact>";
  }
  /// A subscription that is accepted and told of.
  Sent subscribed() {
    subscriptions_->use({"1000"});
    const Sent sent = last();
    accept(sent);
    EXPECT_EQ(subscriptions_->notified(notify(sent)), 200);
    return sent;
  }
  Strings told() { return std::exchange(told_, {}); }

  runtime::testing::HandClock clock_;
  std::unique_ptr<RegSubscriptions> subscriptions_;
  std::vector<Sent> sent_;
  Strings told_;
  Strings warnings_;
  std::uint32_t cseq_ = 0;
};

TEST_F(RegSubscriptionsTest, EachUserIsSubscribedToAtOnce) {
  subscriptions_->use({"1000"});
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(last().subscribe.user, "1000");
  EXPECT_EQ(last().subscribe.cseq, 1u);
  EXPECT_EQ(last().subscribe.to_tag, "");
  EXPECT_EQ(last().subscribe.target, "");
  EXPECT_EQ(last().subscribe.expires, seconds(600));
  EXPECT_GE(last().subscribe.call_id.size(), 16u) << "nobody guesses it";
  subscriptions_->use({"1000"});
  EXPECT_EQ(sent_.size(), 1u) << "who stays keeps what there is";
}

TEST_F(RegSubscriptionsTest, NoMoreAreUnderWayThanIsSaid) {
  subscriptions_->use({"1", "2", "3", "4"});
  EXPECT_EQ(sent_.size(), 2u);
  accept(sent_[0]);
  EXPECT_EQ(sent_.size(), 3u);
  refuse(sent_[1], 403);
  EXPECT_EQ(sent_.size(), 4u);
}

TEST_F(RegSubscriptionsTest, FullStateIsToldWhateverItsVersion) {
  const Sent sent = subscribed();
  EXPECT_EQ(told(), Strings{}) << "a NOTIFY without a body says nothing";
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("a") + contact("b")))), 200);
  EXPECT_EQ(told(), Strings{"1000: sip:a@192.0.2.7 sip:b@192.0.2.7"});
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("b")))), 200);
  EXPECT_EQ(told(), Strings{"1000: sip:b@192.0.2.7"});
}

TEST_F(RegSubscriptionsTest, PartialStateAddsToWhatIsKnown) {
  const Sent sent = subscribed();
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("a") + contact("b"), 3))), 200);
  told();
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("a", "terminated"), 4, "partial"))), 200);
  EXPECT_EQ(told(), Strings{"1000: sip:a@192.0.2.7 ended sip:b@192.0.2.7"}) << "what ended is told once";
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("c"), 5, "partial"))), 200);
  EXPECT_EQ(told(), Strings{"1000: sip:b@192.0.2.7 sip:c@192.0.2.7"});
}

TEST_F(RegSubscriptionsTest, AGapInVersionsIsNotTakenAndFullStateIsAskedFor) {
  const Sent sent = subscribed();
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("a"), 3))), 200);
  told();
  for (int version : {5, 6, 7}) {
    EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("c"), version, "partial"))), 200);
    clock_.pass(milliseconds(400));
  }
  EXPECT_EQ(told(), Strings{});
  ASSERT_EQ(sent_.size(), 2u) << "once, and not put off by those that came after";
  EXPECT_EQ(last().subscribe.call_id, sent.subscribe.call_id);
  EXPECT_EQ(last().subscribe.to_tag, "theirs");
  EXPECT_EQ(last().subscribe.target, "sip:192.0.2.2:5060");
  EXPECT_EQ(last().subscribe.cseq, 2u);
  accept(last());
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("d"), 8))), 200);
  EXPECT_EQ(told(), Strings{"1000: sip:d@192.0.2.7"});
}

TEST_F(RegSubscriptionsTest, PartialStateHasABound) {
  const Sent sent = subscribed();
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("a"), 0))), 200);
  std::size_t most = 0;
  for (int version = 1; version <= 300; ++version) {
    EXPECT_EQ(
        subscriptions_->notified(notify(sent, document(contact("c" + std::to_string(version)), version, "partial"))),
        200);
    for (const auto& line : told()) most = std::max<std::size_t>(most, std::count(line.begin(), line.end(), '@'));
  }
  EXPECT_EQ(most, 256u);
}

TEST_F(RegSubscriptionsTest, ItIsRefreshedBeforeItEnds) {
  const Sent sent = subscribed();
  clock_.pass(seconds(299));
  EXPECT_EQ(sent_.size(), 1u);
  clock_.pass(seconds(242));
  ASSERT_EQ(sent_.size(), 2u) << "between half and nine tenths of its time";
  EXPECT_EQ(last().subscribe.call_id, sent.subscribe.call_id);
  accept(last());
  clock_.pass(seconds(31));
  EXPECT_EQ(sent_.size(), 2u);
  EXPECT_EQ(subscriptions_->notified(notify(sent)), 200);
  clock_.pass(seconds(541));
  EXPECT_EQ(sent_.size(), 3u);
  EXPECT_EQ(warnings_, Strings{});
}

TEST_F(RegSubscriptionsTest, WhatTheNotifierGrantsCounts) {
  subscriptions_->use({"1000"});
  const Sent sent = last();
  accept(sent, 100);
  auto one = notify(sent);
  one.expires = 60;
  EXPECT_EQ(subscriptions_->notified(one), 200);
  clock_.pass(seconds(55));
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(RegSubscriptionsTest, TooBriefIsAskedAgainForAsLongAsIsWanted) {
  subscriptions_->use({"1000"});
  RegSubscriptions::Answer answer;
  answer.status = 423;
  answer.min_expires = 1800;
  last().done(answer);
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(last().subscribe.expires, seconds(1800));
  EXPECT_EQ(last().subscribe.cseq, 2u);
  last().done(answer);
  EXPECT_EQ(sent_.size(), 2u) << "a notifier that does not know its own mind";
  EXPECT_EQ(warnings_.size(), 1u);
}

TEST_F(RegSubscriptionsTest, SilenceAndRefusalsAreTriedAgainWithPausesThatGrow) {
  subscriptions_->use({"1000"});
  std::vector<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 9; ++i) {
    const auto count = sent_.size();
    refuse(last(), 0, "no answer within 5 s");
    milliseconds waited{0};
    while (sent_.size() == count && waited < seconds(120)) {
      clock_.pass(milliseconds(50));
      waited += milliseconds(50);
    }
    pauses.push_back(waited);
    EXPECT_NE(sent_[count - 1].subscribe.call_id, last().subscribe.call_id) << "each time another dialog";
    EXPECT_EQ(last().subscribe.cseq, 1u);
  }
  EXPECT_LE(pauses[0], milliseconds(1300));
  EXPECT_GE(pauses[0], milliseconds(750));
  for (int i = 1; i < 6; ++i) EXPECT_GT(pauses[i], pauses[i - 1]) << i;
  EXPECT_LE(pauses[8], seconds(76));
  EXPECT_GE(pauses[8], seconds(45));
  EXPECT_EQ(warnings_.at(0).substr(0, 68), "registrations of '1000' are not told: no answer within 5 s; asked ag");
  EXPECT_LT(warnings_.size(), 9u) << "not more than a line in ten seconds";
}

TEST_F(RegSubscriptionsTest, ANotifierThatHasForgottenIsAskedAtOnceAndNotMoreThanOnceASecond) {
  const Sent sent = subscribed();
  clock_.pass(seconds(541));
  ASSERT_EQ(sent_.size(), 2u);
  refuse(last(), 481, "Subscription does not exist");
  clock_.pass(milliseconds(1000));
  ASSERT_EQ(sent_.size(), 3u);
  EXPECT_NE(last().subscribe.call_id, sent.subscribe.call_id);
  EXPECT_EQ(last().subscribe.to_tag, "");
  EXPECT_EQ(warnings_, Strings{});
  EXPECT_EQ(subscriptions_->notified(notify(sent)), 481) << "of the dialog that is over";
}

TEST_F(RegSubscriptionsTest, ASubscriptionOfWhichNothingIsToldIsMadeAgain) {
  subscriptions_->use({"1000"});
  accept(last());
  clock_.pass(seconds(34));
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_NE(sent_[0].subscribe.call_id, sent_[1].subscribe.call_id);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("no NOTIFY came"), std::string::npos) << warnings_[0];
}

TEST_F(RegSubscriptionsTest, OneThatTheNotifierEndsIsMadeAgainAsItsReasonHasIt) {
  Sent sent = subscribed();
  auto end = notify(sent, document(contact("a")));
  end.state = "terminated";
  end.reason = "timeout";
  EXPECT_EQ(subscriptions_->notified(end), 200);
  EXPECT_EQ(told(), Strings{"1000: sip:a@192.0.2.7"}) << "its last word counts";
  clock_.pass(milliseconds(1000));
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(warnings_, Strings{});

  sent = last();
  accept(sent);
  end = notify(sent);
  end.state = "terminated";
  end.reason = "probation";
  end.retry_after = 40;
  EXPECT_EQ(subscriptions_->notified(end), 200);
  clock_.pass(seconds(39));
  EXPECT_EQ(sent_.size(), 2u);
  clock_.pass(seconds(1));
  EXPECT_EQ(sent_.size(), 3u);
  EXPECT_EQ(warnings_.size(), 1u);
}

TEST_F(RegSubscriptionsTest, OneThatEndsEachTimeIsNotMadeWithoutPause) {
  subscriptions_->use({"1000"});
  for (int i = 0; i < 200; ++i) {
    const Sent sent = last();
    accept(sent);
    EXPECT_EQ(subscriptions_->notified(notify(sent)), 200);
    auto end = notify(sent);
    end.state = "terminated";
    end.reason = "deactivated";
    EXPECT_EQ(subscriptions_->notified(end), 200);
    clock_.pass(milliseconds(100));
    if (sent_.back().subscribe.call_id == sent.subscribe.call_id) clock_.pass(milliseconds(900));
  }
  EXPECT_LE(sent_.size(), 201u);
  EXPECT_GE(clock_.now().time_since_epoch(), seconds(1000 + 199)) << "one a second";
}

TEST_F(RegSubscriptionsTest, ANotifyMayComeBeforeTheAnswer) {
  subscriptions_->use({"1000"});
  const Sent sent = last();
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("a")))), 200);
  EXPECT_EQ(told().size(), 1u);
  accept(sent);
  clock_.pass(seconds(100));
  EXPECT_EQ(sent_.size(), 1u);
  auto fork = notify(sent);
  fork.their_tag = "another";
  EXPECT_EQ(subscriptions_->notified(fork), 481) << "one dialog is enough";
}

TEST_F(RegSubscriptionsTest, ANotifyThatEndsItMayComeBeforeTheAnswer) {
  subscriptions_->use({"1000"});
  const Sent sent = last();
  auto end = notify(sent);
  end.state = "terminated";
  end.reason = "rejected";
  EXPECT_EQ(subscriptions_->notified(end), 200);
  EXPECT_EQ(sent_.size(), 1u);
  accept(sent);
  clock_.pass(seconds(2));
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_NE(last().subscribe.call_id, sent.subscribe.call_id);
}

TEST_F(RegSubscriptionsTest, OnlyOurDialogsAreHeededAndInOrder) {
  const Sent sent = subscribed();
  auto one = notify(sent, document(contact("x")));
  auto other = one;
  other.call_id = "somebody's";
  EXPECT_EQ(subscriptions_->notified(other), 481);
  other = one;
  other.our_tag = "not ours";
  EXPECT_EQ(subscriptions_->notified(other), 481);
  other = one;
  other.their_tag = "not theirs";
  EXPECT_EQ(subscriptions_->notified(other), 481);
  other.their_tag = "";
  EXPECT_EQ(subscriptions_->notified(other), 481);
  other = one;
  other.event = "presence";
  EXPECT_EQ(subscriptions_->notified(other), 489);
  other = one;
  other.cseq = 1;
  EXPECT_EQ(subscriptions_->notified(other), 500);
  EXPECT_EQ(told(), Strings{});
  EXPECT_EQ(subscriptions_->notified(one), 200);
}

TEST_F(RegSubscriptionsTest, ABodyThatIsNotUnderstoodChangesNothing) {
  const Sent sent = subscribed();
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("a")))), 200);
  told();
  EXPECT_EQ(subscriptions_->notified(notify(sent, "<reginfo")), 400);
  auto other = notify(sent, "v=0");
  other.content_type = "application/sdp";
  EXPECT_EQ(subscriptions_->notified(other), 415);
  EXPECT_EQ(told(), Strings{});
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_[0].substr(0, 50), "a NOTIFY of '1000' is not understood: reginfo: no ");
}

TEST_F(RegSubscriptionsTest, WhoIsNotWantedAnyMoreIsNotSubscribedTo) {
  const Sent sent = subscribed();
  subscriptions_->use({"1001"});
  ASSERT_EQ(sent_.size(), 3u);
  EXPECT_EQ(sent_[1].subscribe.user, "1000");
  EXPECT_EQ(sent_[1].subscribe.expires, seconds(0));
  EXPECT_EQ(sent_[1].subscribe.call_id, sent.subscribe.call_id);
  EXPECT_EQ(last().subscribe.user, "1001");
  EXPECT_EQ(subscriptions_->notified(notify(sent, document(contact("a")))), 481);
  refuse(sent_[1], 481);
  subscriptions_->use({});
  accept(sent_[2]);  // of who was taken out meanwhile
  EXPECT_EQ(told(), Strings{});
  clock_.pass(seconds(3600));
  EXPECT_EQ(sent_.size(), 3u) << "one that was not answered is ended by nobody's NOTIFY";
}

TEST_F(RegSubscriptionsTest, AnswersAfterItsEndAreHarmless) {
  subscriptions_->use({"1000"});
  const Sent sent = last();
  subscriptions_.reset();
  accept(sent);
  EXPECT_EQ(clock_.timers(), 0u);
}

}  // namespace
}  // namespace snom::sip
