#include <gtest/gtest.h>

#include "control/fake_world.h"

/// Keys of phones that do not know x-buttons: their lights go as LEDs of Snom XML.
namespace snom::control {
namespace {

using std::chrono::seconds;
using testing::House;
using testing::phone;

struct LedHouse : House {
  explicit LedHouse(const std::string& user_agent = "snomD862/10.1.226.13") {
    directory.registrations.front().user_agent = user_agent;
    directory.registrations.front().call_id = "a";
  }
  void bind(const std::string& key, const std::string& light = "on", const std::string& label = "DND") {
    run("snom_bind_key " + key + " " + light + " " + label + " 1000 example.com internal message dnd");
  }
  [[nodiscard]] const OutgoingMessage& sent(std::size_t index) const { return messages.sent.at(index); }
};

constexpr auto* head = R"(<?xml version="1.0" encoding="UTF-8"?>
<SnomIPPhoneSilent state="relevant" document_id="keys-)";

TEST(KeyLed, APhoneThatRefusesButtonsGetsTheLight) {
  for (const int status : {405, 415, 489, 501}) {
    LedHouse house;
    house.bind("2");
    house.messages.answer(0, status, "No");
    ASSERT_EQ(house.messages.sent.size(), 2U);
    EXPECT_TRUE(house.replies.empty());
    EXPECT_EQ(house.sent(1).event, "xml");
    EXPECT_EQ(house.sent(1).content_type, "application/snomxml");
    EXPECT_EQ(house.sent(1).body, std::string(head) + R"(1"><Led number="6">On</Led></SnomIPPhoneSilent>)");
    house.messages.answer(1, 200, "OK");
    EXPECT_EQ(house.replies.at(0), "+OK 2 on DND 1000 example.com internal message dnd [notify]");
    const auto set = house.events.of<ButtonSet>().at(0);
    EXPECT_TRUE(set.confirmed);
    EXPECT_EQ(set.contacts.at(0).channel, Channel::notify);
    EXPECT_EQ(set.contacts.at(0).lost, "label, action");
    EXPECT_EQ(house.switchboard->keys("1000@example.com").at(0).contacts.at(0).channel, Channel::notify);
  }
}

TEST(KeyLed, TheRefusalIsRememberedUntilThePhoneRegistersAnew) {
  LedHouse house;
  house.bind("2");
  house.messages.answer(0, 415, "Unsupported Media Type");
  house.messages.answer(1, 200, "OK");
  house.bind("3", "pickup");
  ASSERT_EQ(house.messages.sent.size(), 3U);
  EXPECT_EQ(house.sent(2).body, std::string(head) + R"(2"><Led number="7">blinkfast</Led></SnomIPPhoneSilent>)");
  house.messages.answer(2, 200, "OK");
  house.switchboard->registered(house.directory.registrations.front());
  EXPECT_EQ(house.messages.sent.size(), 3U);
  auto restarted = house.directory.registrations.front();
  restarted.call_id = "b";
  house.directory.registrations.front() = restarted;
  house.switchboard->registered(restarted);
  ASSERT_EQ(house.messages.sent.size(), 4U);
  EXPECT_EQ(house.sent(3).content_type, "application/x-buttons");
  house.messages.answer(3, 415, "Unsupported Media Type");
  ASSERT_EQ(house.messages.sent.size(), 5U);
  EXPECT_EQ(house.sent(4).body,
            std::string(head) + R"(3"><Led number="6">On</Led><Led number="7">blinkfast</Led></SnomIPPhoneSilent>)");
  house.messages.answer(4, 200, "OK");
  const auto told = house.events.of<KeysSent>();
  EXPECT_TRUE(told.back().restore);
  EXPECT_EQ(told.back().channel, Channel::notify);
  EXPECT_EQ(told.back().keys, 2U);
}

TEST(KeyLed, ALightThatGoesOutGivesTheLedBack) {
  LedHouse house;
  house.bind("2");
  house.messages.answer(0, 415, "No");
  house.messages.answer(1, 200, "OK");
  house.run("snom_clear 1000@example.com 2");
  EXPECT_EQ(house.sent(2).body, std::string(head) + R"(2"><Led number="6">Off</Led></SnomIPPhoneSilent>)");
  house.messages.answer(2, 200, "OK");
  EXPECT_EQ(house.replies.at(1), "+OK 1000@example.com 2 [notify]");
  EXPECT_TRUE(house.switchboard->board().phones().empty());
}

TEST(KeyLed, AKeyWithoutALedIsRefusedAsItWas) {
  LedHouse house;
  house.bind("2");
  house.messages.answer(0, 415, "Unsupported Media Type");
  house.messages.answer(1, 200, "OK");
  house.bind("99");
  EXPECT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(house.replies.at(1), "-ERR key 99 of 1000@example.com not set: phone answered 415 Unsupported Media Type");
  ASSERT_EQ(house.switchboard->keys("1000@example.com").size(), 1U);
}

TEST(KeyLed, ModelsWhoseLedsNobodyKnowsAreRefusedAsEver) {
  for (const auto* agent : {"snomD815/10.1.226.13", "snomD385/10.1.81.0", "snom370/8.7.5.35", ""}) {
    LedHouse house(agent);
    house.bind("2");
    house.messages.answer(0, 415, "Unsupported Media Type");
    EXPECT_EQ(house.messages.sent.size(), 1U);
    EXPECT_EQ(house.replies.at(0), "-ERR key 2 of 1000@example.com not set: phone answered 415 Unsupported Media Type");
  }
}

TEST(KeyLed, APhoneThatRefusesTheLedTooIsNoSuccess) {
  LedHouse house;
  house.bind("2");
  house.messages.answer(0, 415, "Unsupported Media Type");
  house.messages.answer(1, 489, "Bad Event");
  EXPECT_EQ(house.replies.at(0),
            "-ERR key 2 of 1000@example.com not set: phone answered 489 Bad Event (to a LED; to x-buttons 415)");
  EXPECT_TRUE(house.switchboard->keys("1000@example.com").empty());
}

TEST(KeyLed, ASilentPhoneGetsTheLedAgain) {
  LedHouse house;
  house.bind("2");
  house.messages.answer(0, 415, "No");
  house.messages.answer(1, 0, "no answer within 5 s");
  EXPECT_EQ(house.replies.at(0), "-ERR key 2 of 1000@example.com not set: no answer within 5 s");
  house.clock.pass(seconds(2));
  ASSERT_EQ(house.messages.sent.size(), 3U);
  EXPECT_EQ(house.sent(2).event, "xml");
}

TEST(KeyLed, WhereTheOutcomeIsNotToldTheReplySaysSoAndNothingIsRepeated) {
  LedHouse house;
  house.bind("2");
  house.messages.answer(0, 415, "No");
  house.messages.answer(1, SipOutcome{0, "sent", true});
  EXPECT_EQ(house.replies.at(0), "+OK 2 on DND 1000 example.com internal message dnd [notify sent]");
  EXPECT_EQ(house.switchboard->keys("1000@example.com").at(0).state, KeySync::State::pending);
  house.clock.pass(seconds(3600));
  EXPECT_EQ(house.messages.sent.size(), 2U);
}

TEST(KeyLed, ConfiguredPhonesGetLedsAtOnceAndOtherKeysByButtons) {
  LedHouse house;
  house.switchboard->use({ChannelSettings({{"", "D862", {}, ChannelSettings::Keys::led}}), {}, {}});
  house.run("snom_button 1000@example.com 2 light=on color=green 99 light=on");
  ASSERT_EQ(house.messages.sent.size(), 1U);
  EXPECT_EQ(house.sent(0).body, std::string(head) + R"(1"><Led number="6" color="green">On</Led></SnomIPPhoneSilent>)");
  house.messages.answer(0, 200, "OK");
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(house.sent(1).body, "k=99\r\nc=on\r\n");
  EXPECT_EQ(house.sent(1).event, "");
  EXPECT_TRUE(house.replies.empty());
  house.messages.answer(1, 200, "OK");
  EXPECT_EQ(house.replies.at(0), "+OK 1000@example.com 2 light=on color=green 99 light=on [notify]");
}

}  // namespace
}  // namespace snom::control
