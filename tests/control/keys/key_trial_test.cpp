#include "control/keys/key_trial.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

struct Trials {
  testing::FakeClock clock;
  testing::FakeMessages messages{clock};
  testing::FakeSubscriptions subscriptions{messages, {{"1000@example.com", "5"}}};
  KeyTrials trials{messages, &subscriptions, clock};
  std::vector<std::string> told;

  void send(const KeyTrial& trial, const std::string& user = "1000") {
    trials.send(RegistrationPointer(testing::phone(user)), trial, [this](const SipOutcome& outcome) {
      told.push_back(std::to_string(outcome.status) + " " + outcome.reason);
    });
    clock.run_posted();
  }
  void bind(const std::string& user, const std::string& number) { send(key(number), user); }
  static KeyTrial key(const std::string& number = {}) {
    KeyTrial trial;
    trial.button.key = "2";
    trial.button.light = language::Light::on;
    trial.button.number = number;
    if (!number.empty()) trial.button.action = language::Action::message;
    return trial;
  }
  void press(const std::string& address, const std::string& action, const std::string& body = {}) {
    trials.note_press(address, {action, "2", "text/plain", body});
  }
  [[nodiscard]] std::string pressed(const std::string& address) const {
    const auto* press = trials.press(address);
    return press == nullptr ? "(none)" : press->action;
  }
};

TEST(KeyTrial, GoesByTheChannelThatIsNamedWhateverTheModel) {
  Trials t;
  t.send(Trials::key());
  ASSERT_EQ(t.messages.sent.size(), 1U);
  EXPECT_EQ(t.messages.sent[0].content_type, "application/x-buttons");
  EXPECT_EQ(t.messages.sent[0].body, "k=2\r\nc=on\r\n");
  t.messages.answer(0, 415, "Unsupported Media Type");

  KeyTrial led;
  led.channel = Channel::notify;
  led.led = 7;
  led.button.light = language::Light::hold;
  t.send(led);
  ASSERT_EQ(t.messages.sent.size(), 2U);
  EXPECT_EQ(t.messages.sent[1].event, "xml");
  EXPECT_NE(t.messages.sent[1].body.find("number=\"7\""), std::string::npos) << t.messages.sent[1].body;
  t.messages.answer(1, 200, "OK");

  KeyTrial light;
  light.channel = Channel::subscription;
  light.button.key = "5";
  light.button.light = language::Light::on;
  t.send(light);
  ASSERT_EQ(t.messages.sent.size(), 3U);
  EXPECT_EQ(t.messages.sent[2].body, "5 on\n");
  t.messages.answer(2, 200, "OK");
  EXPECT_EQ(t.told, (std::vector<std::string>{"415 Unsupported Media Type", "200 OK", "200 OK"}));
}

TEST(KeyTrial, WhatCannotBeSentIsToldLaterWithStatusZero) {
  Trials t;
  KeyTrial light;
  light.channel = Channel::subscription;
  light.button.key = "6";
  t.send(light);
  KeyTrial page;
  page.channel = Channel::http;
  t.send(page);
  EXPECT_TRUE(t.messages.sent.empty());
  EXPECT_EQ(t.told, (std::vector<std::string>{"0 it has not subscribed to this key", "0 keys do not go by HTTP"}));
}

TEST(KeyTrial, ThePressOfItsNumberIsCaughtAndNoOther) {
  Trials t;
  t.bind("1000", "probe-1");
  t.press("1000@example.com", "something else");
  t.press("1001@example.com", "probe-1");
  EXPECT_EQ(t.pressed("1000@example.com"), "(none)");
  EXPECT_EQ(t.pressed("1001@example.com"), "(none)");
  t.press("1000@example.com", "probe-1", std::string(300, 'b'));
  EXPECT_EQ(t.pressed("1000@example.com"), "probe-1");
  EXPECT_EQ(t.trials.press("1000@example.com")->body.size(), 256U);
  t.bind("1000", "probe-2");
  EXPECT_EQ(t.pressed("1000@example.com"), "(none)") << "one of before";
}

TEST(KeyTrial, OfMorePhonesThanAreRememberedTheOldestIsForgotten) {
  Trials t;
  t.bind("9999", "first");
  for (int user = 1000; user < 1063; ++user) t.bind(std::to_string(user), "x");
  t.press("9999@example.com", "first");
  EXPECT_EQ(t.pressed("9999@example.com"), "first");
  t.bind("2000", "x");
  EXPECT_EQ(t.pressed("9999@example.com"), "(none)");
  t.press("1000@example.com", "x");
  EXPECT_EQ(t.pressed("1000@example.com"), "x");
}

}  // namespace
}  // namespace snom::control
