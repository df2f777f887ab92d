#include "asterisk/hinted_keys.h"

#include <gtest/gtest.h>

#include "asterisk/fake_ami.h"
#include "asterisk/phone_list.h"

namespace snom::asterisk {
namespace {

using control::KeyLight;
using language::Light;
using testing::FakeAmi;
using testing::FakeClock;
using testing::value;

AmiMessage subscription(const std::string& endpoint, const std::string& extension) {
  return {{{"Event", "InboundSubscriptionDetail"},
           {"ActionID", "1"},
           {"Role", "Notifier"},
           {"Endpoint", endpoint},
           {"Callid", "c1"},
           {"State", "ACTIVE"},
           {"SubscriptionType", "extension_state"},
           {"Extension", extension}}};
}

control::RegistrationPointer phone(const std::string& user, const std::string& endpoint, bool alone = true) {
  registration::Registration made;
  made.user = user;
  made.domain = "example.com";
  made.profile = "office";
  made.address = std::make_shared<const AsteriskAddress>(endpoint, true, alone);
  return made;
}

class HintedKeysTest : public ::testing::Test {
 protected:
  void listed(std::vector<AmiMessage> items) {
    keys.list();
    ami.succeed("PJSIPShowSubscriptionsInbound", {}, std::move(items));
  }
  void notify(const control::RegistrationPointer& to, std::vector<KeyLight> lights) {
    keys.notify(to, std::move(lights), nullptr,
                [this](control::SipOutcome outcome) { outcomes.push_back(std::move(outcome)); });
  }

