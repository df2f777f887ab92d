#include "control/commands/button_commands.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

using testing::Fixture;

std::string refusal(std::string_view arguments) {
  const auto parsed = parse_set_buttons(arguments);
  return parsed ? "(taken)" : parsed.error();
}

TEST(SetButtons, KeysAndTheirPropertiesInOrder) {
  const auto command =
      parse_set_buttons("internal/1000@example.com 2 light=on color=red label='Do not disturb' EK3 number=");
  ASSERT_TRUE(command) << command.error();
  EXPECT_EQ(command->phone.profile, "internal");
  EXPECT_EQ(command->phone.user, "1000");
  EXPECT_EQ(command->phone.domain, "example.com");
  ASSERT_EQ(command->keys.size(), 2U);
  EXPECT_EQ(command->keys[0].key, "2");
  EXPECT_EQ(command->keys[0].light, language::Light::on);
  EXPECT_EQ(command->keys[0].colour, std::optional(language::Colour::red));
  EXPECT_EQ(command->keys[0].label, "Do not disturb");
  EXPECT_FALSE(command->keys[0].number);
  EXPECT_EQ(command->keys[1].key, "EK3");
  EXPECT_EQ(command->keys[1].number, "");
}

TEST(SetButtons, WrongOnesAreNamed) {
  const std::string usage =
      "usage: snom_button <user>@<host> <key> [light=] [color=] [label=] [number=] [action=] [caller=] [<key> ...]";
  EXPECT_EQ(refusal(""), usage);
  EXPECT_EQ(refusal("1000@example.com"), usage);
  EXPECT_EQ(refusal("1000@example.com light=on"), "expected a key in front of 'light'=; " + usage);
  EXPECT_EQ(refusal("*@example.com 2 light=on"), "'*@example.com' is not a phone (expected <user>@<host>)");
  EXPECT_EQ(refusal("1000@example.com 2"),
            "key 2: nothing to change (expected light=, color=, label=, number=, action= or caller=)");
  EXPECT_EQ(refusal("1000@example.com 2 lamp=on"),
            "key 2: 'lamp' is not a property of a key (expected light, color, label, number, action, caller)");
  EXPECT_TRUE(refusal("1000@example.com 2 light=purple").starts_with("key 2: light: 'purple' is not a light"));
  EXPECT_TRUE(refusal("1000@example.com 2 light=").starts_with("key 2: light: "));
  EXPECT_TRUE(refusal("1000@example.com 2 color=blue").starts_with("key 2: "));
  EXPECT_TRUE(refusal("1000@example.com 2 action=call").starts_with("key 2: "));
  EXPECT_TRUE(refusal("1000@example.com 2 label=a\\nb").starts_with("key 2: label: "));
  EXPECT_TRUE(refusal("1000@example.com '' light=on").starts_with("key: "));
}

TEST(SetButtons, PasswordInANumberIsNotShown) {
  const auto command =
      parse_set_buttons("1000@example.com 2 label=A number='api+snom_command 1001 key enter admin secret' 3 light=on");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->shown, "1000@example.com 2 label=A number='api+snom_command 1001 key enter' 3 light=on");
  EXPECT_EQ(command->keys[0].number, "api+snom_command 1001 key enter admin secret");
}

TEST(ClearButtons, OneKeyOrAll) {
  EXPECT_EQ(parse_clear_buttons("1000@example.com 2")->key, "2");
  EXPECT_EQ(parse_clear_buttons("1000@example.com all")->key, "");
  EXPECT_EQ(parse_clear_buttons("1000@example.com")->key, "");
  EXPECT_EQ(parse_clear_buttons("").error(), "usage: snom_clear <user>@<host> [<key>|all]");
  EXPECT_EQ(parse_clear_buttons("1000@example.com 2 3").error(), "usage: snom_clear <user>@<host> [<key>|all]");
}

TEST(WriteButtonArguments, IsWhatSnomButtonReads) {
  language::Button button;
  button.key = "2";
  button.light = language::Light::pickup;
  button.colour = language::Colour::orange;
  button.label = "it's me";
  button.number = "api+uuid_transfer 8f3 9001";
  button.action = language::Action::message;
  button.caller = "123";
  const auto text = write_button_arguments(button);
  EXPECT_EQ(
      text,
      "2 light=pickup color=orange label='it\\'s me' number='api+uuid_transfer 8f3 9001' action=message caller=123");
  const auto read = parse_set_buttons("1000@example.com " + text);
  ASSERT_TRUE(read) << read.error();
  language::Button again;
  again.key = "2";
  read->keys.at(0).apply(again);
  EXPECT_EQ(again, button);
}

