#include "control/commands/command_service.h"

#include <gtest/gtest.h>

#include <memory>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

constexpr auto bind_line = "snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001";

TEST(CommandService, UnknownCommandIsNamedAndTheRestIsNot) {
  Fixture fixture;
  EXPECT_EQ(
      fixture.reply_to("status all of it"),
      "-ERR unknown command 'status' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, snom_clear)");
  const auto events = fixture.events.of<CommandDone>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].command, "status");
  EXPECT_EQ(
      events[0].reply,
      "-ERR unknown command 'status' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, snom_clear)");
  EXPECT_TRUE(events[0].contacts.empty());
}

TEST(CommandService, ReplyIsOneLineWhateverWasTyped) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("a\n+OK"),
            "-ERR unknown command 'a' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, snom_clear)");
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on D 1000\\n+OK example.com internal"),
            "-ERR user '1000 ...' not registered on profile 'internal'");
}

TEST(CommandService, RepliesNeverInsideTheCallButAfterIt) {
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.web.at_once = WebOutcome{200, {}};
  for (const auto* line :
       {"nonsense", "snom_bind_key", "snom_bind_key 2 on DND 1009 example.com internal", bind_line,
        "snom_button 1000@example.com 2 light=off", "snom_button 1009@example.com 2 light=on",
        "snom_buttons 1000@example.com", "snom_buttons 1008@example.com", "snom_clear 1000@example.com 2",
        "snom_clear 1000@example.com", "snom_command 1000 dnd", "snom_command 1009 dnd", "snom_command 1009,1008 dnd",
        "snom_command 192.0.2.7 message x", "snom_command 1000 screen a.png"}) {
    fixture.replies.clear();
    (*fixture.command_service).run(line, {}, [&fixture](std::string reply) {
      fixture.replies.push_back(std::move(reply));
    });
    EXPECT_TRUE(fixture.replies.empty()) << line;
    fixture.clock.run_posted();
    EXPECT_EQ(fixture.replies.size(), 1U) << line;
  }
}

// --- snom_bind_key

TEST(CommandServiceBindKey, SendsTheButtonsDocumentAndAnswersOnceItIsTaken) {
  Fixture fixture;
  fixture.run(bind_line);
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.messages.sent[0].to->contact, "sip:1000@192.0.2.7:5060;line=abc");
  EXPECT_EQ(fixture.messages.sent[0].from_user, "");
  EXPECT_EQ(fixture.messages.sent[0].content_type, "application/x-buttons");
  EXPECT_EQ(fixture.messages.sent[0].body, "k=2\r\nc=on\r\nl=DND\r\nn=api+uuid_transfer 8f3 9001\r\na=message\r\n");
  EXPECT_TRUE(fixture.replies.empty());

  fixture.messages.answer(0, 200, "OK");
  ASSERT_EQ(fixture.replies.size(), 1U);
  EXPECT_EQ(fixture.replies[0], "+OK 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
}

TEST(CommandServiceBindKey, TellsWhatHappened) {
  Fixture fixture;
  fixture.run(bind_line);
  fixture.messages.answer(0, 200, "OK");
  ASSERT_EQ(fixture.events.published.size(), 2U);
  const auto* set = std::get_if<ButtonSet>(&fixture.events.published[0]);
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
  const auto* done = std::get_if<CommandDone>(&fixture.events.published[1]);
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(done->command, bind_line);
  EXPECT_EQ(done->reply, fixture.replies.at(0));
  EXPECT_EQ(done->contacts.size(), 1U);
}

TEST(CommandServiceBindKey, BlanksAndLineEndsAroundTheLineAreNotRepeated) {
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  EXPECT_EQ(fixture.reply_to("  snom_bind_key  2  on '' 1000 example.com internal \r\n"),
            "+OK 2  on '' 1000 example.com internal");
  EXPECT_EQ(fixture.messages.sent.at(0).body, "k=2\r\nc=on\r\n");
}

TEST(CommandServiceBindKey, AnswerBeforeSendReturns) {
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{486, "Busy Here"};
  EXPECT_EQ(fixture.reply_to(bind_line), "-ERR key 2 of 1000@example.com not set: phone answered 486 Busy Here");
  EXPECT_EQ(fixture.replies.size(), 1U);
  EXPECT_EQ(fixture.events.of<CommandDone>().size(), 1U);
}