  FakeAmi ami;
  FakeClock clock;
  std::vector<std::string> subscribed;
  bool all_are_lit = true;
  std::vector<std::string> log;
  std::vector<control::SipOutcome> outcomes;
  HintedKeys keys{{},
                  ami,
                  clock,
                  clock,
                  [this](const ListedSubscription& one) {
                    subscribed.push_back(one.endpoint + " " + one.key.user + " " + one.key.key);
                  },
                  [this](const control::KeyAddress&) { return !all_are_lit; },
                  [this](const std::string& line) { log.push_back(line); }};
  const control::RegistrationPointer desk = phone("1000", "1000");
};

TEST(HintedKeys, EachLightIsAStateOfADevice) {
  EXPECT_EQ(device_state_of(Light::off), "NOT_INUSE");
  for (const auto light : {Light::on, Light::seized, Light::record, Light::offline}) {
    EXPECT_EQ(device_state_of(light), "INUSE");
  }
  for (const auto light : {Light::pickup, Light::message}) EXPECT_EQ(device_state_of(light), "RINGING");
  for (const auto light : {Light::hold, Light::park, Light::error}) EXPECT_EQ(device_state_of(light), "ONHOLD");
}

TEST(HintedKeys, OfWhatAsteriskListsTheKeysAreRead) {
  const auto read = read_subscription(subscription("desk", "snom+front=2Ddesk*line=2D1"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->endpoint, "desk");
  EXPECT_EQ(read->key, (control::KeyAddress{"front-desk", "line-1"}));
  EXPECT_FALSE(read_subscription(subscription("1000", "1001")));
  EXPECT_FALSE(read_subscription(subscription("", "snom+1000*2")));
  auto twice = subscription("1001", "snom+1001*2");
  twice.fields.emplace_back("Endpoint", "1000");  // a line end in what was subscribed to
  EXPECT_FALSE(read_subscription(twice));
  auto ended = subscription("1000", "snom+1000*2");
  ended.fields[5].second = "TERMINATED";
  EXPECT_FALSE(read_subscription(ended));
}

TEST_F(HintedKeysTest, WhoSubscribedToItsOwnKeysIsKnown) {
  EXPECT_FALSE(keys.has_any(*desk));
  listed({subscription("1000", "snom+1000*2"), subscription("1001", "snom+1000*3")});
  EXPECT_TRUE(keys.has_any(*desk));
  EXPECT_TRUE(keys.is_subscribed(*desk, "2"));
  EXPECT_FALSE(keys.is_subscribed(*desk, "3")) << "another phone shows it";
  EXPECT_FALSE(keys.has_any(*phone("1001", "1001"))) << "it shows another phone's key";
  EXPECT_FALSE(keys.has_any(*phone("100", "1000")));
  EXPECT_EQ(keys.address_of(*desk, "2"), "sip:snom+1000*2@example.com");
  EXPECT_FALSE(keys.shows_all(*desk, "2"));
  EXPECT_FALSE(keys.tells_callers(*desk));
}

TEST_F(HintedKeysTest, WhoIsNewOnTheListIsToldOnce) {
  listed({subscription("1000", "snom+1000*2")});
  EXPECT_EQ(subscribed, std::vector<std::string>{"1000 1000 2"});
  listed({subscription("1000", "snom+1000*2"), subscription("1000", "snom+1000*3")});
  EXPECT_EQ(subscribed, (std::vector<std::string>{"1000 1000 2", "1000 1000 3"}));
  subscribed.clear();
  listed({});
  EXPECT_FALSE(keys.has_any(*desk));
  EXPECT_EQ(subscribed, (std::vector<std::string>{"1000 1000 2", "1000 1000 3"})) << "they have to go in another way";
  listed({subscription("1000", "snom+1000*2")});
  EXPECT_EQ(subscribed.size(), 3U) << "it came back";
}

TEST_F(HintedKeysTest, OfThoseWhoAreMissingBehindAReconnectionNobodyIsTold) {
  listed({subscription("1000", "snom+1000*2")});
  subscribed.clear();
  keys.connected();
  ami.succeed("PJSIPShowSubscriptionsInbound");
  EXPECT_FALSE(keys.has_any(*desk));
  EXPECT_TRUE(subscribed.empty()) << "the phones get all of their keys anew";
}

TEST_F(HintedKeysTest, AKeyThatWasClearedMeanwhileIsDarkForWhoSubscribesThen) {
  all_are_lit = false;
  listed({subscription("1000", "snom+1000*2"), subscription("1000", "snom+1000*3")});
  for (const auto* device : {"DEVICE_STATE(Custom:snom+1000*2)", "DEVICE_STATE(Custom:snom+1000*3)"}) {
    EXPECT_EQ(ami.count("Getvar"), 1U) << "one after the other";
    EXPECT_EQ(value(ami.asked.front().fields, "Variable"), device);
    EXPECT_EQ(value(ami.asked.front().fields, "Value"), "");
    ami.tell_value("INUSE");
    EXPECT_EQ(value(ami.asked.front().fields, "Variable"), device);
    EXPECT_EQ(value(ami.asked.front().fields, "Value"), "NOT_INUSE");
    ami.succeed("Setvar");
  }
  listed({subscription("1000", "snom+1000*2"), subscription("1000", "snom+1000*3")});
  EXPECT_EQ(ami.count("Getvar"), 0U) << "they were there";
}

TEST_F(HintedKeysTest, ANameThatAPhoneMadeUpLeavesNothingBehindAtAsterisk) {
  all_are_lit = false;
  listed({subscription("1000", "snom+1000*2"), subscription("1000", "snom+nobody*17")});
  ami.tell_value("NOT_INUSE");
  ami.tell_value("UNKNOWN");
  EXPECT_EQ(ami.count("Setvar") + ami.count("Getvar"), 0U);
}

TEST_F(HintedKeysTest, WhatCouldNotBeDarkenedIsWhenTheConnectionIsBackUnlessItIsLitByThen) {
  all_are_lit = false;
  listed({subscription("1000", "snom+1000*2")});
  ami.take("Getvar").done({});
  EXPECT_EQ(ami.count("Getvar"), 0U) << "nobody is there";
  keys.connected();
  ami.tell_value("INUSE");
  ami.take("Setvar").done({});
  keys.connected();
  EXPECT_EQ(ami.count("Getvar"), 1U);
  ami.take("Getvar").done({});
  all_are_lit = true;
  keys.connected();
  EXPECT_EQ(ami.count("Getvar") + ami.count("Setvar"), 0U);
}

TEST_F(HintedKeysTest, AListThatWasLostWithItsConnectionIsAskedForAnew) {
  keys.connected();
  const auto lost = ami.take("PJSIPShowSubscriptionsInbound");
  keys.connected();
  EXPECT_EQ(ami.count("PJSIPShowSubscriptionsInbound"), 1U);
  Ami::Answer answer;
  answer.lost = true;
  lost.done(answer);  // within the same turn
  ami.succeed("PJSIPShowSubscriptionsInbound", {}, {subscription("1000", "snom+1000*2")});
  EXPECT_TRUE(keys.has_any(*desk));
}

TEST_F(HintedKeysTest, OfSeveralPhonesAtAnEndpointNoneIsSaidToHaveIt) {
  listed({subscription("1000", "snom+1000*2")});
  notify(phone("1000", "1000", false), {{"2", Light::on}});
  ami.succeed("Setvar");
  clock.run_posted();
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].reason, "Asterisk was told, which does not say which of the endpoint's phones subscribed");
}

TEST_F(HintedKeysTest, ALightIsTheStateOfTheKeysDevice) {
  listed({subscription("1000", "snom+1000*2"), subscription("1000", "snom+1000*3")});
  notify(desk, {{"2", Light::on}, {"3", Light::off}});
  for (const auto& [device, state] : {std::pair("DEVICE_STATE(Custom:snom+1000*2)", "INUSE"),
                                      std::pair("DEVICE_STATE(Custom:snom+1000*3)", "NOT_INUSE")}) {
    const auto asked = ami.take("Setvar");
    EXPECT_EQ(value(asked.fields, "Variable"), device);
    EXPECT_EQ(value(asked.fields, "Value"), state);
    EXPECT_TRUE(outcomes.empty()) << "both have to be answered";
    Ami::Answer answer;
    answer.ok = true;
    asked.done(answer);
  }
  EXPECT_TRUE(outcomes.empty()) << "never from within";
  clock.run_posted();
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_TRUE(outcomes[0].unconfirmed);
  EXPECT_EQ(outcomes[0].status, 0);
}

TEST_F(HintedKeysTest, WhatAsteriskDoesNotTakeIsToldWithItsReason) {
  listed({subscription("1000", "snom+1000*2")});
  notify(desk, {{"2", Light::on}});
  ami.fail("Setvar", "Permission denied");
  clock.run_posted();
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_FALSE(outcomes[0].unconfirmed);
  EXPECT_EQ(outcomes[0].reason, "Asterisk: Permission denied");
}

TEST_F(HintedKeysTest, AKeyWhoseSubscriptionIsGoneIsToldSo) {
  notify(desk, {{"2", Light::on}});
  EXPECT_TRUE(ami.asked.empty());
  clock.run_posted();
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].reason, "it has no subscription to key 2 any more");
}

