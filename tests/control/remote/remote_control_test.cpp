#include "control/remote/remote_control.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <gtest/gtest.h>

#include "control/fake_ports.h"

/// snom_command: which phones, by which channel, one reply line each.
namespace snom::control {
namespace {

using std::chrono::milliseconds;
using testing::Fixture;
using testing::phone;

constexpr auto* d862 = "snomD862/10.1.226.13";
constexpr auto* d385 = "snomD385/10.1.159.12";

Registration agent(const std::string& user, const std::string& user_agent, const std::string& host = "192.0.2.7") {
  auto registration = phone(user, host);
  registration.user_agent = user_agent;
  return registration;
}

struct Phones : Fixture {
  explicit Phones(std::vector<Registration> registrations) { directory.registrations = std::move(registrations); }
};

TEST(RemoteControl, PhonesWithoutHttpGetANotifyAndTheReplySaysSo) {
  Phones fixture({agent("1000", d862)});
  fixture.run("snom_command 1000 key F_HOLD");
  EXPECT_TRUE(fixture.web.requests.empty());
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.messages.sent[0].body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SnomIPPhoneSilent state=\"relevant\" document_id=\"command\">"
            "<fetch mil=\"10\">snom://mb_nop#key=F_HOLD</fetch></SnomIPPhoneSilent>");
  fixture.messages.answer(0, 200, "OK");
  EXPECT_EQ(fixture.replies.at(0), "+OK 1000 key F_HOLD [notify]");
  const auto done = fixture.events.of<CommandDone>().at(0);
  EXPECT_EQ(done.command, "snom_command 1000 key F_HOLD");
  EXPECT_EQ(done.contacts.at(0).channel, Channel::notify);
  EXPECT_EQ(done.contacts.at(0).contact, "sip:1000@192.0.2.7:5060;line=abc");
}

TEST(RemoteControl, WhatThePhoneAnswersToANotifyIsTold) {
  Phones fixture({agent("1000", d862)});
  fixture.run("snom_command 1000 dnd");
  fixture.messages.answer(0, 489, "Bad Event");
  EXPECT_EQ(fixture.replies.at(0),
            "-ERR 1000 dnd [NOTIFY:489]: the phone answered 489 Bad Event (older firmware takes Snom XML with its "
            "setting xml_notify on)");
  fixture.clock.pass(milliseconds(2000));
  fixture.run("snom_command 1000 dnd");
  fixture.messages.answer(1, 0, "no answer within 5 s");
  EXPECT_EQ(fixture.replies.at(1), "-ERR 1000 dnd [NOTIFY:0]: no answer within 5 s");
  fixture.clock.pass(milliseconds(2000));
  fixture.run("snom_command 1000 dnd");
  fixture.messages.answer(2, 403, "Forbidden");
  EXPECT_EQ(fixture.replies.at(2),
            "-ERR 1000 dnd [NOTIFY:403]: the phone answered 403 Forbidden (it trusts its registrar only, and what its "
            "setting mb_trusted_hosts names)");
  fixture.clock.pass(milliseconds(2000));
  fixture.run("snom_command 1000 dnd");
  fixture.messages.answer(3, SipOutcome{0, "sent", true});
  EXPECT_EQ(fixture.replies.at(3), "+OK 1000 dnd [notify sent]");
}

TEST(RemoteControl, AKeySequenceIsOneNotifyAStep) {
  Phones fixture({agent("1000", d862)});
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.run("snom_command 1000 key 1,50,300;2;ENTER");
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  fixture.clock.pass(milliseconds(349));
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  fixture.clock.pass(milliseconds(1));
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
  fixture.clock.pass(milliseconds(2000));
  EXPECT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(fixture.replies.at(0), "+OK 1000 key 1,50,300;2;ENTER [notify]");
}

TEST(RemoteControl, ThePauseIsConfigured) {
  Phones fixture({agent("1000", d862)});
  fixture.command_service->use({{}, {}, milliseconds(100)});
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.run("snom_command 1000 key 1;2");
  fixture.clock.pass(milliseconds(100));
  EXPECT_EQ(fixture.replies.at(0), "+OK 1000 key 1;2 [notify]");
}

TEST(RemoteControl, WhatAPhoneCannotIsSaid) {
  Phones fixture({agent("1000", d862), agent("1001", "snomD862/10.1.50.1"), agent("1002", d385)});
  fixture.command_service->use({ChannelSettings({{"1002", "", ChannelSettings::Commands::notify, {}}}), {}, {}});
  const auto no_web = ", and this model has no remote control by HTTP";
  EXPECT_EQ(
      fixture.reply_to("snom_command 1000 key OFFHOOK"),
      std::string("-ERR 1000 key OFFHOOK: OFFHOOK does nothing when it comes as Snom XML (ENTER answers a call)") +
          no_web);
  EXPECT_EQ(
      fixture.reply_to("snom_command 1000 logoff"),
      std::string("-ERR 1000 logoff: Snom XML can only remove an identity from the phone, not log it off") + no_web);
  EXPECT_EQ(fixture.reply_to("snom_command 1000 dtmf 12A"),
            std::string("-ERR 1000 dtmf 12A: no key sends the tones A to D") + no_web);
  EXPECT_EQ(fixture.reply_to("snom_command 1002 logoff"),
            "-ERR 1002 logoff: Snom XML can only remove an identity from the phone, not log it off, and this phone is "
            "configured to be reached by NOTIFY");
  EXPECT_EQ(fixture.reply_to("snom_command 1001 dnd"),
            "-ERR 1001 dnd: it has no remote control by HTTP, and a snomD862 with firmware 10.1.50.1 takes no Snom XML "
            "by NOTIFY (firmware 10.1.82.0 and later does)");
  EXPECT_EQ(fixture.reply_to("snom_command 192.0.2.9 message Hello"),
            "-ERR 192.0.2.9 message Hello: a message goes by NOTIFY to a registered phone, not to a web page");
  EXPECT_TRUE(fixture.messages.sent.empty());
  EXPECT_TRUE(fixture.web.requests.empty());
}

TEST(RemoteControl, ASequenceThatTakesTooLongByNotifyIsRefused) {
  Phones fixture({agent("1000", d862)});
  EXPECT_EQ(
      fixture.reply_to("snom_command 1000 key 1,,60001;2"),
      "-ERR 1000 key 1,,60001;2: takes 60001 ms by NOTIFY, 60000 ms are possible (fewer keys, or shorter pauses)");
}

TEST(RemoteControl, ConfigurationPicksTheChannel) {
  Phones fixture({agent("1000", d385), agent("1001", d862)});
  fixture.command_service->use({ChannelSettings({{"", "D385", ChannelSettings::Commands::notify, {}},
                                                 {"1001", "", ChannelSettings::Commands::http, {}}}),
                                {},
                                milliseconds(100)});
  fixture.run("snom_command 1000 key ENTER");
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  fixture.run("snom_command 1001 key ENTER");
  EXPECT_EQ(fixture.web.requests.at(0).url, "http://192.0.2.7/command.htm?key=ENTER");
}

TEST(RemoteControl, MessagesGoByNotifyToEveryPhone) {
  Phones fixture({agent("1000", "snom370/8.7.5.35")});
  fixture.run("snom_command 1000 message Please call  back");
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.messages.sent[0].body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SnomIPPhoneText><Title></Title><Text>Please call  back</Text>"
            "</SnomIPPhoneText>");
  fixture.messages.answer(0, 200, "OK");
  EXPECT_EQ(fixture.replies.at(0), "+OK 1000 message Please call  back [notify]");
}

