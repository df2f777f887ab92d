#include "control/switchboard.h"

#include <gtest/gtest.h>

#include <memory>

#include "control/fake_world.h"

namespace snom::control {
namespace {

using testing::House;
using testing::phone;

constexpr auto bind_line = "snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001";

TEST(Switchboard, UnknownCommandIsNamedAndTheRestIsNot) {
  House house;
  EXPECT_EQ(
      house.reply_to("status all of it"),
      "-ERR unknown command 'status' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, snom_clear)");
  const auto events = house.events.of<CommandDone>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].command, "status");
  EXPECT_EQ(
      events[0].reply,
      "-ERR unknown command 'status' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, snom_clear)");
  EXPECT_TRUE(events[0].contacts.empty());
}

TEST(Switchboard, ReplyIsOneLineWhateverWasTyped) {
  House house;
  EXPECT_EQ(house.reply_to("a\n+OK"),
            "-ERR unknown command 'a' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, snom_clear)");
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on D 1000\\n+OK example.com internal"),
            "-ERR user '1000\\n+OK@example.com' not registered on profile 'internal'");
}

TEST(Switchboard, RepliesNeverInsideTheCallButAfterIt) {
  House house;
  house.messages.at_once = SipOutcome{200, "OK"};
  house.web.at_once = WebOutcome{200, {}};
  for (const auto* line :
       {"nonsense", "snom_bind_key", "snom_bind_key 2 on DND 1009 example.com internal", bind_line,
        "snom_button 1000@example.com 2 light=off", "snom_button 1009@example.com 2 light=on",
        "snom_buttons 1000@example.com", "snom_buttons 1008@example.com", "snom_clear 1000@example.com 2",
        "snom_clear 1000@example.com", "snom_command 1000 dnd", "snom_command 1009 dnd", "snom_command 1009,1008 dnd",
        "snom_command 192.0.2.7 message x", "snom_command 1000 screen a.png"}) {
    house.replies.clear();
    (*house.switchboard).run(line, {}, [&house](std::string reply) { house.replies.push_back(std::move(reply)); });
    EXPECT_TRUE(house.replies.empty()) << line;
    house.clock.run_posted();
    EXPECT_EQ(house.replies.size(), 1U) << line;
  }
}

// --- snom_bind_key

TEST(SwitchboardBindKey, SendsTheButtonsDocumentAndAnswersOnceItIsTaken) {
  House house;
  house.run(bind_line);
  ASSERT_EQ(house.messages.sent.size(), 1U);
  EXPECT_EQ(house.messages.sent[0].to->contact, "sip:1000@192.0.2.7:5060;line=abc");
  EXPECT_EQ(house.messages.sent[0].from_user, "");
  EXPECT_EQ(house.messages.sent[0].content_type, "application/x-buttons");
  EXPECT_EQ(house.messages.sent[0].body, "k=2\r\nc=on\r\nl=DND\r\nn=api+uuid_transfer 8f3 9001\r\na=message\r\n");
  EXPECT_TRUE(house.replies.empty());

  house.messages.answer(0, 200, "OK");
  ASSERT_EQ(house.replies.size(), 1U);
  EXPECT_EQ(house.replies[0], "+OK 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
}

TEST(SwitchboardBindKey, TellsWhatHappened) {
  House house;
  house.run(bind_line);
  house.messages.answer(0, 200, "OK");
  ASSERT_EQ(house.events.published.size(), 2U);
  const auto* set = std::get_if<ButtonSet>(&house.events.published[0]);
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(set->address_of_record, "1000@example.com");
  EXPECT_EQ(set->button.key, "2");
  EXPECT_EQ(set->button.label, "DND");
  EXPECT_EQ(set->button.number, "api+uuid_transfer 8f3 9001");
  EXPECT_TRUE(set->confirmed);
  ASSERT_EQ(set->contacts.size(), 1U);
  EXPECT_EQ(set->contacts[0].contact, "sip:1000@192.0.2.7:5060;line=abc");
  EXPECT_EQ(set->contacts[0].status, 200);
  EXPECT_EQ(set->contacts[0].reason, "OK");
  const auto* done = std::get_if<CommandDone>(&house.events.published[1]);
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(done->command, bind_line);
  EXPECT_EQ(done->reply, house.replies.at(0));
  EXPECT_EQ(done->contacts.size(), 1U);
}

TEST(SwitchboardBindKey, BlanksAndLineEndsAroundTheLineAreNotRepeated) {
  House house;
  house.messages.at_once = SipOutcome{200, "OK"};
  EXPECT_EQ(house.reply_to("  snom_bind_key  2  on '' 1000 example.com internal \r\n"),
            "+OK 2  on '' 1000 example.com internal");
  EXPECT_EQ(house.messages.sent.at(0).body, "k=2\r\nc=on\r\n");
}

TEST(SwitchboardBindKey, AnswerBeforeSendReturns) {
  House house;
  house.messages.at_once = SipOutcome{486, "Busy Here"};
  EXPECT_EQ(house.reply_to(bind_line), "-ERR key 2 of 1000@example.com not set: phone answered 486 Busy Here");
  EXPECT_EQ(house.replies.size(), 1U);
  EXPECT_EQ(house.events.of<CommandDone>().size(), 1U);
}

TEST(SwitchboardBindKey, SecondAnswerOfAContactIsPassedOver) {
  House house;
  house.directory.registrations.push_back(phone("1000", "192.0.2.8"));
  house.run(bind_line);
  house.messages.answer(0, 404, "Not Found");
  house.messages.answer(0, 200, "OK");
  EXPECT_TRUE(house.replies.empty());
  house.messages.answer(1, 404, "Not Found");
  house.messages.answer(1, 200, "OK");
  ASSERT_EQ(house.replies.size(), 1U);
  EXPECT_TRUE(house.replies[0].starts_with("-ERR "));
}

TEST(SwitchboardBindKey, UnknownProfile) {
  House house;
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1000 example.com nowhere"),
            "-ERR unknown profile 'nowhere' (profiles: internal, external)");
  EXPECT_TRUE(house.messages.sent.empty());
}

