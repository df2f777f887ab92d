#include "asterisk/phone_answers.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::asterisk {
namespace {

using control::SipOutcome;
using control::testing::FakeClock;
using namespace std::chrono_literals;

class PhoneAnswersTest : public ::testing::Test {
 protected:
  std::string expect() {
    return answers.expect([this](const SipOutcome& outcome, bool is_repeated) {
      outcomes.push_back(outcome);
      repeated.push_back(is_repeated);
    });
  }
  void copied(const SipCopy& copy) {
    answers.copied(copy);
    clock.run_posted();
  }

  FakeClock clock;
  PhoneAnswers answers{5s, clock, clock};
  std::vector<SipOutcome> outcomes;
  std::vector<bool> repeated;
};

TEST_F(PhoneAnswersTest, ThePhonesAnswerIsTold) {
  const auto reference = expect();
  EXPECT_EQ(reference.size(), 32U) << "16 bytes that nobody guesses";
  copied({0, {}, "call-1", reference});
  EXPECT_TRUE(outcomes.empty());
  copied({415, "Unsupported Media Type", "call-1", {}});
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].status, 415);
  EXPECT_EQ(outcomes[0].reason, "Unsupported Media Type");
  EXPECT_FALSE(outcomes[0].unconfirmed);
  EXPECT_EQ(answers.waiting(), 0U);
  copied({200, "OK", "call-1", {}});  // a retransmission
  EXPECT_EQ(outcomes.size(), 1U);
}

TEST_F(PhoneAnswersTest, SilenceIsSilenceOnlyWhenTheRequestWasSeen) {
  copied({0, {}, "call-1", expect()});
  clock.pass(5s);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_FALSE(outcomes[0].unconfirmed);
  EXPECT_EQ(outcomes[0].reason, "no answer within 5 s");

  answers.taken(expect());
  clock.pass(5s);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_TRUE(outcomes[1].unconfirmed);
  EXPECT_EQ(repeated, (std::vector<bool>{true, false}));
}

TEST_F(PhoneAnswersTest, WhatAsteriskDidNotTakeWasNotSent) {
  const auto late = expect();
  const auto lost = expect();
  const auto seen = expect();
  clock.pass(5s);
  EXPECT_TRUE(outcomes.empty()) << "what Asterisk says of it is still to come";
  answers.taken(late);
  answers.refused(lost, {0, "no answer of Asterisk's manager within 5 s"}, true);
  copied({0, {}, "call-1", seen});
  answers.refused(seen, {0, "no answer of Asterisk's manager within 5 s"}, true);
  clock.run_posted();
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_TRUE(outcomes[0].unconfirmed);
  EXPECT_FALSE(outcomes[1].unconfirmed);
  EXPECT_EQ(outcomes[1].reason, "no answer of Asterisk's manager within 5 s");
  EXPECT_EQ(outcomes[2].reason, "no answer within 5 s");
  EXPECT_EQ(repeated, (std::vector<bool>{false, true, true}));
  EXPECT_EQ(answers.waiting(), 0U);
}

TEST_F(PhoneAnswersTest, AReferenceTellsNothingOfAnother) {
  const auto one = expect();
  const auto next = expect();
  for (std::size_t at = 0; at < 32; at += 16) EXPECT_NE(one.substr(at, 16), next.substr(at, 16));
}

TEST_F(PhoneAnswersTest, OthersMessagesAreNothing) {
  const auto reference = expect();
  copied({0, {}, "call-2", "another"});
  copied({200, "OK", "call-2", {}});
  EXPECT_TRUE(outcomes.empty());
  copied({0, {}, "call-1", reference});
  copied({0, {}, "call-3", reference});  // the first one counts
  copied({200, "OK", "call-3", {}});
  EXPECT_TRUE(outcomes.empty());
  copied({200, "OK", "call-1", {}});
  EXPECT_EQ(outcomes.size(), 1U);
}

TEST_F(PhoneAnswersTest, AChallengeMayBeAnswered) {
  copied({0, {}, "call-1", expect()});
  copied({401, "Unauthorized", "call-1", {}});
  EXPECT_TRUE(outcomes.empty());
  copied({202, "Accepted", "call-1", {}});
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].status, 202);

  copied({0, {}, "call-2", expect()});
  copied({401, "Unauthorized", "call-2", {}});
  clock.pass(5s);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[1].status, 401);
}

TEST_F(PhoneAnswersTest, WhatAsteriskRefusedIsOver) {
  const auto reference = expect();
  answers.refused(reference, {0, "Asterisk: Message failed to send."}, false);
  clock.pass(10s);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_FALSE(repeated[0]);
  EXPECT_EQ(outcomes[0].reason, "Asterisk: Message failed to send.");
}

TEST_F(PhoneAnswersTest, WhatWasSeenOnItsWayIsNotRefused) {
  const auto reference = expect();
  copied({0, {}, "call-1", reference});
  answers.refused(reference, {0, "ARI: no answer within 5 s"}, true);
  clock.run_posted();
  EXPECT_TRUE(outcomes.empty());
  copied({200, "OK", "call-1", {}});
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].status, 200);
}

TEST_F(PhoneAnswersTest, StoppingTellsAll) {
  copied({0, {}, "call-1", expect()});
  (void)expect();
  answers.stop();
  clock.run_posted();
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].reason, "stopping");
}

}  // namespace
}  // namespace snom::asterisk