TEST(RemoteControl, SeveralPhonesAnswerALineEachInOrder) {
  Phones fixture({agent("1000", ""), agent("1001", d862, "192.0.2.8")});
  fixture.run("snom_command 1001,1000,1009,192.0.2.9 key ENTER admin secret");
  ASSERT_EQ(fixture.web.requests.size(), 2U);
  EXPECT_EQ(fixture.web.requests[0].password, "secret");
  fixture.web.answer(0, 200);
  fixture.web.answer(1, 404);
  EXPECT_TRUE(fixture.replies.empty());
  fixture.messages.answer(0, 200, "OK");
  EXPECT_EQ(fixture.replies.at(0),
            "+OK 1001 key ENTER [notify]\n"
            "+OK 1000 key ENTER\n"
            "-ERR user '1009' not registered\n"
            "-ERR 192.0.2.9 key ENTER [HTTP:404]: the phone has no such page");
  const auto done = fixture.events.of<CommandDone>();
  ASSERT_EQ(done.size(), 4U);
  EXPECT_EQ(done[1].command, "snom_command 1000 key ENTER");
  EXPECT_EQ(done[1].reply, "+OK 1000 key ENTER");
}

TEST(RemoteControl, AStarIsEveryRegisteredPhone) {
  Phones fixture({agent("1001", "", "192.0.2.8"), agent("1000", ""), agent("1000", "", "192.0.2.9")});
  fixture.web.at_once = WebOutcome{200, {}};
  EXPECT_EQ(fixture.reply_to("snom_command * action reboot"),
            "+OK 1000@example.com action reboot\n+OK 1001@example.com action reboot");
  EXPECT_EQ(fixture.web.requests.size(), 3U);
  EXPECT_EQ(fixture.reply_to("snom_command external/* action reboot"), "-ERR user 'external/*' not registered");
  EXPECT_EQ(fixture.reply_to("snom_command *,1000 dnd"),
            "+OK 1000@example.com dnd\n+OK 1001@example.com dnd\n+OK 1000 dnd");
}