TEST(CommandServiceBindKey, SecondAnswerOfAContactIsPassedOver) {
  Fixture fixture;
  fixture.directory.registrations.push_back(phone("1000", "192.0.2.8"));
  fixture.run(bind_line);
  fixture.messages.answer(0, 404, "Not Found");
  fixture.messages.answer(0, 200, "OK");
  EXPECT_TRUE(fixture.replies.empty());
  fixture.messages.answer(1, 404, "Not Found");
  fixture.messages.answer(1, 200, "OK");
  ASSERT_EQ(fixture.replies.size(), 1U);
  EXPECT_TRUE(fixture.replies[0].starts_with("-ERR "));
}

TEST(CommandServiceBindKey, UnknownProfile) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 example.com nowhere"),
            "-ERR unknown profile 'nowhere' (profiles: internal, external)");
  EXPECT_TRUE(fixture.messages.sent.empty());
}

TEST(CommandServiceBindKey, NobodyIsCalledStarOrNothing) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND * example.com internal"),
            "-ERR user '*@example.com' not registered on profile 'internal'");
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND '' example.com internal"),
            "-ERR user '@example.com' not registered on profile 'internal'");
  EXPECT_TRUE(fixture.messages.sent.empty());
}

TEST(CommandServiceBindKey, UserOfSeveralDomainsMustBeNamedWithItsHost) {
  Fixture fixture;
  fixture.directory.registrations.push_back(phone("1000", "192.0.2.8", "other.example.com"));
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 * internal"),
            "-ERR user '1000' is registered in several domains: name the host");
  EXPECT_TRUE(fixture.messages.sent.empty());
}

TEST(CommandServiceBindKey, MemoryFollowsTheOutcome) {
  Fixture fixture;
  const auto state = [&fixture] { return fixture.command_service->keys("1000@example.com").at(0).state; };
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message a");
  EXPECT_EQ(state(), KeySync::State::pending);
  fixture.messages.answer(0, 200, "OK");
  EXPECT_EQ(state(), KeySync::State::confirmed);
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message b");
  fixture.messages.answer(1, 0, "no answer within 5 s");
  EXPECT_EQ(state(), KeySync::State::pending);
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message c");
  fixture.messages.answer(2, 415, "Unsupported Media Type");
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").size(), 1U);
}

TEST(CommandServiceBindKey, CommandServiceMayGoBeforeTheAnswer) {
  Fixture fixture;
  auto token = std::make_shared<int>(0);
  const std::weak_ptr<int> kept = token;
  fixture.command_service->run(bind_line, {}, [&fixture, token = std::move(token)](std::string reply) {
    fixture.replies.push_back(std::move(reply));
  });
  fixture.command_service.reset();
  fixture.messages.answer(0, 200, "OK");
  fixture.messages.waiting.clear();
  EXPECT_TRUE(fixture.replies.empty());
  EXPECT_TRUE(fixture.events.published.empty());
  EXPECT_TRUE(kept.expired());
}

TEST(CommandServiceBindKey, ReplyMayEndTheCommandService) {
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  int replies = 0;
  fixture.command_service->run(bind_line, {}, [&](const std::string&) {
    ++replies;
    fixture.command_service.reset();
  });
  EXPECT_EQ(replies, 1);
}

// --- snom_command

TEST(CommandServiceSnomCommand, GetsThePhonesPageAndAnswersOnceItIsHere) {
  Fixture fixture;
  fixture.run("snom_command */1000 key enter,50,5000;cancel,50,1000");
  ASSERT_EQ(fixture.web.requests.size(), 1U);
  EXPECT_EQ(fixture.web.requests[0].url, "http://192.0.2.7/command.htm?key=enter%2C50%2C5000%3Bcancel%2C50%2C1000");
  EXPECT_EQ(fixture.web.requests[0].username, "");
  EXPECT_EQ(fixture.web.requests[0].password, "");
  EXPECT_TRUE(fixture.replies.empty());
  fixture.web.answer(0, 200);
  ASSERT_EQ(fixture.replies.size(), 1U);
  EXPECT_EQ(fixture.replies[0], "+OK */1000 key enter,50,5000;cancel,50,1000");

  const auto events = fixture.events.of<CommandDone>();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].command, "snom_command */1000 key enter,50,5000;cancel,50,1000");
  EXPECT_EQ(events[0].reply, fixture.replies[0]);
  ASSERT_EQ(events[0].contacts.size(), 1U);
  EXPECT_EQ(events[0].contacts[0].contact, "http://192.0.2.7/command.htm");
  EXPECT_EQ(events[0].contacts[0].status, 200);
}

TEST(CommandServiceSnomCommand, EveryWayToNameAUser) {
  Fixture fixture;
  fixture.web.at_once = WebOutcome{200, ""};
  for (const std::string name :
       {"1000", "1000@example.com", "*/1000", "*/1000@example.com", "internal/1000", "internal/1000@example.com"}) {
    EXPECT_EQ(fixture.reply_to("snom_command " + name + " key enter"), "+OK " + name + " key enter");
  }
  EXPECT_EQ(fixture.web.requests.size(), 6U);
}