TEST(SnomButton, ChangesOnePropertyAndKeepsTheOthers) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on 'Do not disturb' 1000 example.com internal message x");
  fixture.run("snom_button 1000@example.com 2 light=off color=red");
  EXPECT_EQ(fixture.messages.sent.at(1).body, "k=2\r\nc=off\r\no=red\r\nl=Do not disturb\r\nn=x\r\na=message\r\n");
  fixture.messages.answer(1, 200, "OK");
  EXPECT_EQ(fixture.replies.back(), "+OK 1000@example.com 2 light=off color=red");
  fixture.run("snom_button 1000 2 color= label=");
  EXPECT_EQ(fixture.messages.sent.at(2).body, "k=2\r\nc=off\r\nn=x\r\na=message\r\n");
}

TEST(SnomButton, SeveralKeysGoInOneDocument) {
  Fixture fixture;
  fixture.run("snom_button 1000@example.com 1 light=on 2 light=off label=B 1 label=A");
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.messages.sent[0].body, "k=1\r\nc=on\r\nl=A\r\n\r\nk=2\r\nc=off\r\nl=B\r\n");
  fixture.messages.answer(0, 415, "Unsupported Media Type");
  ASSERT_EQ(fixture.replies.size(), 1U);
  EXPECT_EQ(fixture.replies[0],
            "-ERR keys 1, 2 of 1000@example.com not set: phone answered 415 Unsupported Media Type");
  EXPECT_EQ(fixture.events.of<ButtonSet>().size(), 2U);
  EXPECT_TRUE(fixture.command_service->keys("1000@example.com").empty());
}

TEST(SnomButton, PhoneThatIsAwayGetsItsKeysWhenItRegisters) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_button 1009@example.com 2 light=on"),
            "+OK 1009@example.com 2 light=on: pending, 1009@example.com is not registered");
  EXPECT_TRUE(fixture.messages.sent.empty());
  fixture.directory.registrations.push_back(testing::phone("1009"));
  fixture.command_service->registered(testing::phone("1009"));
  EXPECT_EQ(fixture.messages.sent.at(0).body, "k=2\r\nc=on\r\n");
}

TEST(SnomButton, UnknownUser) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_button 1O00@example.com 2 light=on"),
            "-ERR user '1O00@example.com' not registered, and there is no one account of that name");
  EXPECT_EQ(fixture.reply_to("snom_button nowhere/1000 2 light=on"),
            "-ERR unknown profile 'nowhere' (profiles: internal, external)");
}

TEST(SnomButton, FullDiskIsAnErrorAndTheOldStateStands) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal");
  fixture.store.fail_all("disk full (keys.db)");
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on B 1000 example.com internal"),
            "-ERR key 2 of 1000@example.com not set: disk full (keys.db)");
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").at(0).button.label, "A");
}

TEST(SnomButton, AGroupStandsForEachOfItsMembers) {
  Fixture fixture;
  fixture.directory.registrations = {testing::phone("1000"), testing::phone("1001")};
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.command_service->use_groups({{"sales", {"1000", "1001@example.com", "4711"}}, {"all", {}}});
  EXPECT_EQ(fixture.reply_to("snom_button @sales 2 light=on label='a b'"),
            "+OK 1000 2 light=on label='a b'\n+OK 1001@example.com 2 light=on label='a b'\n"
            "-ERR user '4711' not registered, and there is no one account of that name");
  EXPECT_EQ(fixture.events.of<CommandDone>().back().command, "snom_button 1001@example.com 2 light=on label='a b'");
  EXPECT_EQ(fixture.reply_to("snom_clear @sales 2").substr(0, 33), "+OK 1000 2\n+OK 1001@example.com 2");
  EXPECT_EQ(fixture.reply_to("snom_button @all 2 light=on"), "-ERR there is no group 'all'");
  EXPECT_EQ(fixture.reply_to("snom_button @a@b 2 light=on"), "-ERR '@a@b' is not a group (expected @<group>)");
  EXPECT_EQ(fixture.reply_to("snom_button @ 2 light=on"), "-ERR '@' is not a phone (expected <user>@<host>)");
}

