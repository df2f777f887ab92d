#include <gtest/gtest.h>

#include "control/fake_ports.h"

// An action whose command word was mistyped showed its password in replies, events and lists; so did a password in a
// contact's URI, and errors that repeat a value.
namespace snom::control::testing {
namespace {

std::string everything_shown(const Fixture& fixture) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += part + "\n"; };
  const auto add_contacts = [&add](const std::vector<ContactOutcome>& contacts) {
    for (const auto& contact : contacts) add(contact.contact + contact.reason);
  };
  for (const auto& reply : fixture.replies) add(reply);
  for (const auto& done : fixture.events.of<CommandDone>()) {
    add(done.command + done.reply);
    add_contacts(done.contacts);
  }
  for (const auto& set : fixture.events.of<ButtonSet>()) {
    add(set.button.number);
    add_contacts(set.contacts);
  }
  for (const auto& pressed : fixture.events.of<Pressed>()) add(pressed.action + pressed.why + pressed.output);
  for (const auto& key : fixture.command_service->keys("1000@example.com")) {
    add(key.button.number);
    for (const auto& contact : key.contacts) add(contact.contact + contact.reason);
  }
  return text;
}

class SecretsOfMistypedCommands : public ::testing::TestWithParam<const char*> {};

TEST_P(SecretsOfMistypedCommands, AreShownNowhere) {
  const std::string action = GetParam();
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message " + action);
  fixture.run("snom_button 1000@example.com 3 light=on action=message number='" + action + "'");
  fixture.run("snom_buttons 1000@example.com");
  fixture.messages.at_once = SipOutcome{404, "Not Found"};
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message " + action);
  EXPECT_TRUE(fixture.press(action));
  EXPECT_FALSE(fixture.press(action + " x"));
  fixture.run(action);
  fixture.run("snom_bind_key 2 '" + action + "' DND 1000 example.com internal");
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal '" + action + "'");
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message " + action + "\\n");
  fixture.run("snom_button 1000@example.com 2 '" + action + "=x'");
  fixture.run("snom_button 1000@example.com 2 'light=" + action + "'");
  fixture.run("snom_button 1000@example.com 2 'action=" + action + "'");
  fixture.run("snom_button 1000@example.com 2 'number=" + action + "\\n'");
  fixture.run("snom_button 1000@example.com '" + action + "=x'");
  for (const auto* command : {"key", "action", "dial", "dtmf", "transfer", "screen"}) {
    fixture.run(std::string("snom_command 1000 ") + command + " 'reboot " + action + "'");
    fixture.run(std::string("snom_command 1000 ") + command + " 'reboot\\t" + action + "'");
  }
  const auto shown = everything_shown(fixture);
  EXPECT_EQ(shown.find("geheim"), std::string::npos) << shown;
}

INSTANTIATE_TEST_SUITE_P(Actions, SecretsOfMistypedCommands,
                         ::testing::Values("api+SNOM_COMMAND 1001 key enter admin geheim",
                                           "API+snom_command 1001 key enter admin geheim",
                                           "api+snom_comand 1001 key enter admin geheim",
                                           "api+api+snom_command 1001 key enter admin geheim",
                                           "api+snom_command 1001 kee enter admin geheim",
                                           "api+snom_bind_key 2 on D 1000 h p message api+SNOM_COMMAND 1001 key enter "
                                           "admin geheim"));

TEST(SecretsOfMistypedCommandLines, OnlyTheFirstWordIsRepeated) {
  for (const auto* line :
       {"SNOM_COMMAND 1001 key enter admin geheim", "snom_command\t1001\tkey\tenter\tadmin\tgeheim",
        "snom_command\u00a01001\u00a0key\u00a0enter\u00a0admin\u00a0geheim", "snom_command,1001,key,enter,admin,geheim",
        "snom_command 1001 admin geheim", "snom_buttons 1000:geheim@example.com",
        "snom_clear 1000:geheim@example.com 2", "snom_button 1000:geheim@example.com 2 light=on",
        "snom_command 1000 dial sip:1001:geheim@example.com", "snom_command 1000 transfer sip:1001:geheim@example.com",
        "snom_command 1000 dial '4711\\tadmin\\tgeheim'", "snom_command 1000 action 'reboot\\tadmin\\tgeheim'",
        "snom_command 1000 key 'enter\\tadmin\\tgeheim'", "snom_command 1000 dtmf '1\\tadmin\\tgeheim'"}) {
    Fixture fixture;
    fixture.run(line);
    const auto shown = everything_shown(fixture);
    EXPECT_EQ(shown.find("geheim"), std::string::npos) << shown;
  }
}