TEST(CommandServiceSnomCommand, NotRegisteredRepeatsTheUserAsTyped) {
  Fixture fixture;
  for (const std::string name : {"1001", "localhost", "phone.example.com", "*/1001@example.com", "external/1000",
                                 "1000@other.example.com", "external/*", "internal/"}) {
    EXPECT_EQ(fixture.reply_to("snom_command " + name + " key enter"), "-ERR user '" + name + "' not registered");
  }
  EXPECT_TRUE(fixture.web.requests.empty());
  EXPECT_EQ(fixture.events.of<CommandDone>().at(0).command, "snom_command 1001 key enter");
}

TEST(CommandServiceSnomCommand, UnknownProfile) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_command nowhere/1000 key enter"),
            "-ERR unknown profile 'nowhere' (profiles: internal, external)");
}

TEST(CommandServiceSnomCommand, ConfiguredWebAddress) {
  Fixture fixture;
  fixture.directory.registrations[0].web = "https://admin:secret@phone.example.com:8443/";
  fixture.run("snom_command 1000 action reboot");
  fixture.web.answer(0, 200);
  EXPECT_EQ(fixture.web.requests.at(0).url,
            "https://admin:secret@phone.example.com:8443/advanced_update.htm?reboot=Reboot");
  EXPECT_EQ(fixture.events.of<CommandDone>().at(0).contacts.at(0).contact,
            "https://phone.example.com:8443/advanced_update.htm");
}

TEST(CommandServiceSnomCommand, NoAnswer) {
  Fixture fixture;
  fixture.web.at_once = WebOutcome{0, "connection refused"};
  EXPECT_EQ(fixture.reply_to("snom_command 192.0.2.7 key enter"),
            "-ERR 192.0.2.7 key enter [HTTP:0]: connection refused");
}

TEST(CommandServiceSnomCommand, EveryDistinctWebAddressIsAskedOnce) {
  Fixture fixture;
  fixture.directory.registrations = {phone("1000", "192.0.2.7"), phone("1000", "192.0.2.8"),
                                     phone("1000", "192.0.2.7")};
  fixture.run("snom_command 1000 key enter");
  ASSERT_EQ(fixture.web.requests.size(), 2U);
  fixture.web.answer(1, 200);
  EXPECT_TRUE(fixture.replies.empty());
  fixture.web.answer(0, 401);
  ASSERT_EQ(fixture.replies.size(), 1U);
  EXPECT_EQ(fixture.replies[0], "+OK 1000 key enter");
  const auto contacts = fixture.events.of<CommandDone>().at(0).contacts;
  ASSERT_EQ(contacts.size(), 2U);
  EXPECT_EQ(contacts[0].contact, "http://192.0.2.7/command.htm");
  EXPECT_EQ(contacts[0].status, 401);
  EXPECT_EQ(contacts[1].status, 200);
}

TEST(CommandServiceSnomCommand, CommandServiceMayGoBeforeTheAnswer) {
  Fixture fixture;
  fixture.run("snom_command 1000 key enter");
  fixture.command_service.reset();
  fixture.web.answer(0, 200);
  EXPECT_TRUE(fixture.replies.empty());
  EXPECT_TRUE(fixture.events.published.empty());
}

TEST(SnomCommand, TellsTheWebClientWhosePageItIs) {
  Fixture fixture;
  fixture.directory.registrations[0].user_agent = "snom370/8.7.5.35";
  RemoteControl::Settings settings;
  settings.credentials = WebCredentials({{"", "370", "admin", "geheim"}});
  fixture.command_service->use(std::move(settings));
  fixture.run("snom_command */1000 key enter");
  fixture.run("snom_command 192.0.2.7 key enter");
  ASSERT_EQ(fixture.web.requests.size(), 2U);
  EXPECT_EQ(fixture.web.requests[0].address_of_record, "1000@example.com");
  EXPECT_EQ(fixture.web.requests[0].username, "admin");
  EXPECT_EQ(fixture.web.requests[0].password, "geheim");
  EXPECT_EQ(fixture.web.requests[1].address_of_record, "");
  EXPECT_EQ(fixture.web.requests[1].username, "");
  EXPECT_EQ(fixture.web.requests[1].password, "");
}

struct FixtureWithCredentials : Fixture {
  FixtureWithCredentials() {
    RemoteControl::Settings settings;
    settings.credentials = WebCredentials({{"1000", "", "admin", "configured"}});
    command_service->use(std::move(settings));
  }
  const WebRequest& asked(std::string_view line, CommandContext context = {}) {
    command_service->run(line, std::move(context), [this](std::string reply) { replies.push_back(std::move(reply)); });
    return web.requests.back();
  }
};