TEST(SwitchboardBindKey, NobodyIsCalledStarOrNothing) {
  House house;
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND * example.com internal"),
            "-ERR user '*@example.com' not registered on profile 'internal'");
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND '' example.com internal"),
            "-ERR user '@example.com' not registered on profile 'internal'");
  EXPECT_TRUE(house.messages.sent.empty());
}

TEST(SwitchboardBindKey, UserOfSeveralDomainsMustBeNamedWithItsHost) {
  House house;
  house.directory.registrations.push_back(phone("1000", "192.0.2.8", "other.example.com"));
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1000 * internal"),
            "-ERR user '1000' is registered in several domains: name the host");
  EXPECT_TRUE(house.messages.sent.empty());
}

TEST(SwitchboardBindKey, MemoryFollowsTheOutcome) {
  House house;
  const auto state = [&house] { return house.switchboard->keys("1000@example.com").at(0).state; };
  house.run("snom_bind_key 2 on DND 1000 example.com internal message a");
  EXPECT_EQ(state(), KeySync::State::pending);
  house.messages.answer(0, 200, "OK");
  EXPECT_EQ(state(), KeySync::State::confirmed);
  house.run("snom_bind_key 2 on DND 1000 example.com internal message b");
  house.messages.answer(1, 0, "no answer within 5 s");
  EXPECT_EQ(state(), KeySync::State::pending);
  house.run("snom_bind_key 2 on DND 1000 example.com internal message c");
  house.messages.answer(2, 415, "Unsupported Media Type");
  EXPECT_EQ(house.switchboard->keys("1000@example.com").size(), 1U);
}

TEST(SwitchboardBindKey, SwitchboardMayGoBeforeTheAnswer) {
  House house;
  auto token = std::make_shared<int>(0);
  const std::weak_ptr<int> kept = token;
  house.switchboard->run(bind_line, {}, [&house, token = std::move(token)](std::string reply) {
    house.replies.push_back(std::move(reply));
  });
  house.switchboard.reset();
  house.messages.answer(0, 200, "OK");
  house.messages.waiting.clear();
  EXPECT_TRUE(house.replies.empty());
  EXPECT_TRUE(house.events.published.empty());
  EXPECT_TRUE(kept.expired());
}

TEST(SwitchboardBindKey, ReplyMayEndTheSwitchboard) {
  House house;
  house.messages.at_once = SipOutcome{200, "OK"};
  int replies = 0;
  house.switchboard->run(bind_line, {}, [&](const std::string&) {
    ++replies;
    house.switchboard.reset();
  });
  EXPECT_EQ(replies, 1);
}

// --- snom_command