TEST(RemoteControl, AGroupIsItsMembers) {
  Phones fixture({agent("1000", ""), agent("1001", "", "192.0.2.8")});
  fixture.command_service->use({{}, {{"sales", {"1001", "1000@example.com", "1009"}}}, milliseconds(2000)});
  fixture.web.at_once = WebOutcome{200, {}};
  EXPECT_EQ(fixture.reply_to("snom_command sales,1001 key  ENTER"),
            "+OK 1001 key  ENTER\n+OK 1000@example.com key  ENTER\n-ERR user '1009' not registered");
}

/// `name` so many times, as a list has it.
std::string list_of(const std::string& name, std::size_t times) {
  std::string list;
  for (std::size_t i = 0; i < times; ++i) list.append(i == 0 ? "" : ",").append(name);
  return list;
}

TEST(RemoteControl, AGroupThatIsNamedOftenIsLookedUpOnce) {
  Phones fixture({agent("1000", ""), agent("1001", "", "192.0.2.8")});
  fixture.command_service->use({{}, {{"sales", {"1001", "1000@example.com"}}}, milliseconds(2000)});
  fixture.web.at_once = WebOutcome{200, {}};
  fixture.directory.asked = 0;
  EXPECT_EQ(fixture.reply_to("snom_command " + list_of("sales,1001", 1000) + " dnd"),
            "+OK 1001 dnd\n+OK 1000@example.com dnd");
  const auto asked = std::exchange(fixture.directory.asked, 0);
  (void)fixture.reply_to("snom_command sales,1001 dnd");
  EXPECT_EQ(asked, fixture.directory.asked);
  fixture.directory.asked = 0;
  EXPECT_EQ(fixture.reply_to("snom_command " + list_of("*", SnomCommand::most_of_all) + " dnd"),
            "+OK 1000@example.com dnd\n+OK 1001@example.com dnd");
  const auto of_many = std::exchange(fixture.directory.asked, 0);
  (void)fixture.reply_to("snom_command *,* dnd");
  EXPECT_EQ(of_many, fixture.directory.asked);
}