/// Arguments that are shifted by one, so that an action stands where something else is expected.
TEST(SecretsInTheWrongPlace, AreNotRepeated) {
  const std::string action = "api+snom_command 1001 key enter admin geheim";
  for (const std::string line : {"snom_bind_key 'A' on DND 1000 example.com internal purple",
                                 "snom_bind_key 2 'A' DND 1000 example.com internal",
                                 "snom_bind_key 2 on DND 'A' example.com internal",
                                 "snom_bind_key 2 on DND 1000 'A' internal",
                                 "snom_bind_key 2 on DND 1000 example.com 'A'",
                                 "snom_bind_key 2 on DND nobody example.com 'A'",
                                 "snom_bind_key 2 on DND 1000 example.com internal 'A' 1",
                                 "snom_bind_key 2 on 'A\\n' 1000 example.com internal",
                                 "snom_button 'A' 2 light=on",
                                 "snom_button '@A' 2 light=on",
                                 "snom_button '@A@' 2 light=on",
                                 "snom_button '*A' 2 light=on",
                                 "snom_button 'A@example.com' 2 light=on",
                                 "snom_button '1000@A' 2 light=on",
                                 "snom_button 1000@example.com 'A'",
                                 "snom_button 1000@example.com 'A' light=purple",
                                 "snom_button 1000@example.com 'A\\n' light=on",
                                 "snom_button 1000@example.com 2 'label=A\\n'",
                                 "snom_button 1000@example.com 2 'caller=A\\n'",
                                 "snom_button 1000@example.com 2 'color=A'",
                                 "snom_button 1000@example.com 2 'A=A'",
                                 "snom_buttons 'A'",
                                 "snom_buttons '@A'",
                                 "snom_clear 'A'",
                                 "snom_clear '@A'",
                                 "snom_clear 1000@example.com 'A\\n'",
                                 "snom_command 'A' key enter",
                                 "snom_command '*/A' key enter",
                                 "snom_command '[A]' key enter",
                                 "snom_command 'http://A' key enter",
                                 "snom_command 1000 key enter,50,admin,geheim",
                                 "snom_command 1000 'A' enter"}) {
    auto typed = line;
    for (std::size_t at = 0; (at = typed.find('A', at)) != std::string::npos; at += action.size())
      typed.replace(at, 1, action);
    Fixture fixture;
    fixture.messages.at_once = SipOutcome{404, "Not Found"};
    fixture.run(typed);
    std::string shown;
    for (const auto& reply : fixture.replies) shown += reply + "\n";
    EXPECT_NE(shown, "") << typed;
    EXPECT_EQ(shown.find("geheim"), std::string::npos) << typed << "\n" << shown;
  }
}

TEST(SecretsInContacts, AreLeftOutOfRepliesEventsAndLists) {
  Fixture fixture;
  auto first = phone("1000");
  auto second = phone("1000", "192.0.2.8");
  first.contact = "sip:1000:geheim@192.0.2.7:5060";
  second.contact = "sip:1000:geheim@192.0.2.8:5060";
  first.user_agent = second.user_agent = "snomD862/10.1.226.13";
  fixture.directory.registrations = {first, second};
  fixture.messages.at_once = SipOutcome{404, "Not Found"};
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 example.com internal"),
            "-ERR key 2 of 1000@example.com not set: sip:1000@192.0.2.7:5060: answered 404 Not Found; "
            "sip:1000@192.0.2.8:5060: answered 404 Not Found");
  EXPECT_EQ(fixture.reply_to("snom_command 1000 dial 1"),
            "-ERR 1000 dial 1 [NOTIFY:404]: sip:1000@192.0.2.7:5060: the phone answered 404 Not Found; "
            "sip:1000@192.0.2.8:5060: the phone answered 404 Not Found");
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal");
  // What is sent goes to the contact as it is.
  EXPECT_EQ(fixture.messages.sent.back().to->contact, "sip:1000:geheim@192.0.2.8:5060");
  const auto shown = everything_shown(fixture);
  EXPECT_NE(shown.find("sip:1000@192.0.2.8:5060"), std::string::npos);
  EXPECT_EQ(shown.find("geheim"), std::string::npos) << shown;
}

}  // namespace
}  // namespace snom::control::testing