TEST(SwitchboardSnomCommand, GetsThePhonesPageAndAnswersOnceItIsHere) {
  House house;
  house.run("snom_command */1000 key enter,50,5000;cancel,50,1000");
  ASSERT_EQ(house.web.requests.size(), 1U);
  EXPECT_EQ(house.web.requests[0].url, "http://192.0.2.7/command.htm?key=enter%2C50%2C5000%3Bcancel%2C50%2C1000");
  EXPECT_EQ(house.web.requests[0].username, "");
  EXPECT_EQ(house.web.requests[0].password, "");
  EXPECT_TRUE(house.replies.empty());
  house.web.answer(0, 200);
  ASSERT_EQ(house.replies.size(), 1U);
  EXPECT_EQ(house.replies[0], "+OK */1000 key enter,50,5000;cancel,50,1000");

  const auto events = house.events.of<CommandDone>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].command, "snom_command */1000 key enter,50,5000;cancel,50,1000");
  EXPECT_EQ(events[0].reply, house.replies[0]);
  ASSERT_EQ(events[0].contacts.size(), 1U);
  EXPECT_EQ(events[0].contacts[0].contact, "http://192.0.2.7/command.htm");
  EXPECT_EQ(events[0].contacts[0].status, 200);
}

TEST(SwitchboardSnomCommand, EveryWayToNameAUser) {
  House house;
  house.web.at_once = WebOutcome{200, ""};
  for (const std::string name :
       {"1000", "1000@example.com", "*/1000", "*/1000@example.com", "internal/1000", "internal/1000@example.com"}) {
    EXPECT_EQ(house.reply_to("snom_command " + name + " key enter"), "+OK " + name + " key enter");
  }
  EXPECT_EQ(house.web.requests.size(), 6U);
}

TEST(SwitchboardSnomCommand, NotRegisteredRepeatsTheUserAsTyped) {
  House house;
  for (const std::string name : {"1001", "localhost", "phone.example.com", "*/1001@example.com", "external/1000",
                                 "1000@other.example.com", "external/*", "internal/"}) {
    EXPECT_EQ(house.reply_to("snom_command " + name + " key enter"), "-ERR user '" + name + "' not registered");
  }
  EXPECT_TRUE(house.web.requests.empty());
  EXPECT_EQ(house.events.of<CommandDone>().at(0).command, "snom_command 1001 key enter");
}

TEST(SwitchboardSnomCommand, UnknownProfile) {
  House house;
  EXPECT_EQ(house.reply_to("snom_command nowhere/1000 key enter"),
            "-ERR unknown profile 'nowhere' (profiles: internal, external)");
}

TEST(SwitchboardSnomCommand, ConfiguredWebAddress) {
  House house;
  house.directory.registrations[0].web = "https://admin:secret@phone.example.com:8443/";
  house.run("snom_command 1000 action reboot");
  house.web.answer(0, 200);
  EXPECT_EQ(house.web.requests.at(0).url,
            "https://admin:secret@phone.example.com:8443/advanced_update.htm?reboot=Reboot");
  EXPECT_EQ(house.events.of<CommandDone>().at(0).contacts.at(0).contact,
            "https://phone.example.com:8443/advanced_update.htm");
}

TEST(SwitchboardSnomCommand, NoAnswer) {
  House house;
  house.web.at_once = WebOutcome{0, "connection refused"};
  EXPECT_EQ(house.reply_to("snom_command 192.0.2.7 key enter"),
            "-ERR 192.0.2.7 key enter [HTTP:0]: connection refused");
}

TEST(SwitchboardSnomCommand, EveryDistinctWebAddressIsAskedOnce) {
  House house;
  house.directory.registrations = {phone("1000", "192.0.2.7"), phone("1000", "192.0.2.8"), phone("1000", "192.0.2.7")};
  house.run("snom_command 1000 key enter");
  ASSERT_EQ(house.web.requests.size(), 2U);
  house.web.answer(1, 200);
  EXPECT_TRUE(house.replies.empty());
  house.web.answer(0, 401);
  ASSERT_EQ(house.replies.size(), 1U);
  EXPECT_EQ(house.replies[0], "+OK 1000 key enter");
  const auto contacts = house.events.of<CommandDone>().at(0).contacts;
  ASSERT_EQ(contacts.size(), 2U);
  EXPECT_EQ(contacts[0].contact, "http://192.0.2.7/command.htm");
  EXPECT_EQ(contacts[0].status, 401);
  EXPECT_EQ(contacts[1].status, 200);
}

