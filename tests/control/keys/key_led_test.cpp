#include <gtest/gtest.h>

#include "control/fake_ports.h"

/// Keys of phones that do not know x-buttons: their lights go as LEDs of Snom XML.
namespace snom::control {
namespace {

using std::chrono::seconds;
using testing::Fixture;
using testing::phone;

struct LedFixture : Fixture {
  explicit LedFixture(const std::string& user_agent = "snomD862/10.1.226.13") {
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
    LedFixture fixture;
    fixture.bind("2");
    fixture.messages.answer(0, status, "No");
    ASSERT_EQ(fixture.messages.sent.size(), 2U);
    EXPECT_TRUE(fixture.replies.empty());
    EXPECT_EQ(fixture.sent(1).event, "xml");
    EXPECT_EQ(fixture.sent(1).content_type, "application/snomxml");
    EXPECT_EQ(fixture.sent(1).body, std::string(head) + R"(1"><Led number="6">On</Led></SnomIPPhoneSilent>)");
    fixture.messages.answer(1, 200, "OK");
    EXPECT_EQ(fixture.replies.at(0), "+OK 2 on DND 1000 example.com internal message dnd [notify]");
    const auto set = fixture.events.of<ButtonSet>().at(0);
    EXPECT_TRUE(set.confirmed);
    EXPECT_EQ(set.contacts.at(0).channel, Channel::notify);
    EXPECT_EQ(set.contacts.at(0).lost, "label, action");
    EXPECT_EQ(fixture.command_service->keys("1000@example.com").at(0).contacts.at(0).channel, Channel::notify);
  }
}

TEST(KeyLed, TheRefusalIsRememberedUntilThePhoneRegistersAnew) {
  LedFixture fixture;
  fixture.bind("2");
  fixture.messages.answer(0, 415, "Unsupported Media Type");
  fixture.messages.answer(1, 200, "OK");
  fixture.bind("3", "pickup");
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(fixture.sent(2).body, std::string(head) + R"(2"><Led number="7">blinkfast</Led></SnomIPPhoneSilent>)");
  fixture.messages.answer(2, 200, "OK");
  fixture.command_service->registered(fixture.directory.registrations.front());
  EXPECT_EQ(fixture.messages.sent.size(), 3U);
  auto restarted = fixture.directory.registrations.front();
  restarted.call_id = "b";
  fixture.directory.registrations.front() = restarted;
  fixture.command_service->registered(restarted);
  ASSERT_EQ(fixture.messages.sent.size(), 4U);
  EXPECT_EQ(fixture.sent(3).content_type, "application/x-buttons");
  fixture.messages.answer(3, 415, "Unsupported Media Type");
  ASSERT_EQ(fixture.messages.sent.size(), 5U);
  EXPECT_EQ(fixture.sent(4).body,
            std::string(head) + R"(3"><Led number="6">On</Led><Led number="7">blinkfast</Led></SnomIPPhoneSilent>)");
  fixture.messages.answer(4, 200, "OK");
  const auto told = fixture.events.of<KeysSent>();
  EXPECT_TRUE(told.back().restore);
  EXPECT_EQ(told.back().channel, Channel::notify);
  EXPECT_EQ(told.back().keys, 2U);
}

TEST(KeyLed, ALightThatGoesOutGivesTheLedBack) {
  LedFixture fixture;
  fixture.bind("2");
  fixture.messages.answer(0, 415, "No");
  fixture.messages.answer(1, 200, "OK");
  fixture.run("snom_clear 1000@example.com 2");
  EXPECT_EQ(fixture.sent(2).body, std::string(head) + R"(2"><Led number="6">Off</Led></SnomIPPhoneSilent>)");
  fixture.messages.answer(2, 200, "OK");
  EXPECT_EQ(fixture.replies.at(1), "+OK 1000@example.com 2 [notify]");
  EXPECT_TRUE(fixture.command_service->wanted_keys().phones().empty());
}

TEST(KeyLed, AKeyWithoutALedIsRefusedAsItWas) {
  LedFixture fixture;
  fixture.bind("2");
  fixture.messages.answer(0, 415, "Unsupported Media Type");
  fixture.messages.answer(1, 200, "OK");
  fixture.bind("99");
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(fixture.replies.at(1),
            "-ERR key 99 of 1000@example.com not set: phone answered 415 Unsupported Media Type");
  ASSERT_EQ(fixture.command_service->keys("1000@example.com").size(), 1U);
}

TEST(KeyLed, ModelsWhoseLedsNobodyKnowsAreRefusedAsEver) {
  for (const auto* agent : {"snomD815/10.1.226.13", "snomD385/10.1.81.0", "snom370/8.7.5.35", ""}) {
    LedFixture fixture(agent);
    fixture.bind("2");
    fixture.messages.answer(0, 415, "Unsupported Media Type");
    EXPECT_EQ(fixture.messages.sent.size(), 1U);
    EXPECT_EQ(fixture.replies.at(0),
              "-ERR key 2 of 1000@example.com not set: phone answered 415 Unsupported Media Type");
  }
}

TEST(KeyLed, APhoneThatRefusesTheLedTooIsNoSuccess) {
  LedFixture fixture;
  fixture.bind("2");
  fixture.messages.answer(0, 415, "Unsupported Media Type");
  fixture.messages.answer(1, 489, "Bad Event");
  EXPECT_EQ(fixture.replies.at(0),
            "-ERR key 2 of 1000@example.com not set: phone answered 489 Bad Event (to a LED; to x-buttons 415)");
  EXPECT_TRUE(fixture.command_service->keys("1000@example.com").empty());
}

TEST(KeyLed, ASilentPhoneGetsTheLedAgain) {
  LedFixture fixture;
  fixture.bind("2");
  fixture.messages.answer(0, 415, "No");
  fixture.messages.answer(1, 0, "no answer within 5 s");
  EXPECT_EQ(fixture.replies.at(0), "-ERR key 2 of 1000@example.com not set: no answer within 5 s");
  fixture.clock.pass(seconds(2));
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(fixture.sent(2).event, "xml");
}

TEST(KeyLed, WhereTheOutcomeIsNotToldTheReplySaysSoAndNothingIsRepeated) {
  LedFixture fixture;
  fixture.bind("2");
  fixture.messages.answer(0, 415, "No");
  fixture.messages.answer(1, SipOutcome{0, "sent", true});
  EXPECT_EQ(fixture.replies.at(0), "+OK 2 on DND 1000 example.com internal message dnd [notify sent]");
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").at(0).state, KeySync::State::pending);
  fixture.clock.pass(seconds(3600));
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
}

TEST(KeyLed, ConfiguredPhonesGetLedsAtOnceAndOtherKeysByButtons) {
  LedFixture fixture;
  fixture.command_service->use({ChannelSettings({{"", "D862", {}, ChannelSettings::Keys::led}}), {}, {}});
  fixture.run("snom_button 1000@example.com 2 light=on color=green 99 light=on");
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.sent(0).body,
            std::string(head) + R"(1"><Led number="6" color="green">On</Led></SnomIPPhoneSilent>)");
  fixture.messages.answer(0, 200, "OK");
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(fixture.sent(1).body, "k=99\r\nc=on\r\n");
  EXPECT_EQ(fixture.sent(1).event, "");
  EXPECT_TRUE(fixture.replies.empty());
  fixture.messages.answer(1, 200, "OK");
  EXPECT_EQ(fixture.replies.at(0), "+OK 1000@example.com 2 light=on color=green 99 light=on [notify]");
}

}  // namespace
}  // namespace snom::control