TEST_F(HintedKeysTest, WhatHappensWhileItIsListedIsAskedForAgainAndAPauseIsMade) {
  keys.list();
  keys.list();
  keys.list();
  EXPECT_EQ(ami.count("PJSIPShowSubscriptionsInbound"), 1U);
  clock.pass(std::chrono::milliseconds(100));
  ami.succeed("PJSIPShowSubscriptionsInbound");
  EXPECT_EQ(ami.count("PJSIPShowSubscriptionsInbound"), 0U) << "it took 100 ms: after twice that";
  clock.pass(std::chrono::milliseconds(200));
  EXPECT_EQ(ami.count("PJSIPShowSubscriptionsInbound"), 1U);
  ami.succeed("PJSIPShowSubscriptionsInbound");
  clock.pass(std::chrono::milliseconds(1000));
  EXPECT_TRUE(ami.asked.empty());
}

TEST_F(HintedKeysTest, WhoMayNotListIsToldSoOnce) {
  for (int i = 0; i < 2; ++i) {
    keys.list();
    ami.fail("PJSIPShowSubscriptionsInbound", "Permission denied");
  }
  EXPECT_EQ(log,
            std::vector<std::string>{
                "Asterisk does not list its subscriptions (read and write = system are needed): Permission denied"});
}

}  // namespace
}  // namespace snom::asterisk