TEST(SnomCommandCredentials, AreItsOwnThenThoseOfItsContextThenTheConfiguredOnes) {
  FixtureWithCredentials fixture;
  const CommandContext context{.credentials = {{"1000@example.com", {"user", "of the context"}}}};
  const CommandContext anothers{.credentials = {{"1001@example.com", {"user", "of another"}}}};
  EXPECT_EQ(fixture.asked("snom_command 1000 key enter typed in the line", context).password, "in the line");
  EXPECT_EQ(fixture.asked("snom_command 1000 key enter", context).password, "of the context");
  EXPECT_EQ(fixture.asked("snom_command 1000 key enter", anothers).password, "configured");
  EXPECT_EQ(fixture.asked("snom_command 192.0.2.7 key enter", context).password, "");
}

TEST(SnomCommandCredentials, OfOneCommandAreNotThoseOfTheNext) {
  FixtureWithCredentials fixture;
  (void)fixture.asked("snom_command 1000 key enter",
                      {.credentials = {{"1000@example.com", {"user", "of the context"}}}});
  EXPECT_EQ(fixture.asked("snom_command 1000 key enter").password, "configured");
}

TEST(SnomCommandCredentials, ThatAreRefusedAreSaidToBeTheConfiguredOnes) {
  FixtureWithCredentials fixture;
  fixture.run("snom_command 1000 key enter");
  fixture.web.answer(0, 401);
  fixture.run("snom_command 1000 key enter admin secret");
  fixture.web.answer(1, 401);
  fixture.run("snom_command 192.0.2.7 key enter");
  fixture.web.answer(2, 401);
  EXPECT_EQ(fixture.replies,
            (std::vector<std::string>{
                "-ERR 1000 key enter [HTTP:401]: the phone refused the configured user name and password",
                "-ERR 1000 key enter [HTTP:401]: the phone refused the user name and password",
                "-ERR 192.0.2.7 key enter [HTTP:401]: the phone wants a user name and password"}));
}

TEST(SnomCommandGroups, RepliesTogetherHaveALimitThatIsAskedBeforeAnythingIsRun) {
  const auto line = [](const std::string& phones, std::size_t blanks) {
    return "snom_command " + phones + std::string(blanks, ' ') + "key P1";
  };
  constexpr auto half = CommandService::most_group_reply / 2;
  for (const auto* phones : {"sales", "*", "1000,1001"}) {
    Fixture fixture;
    fixture.directory.registrations = {testing::phone("1000"), testing::phone("1001")};
    fixture.command_service->use_groups({{"sales", {"1000", "1001"}}});
    EXPECT_EQ(fixture.reply_to(line(phones, half)),
              "-ERR 2097158 bytes of arguments for each of 2 phones are too much: expected 4194304 bytes together at "
              "most, so ask less at once, or fewer phones")
        << phones;
    EXPECT_TRUE(fixture.web.requests.empty());
    EXPECT_EQ(fixture.events.of<CommandDone>().back().command, "snom_command");
    fixture.run(line(phones, half - 6));
    EXPECT_EQ(fixture.web.requests.size(), 2U) << phones;
  }
}

/// Each phone's page is asked with it.
TEST(SnomCommandGroups, APasswordIsCountedForEachPhone) {
  Fixture fixture;
  fixture.directory.registrations = {testing::phone("1000"), testing::phone("1001")};
  const std::string password(CommandService::most_group_reply / 2, 'x');
  EXPECT_EQ(fixture.reply_to("snom_command * key P1 admin " + password),
            "-ERR 2097166 bytes of arguments for each of 2 phones are too much: expected 4194304 bytes together at "
            "most, so ask less at once, or fewer phones");
  EXPECT_TRUE(fixture.web.requests.empty());
}

TEST(SnomCommandGroups, ComeWithTheCommand) {
  Fixture fixture;
  fixture.directory.registrations.push_back(phone("1001", "192.0.2.8"));
  const auto run = [&fixture](CommandContext context) {
    fixture.command_service->run("snom_command sales key enter", std::move(context),
                                 [&fixture](std::string reply) { fixture.replies.push_back(std::move(reply)); });
  };
  run({.groups = {{"sales", {"1000", "1001@example.com"}}}});
  EXPECT_EQ(fixture.web.requests.size(), 2U);
  run({});
  EXPECT_EQ(fixture.web.requests.size(), 2U);
  EXPECT_EQ(fixture.replies.back(), "-ERR user 'sales' not registered");
}

}  // namespace
}  // namespace snom::control
