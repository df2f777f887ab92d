#include <gtest/gtest.h>

#include "control/fake_ports.h"

/// Keys that phones subscribed to: their lights, and their presses by a call.
namespace snom::control {
namespace {

using std::chrono::seconds;
using testing::Fixture;

struct SubscribedFixture : Fixture {
  SubscribedFixture() { directory.registrations.front().call_id = "a"; }
  void subscribe(const std::string& key) {
    subscriptions.subscribed.insert({"1000@example.com", key});
    command_service->subscribed(directory.registrations.front(), key);
  }
  /// The phone, which shows these keys (1, or 1 and 2), starts anew, and they subscribe.
  void start_anew_with(const std::vector<std::string>& keys) {
    messages.at_once = SipOutcome{200, "OK"};
    run(keys.size() > 1 ? "snom_button 1000@example.com 1 light=on 2 light=hold"
                        : "snom_button 1000@example.com 1 light=on");
    messages.at_once.reset();
    messages.sent.clear();
    messages.waiting.clear();
    for (const auto& key : keys) subscriptions.subscribed.insert({"1000@example.com", key});
    directory.registrations.front().call_id = "b";
    command_service->registered(directory.registrations.front());
  }
  void use_subscriptions() {
    command_service->use({ChannelSettings({{"", "", {}, ChannelSettings::Keys::subscription}}), {}, {}});
  }
  [[nodiscard]] const OutgoingMessage& sent(std::size_t index) const { return messages.sent.at(index); }
  [[nodiscard]] KeySync::ContactState state() const {
    return command_service->keys("1000@example.com").at(0).contacts.at(0);
  }
};

constexpr const char* set_key = "snom_button 1000@example.com 2 light=pickup colour=red label=DND caller=Ada";

TEST(KeySubscription, AKeyThatSubscribedIsToldItsLightAndNothingElseIsSent) {
  SubscribedFixture fixture;
  fixture.subscribe("2");
  fixture.run(set_key);
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.sent(0).event, "dialog");
  EXPECT_EQ(fixture.sent(0).body, "2 pickup Ada\n");
  EXPECT_TRUE(fixture.replies.empty()) << "delivered is answered";
  fixture.messages.answer(0, 200, "OK");
  EXPECT_TRUE(fixture.replies.at(0).ends_with(" [subscription]")) << fixture.replies.at(0);
  const auto set = fixture.events.of<ButtonSet>().at(0);
  EXPECT_TRUE(set.confirmed);
  EXPECT_EQ(set.contacts.at(0).channel, Channel::subscription);
  EXPECT_EQ(set.contacts.at(0).lost, "colour, label");
  EXPECT_EQ(fixture.state().state, KeySync::State::confirmed);
  EXPECT_EQ(fixture.state().lost, "colour, label");
}

TEST(KeySubscription, OtherKeysOfThatPhoneGoAsEver) {
  SubscribedFixture fixture;
  fixture.subscribe("2");
  fixture.run("snom_button 1000@example.com 3 light=on");
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.sent(0).content_type, "application/x-buttons");
}

TEST(KeySubscription, AKeyThatSubscribesLaterIsBroughtThere) {
  SubscribedFixture fixture;
  fixture.run(set_key);
  fixture.messages.answer(0, 200, "OK");
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  fixture.subscribe("2");
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(fixture.sent(1).body, "2 pickup Ada\n");
  fixture.messages.answer(1, 200, "OK");
  EXPECT_EQ(fixture.state().channel, Channel::subscription);
}

TEST(KeySubscription, AKeyThatSubscribesWhileItIsSentOtherwiseIsNotRefusedByThatAnswer) {
  SubscribedFixture fixture;
  fixture.run(set_key);
  fixture.subscribe("2");
  ASSERT_EQ(fixture.messages.sent.size(), 1U) << "one is under way";
  fixture.messages.answer(0, 404, "No Such Key");
  EXPECT_TRUE(fixture.replies.empty()) << "it goes in another way";
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(fixture.sent(1).body, "2 pickup Ada\n");
  fixture.messages.answer(1, 200, "OK");
  EXPECT_TRUE(fixture.replies.at(0).ends_with(" [subscription]")) << fixture.replies.at(0);
  EXPECT_EQ(fixture.state().state, KeySync::State::confirmed);
}