TEST(SwitchboardSnomCommand, SwitchboardMayGoBeforeTheAnswer) {
  House house;
  house.run("snom_command 1000 key enter");
  house.switchboard.reset();
  house.web.answer(0, 200);
  EXPECT_TRUE(house.replies.empty());
  EXPECT_TRUE(house.events.published.empty());
}

TEST(SnomCommand, TellsTheWebClientWhosePageItIs) {
  House house;
  house.directory.registrations[0].user_agent = "snom370/8.7.5.35";
  RemoteControl::Settings settings;
  settings.credentials = WebCredentials({{"", "370", "admin", "geheim"}});
  house.switchboard->use(std::move(settings));
  house.run("snom_command */1000 key enter");
  house.run("snom_command 192.0.2.7 key enter");
  ASSERT_EQ(house.web.requests.size(), 2U);
  EXPECT_EQ(house.web.requests[0].address_of_record, "1000@example.com");
  EXPECT_EQ(house.web.requests[0].username, "admin");
  EXPECT_EQ(house.web.requests[0].password, "geheim");
  EXPECT_EQ(house.web.requests[1].address_of_record, "");
  EXPECT_EQ(house.web.requests[1].username, "");
  EXPECT_EQ(house.web.requests[1].password, "");
}

struct HouseWithCredentials : House {
  HouseWithCredentials() {
    RemoteControl::Settings settings;
    settings.credentials = WebCredentials({{"1000", "", "admin", "configured"}});
    switchboard->use(std::move(settings));
  }
  const WebRequest& asked(std::string_view line, CommandContext context = {}) {
    switchboard->run(line, std::move(context), [this](std::string reply) { replies.push_back(std::move(reply)); });
    return web.requests.back();
  }
};

TEST(SnomCommandCredentials, AreItsOwnThenThoseOfItsContextThenTheConfiguredOnes) {
  HouseWithCredentials house;
  const CommandContext context{.credentials = {{"1000@example.com", {"user", "of the context"}}}};
  const CommandContext anothers{.credentials = {{"1001@example.com", {"user", "of another"}}}};
  EXPECT_EQ(house.asked("snom_command 1000 key enter typed in the line", context).password, "in the line");
  EXPECT_EQ(house.asked("snom_command 1000 key enter", context).password, "of the context");
  EXPECT_EQ(house.asked("snom_command 1000 key enter", anothers).password, "configured");
  EXPECT_EQ(house.asked("snom_command 192.0.2.7 key enter", context).password, "");
}

TEST(SnomCommandCredentials, OfOneCommandAreNotThoseOfTheNext) {
  HouseWithCredentials house;
  (void)house.asked("snom_command 1000 key enter", {.credentials = {{"1000@example.com", {"user", "of the context"}}}});
  EXPECT_EQ(house.asked("snom_command 1000 key enter").password, "configured");
}

TEST(SnomCommandCredentials, ThatAreRefusedAreSaidToBeTheConfiguredOnes) {
  HouseWithCredentials house;
  house.run("snom_command 1000 key enter");
  house.web.answer(0, 401);
  house.run("snom_command 1000 key enter admin secret");
  house.web.answer(1, 401);
  house.run("snom_command 192.0.2.7 key enter");
  house.web.answer(2, 401);
  EXPECT_EQ(house.replies,
            (std::vector<std::string>{
                "-ERR 1000 key enter [HTTP:401]: the phone refused the configured user name and password",
                "-ERR 1000 key enter [HTTP:401]: the phone refused the user name and password",
                "-ERR 192.0.2.7 key enter [HTTP:401]: the phone wants a user name and password"}));
}

TEST(SnomCommandGroups, ComeWithTheCommand) {
  House house;
  house.directory.registrations.push_back(phone("1001", "192.0.2.8"));
  const auto run = [&house](CommandContext context) {
    house.switchboard->run("snom_command sales key enter", std::move(context),
                           [&house](std::string reply) { house.replies.push_back(std::move(reply)); });
  };
  run({.groups = {{"sales", {"1000", "1001@example.com"}}}});
  EXPECT_EQ(house.web.requests.size(), 2U);
  run({});
  EXPECT_EQ(house.web.requests.size(), 2U);
  EXPECT_EQ(house.replies.back(), "-ERR user 'sales' not registered");
}

}  // namespace
}  // namespace snom::control