TEST(RemoteControl, OneCommandNamesSoManyAtMost) {
  Phones fixture({agent("1000", "")});
  fixture.web.at_once = WebOutcome{200, {}};
  EXPECT_EQ(fixture.reply_to("snom_command " + list_of("1000", 10'000) + " dnd"), "+OK 1000 dnd");
  EXPECT_EQ(fixture.reply_to("snom_command " + list_of("1000", 10'001) + " dnd"),
            "-ERR ip|user: 10001 names in a list (at most 10000 are possible; a group or * stands for many phones)");
  EXPECT_EQ(fixture.reply_to("snom_command " + list_of("internal/*", 33) + " dnd"),
            "-ERR ip|user: more than 32 names with a * in a list (* alone is all phones)");
}

TEST(RemoteControl, AnEmptyNameInAListIsAnError) {
  Fixture fixture;
  for (const auto* list : {"1000,", ",1000", "1000,,1001"}) {
    EXPECT_EQ(fixture.reply_to(std::string("snom_command ") + list + " dnd"),
              "-ERR ip|user: an empty name in a list (expected such as 1000,1001)");
  }
}

TEST(RemoteControl, SecretsAreNotShown) {
  Fixture fixture;
  fixture.web.at_once = WebOutcome{401, {}};
  const auto forbidden = [&](const std::string& arguments, const std::string& shown) {
    const auto reply = fixture.reply_to("snom_command " + arguments);
    EXPECT_EQ(reply, "-ERR " + shown + " [HTTP:401]: the phone refused the user name and password");
    EXPECT_EQ(fixture.events.of<CommandDone>().back().command, "snom_command " + shown);
  };
  forbidden("1000 dial 1001 admin geheim", "1000 dial 1001");
  forbidden("1000 hangup admin geheim wort", "1000 hangup");
  forbidden("1000 logoff admin geheim", "1000 logoff");
  forbidden("1000 logoff 2 admin geheim", "1000 logoff 2");
  forbidden("1000 setting user_pass1 geheim admin geheim", "1000 setting user_pass1");
  EXPECT_EQ(fixture.reply_to("snom_command 1000 setting user_pass1 geheim"),
            "-ERR 1000 setting user_pass1 [HTTP:401]: the phone wants a user name and password");
  EXPECT_EQ(fixture.reply_to("snom_command 1000 hangup geheim"),
            "-ERR usage: snom_command <ip|user> hangup [<username> <password>]");
}

TEST(RemoteControl, OfManyPhonesSomeAreBegunInEachTurn) {
  std::vector<Registration> many;
  for (std::size_t i = 0; i < 2 * RemoteControl::most_a_turn + 1; ++i)
    many.push_back(agent(std::to_string(2000 + i), d385));
  Phones fixture(std::move(many));
  fixture.web.at_once = WebOutcome{200, {}};
  fixture.run("snom_command * dnd");
  EXPECT_EQ(fixture.web.requests.size(), RemoteControl::most_a_turn);
  // Each is told of when it is known; the reply comes when all are.
  EXPECT_EQ(fixture.events.of<CommandDone>().size(), RemoteControl::most_a_turn);
  EXPECT_TRUE(fixture.replies.empty());
  fixture.clock.pass(milliseconds(0));
  ASSERT_EQ(fixture.replies.size(), 1U);
  EXPECT_EQ(std::count(fixture.replies[0].begin(), fixture.replies[0].end(), '\n'), 2 * RemoteControl::most_a_turn);
  EXPECT_EQ(fixture.events.of<CommandDone>().size(), 2 * RemoteControl::most_a_turn + 1);
  EXPECT_EQ(fixture.clock.timers(), 0U);
}

TEST(RemoteControl, TwentyTimesThePhonesAreTwentyTimesTheWork) {
  const auto work = [](std::size_t count) {
    std::vector<Registration> many;
    for (std::size_t i = 0; i < count; ++i) many.push_back(agent(std::to_string(100000 + i), d385));
    Phones fixture(std::move(many));
    const auto begin = std::clock();
    EXPECT_EQ(fixture.command_service->remote().contacts_of({{"*", Directory::Query{"", "*", ""}}}, {}).size(), count);
    return std::clock() - begin;
  };
  // By the processor's time, the least of three: what else runs here does not count. Each with each other would be 400.
  std::clock_t few = work(2000);
  std::clock_t many = work(40000);
  for (int i = 0; i < 2; ++i) {
    few = std::min(few, work(2000));
    many = std::min(many, work(40000));
  }
  EXPECT_LT(many, 100 * std::max<std::clock_t>(few, 1));
}

class FakePictures final : public PictureKeeper {
 public:
  std::vector<std::string> kept;
  std::string error;
  std::vector<Done> waiting;
  bool at_once = true;

  explicit FakePictures(testing::FakeClock& control) : control_(control) {}
  void keep(std::string name, std::string bmp, Done done) override {
    if (error.empty()) kept.push_back(name + "=" + bmp);
    waiting.push_back(std::move(done));
    if (!at_once) return;
    answer(waiting.size() - 1, error.empty() ? Kept() : tl::unexpected(error));
  }
  using Kept = tl::expected<void, std::string>;
  void answer(std::size_t picture, Kept told) {
    control_.post([done = std::move(waiting.at(picture)), told = std::move(told)] { done(told); });
  }

 private:
  testing::FakeClock& control_;
};

TEST(RemoteControl, PicturesAreKeptUnderTheirNames) {
  Phones fixture({agent("1000", d385), agent("1001", d862, "192.0.2.8")});
  EXPECT_EQ(fixture.reply_to("snom_command 1000 screen desk.png"),
            "-ERR 1000 screen desk.png: there is no folder for pictures (docs/commands.md)");
  FakePictures pictures(fixture.clock);
  CommandService::Options options;
  options.pictures = &pictures;
  fixture.open(std::move(options));
  fixture.web.at_once = WebOutcome{200, {}, "BMP"};
  EXPECT_EQ(fixture.reply_to("snom_command 1000 screen desk.png"), "+OK 1000 screen desk.png");
  EXPECT_EQ(fixture.web.requests.at(0).url, "http://192.0.2.7/screen.bmp");
  EXPECT_GE(fixture.web.requests.at(0).max_body, 2U * 1024 * 1024);
  EXPECT_EQ(
      fixture.reply_to("snom_command * screen desk.png"),
      "+OK 1000@example.com screen desk.png\n-ERR 1001@example.com screen desk.png: a picture of the screen comes "
      "by HTTP only, and this model has no remote control by HTTP");
  EXPECT_EQ(pictures.kept, (std::vector<std::string>{"desk.png=BMP", "1000@example.com-desk.png=BMP"}));
  pictures.error = "the phone's picture is no BMP";
  EXPECT_EQ(fixture.reply_to("snom_command 1000 screen desk.png"),
            "-ERR 1000 screen desk.png [HTTP:0]: the phone's picture is no BMP");
}

TEST(RemoteControl, APictureIsToldOfWhenItIsKept) {
  Phones fixture({agent("1000", d385)});
  FakePictures pictures(fixture.clock);
  pictures.at_once = false;
  CommandService::Options options;
  options.pictures = &pictures;
  fixture.open(std::move(options));
  fixture.web.at_once = WebOutcome{200, {}, "BMP"};
  fixture.run("snom_command 1000 screen desk.png");
  EXPECT_TRUE(fixture.replies.empty());
  pictures.answer(0, tl::unexpected(std::string("disk full")));
  fixture.clock.run_posted();
  EXPECT_EQ(fixture.replies, std::vector<std::string>{"-ERR 1000 screen desk.png [HTTP:0]: disk full"});
  // One that comes when nobody is there any more is harmless.
  fixture.run("snom_command 1000 screen desk.png");
  fixture.command_service.reset();
  pictures.answer(1, {});
  fixture.clock.run_posted();
}

TEST(RemoteControl, ThePictureOfOnePhone) {
  Phones fixture({agent("1000", d385), agent("1001", d862, "192.0.2.8")});
  std::vector<tl::expected<std::string, std::string>> got;
  const auto take = [&](const std::string& user) {
    fixture.command_service->remote().take_picture({{}, user, {}},
                                                   [&](auto picture) { got.push_back(std::move(picture)); });
  };
  fixture.web.at_once = WebOutcome{200, {}, "BMP"};
  take("1000");
  EXPECT_EQ(got.at(0).value(), "BMP");
  fixture.web.at_once = WebOutcome{401, {}};
  take("1000");
  EXPECT_EQ(got.at(1).error(), "the phone wants a user name and password");
  take("1001");
  EXPECT_EQ(got.at(2).error(),
            "a picture of the screen comes by HTTP only, and this model has no remote control by HTTP");
  take("1009");
  EXPECT_EQ(got.at(3).error(), "user '1009' not registered");
}

TEST(RemoteControl, TwoContactsOfOnePhoneByTwoChannels) {
  Phones fixture({agent("1000", d385), agent("1000", d862, "192.0.2.8")});
  fixture.run("snom_command 1000 key ENTER");
  ASSERT_EQ(fixture.web.requests.size(), 1U);
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  fixture.web.answer(0, 404);
  fixture.messages.answer(0, 200, "OK");
  EXPECT_EQ(fixture.replies.at(0), "+OK 1000 key ENTER [notify]");
  fixture.clock.pass(milliseconds(2000));
  fixture.run("snom_command 1000 key ENTER");
  fixture.web.answer(1, 404);
  fixture.messages.answer(1, 500, "Busy");
  EXPECT_EQ(fixture.replies.at(1),
            "-ERR 1000 key ENTER [HTTP:404]: http://192.0.2.7/command.htm: the phone has no such page; "
            "sip:1000@192.0.2.8:5060;line=abc: the phone answered 500 Busy");
}

}  // namespace
}  // namespace snom::control