TEST(KeySubscription, AListHasEachKeyBroughtAnew) {
  SubscribedFixture fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.run("snom_button 1000@example.com 1 light=on 2 light=hold");
  fixture.messages.sent.clear();
  for (const auto* key : {"1", "2"}) fixture.subscriptions.subscribed.insert({"1000@example.com", key});
  fixture.command_service->subscribed(fixture.directory.registrations.front(), "");
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.sent(0).body, "1 on\n2 hold\n");
  EXPECT_EQ(fixture.command_service->lights("1000@example.com").size(), 2U);
}

TEST(KeySubscription, WhereNothingElseIsWantedAKeyWaitsForItsSubscription) {
  SubscribedFixture fixture;
  fixture.use_subscriptions();
  fixture.run(set_key);
  EXPECT_TRUE(fixture.messages.sent.empty());
  EXPECT_EQ(fixture.replies.at(0),
            "-ERR key 2 of 1000@example.com not set: it has not subscribed to sip:snom+1000-2@example.com");
  EXPECT_EQ(fixture.state().state, KeySync::State::pending) << "it is wanted still";
  fixture.clock.pass(seconds(3600));
  EXPECT_TRUE(fixture.messages.sent.empty());
  fixture.subscribe("2");
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  fixture.messages.answer(0, 200, "OK");
  EXPECT_EQ(fixture.state().state, KeySync::State::confirmed);
}

TEST(KeySubscription, AfterRefusedButtonsASubscriptionSetsTheKeyRight) {
  SubscribedFixture fixture;
  fixture.run("snom_button 1000@example.com 2 light=on");
  // It subscribes while the document is under way, and then says that it takes none.
  fixture.subscribe("2");
  fixture.messages.answer(0, 415, "Unsupported Media Type");
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(fixture.sent(1).event, "dialog");
  fixture.messages.answer(1, 200, "OK");
  EXPECT_TRUE(fixture.replies.at(0).starts_with("+OK")) << fixture.replies.at(0);
}

TEST(KeySubscription, ASubscriptionThatEndedLeavesTheKeyWanted) {
  SubscribedFixture fixture;
  fixture.subscribe("2");
  fixture.run(set_key);
  fixture.subscriptions.subscribed.clear();
  fixture.messages.answer(0, 0, "it knows nothing of its subscription any more (481)");
  EXPECT_TRUE(fixture.replies.at(0).starts_with("-ERR")) << fixture.replies.at(0);
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").at(0).button.light, language::Light::pickup);
  fixture.clock.pass(seconds(3));
  ASSERT_EQ(fixture.messages.sent.size(), 2U) << "it goes by another channel";
  EXPECT_EQ(fixture.sent(1).content_type, "application/x-buttons");
}

TEST(KeySubscription, AKeyThatAskedToBeLeftInPeaceHoldsUpNoOther) {
  SubscribedFixture fixture;
  fixture.start_anew_with({"1", "2"});
  EXPECT_EQ(fixture.sent(0).body, "1 on\n2 hold\n");
  fixture.messages.answer(0, {503, "Service Unavailable", false, 60});
  ASSERT_EQ(fixture.messages.sent.size(), 2U) << "one by one, at once: which of them it is is not known";
  EXPECT_EQ(fixture.sent(1).body, "1 on\n");
  fixture.messages.answer(1, {503, "Service Unavailable", false, 60});
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(fixture.sent(2).body, "2 hold\n");
  fixture.messages.answer(2, 200, "OK");
  const auto keys = fixture.command_service->keys("1000@example.com");
  EXPECT_EQ(keys.at(0).contacts.at(0).state, KeySync::State::failed);
  EXPECT_EQ(keys.at(1).contacts.at(0).state, KeySync::State::confirmed);
  fixture.clock.pass(seconds(3));
  ASSERT_EQ(fixture.messages.sent.size(), 4U) << "it may be asked again later";
  EXPECT_EQ(fixture.sent(3).body, "1 on\n");
}

