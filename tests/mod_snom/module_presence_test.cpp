#include "mod_snom/loaded_module.h"

/// Keys that phones subscribe to at mod_sofia, and that they call.
namespace snom::freeswitch::testing {
namespace {

class ModulePresence : public LoadedModule {
 protected:
  static Event probe(const std::string& to = "snom+1000-2@example.test", const std::string& expires = "3600",
                     const std::string& from = "1000@example.test", const std::string& proto = "snom") {
    return {SWITCH_EVENT_PRESENCE_PROBE,
            {},
            {{"proto", proto}, {"sip_profile", "internal"}, {"from", from}, {"to", to}, {"expires", expires}},
            std::nullopt};
  }
  /// The `count`th event PRESENCE_IN.
  Event presence(std::size_t count) {
    const auto event = host_.wait_for_type(SWITCH_EVENT_PRESENCE_IN, count);
    EXPECT_TRUE(event) << count;
    return event.value_or(Event{});
  }
  Host::Call call(const std::string& target, std::map<std::string, std::string> more = {}) {
    more.insert({{"sofia_profile_name", "internal"},
                 {"sip_from_user", "1000"},
                 {"sip_from_host", "example.test"},
                 {"sip_network_ip", "127.0.0.1"},
                 {"sip_auth_username", "1000"},
                 {"destination_number", target}});
    const auto called = host_.run_application("snom_press", "", std::move(more));
    EXPECT_TRUE(called);
    return called.value_or(Host::Call{});
  }
};

TEST_F(ModulePresence, AProbeIsAnsweredWithWhatTheKeyShows) {
  load();
  ASSERT_TRUE(bind("2 hold DND 1000 example.test internal").starts_with("+OK "));
  host_.fire(probe());
  const auto told = presence(1);
  EXPECT_EQ(told["proto"], "snom");
  EXPECT_EQ(told["from"], "1000-2@example.test");
  EXPECT_EQ(told["unique-id"], "1000-2");
  EXPECT_EQ(told["event_type"], "presence");
  EXPECT_EQ(told["alt_event_type"], "dialog");
  EXPECT_EQ(told["answer-state"], "confirmed");
  EXPECT_EQ(told["channel-state"], "CS_EXECUTE");
  EXPECT_EQ(told["status"], "hold");
  EXPECT_EQ(told["Presence-Privacy"], "true");
}

TEST_F(ModulePresence, ThenItsLightsGoThatWay) {
  load();
  host_.fire(probe());
  EXPECT_EQ(presence(1)["answer-state"], "terminated");
  EXPECT_EQ(presence(1)["channel-state"], "CS_HANGUP");
  ASSERT_TRUE(bind("2 pickup DND 1000 example.test internal").starts_with("+OK "));
  const auto told = presence(2);
  EXPECT_EQ(told["answer-state"], "early");
  EXPECT_EQ(told["presence-call-direction"], "outbound");
  const auto set = host_.wait_for("snom::button");
  ASSERT_TRUE(set);
  EXPECT_EQ((*set)["Contact-1-Channel"], "subscription");
  EXPECT_EQ((*set)["Contact-1-Lost"], "label");
  EXPECT_EQ((*set)["Confirmed"], "false") << "mod_sofia does not say how the phone answered";
}

TEST_F(ModulePresence, ACallersNameIsWrittenForXml) {
  load();
  host_.fire(probe());
  presence(1);
  const auto reply = host_.api("snom_button", "1000@example.test 2 light=pickup 'caller=<Ada & Bob>'");
  EXPECT_TRUE(reply.starts_with("+OK ")) << reply;
  const auto told = presence(2);
  EXPECT_EQ(told["Caller-Caller-ID-Name"], "&lt;Ada &amp; Bob&gt;");
  EXPECT_EQ(told["Presence-Privacy"], "");
}

TEST_F(ModulePresence, WhatIsNoPhonesOwnKeyIsNotAnswered) {
  load();
  host_.fire(probe("snom+1001-2@example.test"));
  host_.fire(probe("snom+1000@example.test"));
  host_.fire(probe("snom+1000-2"));
  host_.fire(probe("snom+1000-2@example.test", "3600", "1000@example.test", "park"));
  host_.fire(probe("snom+1000-3@example.test"));
  EXPECT_EQ(presence(1)["from"], "1000-3@example.test") << "the only one";
}

TEST_F(ModulePresence, AfterItsEndItsLightsGoAsEver) {
  load();
  host_.fire(probe());
  presence(1);
  host_.fire(probe("snom+1000-2@example.test", "0"));
  presence(2);
  ASSERT_TRUE(bind("2 on DND 1000 example.test internal").starts_with("+OK "));
  EXPECT_EQ(sofia_.wait_messages(1).size(), 1U);
}

TEST_F(ModulePresence, ACallToAKeyRunsWhatIsBoundToIt) {
  host_.commands["echo"] = [](const std::string& arguments) { return arguments; };
  load();
  ASSERT_TRUE(bind("2 on DND 1000 example.test internal message api+echo pressed").starts_with("+OK "));
  EXPECT_EQ(call("snom+1000-2").cause, SWITCH_CAUSE_ORIGINATOR_CANCEL);
  const auto press = host_.wait_for("snom::press");
  ASSERT_TRUE(press);
  EXPECT_EQ((*press)["Accepted"], "true");
  EXPECT_EQ((*press)["Key"], "2");
  EXPECT_EQ((*press)["Output"], "pressed");
}

TEST_F(ModulePresence, ACallToAKeyThatCallsIsSentOn) {
  load();
  ASSERT_TRUE(bind("2 on Bob 1000 example.test internal invite 1001").starts_with("+OK "));
  const auto called = call("snom+1000-2");
  EXPECT_EQ(called.redirected_to, "sip:1001@example.test");
  EXPECT_EQ(called.cause, SWITCH_CAUSE_NONE);
}

TEST_F(ModulePresence, WhoeverElseCallsPressesNothing) {
  host_.commands["echo"] = [](const std::string& arguments) { return arguments; };
  load();
  ASSERT_TRUE(bind("2 on DND 1000 example.test internal message api+echo pressed").starts_with("+OK "));
  EXPECT_EQ(call("snom+1000-5").cause, SWITCH_CAUSE_UNALLOCATED_NUMBER) << "nothing is bound";
  EXPECT_EQ(call("snom+1001-2").cause, SWITCH_CAUSE_OUTGOING_CALL_BARRED) << "another phone's key";
  EXPECT_EQ(call("1000").cause, SWITCH_CAUSE_OUTGOING_CALL_BARRED) << "no key";
  EXPECT_EQ(call("snom+1000-2", {{"sip_auth_username", "1001"}}).cause, SWITCH_CAUSE_OUTGOING_CALL_BARRED);
  EXPECT_EQ(call("snom+1000-2", {{"sip_network_ip", "127.0.0.9"}}).cause, SWITCH_CAUSE_OUTGOING_CALL_BARRED);
  EXPECT_EQ(call("snom+*-2", {{"sip_from_user", "*"}}).cause, SWITCH_CAUSE_OUTGOING_CALL_BARRED);
  for (std::size_t i = 1; i <= host_.fired("snom::press"); ++i) {
    EXPECT_EQ((*host_.wait_for("snom::press", i))["Accepted"], "false") << i;
  }
}

}  // namespace
}  // namespace snom::freeswitch::testing
