#include "control/keys/key_trial.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

using testing::FakeClock;
using testing::FakeMessages;
using testing::FakeSubscriptions;

/// Trials of a phone, whose answers are given by hand.
struct Trials {
  FakeClock clock;
  FakeMessages messages{clock};
  FakeSubscriptions subscriptions{messages};
  KeyTrials trials{messages, &subscriptions, clock};
  std::vector<std::string> told;

  static RegistrationPointer contact(const std::string& user = "1000") { return testing::phone(user); }
  void send(const KeyTrial& trial, const std::string& user = "1000") {
    trials.send(contact(user), trial, [this](const SipOutcome& outcome) {
      told.push_back(std::to_string(outcome.status) + " " + outcome.reason);
    });
    EXPECT_TRUE(told.empty()) << "never before it returns";
    clock.run_posted();
  }
  static KeyTrial buttons(const std::string& number = {}) {
    KeyTrial trial;
    trial.button.key = "2";
    trial.button.light = language::Light::hold;
    trial.button.number = number;
    if (!number.empty()) trial.button.action = language::Action::message;
    return trial;
  }
};

TEST(KeyTrials, AKeyGoesByXButtonsAndItsAnswerIsTold) {
  Trials t;
  t.send(Trials::buttons());
  ASSERT_EQ(t.messages.sent.size(), 1U);
  EXPECT_EQ(t.messages.sent[0].content_type, "application/x-buttons");
  EXPECT_TRUE(t.messages.sent[0].event.empty()) << "a MESSAGE";
  EXPECT_NE(t.messages.sent[0].body.find("k=2\r\n"), std::string::npos) << t.messages.sent[0].body;
  t.messages.answer(0, 415, "Unsupported Media Type");
  EXPECT_EQ(t.told, (std::vector<std::string>{"415 Unsupported Media Type"}));
}

TEST(KeyTrials, ALedGoesByNotify) {
  Trials t;
  KeyTrial trial;
  trial.channel = Channel::notify;
  trial.led = 7;
  trial.button.light = language::Light::on;
  trial.button.colour = language::Colour::red;
  t.send(trial);
  ASSERT_EQ(t.messages.sent.size(), 1U);
  EXPECT_EQ(t.messages.sent[0].event, "xml");
  EXPECT_EQ(t.messages.sent[0].content_type, "application/snomxml");
  EXPECT_NE(t.messages.sent[0].body.find("number=\"7\""), std::string::npos) << t.messages.sent[0].body;
  t.messages.answer(0, 200, "OK");
  EXPECT_EQ(t.told, (std::vector<std::string>{"200 OK"}));
}

TEST(KeyTrials, BySubscriptionOnlyAKeyThatSubscribedIsTried) {
  Trials t;
  auto trial = Trials::buttons();
  trial.channel = Channel::subscription;
  t.send(trial);
  EXPECT_EQ(t.told, (std::vector<std::string>{"0 it has not subscribed to this key"}));
  EXPECT_TRUE(t.messages.sent.empty());
  t.told.clear();
  t.subscriptions.subscribed.insert({"1000@example.com", "2"});
  t.send(trial);
  ASSERT_EQ(t.messages.sent.size(), 1U);
  EXPECT_EQ(t.messages.sent[0].body, "2 hold\n");
}

TEST(KeyTrials, WhereKeysCannotSubscribeNoneIsTriedSo) {
  Trials t;
  KeyTrials without{t.messages, nullptr, t.clock};
  auto trial = Trials::buttons();
  trial.channel = Channel::subscription;
  std::string why;
  without.send(Trials::contact(), trial, [&](const SipOutcome& outcome) { why = outcome.reason; });
  t.clock.run_posted();
  EXPECT_EQ(why, "it has not subscribed to this key");
}

TEST(KeyTrials, NoKeyGoesByHttp) {
  Trials t;
  auto trial = Trials::buttons();
  trial.channel = Channel::http;
  t.send(trial);
  EXPECT_EQ(t.told, (std::vector<std::string>{"0 keys do not go by HTTP"}));
}

TEST(KeyTrials, ThePressOfItsNumberIsKept) {
  Trials t;
  EXPECT_EQ(t.trials.press("1000@example.com"), nullptr);
  t.send(Trials::buttons("trial-1"));
  t.trials.note_press("1000@example.com", {"another", "2", "text/plain", "k=2"});
  t.trials.note_press("1001@example.com", {"trial-1", "2", "text/plain", "k=2"});
  EXPECT_EQ(t.trials.press("1000@example.com"), nullptr) << "another number, another phone";
  t.trials.note_press("1000@example.com", {"trial-1", "2", "text/plain", std::string(300, 'x')});
  const auto* press = t.trials.press("1000@example.com");
  ASSERT_NE(press, nullptr);
  EXPECT_EQ(press->action, "trial-1");
  EXPECT_EQ(press->content_type, "text/plain");
  EXPECT_EQ(press->body, std::string(256, 'x'));
  EXPECT_EQ(t.trials.press("1001@example.com"), nullptr);

  t.told.clear();
  t.send(Trials::buttons("trial-2"));
  EXPECT_EQ(t.trials.press("1000@example.com"), nullptr) << "a number that is set anew was not pressed yet";
}

TEST(KeyTrials, PressesOfSoManyPhonesAreWaitedFor) {
  Trials t;
  for (int user = 1000; user < 1065; ++user) {
    t.told.clear();
    t.send(Trials::buttons("n"), std::to_string(user));
  }
  int kept = 0;
  for (int user = 1000; user < 1065; ++user) {
    const auto whose = std::to_string(user) + "@example.com";
    t.trials.note_press(whose, {"n", {}, {}, {}});
    kept += t.trials.press(whose) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(kept, 64);
  EXPECT_NE(t.trials.press("1064@example.com"), nullptr) << "the newest is among them";
}

TEST(KeyTrials, OfMorePhonesTheOldestIsForgottenWhateverItsName) {
  Trials t;
  t.send(Trials::buttons("first"), "9999");
  t.trials.note_press("9999@example.com", {"first", {}, {}, {}});
  for (int user = 1000; user < 1063; ++user) {
    t.told.clear();
    t.send(Trials::buttons("n"), std::to_string(user));
  }
  EXPECT_NE(t.trials.press("9999@example.com"), nullptr);
  t.send(Trials::buttons("n"), "2000");
  EXPECT_EQ(t.trials.press("9999@example.com"), nullptr);
}

}  // namespace
}  // namespace snom::control