TEST(KeySubscription, ARefusalThatNamesATimeIsAskedAgainWhateverItsStatus) {
  SubscribedFixture fixture;
  fixture.start_anew_with({"1"});
  fixture.messages.answer(0, {404, "Not Found", false, 60});
  fixture.clock.pass(seconds(3));
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
}

TEST(KeySubscription, AKeyWithoutASubscriptionWaitsInTheCountsAsWell) {
  SubscribedFixture fixture;
  fixture.use_subscriptions();
  fixture.run(set_key);
  EXPECT_EQ(fixture.state().state, KeySync::State::pending);
  EXPECT_EQ(fixture.command_service->delivery().standing("1000@example.com").pending, 1U);
  EXPECT_EQ(fixture.command_service->delivery().standing("1000@example.com").failed, 0U);
}

TEST(KeySubscription, AllKeysOfAPhoneThatStartedAnewAreToldTogether) {
  SubscribedFixture fixture;
  fixture.start_anew_with({"1", "2"});
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.sent(0).body, "1 on\n2 hold\n");
}

TEST(KeySubscription, OfADarkKeyItIsToldWhetherAnythingIsWantedOfIt) {
  SubscribedFixture fixture;
  fixture.subscribe("2");
  fixture.run("snom_button 1000@example.com 2 light=off");
  fixture.messages.answer(0, 200, "OK");
  EXPECT_TRUE(fixture.subscriptions.cleared.empty());
  fixture.run("snom_clear 1000@example.com 2");
  EXPECT_EQ(fixture.subscriptions.cleared, (std::vector<std::string>{"2"}));
}

TEST(KeySubscription, TheLightOfAKeyIsWhatIsWantedOfIt) {
  SubscribedFixture fixture;
  EXPECT_EQ(fixture.command_service->light("1000@example.com", "2"), (KeyLight{"2"}));
  fixture.bind(set_key);
  EXPECT_EQ(fixture.command_service->light("1000@example.com", "2"),
            (KeyLight{"2", language::Light::pickup, "Ada", "DND"}));
  fixture.run("snom_clear 1000@example.com 2");
  EXPECT_EQ(fixture.command_service->light("1000@example.com", "2"), (KeyLight{"2"})) << "on its way to be dark";
}

TEST(KeySubscription, ACallToAKeyRunsWhatIsBoundToIt) {
  SubscribedFixture fixture;
  fixture.bind("snom_bind_key 2 on DND 1000 example.com internal message api+snom_button 1000@example.com 3 light=on");
  const auto& phone = fixture.directory.registrations.front();
  const auto press = fixture.command_service->press_key(phone, "2");
  EXPECT_TRUE(press.bound);
  EXPECT_EQ(press.number, "");
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_NE(fixture.sent(1).body.find("k=3"), std::string::npos);
  fixture.messages.answer(1, 200, "OK");
  const auto told = fixture.events.of<Pressed>().at(0);
  EXPECT_TRUE(told.accepted);
  EXPECT_EQ(told.key, "2");
  EXPECT_EQ(told.output, "+OK 1000@example.com 3 light=on");
}

TEST(KeySubscription, ACallToAKeyThatCallsIsSentOn) {
  SubscribedFixture fixture;
  fixture.bind("snom_button 1000@example.com 2 light=on number=1001");
  const auto press = fixture.command_service->press_key(fixture.directory.registrations.front(), "2");
  EXPECT_TRUE(press.bound);
  EXPECT_EQ(press.number, "1001");
  EXPECT_TRUE(fixture.events.of<Pressed>().at(0).accepted);
}

TEST(KeySubscription, ACallToAKeyWithoutAnActionIsRefused) {
  SubscribedFixture fixture;
  fixture.bind("snom_button 1000@example.com 2 light=on");
  for (const char* key : {"2", "3"}) {
    EXPECT_FALSE(fixture.command_service->press_key(fixture.directory.registrations.front(), key).bound);
  }
  const auto refused = fixture.events.of<Pressed>();
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_FALSE(refused[0].accepted);
  EXPECT_EQ(refused[0].why, "nothing is bound to it");
}

}  // namespace
}  // namespace snom::control
