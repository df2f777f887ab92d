#include <gtest/gtest.h>

#include "control/fake_ports.h"
#include "control/remote/xml_delivery.h"

// Commands to a silent phone took up to twice the limit, since they waited behind a document under way, and were told
// "no answer within 5 s". NOTIFYs that waited one behind the other took eight times as long.
namespace snom::control::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What the sender's own end of the same limit is given before a command ends by itself.
constexpr milliseconds a_little{200};

std::string bind_key(int key) { return "snom_bind_key " + std::to_string(key) + " on A 1000 example.com internal"; }

TEST(LimitsAreTheCommands, WaitingBehindADocumentUnderWayCounts) {
  Fixture fixture;
  fixture.run(bind_key(1));
  fixture.clock.pass(seconds(1));
  for (int key = 2; key <= 6; ++key) fixture.run(bind_key(key));
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  // The sender tells of the first one's silence; the others go out together.
  fixture.clock.pass(seconds(4));
  fixture.messages.answer(0, SipOutcome{0, "no answer within 5 s"});
  EXPECT_EQ(fixture.replies, std::vector<std::string>{"-ERR key 1 of 1000@example.com not set: no answer within 5 s"});
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  fixture.clock.pass(seconds(1) + a_little - milliseconds(1));
  EXPECT_EQ(fixture.replies.size(), 1U);
  fixture.clock.pass(milliseconds(1));
  ASSERT_EQ(fixture.replies.size(), 6U);
  EXPECT_EQ(
      fixture.replies[1],
      "-ERR key 2 of 1000@example.com not set: no answer within 5 s, 4.0 s of which it waited for the answer to what "
      "was sent before");
}

TEST(LimitsAreTheCommands, WhatWasNotEvenSentSaysSo) {
  Fixture fixture;
  fixture.run(bind_key(1));
  fixture.run(bind_key(2));
  fixture.clock.pass(seconds(5) + a_little);
  ASSERT_EQ(fixture.replies.size(), 2U);
  EXPECT_EQ(fixture.replies[0], "-ERR key 1 of 1000@example.com not set: no answer within 5 s");
  EXPECT_EQ(
      fixture.replies[1],
      "-ERR key 2 of 1000@example.com not set: not sent within 5 s: the phone has not answered what was sent before "
      "it");
  // It stays wanted, and goes out when the phone has answered.
  fixture.messages.answer(0, 200, "OK");
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(fixture.messages.sent[1].body, "k=2\r\nc=on\r\nl=A\r\n");
  EXPECT_EQ(fixture.replies.size(), 2U);
}

TEST(LimitsAreTheCommands, AnAnswerInTimeIsStillTheReply) {
  Fixture fixture;
  fixture.run(bind_key(1));
  fixture.run(bind_key(2));
  fixture.clock.pass(seconds(4));
  fixture.messages.answer(0, 200, "OK");
  fixture.messages.answer(1, 200, "OK");
  EXPECT_EQ(fixture.replies.size(), 2U);
  fixture.clock.pass(seconds(60));
  EXPECT_EQ(fixture.replies.size(), 2U);
  EXPECT_EQ(fixture.replies[1], "+OK 2 on A 1000 example.com internal");
}

TEST(LimitsAreTheCommands, TheConfiguredOneCounts) {
  Fixture fixture;
  CommandService::Options options;
  options.delivery.answer_limit = milliseconds(300);
  fixture.open(std::move(options));
  fixture.run(bind_key(1));
  fixture.run(bind_key(2));
  fixture.clock.pass(milliseconds(300) + a_little);
  ASSERT_EQ(fixture.replies.size(), 2U);
  EXPECT_NE(fixture.replies[1].find("not sent within 0.3 s"), std::string::npos) << fixture.replies[1];
}

struct Notifies {
  FakeClock clock;
  FakeMessages messages{clock};
  XmlDelivery xml{messages, clock, clock, seconds(5)};
  std::vector<std::string> ended;

  void send(std::vector<XmlStep> steps, const std::string& user = "1000") {
    xml.send(phone(user), std::move(steps), [this](const SipOutcome& outcome) {
      ended.push_back(std::to_string(outcome.status) + " " + outcome.reason);
    });
  }
};

TEST(LimitsAreTheCommands, NotifiesBehindASilentOneEndWithTheirOwnLimitAndThePausesInFrontOfThem) {
  Notifies post;
  for (int i = 0; i < 3; ++i) post.send({{"a", {}}});
  post.clock.pass(seconds(5));
  post.messages.answer(0, SipOutcome{0, "no answer within 5 s"});
  post.clock.pass(seconds(2) + a_little);
  ASSERT_EQ(post.ended.size(), 2U);
  EXPECT_EQ(post.ended[1], "0 no answer within 7 s, 7.0 s of which it waited for the answer to an earlier command");
  post.clock.pass(seconds(2));
  ASSERT_EQ(post.ended.size(), 3U);
  EXPECT_EQ(post.ended[2], "0 not sent within 9 s: the phone has not answered an earlier command");
  // No other NOTIFY goes out before the one under way is answered.
  EXPECT_EQ(post.messages.sent.size(), 2U);
  post.messages.answer(1, 200, "OK");
  EXPECT_EQ(post.ended.size(), 3U);
  post.clock.pass(seconds(60));
  EXPECT_EQ(post.messages.sent.size(), 2U);
}

TEST(LimitsAreTheCommands, ASequenceOfKeysHasItsPausesAndAMinuteMore) {
  Notifies post;
  post.send(std::vector<XmlStep>(20, {"a", milliseconds(100)}));
  for (std::size_t i = 0; i < 16 && post.ended.empty(); ++i) {
    post.clock.pass(seconds(4));
    post.messages.answer(i, 200, "OK");
    post.clock.pass(milliseconds(100));
  }
  EXPECT_TRUE(post.ended.empty());
  EXPECT_EQ(post.messages.sent.size(), 17U);
  post.clock.pass(seconds(4));
  post.messages.answer(16, 200, "OK");
  post.clock.pass(seconds(60));
  ASSERT_EQ(post.ended.size(), 1U);
  EXPECT_EQ(post.ended[0], "0 not finished within 69.6 s: the phone answers too slowly");
  EXPECT_EQ(post.messages.sent.size(), 17U);
}

TEST(LimitsAreTheCommands, ManySilentPhonesDoNotTakeTheLimitOfTheOthers) {
  Notifies post;
  for (std::size_t i = 0; i <= XmlDelivery::most_under_way; ++i) post.send({{"a", {}}}, std::to_string(2000 + i));
  ASSERT_EQ(post.messages.sent.size(), XmlDelivery::most_under_way);
  post.clock.pass(seconds(5));
  post.messages.answer(0, SipOutcome{0, "no answer within 5 s"});
  ASSERT_EQ(post.messages.sent.size(), XmlDelivery::most_under_way + 1);
  post.clock.pass(seconds(4));
  post.messages.waiting.back()(SipOutcome{200, "OK"});
  EXPECT_EQ(post.ended.back(), "200 OK");
}

}  // namespace
}  // namespace snom::control::testing
