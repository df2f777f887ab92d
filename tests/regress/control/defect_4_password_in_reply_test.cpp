#include <gtest/gtest.h>

#include "control/fake_ports.h"

// The original repeated the password in its reply, on success and on failure.
namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

/// Everything that anybody may read: replies, events, lists of buttons.
std::string all_that_is_shown(const Fixture& fixture) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += part + "\n"; };
  const auto add_contacts = [&add](const std::vector<ContactOutcome>& contacts) {
    for (const auto& contact : contacts) {
      add(contact.contact);
      add(contact.reason);
    }
  };
  for (const auto& reply : fixture.replies) add(reply);
  for (const auto& done : fixture.events.of<CommandDone>()) {
    add(done.command);
    add(done.reply);
    add_contacts(done.contacts);
  }
  for (const auto& set : fixture.events.of<ButtonSet>()) {
    add(set.button.label);
    add(set.button.number);
    add_contacts(set.contacts);
  }
  for (const auto& pressed : fixture.events.of<Pressed>()) {
    add(pressed.action);
    add(pressed.output);
  }
  for (const auto& entry : fixture.command_service->keys("1000@example.com")) add(entry.button.number);
  return text;
}

#define EXPECT_NO_SECRET(fixture) \
  EXPECT_EQ(all_that_is_shown(fixture).find("secret"), std::string::npos) << all_that_is_shown(fixture)

TEST(Defect4PasswordInReply, SuccessAndFailureShowThreeArguments) {
  Fixture fixture;
  fixture.web.at_once = WebOutcome{200, ""};
  EXPECT_EQ(fixture.reply_to("snom_command */1000  key 'enter' admin secret"), "+OK */1000  key 'enter'");
  EXPECT_EQ(fixture.web.requests.at(0).username, "admin");
  EXPECT_EQ(fixture.web.requests.at(0).password, "secret");
  fixture.web.at_once = WebOutcome{401, ""};
  EXPECT_EQ(fixture.reply_to("snom_command */1000 key enter admin 'secret'"),
            "-ERR */1000 key enter [HTTP:401]: the phone refused the user name and password");
  fixture.web.at_once = WebOutcome{0, "connection refused"};
  EXPECT_EQ(fixture.reply_to("snom_command 192.0.2.7 key enter admin secret with blanks "),
            "-ERR 192.0.2.7 key enter [HTTP:0]: connection refused");
  EXPECT_EQ(fixture.reply_to("snom_command 1001 key enter admin secret"), "-ERR user '1001' not registered");
  EXPECT_EQ(fixture.events.of<CommandDone>().at(0).command, "snom_command */1000  key 'enter'");
  EXPECT_NO_SECRET(fixture);
}

TEST(Defect4PasswordInReply, OtherDelimiter) {
  Fixture fixture;
  fixture.web.at_once = WebOutcome{200, ""};
  EXPECT_EQ(fixture.reply_to("snom_command ^^;*/1000;key;enter;admin;secret"), "+OK ^^;*/1000;key;enter");
  EXPECT_NO_SECRET(fixture);
}

TEST(Defect4PasswordInReply, LinesThatCannotBeReadAreNotRepeated) {
  Fixture fixture;
  for (const auto* line :
       {"snom_command */1000 key enter secret", "snom_command */1000 admin secret key enter",
        "snom_command */1000 key enter '' secret", "snom_command */1000 key enter admin secret\\n",
        "snom_command */1000 action explode admin secret", "snom_command */1000 key ;; admin secret",
        "snom_command http://admin:secret@192.0.2.7 key enter", "snom_command admin:secret@192.0.2.7 key enter",
        "snom_command http://admin:secret key enter", "snom_comand */1000 key enter admin secret",
        "snom_bind_key 2 on 1000 example.com internal message api+snom_command */1000 key enter admin secret"}) {
    EXPECT_TRUE(fixture.reply_to(line).starts_with("-ERR ")) << line;
  }
  EXPECT_TRUE(fixture.web.requests.empty());
  EXPECT_NO_SECRET(fixture);
}

TEST(Defect4PasswordInReply, PasswordInTheActionOfAKey) {
  Fixture fixture;
  const std::string action = "api+snom_command 192.0.2.9 key enter admin secret";
  fixture.bind("snom_bind_key 2 on Gate 1000 example.com internal message " + action);
  EXPECT_EQ(fixture.replies.at(0),
            "+OK 2 on Gate 1000 example.com internal message api+snom_command 192.0.2.9 key enter");
  EXPECT_NO_SECRET(fixture);

  EXPECT_TRUE(fixture.press(action, "k=2\n"));
  EXPECT_EQ(fixture.web.requests.at(0).password, "secret");
  fixture.web.answer(0, 200);
  EXPECT_EQ(fixture.messages.sent.back().body, "+OK 192.0.2.9 key enter");
  EXPECT_FALSE(fixture.press("api+snom_command 192.0.2.9 key enter admin secret2"));
  EXPECT_NO_SECRET(fixture);
}

TEST(Defect4PasswordInReply, KeyThatBindsAKey) {
  Fixture fixture;
  const std::string action =
      "api+snom_bind_key 3 on Gate 1000 example.com internal message api+snom_command 192.0.2.9 key enter admin secret";
  fixture.bind("snom_bind_key 2 on More 1000 example.com internal message " + action);
  fixture.messages.at_once = SipOutcome{200, "OK"};
  EXPECT_TRUE(fixture.press(action));
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").size(), 2U);
  EXPECT_NO_SECRET(fixture);
}

}  // namespace
}  // namespace snom::control