TEST(SnomButton, AGroupsReplyHasALimitThatIsAskedBeforeAnythingIsRun) {
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  std::vector<std::string> members;
  for (int i = 0; i < 100; ++i) {
    members.push_back(std::to_string(1000 + i));
    fixture.directory.registrations.push_back(testing::phone(members.back()));
  }
  fixture.command_service->use_groups({{"sales", members}});
  constexpr auto each = CommandService::most_group_reply / 100;
  const auto line = [](std::size_t bytes) {
    const std::string phone = "@sales";
    const std::string key = "2 light=on";
    return "snom_button " + phone + std::string(bytes - phone.size() - key.size(), ' ') + key;
  };
  EXPECT_EQ(fixture.reply_to(line(each + 1)),
            "-ERR 41944 bytes of arguments for each of 100 phones are too much: expected 4194304 bytes together at "
            "most, so ask less at once, or fewer phones");
  EXPECT_TRUE(fixture.messages.sent.empty());
  EXPECT_TRUE(fixture.command_service->keys("1000@example.com").empty());
  EXPECT_EQ(fixture.events.of<CommandDone>().back().command, "snom_button @sales");
  EXPECT_TRUE(fixture.reply_to(line(each)).starts_with("+OK 1000  "));
  EXPECT_FALSE(fixture.command_service->keys("1099@example.com").empty());
}

TEST(SnomButton, AConditionIsAskedWithAllChangesBeforeIt) {
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.run("snom_button 1000@example.com 2 label=old");
  fixture.store.hold_answers();
  fixture.run("snom_button 1000@example.com 2 label=first");
  std::string seen;
  std::string reply;
  const auto with = [&](bool answer) {
    return CommandContext{.by = "test", .precondition = [&seen, answer](const WantedKeys::View& now) {
                            seen = now.find("2")->button.label;
                            return answer;
                          }};
  };
  const auto told = [&reply](std::string text) { reply = std::move(text); };
  fixture.command_service->run("snom_button 1000@example.com 2 label=second", with(false), told);
  fixture.store.release();
  fixture.clock.run_posted();
  EXPECT_EQ(seen, "first");
  EXPECT_EQ(reply, "-ERR 1000@example.com was changed meanwhile: nothing is set");
  EXPECT_EQ(fixture.command_service->wanted_keys().wanted("1000@example.com", "2")->button.label, "first");
  fixture.command_service->run("snom_button 1000@example.com 2 label=second", with(true), told);
  EXPECT_EQ(reply, "+OK 1000@example.com 2 label=second");
}

TEST(SnomButton, WhatThePhoneSaidIsToldBeforeTheReply) {
  Fixture fixture;
  fixture.directory.away = {"1001"};
  std::vector<std::string> told;
  const auto run = [&](const std::string& line, std::optional<SipOutcome> outcome) {
    told.clear();
    fixture.messages.at_once = std::move(outcome);
    CommandContext context;
    context.delivered = [&told](Delivery said) {
      told.emplace_back(said == Delivery::confirmed    ? "confirmed"
                        : said == Delivery::sent       ? "sent"
                        : said == Delivery::refused    ? "refused"
                        : said == Delivery::unanswered ? "unanswered"
                                                       : "?");
    };
    fixture.command_service->run(line, context,
                                 [&told](const std::string& reply) { told.push_back(reply.substr(0, 3)); });
    return told;
  };
  using Told = std::vector<std::string>;
  EXPECT_EQ(run("snom_button 1000@example.com 2 light=on", SipOutcome{200, "OK"}), (Told{"confirmed", "+OK"}));
  EXPECT_EQ(run("snom_button 1000@example.com 2 light=off", SipOutcome{0, "sent", true}), (Told{"sent", "+OK"}));
  EXPECT_EQ(run("snom_bind_key 3 on A 1000 example.com internal", SipOutcome{403, "No"}), (Told{"refused", "-ER"}));
  EXPECT_EQ(run("snom_clear 1000@example.com 2", SipOutcome{0, "silent"}), (Told{"unanswered", "-ER"}));
  EXPECT_EQ(run("snom_button 1001@example.com 2 light=on", {}), Told{"+OK"}) << "nobody was asked";
  fixture.store.fail_all("away");
  EXPECT_EQ(run("snom_button 1001@example.com 2 light=off", {}), Told{"-ER"}) << "nothing was set";
}

