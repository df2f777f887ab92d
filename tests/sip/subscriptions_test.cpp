#include "sip/subscriptions.h"

#include "sip/subscriptions_fixture.h"

namespace snom::sip::test {
namespace {

using control::KeyLight;
using language::Light;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

TEST_F(SubscriptionsTest, TheStateIsToldAtOnceAndVersionsCountUpFromNought) {
  begin(of("2"), Light::on);
  EXPECT_EQ(notifies(), (Strings{"0 on active;expires=600"}));
  EXPECT_EQ(sent_[0].to.local_cseq, 1U);
  ok(0);
  tell({{"2", Light::hold}});
  EXPECT_TRUE(told_.empty()) << "not before it is answered";
  EXPECT_EQ(notifies().back(), "1 hold active;expires=600");
  EXPECT_EQ(sent_[1].to.local_cseq, 2U);
  ok(1);
  EXPECT_EQ(told_, (Strings{"200 OK"}));
}

TEST_F(SubscriptionsTest, OneIsUnderWayAndTheNextHasTheNewestAlone) {
  begin(of("2"));
  tell({{"2", Light::on}});
  tell({{"2", Light::hold}});
  tell({{"2", Light::pickup}});
  ASSERT_EQ(sent_.size(), 1U) << "the first is not answered";
  ok(0);
  ASSERT_EQ(sent_.size(), 2U);
  EXPECT_EQ(notifies()[1], "1 pickup active;expires=600");
  EXPECT_TRUE(told_.empty());
  ok(1);
  EXPECT_EQ(told_, (Strings{"200 OK", "200 OK", "200 OK"})) << "each was overtaken by one that was taken";
  EXPECT_EQ(sent_.size(), 2U);
}

TEST_F(SubscriptionsTest, WhatWasTakenIsNotToldAgainAndWhatIsUnderWayIsWaitedFor) {
  begin(of("2"), Light::on);
  tell({{"2", Light::on}});
  EXPECT_TRUE(told_.empty());
  ok(0);
  EXPECT_EQ(told_, (Strings{"200 OK"}));
  tell({{"2", Light::on}});
  EXPECT_EQ(told_.size(), 2U);
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(SubscriptionsTest, SeveralKeysAreOneAnswerAndTheBadOneCounts) {
  begin(of("1", "c1"));
  begin(of("2", "c2"));
  ok(0);
  ok(1);
  tell({{"1", Light::on}, {"2", Light::on}});
  ASSERT_EQ(sent_.size(), 4U);
  answer(3, {603, "Decline"});
  EXPECT_TRUE(told_.empty());
  ok(2);
  EXPECT_EQ(told_, (Strings{"603 Decline"}));
}

TEST_F(SubscriptionsTest, AKeyWithoutASubscriptionIsToldSo) {
  tell({{"2", Light::on}});
  EXPECT_EQ(told_, (Strings{"0 it has no subscription to key 2 any more"}));
}

TEST_F(SubscriptionsTest, NoMoreAreUnderWayThanAreAnswered) {
  constexpr std::size_t under_way = Subscriptions::pace.most_under_way;
  for (std::size_t i = 0; i < 2 * under_way; ++i) {
    begin(of("2", "c" + std::to_string(i), "", std::to_string(1000 + i)), Light::on);
  }
  EXPECT_EQ(sent_.size(), under_way);
  ok(0);
  EXPECT_EQ(sent_.size(), under_way + 1) << "each answer lets another one go";
  answer(1, {0, "no answer within 5 s"});
  EXPECT_EQ(sent_.size(), under_way + 2) << "an end without an answer, too";
  // What becomes of one meanwhile is in what it is told when its turn comes.
  const auto last = "c" + std::to_string(2 * under_way - 1);
  subscriptions_->refresh(*subscriptions_->find(last, "l-" + last, "r-" + last), seconds(600), {"2", Light::hold});
  for (std::size_t i = 2; i < sent_.size(); ++i) ok(i);
  EXPECT_EQ(sent_.size(), 2 * under_way);
  EXPECT_EQ(notifies().back(), "0 hold active;expires=600");
}

TEST_F(SubscriptionsTest, OneThatIsKeptIsWhatItWas) {
  Subscription made = of("2", "c1", "<urn:uuid:1>");
  made.package = EventPackage::presence;
  made.shows_all = true;
  made.event_id = "e";
  made.local_uri = "sip:snom+1000-2@example.com";
  made.remote_uri = "sip:1000@example.com";
  made.routes = {"<sip:192.0.2.1;lr>", "<sip:192.0.2.2;lr>;x=y"};
  made.remote_cseq = 7;
  made.next_hop = "udp:192.0.2.1:5060";
  made.listener = "0";
  made.connection = std::make_shared<int>(1);
  begin(made);
  const auto kept = subscriptions_->find("c1", "l-c1", "r-c1");
  ASSERT_NE(kept, std::nullopt);
  made.local_cseq = 1;
  EXPECT_EQ(*kept, made);
  EXPECT_EQ(subscriptions_->connections(), (std::vector<const void*>{made.connection.get()}));
}

TEST_F(SubscriptionsTest, RefreshingTellsTheStateAgainAndLengthensIt) {
  begin(of("2"), Light::on);
  ok(0);
  clock_.pass(seconds(500));
  const auto found = subscriptions_->find("c1", "l-c1", "r-c1");
  ASSERT_NE(found, std::nullopt);
  EXPECT_EQ(subscriptions_->left(*found), seconds(100));
  Subscription again = *found;
  again.remote_cseq = 2;
  subscriptions_->refresh(again, seconds(600), {"2", Light::on});
  EXPECT_EQ(notifies().back(), "1 on active;expires=600");
  ok(1);
  pass(seconds(599));
  EXPECT_EQ(sent_.size(), 2U);
  EXPECT_EQ(subscriptions_->find("c1", "l-c1", "r-c1")->remote_cseq, 2U);
}

TEST_F(SubscriptionsTest, AnEndedOneIsToldSoOnceAndForgotten) {
  begin(of("2"), Light::on);
  ok(0);
  subscriptions_->refresh(*subscriptions_->find("c1", "l-c1", "r-c1"), seconds(0), {"2", Light::on});
  EXPECT_EQ(notifies().back(), "1 on terminated;reason=timeout");
  EXPECT_EQ(subscriptions_->find("c1", "l-c1", "r-c1"), std::nullopt) << "it cannot be refreshed any more";
  EXPECT_FALSE(subscriptions_->has_any("internal", "1000"));
  ok(1);
  EXPECT_EQ(subscriptions_->size(), 0U);
}

TEST_F(SubscriptionsTest, OneThatExpiresIsToldSo) {
  begin(of("2"), Light::on, seconds(60));
  ok(0);
  pass(seconds(59));
  EXPECT_EQ(sent_.size(), 1U);
  pass(seconds(1));
  EXPECT_EQ(notifies().back(), "1 on terminated;reason=timeout");
  answer(1, {0, "no answer within 5 s"});
  EXPECT_EQ(subscriptions_->size(), 0U);
}

TEST_F(SubscriptionsTest, OneThatExpiresWhileANotifyIsUnderWayEndsAfterIt) {
  begin(of("2"), Light::on, seconds(60));
  pass(seconds(60));
  EXPECT_EQ(sent_.size(), 1U);
  ok(0);
  EXPECT_EQ(notifies().back(), "1 on terminated;reason=timeout");
  ok(1);
  EXPECT_EQ(subscriptions_->size(), 0U);
}

TEST_F(SubscriptionsTest, AskingOnceIsToldOnce) {
  begin(of("2"), Light::hold, seconds(0));
  EXPECT_EQ(notifies(), (Strings{"0 hold terminated;reason=timeout"}));
  EXPECT_EQ(subscriptions_->find("c1", "l-c1", "r-c1"), std::nullopt);
  ok(0);
  EXPECT_EQ(subscriptions_->size(), 0U);
}

TEST_F(SubscriptionsTest, AFinalRefusalEndsIt) {
  for (const int status : {404, 405, 481, 489, 500, 603}) {
    open({});
    sent_.clear();
    told_.clear();
    begin(of("2"));
    ok(0);
    tell({{"2", Light::on}});
    answer(1, {status, "No"});
    EXPECT_EQ(subscriptions_->size(), 0U) << status;
    EXPECT_EQ(told_.at(0),
              status == 481 ? "0 it knows nothing of its subscription any more (481)" : std::to_string(status) + " No");
  }
}

TEST_F(SubscriptionsTest, WhatIsTooLongIsToldSoAndNothingElseEnds) {
  begin(of("2"));
  ok(0);
  tell({{"2", Light::pickup, "long"}});
  answer(1, {513, "message too long"});
  EXPECT_EQ(told_, (Strings{"513 message too long"}));
  pass(seconds(10));
  EXPECT_EQ(sent_.size(), 2U) << "it would be as long";
  tell({{"2", Light::on}});
  ok(2);
  EXPECT_EQ(told_.back(), "200 OK");
}

TEST_F(SubscriptionsTest, RetryAfterIsHeeded) {
  begin(of("2"));
  ok(0);
  tell({{"2", Light::on}});
  answer(1, {480, "Temporarily Unavailable", false, 20});
  EXPECT_EQ(told_, (Strings{"480 Temporarily Unavailable"}));
  tell({{"2", Light::hold}});
  EXPECT_EQ(told_.back(), "480 it asked to be left in peace for a while (Retry-After)")
      << "its refusal: silence would hold up its other keys";
  pass(seconds(19));
  EXPECT_EQ(sent_.size(), 2U);
  pass(seconds(1));
  ASSERT_EQ(sent_.size(), 3U);
  EXPECT_EQ(notifies().back(), "2 hold active;expires=580");
  ok(2);
  EXPECT_EQ(subscriptions_->size(), 1U);
}

TEST_F(SubscriptionsTest, ASilentPhoneIsTriedForAsLongAsATransactionLasts) {
  begin(of("2"), Light::on);
  answer(0, {0, "no answer within 5 s"});
  EXPECT_EQ(subscriptions_->size(), 1U);
  std::size_t tried = 1;
  for (int s = 0; s < 40 && subscriptions_->size() > 0; ++s) {
    pass(seconds(1));
    if (sent_.size() == tried) continue;
    clock_.pass(seconds(5));
    s += 5;
    answer(tried++, {0, "no answer within 5 s"});
  }
  EXPECT_EQ(subscriptions_->size(), 0U);
  EXPECT_GE(tried, 5U);
  EXPECT_LE(tried, 8U);
}

TEST_F(SubscriptionsTest, ASilentPhoneThatAnswersAgainKeepsIts) {
  begin(of("2"), Light::on);
  answer(0, {408, "Request Timeout"});
  pass(seconds(2));
  ASSERT_EQ(sent_.size(), 2U);
  ok(1);
  pass(seconds(100));
  EXPECT_EQ(subscriptions_->size(), 1U);
  EXPECT_EQ(sent_.size(), 2U);
}

TEST_F(SubscriptionsTest, ThePhoneThatStartedAnewHasOneSubscriptionAgain) {
  begin(of("2", "c1", "\"<urn:uuid:1>\""), Light::on);
  ok(0);
  tell({{"2", Light::hold}});
  begin(of("2", "c2", "\"<urn:uuid:1>\""), Light::hold);
  EXPECT_EQ(told_, (Strings{"0 it subscribed anew"}));
  EXPECT_EQ(notifies().back(), "0 hold active;expires=600") << "a dialog of its own";
  EXPECT_EQ(subscriptions_->find("c1", "l-c1", "r-c1"), std::nullopt);
  EXPECT_NE(subscriptions_->find("c2", "l-c2", "r-c2"), std::nullopt);
  ok(1);
  ASSERT_EQ(sent_.size(), 4U) << "a phone that has both dialogs is told that one is over";
  EXPECT_EQ(sent_[3].to.call_id, "c1");
  EXPECT_EQ(notifies().back(), "2 hold terminated;reason=noresource") << "which it is not to begin again";
  answer(3, {481, "No Such Dialog"});
  EXPECT_EQ(subscriptions_->size(), 1U);
  EXPECT_NE(subscriptions_->find("c2", "l-c2", "r-c2"), std::nullopt);
}

TEST_F(SubscriptionsTest, WhoCannotBeToldOfAnEndOrTookItForThatOfTheNewOneIsNot) {
  begin(of("2", "c1", "\"<urn:uuid:1>\""));
  answer(0, {0, "no answer within 5 s"});
  begin(of("2", "c2", "\"<urn:uuid:1>\""));
  EXPECT_EQ(subscriptions_->size(), 1U) << "it is silent";
  ASSERT_EQ(sent_.size(), 2U);
  ok(1);
  auto same_half = of("2", "c2", "\"<urn:uuid:1>\"");
  same_half.local_tag = "another";
  begin(same_half);
  ASSERT_EQ(sent_.size(), 3U);
  EXPECT_EQ(notifies().back(), "0 off active;expires=600");
  EXPECT_EQ(subscriptions_->size(), 1U);
}

TEST_F(SubscriptionsTest, AskingOnceTouchesNoOther) {
  begin(of("2", "c1"), Light::on);
  ok(0);
  begin(of("2", "c2"), Light::on, seconds(0));
  EXPECT_EQ(notifies().back(), "0 on terminated;reason=timeout");
  EXPECT_NE(subscriptions_->find("c1", "l-c1", "r-c1"), std::nullopt);
  tell({{"2", Light::hold}});
  ASSERT_EQ(sent_.size(), 3U);
  EXPECT_EQ(sent_[2].to.call_id, "c1");
  EXPECT_EQ(notifies().back(), "1 hold active;expires=600");
  ok(1);
  EXPECT_EQ(subscriptions_->size(), 1U);
}

TEST_F(SubscriptionsTest, AskingOnceHasABoundOfItsOwn) {
  open({100, 2, 100});
  begin(of("1", "c1"));
  begin(of("2", "c2"));
  for (std::size_t i = 0; i < Subscriptions::most_fetches; ++i) {
    EXPECT_EQ(subscriptions_->refusal(of("2", "fetch"), seconds(0)), std::nullopt) << i;
    begin(of("2", "f" + std::to_string(i)), Light::off, seconds(0));
  }
  EXPECT_EQ(subscriptions_->refusal(of("2", "fetch"), seconds(0)), Subscriptions::Refused::too_many_of_user);
  EXPECT_EQ(subscriptions_->refusal(of("2", "c3"), seconds(600)), std::nullopt) << "it takes another's place";
  ok(2);
  EXPECT_EQ(subscriptions_->refusal(of("2", "fetch"), seconds(0)), std::nullopt);
}

TEST_F(SubscriptionsTest, ThoseThatEndTakeNobodysPlaceAndHaveABound) {
  open({100, 2, 100});
  begin(of("1", "c1"));
  begin(of("2", "c2"));
  for (int i = 0; i < 50; ++i) {
    const auto anew = of("1", "n" + std::to_string(i));
    ASSERT_EQ(subscriptions_->refusal(anew, seconds(600)), std::nullopt) << i;
    begin(anew);
  }
  EXPECT_LE(subscriptions_->size(), 2 * 2 + Subscriptions::most_fetches);
  EXPECT_NE(subscriptions_->find("n49", "l-n49", "r-n49"), std::nullopt);
  EXPECT_EQ(subscriptions_->refusal(of("3", "c3"), seconds(600)), Subscriptions::Refused::too_many_of_user);
}

TEST_F(SubscriptionsTest, PhonesPackagesAndKeysHaveTheirOwn) {
  begin(of("2", "c1", "\"<urn:uuid:1>\""));
  begin(of("2", "c2", "\"<urn:uuid:2>\""));
  begin(of("3", "c3", "\"<urn:uuid:1>\""));
  auto presence = of("2", "c4", "\"<urn:uuid:1>\"");
  presence.package = EventPackage::presence;
  begin(presence);
  EXPECT_EQ(subscriptions_->size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) ok(i);
  subscriptions_->tell(
      "internal", "1000", {{"2", Light::on}},
      [](const Subscription& one) { return one.instance == "\"<urn:uuid:1>\""; }, nullptr,
      [](const control::SipOutcome&) {});
  ASSERT_EQ(sent_.size(), 6U) << "both of the phone's to key 2";
  EXPECT_EQ(sent_[4].to.call_id, "c1");
  EXPECT_EQ(sent_[5].to.call_id, "c4");
}

TEST_F(SubscriptionsTest, ThereAreBounds) {
  open({4, 2, 3});
  const auto refused = [this](const Subscription& one) { return subscriptions_->refusal(one, seconds(600)); };
  begin(of("1", "c1"));
  begin(of("2", "c2"));
  EXPECT_EQ(refused(of("3", "c3")), Subscriptions::Refused::too_many_of_user);
  EXPECT_EQ(refused(of("2", "c4")), std::nullopt) << "it takes another's place";
  begin(of("1", "c5", "", "1001"));
  EXPECT_EQ(refused(of("1", "c6", "", "1002")), Subscriptions::Refused::too_many_of_address);
  auto elsewhere = of("1", "c7", "", "1003");
  elsewhere.source_host = "192.0.2.8";
  EXPECT_EQ(refused(elsewhere), std::nullopt);
  begin(elsewhere);
  elsewhere.key.user = "1004";
  elsewhere.call_id = "c8";
  elsewhere.contact = "sip:1004@192.0.2.8";
  EXPECT_EQ(refused(elsewhere), Subscriptions::Refused::full);
  subscriptions_->stop("stopping");
  EXPECT_EQ(refused(elsewhere), std::nullopt);
}

TEST_F(SubscriptionsTest, UsersWhoAreGoneAreToldNothingMore) {
  begin(of("2"), Light::on);
  ok(0);
  subscriptions_->end_users([](const std::string&, const std::string& user) { return user != "1000"; });
  EXPECT_EQ(notifies().back(), "1 off terminated;reason=rejected");
  ok(1);
  EXPECT_EQ(subscriptions_->size(), 0U);
}

TEST_F(SubscriptionsTest, AtTheEndWhoeverWaitsIsToldSo) {
  begin(of("2"));
  tell({{"2", Light::on}});
  subscriptions_->stop("stopping");
  clock_.run_posted();
  EXPECT_EQ(told_, (Strings{"0 stopping"}));
}

TEST_F(SubscriptionsTest, ADialogIsKnownByAllOfItsTags) {
  begin(of("2"));
  EXPECT_EQ(subscriptions_->find("c1", "l-c1", "other"), std::nullopt);
  EXPECT_EQ(subscriptions_->find("c1", "other", "r-c1"), std::nullopt);
  EXPECT_EQ(subscriptions_->find("other", "l-c1", "r-c1"), std::nullopt);
  EXPECT_NE(subscriptions_->find("c1", "l-c1", "r-c1"), std::nullopt);
}

}  // namespace
}  // namespace snom::sip::test
