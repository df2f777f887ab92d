#include "control/presses/press.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

using testing::Fixture;

TEST(OwnCommand, OnlyBehindTheApiPrefix) {
  EXPECT_EQ(own_command("api+snom_command 1000 key enter"), "snom_command 1000 key enter");
  EXPECT_EQ(own_command("api+"), "");
  EXPECT_EQ(own_command("api"), std::nullopt);
  EXPECT_EQ(own_command("9001"), std::nullopt);
  EXPECT_EQ(own_command("API+x"), std::nullopt);
}

TEST(KeyInBody, FirstLineThatNamesOne) {
  EXPECT_EQ(key_in_body("k=2"), "2");
  EXPECT_EQ(key_in_body("k=2\r\nc=on\r\n"), "2");
  EXPECT_EQ(key_in_body("x=1\nk=12\nk=3"), "12");
  EXPECT_EQ(key_in_body("kk=2\n"), "");
  EXPECT_EQ(key_in_body(""), "");
  EXPECT_EQ(key_in_body("\n\n"), "");
}

TEST(Press, BoundMessageActionIsAcceptedAndTold) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on DND 1000 example.com internal message open the door");
  EXPECT_TRUE(fixture.press("open the door", "k=2\r\n"));
  const auto events = fixture.events.of<Pressed>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].address_of_record, "1000@example.com");
  EXPECT_EQ(events[0].key, "2");
  EXPECT_EQ(events[0].action, "open the door");
  EXPECT_TRUE(events[0].accepted);
  EXPECT_EQ(events[0].why, "");
  EXPECT_EQ(events[0].output, "");
  EXPECT_EQ(fixture.messages.sent.size(), 1U);  // the binding; nothing goes back to the phone
}

TEST(Press, WhatWasNotBoundIsRefusedAndTold) {
  Fixture fixture;
  EXPECT_FALSE(fixture.press("open the door", "k=2\r\n"));
  const auto events = fixture.events.of<Pressed>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].address_of_record, "1000@example.com");
  EXPECT_EQ(events[0].key, "");
  EXPECT_EQ(events[0].action, "open the door");
  EXPECT_FALSE(events[0].accepted);
  EXPECT_EQ(events[0].why, "not bound to a key of this phone");
}

TEST(Press, KeyInTheBodyIsOnlyAPreference) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message x");
  fixture.bind("snom_bind_key 5 on A 1000 example.com internal message x");
  EXPECT_TRUE(fixture.press("x", "k=5\n"));
  EXPECT_TRUE(fixture.press("x", "k=9\n"));
  EXPECT_TRUE(fixture.press("x"));
  const auto events = fixture.events.of<Pressed>();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].key, "5");
  EXPECT_EQ(events[1].key, "2");
  EXPECT_EQ(events[2].key, "2");
}

TEST(Press, BoundNumberMayNameItsHost) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message door@gate.example.com");
  EXPECT_TRUE(fixture.press("door", "", "1000", "gate.example.com"));
  EXPECT_FALSE(fixture.press("door", "", "1000", "elsewhere.example.com"));
  EXPECT_EQ(fixture.events.of<Pressed>().at(0).action, "door@gate.example.com");
}

TEST(Press, ApiActionRunsOneOfOurCommandsAndItsReplyGoesToThePhone) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message api+snom_command 192.0.2.9 key enter");
  EXPECT_TRUE(fixture.press("api+snom_command 192.0.2.9 key enter", "k=2\n"));
  ASSERT_EQ(fixture.web.requests.size(), 1U);
  EXPECT_EQ(fixture.web.requests[0].url, "http://192.0.2.9/command.htm?key=enter");
  EXPECT_TRUE(fixture.events.of<Pressed>().empty());  // its output is not known yet
  fixture.web.answer(0, 200);

  const auto events = fixture.events.of<Pressed>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(events[0].accepted);
  EXPECT_EQ(events[0].output, "+OK 192.0.2.9 key enter");

  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  const auto& told = fixture.messages.sent[1];
  EXPECT_EQ(told.to->contact, "sip:1000@192.0.2.7:5060;line=abc");
  EXPECT_EQ(told.from_user, "snom");
  EXPECT_EQ(told.content_type, "text/plain;charset=utf-8");
  EXPECT_EQ(told.body, "+OK 192.0.2.9 key enter");
  fixture.messages.answer(1, 200, "OK");
}

TEST(Press, OutputGoesToAllContactsOfThePhoneOnly) {
  Fixture fixture;
  fixture.directory.registrations = {testing::phone("1000", "192.0.2.7"), testing::phone("1000", "192.0.2.8"),
                                     testing::phone("1001", "192.0.2.9"),
                                     testing::phone("1000", "192.0.2.10", "other.example.com")};
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message api+nothing");
  const auto bound = fixture.messages.sent.size();
  EXPECT_TRUE(fixture.press("api+nothing"));
  ASSERT_EQ(fixture.messages.sent.size(), bound + 2);
  EXPECT_EQ(fixture.messages.sent[bound].to->network_host, "192.0.2.7");
  EXPECT_EQ(fixture.messages.sent[bound + 1].to->network_host, "192.0.2.8");
}

TEST(Press, BoundApiCommandThatIsNotOursSaysSo) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message api+uuid_transfer 8f3 9001");
  EXPECT_TRUE(fixture.press("api+uuid_transfer 8f3 9001", "k=2\n"));
  EXPECT_EQ(fixture.events.of<Pressed>().at(0).output,
            "-ERR unknown command 'uuid_transfer' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, "
            "snom_clear)");
  EXPECT_EQ(fixture.messages.sent.back().body,
            "-ERR unknown command 'uuid_transfer' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, "
            "snom_clear)");
}

TEST(Press, ActionMayBindItsOwnKeyAnew) {
  Fixture fixture;
  const std::string action = "api+snom_bind_key 2 off DND 1000 example.com internal message notused";
  fixture.bind("snom_bind_key 2 on DND 1000 example.com internal message " + action);
  fixture.messages.at_once = SipOutcome{200, "OK"};
  EXPECT_TRUE(fixture.press(action, "k=2\n"));
  EXPECT_EQ(fixture.events.of<Pressed>().at(0).output, "+OK 2 off DND 1000 example.com internal message notused");
  const auto buttons = fixture.command_service->keys("1000@example.com");
  ASSERT_EQ(buttons.size(), 1U);
  EXPECT_EQ(buttons[0].button.light, language::Light::off);
  EXPECT_EQ(buttons[0].button.number, "notused");
  EXPECT_FALSE(fixture.press(action, "k=2\n"));  // the key has another action now
}

TEST(Press, PhoneThatLeftMeanwhileIsToldNothing) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message api+snom_command 192.0.2.9 key enter");
  EXPECT_TRUE(fixture.press("api+snom_command 192.0.2.9 key enter"));
  fixture.directory.registrations.clear();
  fixture.web.answer(0, 200);
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.events.of<Pressed>().size(), 1U);
}

TEST(Press, CommandServiceMayGoBeforeTheActionEnds) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message api+snom_command 192.0.2.9 key enter");
  EXPECT_TRUE(fixture.press("api+snom_command 192.0.2.9 key enter"));
  fixture.command_service.reset();
  fixture.web.answer(0, 200);
  EXPECT_TRUE(fixture.events.of<Pressed>().empty());
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
}

}  // namespace
}  // namespace snom::control