TEST(SnomClear, DarkensAndForgets) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message x");
  fixture.bind("snom_bind_key 3 on B 1000 example.com internal");
  fixture.run("snom_clear 1000@example.com 2");
  EXPECT_EQ(fixture.messages.sent.at(2).body, "k=2\r\nc=off\r\n");
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").size(), 1U);
  EXPECT_TRUE(fixture.press("x"));  // the phone may still show it
  fixture.messages.answer(2, 200, "OK");
  EXPECT_EQ(fixture.replies.back(), "+OK 1000@example.com 2");
  EXPECT_FALSE(fixture.press("x"));
  fixture.messages.at_once = SipOutcome{200, "OK"};
  EXPECT_EQ(fixture.reply_to("snom_clear 1000@example.com all"), "+OK 1000@example.com all");
  EXPECT_EQ(fixture.messages.sent.back().body, "k=3\r\nc=off\r\n");
  EXPECT_TRUE(fixture.kept.load()->empty());
  EXPECT_EQ(fixture.reply_to("snom_clear 1000@example.com"), "+OK 1000@example.com");
}

TEST(SnomClear, AKeyMayBeNamedAsAllAre) {
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.reply_to("snom_button 1000@example.com all light=on 2 light=on");
  const auto cleared = clear_buttons("1000@example.com", "all");
  ASSERT_TRUE(cleared);
  std::string reply;
  fixture.command_service->run({std::string(clear_name), Command(*cleared)}, {},
                               [&reply](std::string text) { reply = std::move(text); });
  EXPECT_EQ(reply, "+OK 1000@example.com all");
  ASSERT_EQ(fixture.command_service->keys("1000@example.com").size(), 1U);
  EXPECT_EQ(fixture.command_service->keys("1000@example.com")[0].button.key, "2");
  EXPECT_TRUE(clear_buttons("1000@example.com", "")->key.empty());
  EXPECT_EQ(clear_buttons("1000@example.com", " ").error(), parse_clear_buttons("1000@example.com ' '").error());
  EXPECT_FALSE(clear_buttons("*@example.com", "2"));
  EXPECT_FALSE(clear_buttons("@sales", "2")) << "it is a group";
}

TEST(SnomClear, PhoneThatIsAwayIsDarkenedWhenItComesBack) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal");
  fixture.directory.registrations.clear();
  fixture.directory.away = {"1000"};
  fixture.command_service->unregistered(testing::phone("1000"));
  EXPECT_EQ(fixture.reply_to("snom_clear 1000@example.com"),
            "+OK 1000@example.com: pending, 1000@example.com is not registered");
  EXPECT_TRUE(fixture.command_service->keys("1000@example.com").empty());
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.directory.registrations = {testing::phone("1000")};
  fixture.command_service->registered(testing::phone("1000"));
  EXPECT_EQ(fixture.messages.sent.back().body, "k=2\r\nc=off\r\n");
  EXPECT_TRUE(fixture.kept.load()->empty());
}

TEST(SnomButtons, ListsWhatIsWantedInTheWordsOfSnomButton) {
  Fixture fixture;
  fixture.bind(
      "snom_bind_key 10 on 'Do not disturb' 1000 example.com internal message api+snom_command 1 key 1 u secret");
  fixture.command_service->run("snom_button 1000@example.com 2 light=off", {.by = "http"}, [](const std::string&) {});
  EXPECT_EQ(fixture.reply_to("snom_buttons 1000@example.com"),
            "+OK 2 keys of 1000@example.com\n"
            "2 light=off state=pending set=1970-01-01T00:16:40Z by=http\n"
            "10 light=on label='Do not disturb' number='api+snom_command 1 key 1' action=message state=confirmed "
            "set=1970-01-01T00:16:40Z");
  EXPECT_EQ(fixture.reply_to("snom_buttons 1009@example.com"), "+OK 0 keys of 1009@example.com (not registered)");
  EXPECT_EQ(fixture.reply_to("snom_buttons"), "-ERR usage: snom_buttons <user>@<host>");
  EXPECT_EQ(fixture.events.of<CommandDone>().back().reply, "-ERR usage: snom_buttons <user>@<host>");
}

}  // namespace
}  // namespace snom::control
