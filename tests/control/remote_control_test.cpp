#include "control/remote_control.h"

#include <algorithm>
#include <ctime>

#include <gtest/gtest.h>

#include "control/fake_world.h"

/// snom_command: which phones, by which channel, one reply line each.
namespace snom::control {
namespace {

using std::chrono::milliseconds;
using testing::House;
using testing::phone;

constexpr auto* d862 = "snomD862/10.1.226.13";
constexpr auto* d385 = "snomD385/10.1.159.12";

Registration agent(const std::string& user, const std::string& user_agent, const std::string& host = "192.0.2.7") {
  auto registration = phone(user, host);
  registration.user_agent = user_agent;
  return registration;
}

struct Phones : House {
  explicit Phones(std::vector<Registration> registrations) { directory.registrations = std::move(registrations); }
};

TEST(RemoteControl, PhonesWithoutHttpGetANotifyAndTheReplySaysSo) {
  Phones house({agent("1000", d862)});
  house.run("snom_command 1000 key F_HOLD");
  EXPECT_TRUE(house.web.requests.empty());
  ASSERT_EQ(house.messages.sent.size(), 1U);
  EXPECT_EQ(house.messages.sent[0].body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SnomIPPhoneSilent state=\"relevant\" document_id=\"command\">"
            "<fetch mil=\"10\">snom://mb_nop#key=F_HOLD</fetch></SnomIPPhoneSilent>");
  house.messages.answer(0, 200, "OK");
  EXPECT_EQ(house.replies.at(0), "+OK 1000 key F_HOLD [notify]");
  const auto done = house.events.of<CommandDone>().at(0);
  EXPECT_EQ(done.command, "snom_command 1000 key F_HOLD");
  EXPECT_EQ(done.contacts.at(0).channel, Channel::notify);
  EXPECT_EQ(done.contacts.at(0).contact, "sip:1000@192.0.2.7:5060;line=abc");
}

TEST(RemoteControl, WhatThePhoneAnswersToANotifyIsTold) {
  Phones house({agent("1000", d862)});
  house.run("snom_command 1000 dnd");
  house.messages.answer(0, 489, "Bad Event");
  EXPECT_EQ(house.replies.at(0),
            "-ERR 1000 dnd [NOTIFY:489]: the phone answered 489 Bad Event (older firmware takes Snom XML with its "
            "setting xml_notify on)");
  house.clock.pass(milliseconds(2000));
  house.run("snom_command 1000 dnd");
  house.messages.answer(1, 0, "no answer within 5 s");
  EXPECT_EQ(house.replies.at(1), "-ERR 1000 dnd [NOTIFY:0]: no answer within 5 s");
  house.clock.pass(milliseconds(2000));
  house.run("snom_command 1000 dnd");
  house.messages.answer(2, 403, "Forbidden");
  EXPECT_EQ(house.replies.at(2),
            "-ERR 1000 dnd [NOTIFY:403]: the phone answered 403 Forbidden (it trusts its registrar only, and what its "
            "setting mb_trusted_hosts names)");
  house.clock.pass(milliseconds(2000));
  house.run("snom_command 1000 dnd");
  house.messages.answer(3, SipOutcome{0, "sent", true});
  EXPECT_EQ(house.replies.at(3), "+OK 1000 dnd [notify sent]");
}

TEST(RemoteControl, AKeySequenceIsOneNotifyAStep) {
  Phones house({agent("1000", d862)});
  house.messages.at_once = SipOutcome{200, "OK"};
  house.run("snom_command 1000 key 1,50,300;2;ENTER");
  EXPECT_EQ(house.messages.sent.size(), 1U);
  house.clock.pass(milliseconds(349));
  EXPECT_EQ(house.messages.sent.size(), 1U);
  house.clock.pass(milliseconds(1));
  EXPECT_EQ(house.messages.sent.size(), 2U);
  house.clock.pass(milliseconds(2000));
  EXPECT_EQ(house.messages.sent.size(), 3U);
  EXPECT_EQ(house.replies.at(0), "+OK 1000 key 1,50,300;2;ENTER [notify]");
}

TEST(RemoteControl, ThePauseIsConfigured) {
  Phones house({agent("1000", d862)});
  house.switchboard->use({{}, {}, milliseconds(100)});
  house.messages.at_once = SipOutcome{200, "OK"};
  house.run("snom_command 1000 key 1;2");
  house.clock.pass(milliseconds(100));
  EXPECT_EQ(house.replies.at(0), "+OK 1000 key 1;2 [notify]");
}

TEST(RemoteControl, WhatAPhoneCannotIsSaid) {
  Phones house({agent("1000", d862), agent("1001", "snomD862/10.1.50.1"), agent("1002", d385)});
  house.switchboard->use({ChannelSettings({{"1002", "", ChannelSettings::Commands::notify, {}}}), {}, {}});
  const auto no_web = ", and this model has no remote control by HTTP";
  EXPECT_EQ(
      house.reply_to("snom_command 1000 key OFFHOOK"),
      std::string("-ERR 1000 key OFFHOOK: OFFHOOK does nothing when it comes as Snom XML (ENTER answers a call)") +
          no_web);
  EXPECT_EQ(
      house.reply_to("snom_command 1000 logoff"),
      std::string("-ERR 1000 logoff: Snom XML can only remove an identity from the phone, not log it off") + no_web);
  EXPECT_EQ(house.reply_to("snom_command 1000 dtmf 12A"),
            std::string("-ERR 1000 dtmf 12A: no key sends the tones A to D") + no_web);
  EXPECT_EQ(house.reply_to("snom_command 1002 logoff"),
            "-ERR 1002 logoff: Snom XML can only remove an identity from the phone, not log it off, and this phone is "
            "configured to be reached by NOTIFY");
  EXPECT_EQ(house.reply_to("snom_command 1001 dnd"),
            "-ERR 1001 dnd: it has no remote control by HTTP, and a snomD862 with firmware 10.1.50.1 takes no Snom XML "
            "by NOTIFY (firmware 10.1.82.0 and later does)");
  EXPECT_EQ(house.reply_to("snom_command 192.0.2.9 message Hello"),
            "-ERR 192.0.2.9 message Hello: a message goes by NOTIFY to a registered phone, not to a web page");
  EXPECT_TRUE(house.messages.sent.empty());
  EXPECT_TRUE(house.web.requests.empty());
}

TEST(RemoteControl, ASequenceThatTakesTooLongByNotifyIsRefused) {
  Phones house({agent("1000", d862)});
  EXPECT_EQ(
      house.reply_to("snom_command 1000 key 1,,60001;2"),
      "-ERR 1000 key 1,,60001;2: takes 60001 ms by NOTIFY, 60000 ms are possible (fewer keys, or shorter pauses)");
}

TEST(RemoteControl, ConfigurationPicksTheChannel) {
  Phones house({agent("1000", d385), agent("1001", d862)});
  house.switchboard->use({ChannelSettings({{"", "D385", ChannelSettings::Commands::notify, {}},
                                           {"1001", "", ChannelSettings::Commands::http, {}}}),
                          {},
                          milliseconds(100)});
  house.run("snom_command 1000 key ENTER");
  EXPECT_EQ(house.messages.sent.size(), 1U);
  house.run("snom_command 1001 key ENTER");
  EXPECT_EQ(house.web.requests.at(0).url, "http://192.0.2.7/command.htm?key=ENTER");
}

TEST(RemoteControl, MessagesGoByNotifyToEveryPhone) {
  Phones house({agent("1000", "snom370/8.7.5.35")});
  house.run("snom_command 1000 message Please call  back");
  ASSERT_EQ(house.messages.sent.size(), 1U);
  EXPECT_EQ(house.messages.sent[0].body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SnomIPPhoneText><Title></Title><Text>Please call  back</Text>"
            "</SnomIPPhoneText>");
  house.messages.answer(0, 200, "OK");
  EXPECT_EQ(house.replies.at(0), "+OK 1000 message Please call  back [notify]");
}

TEST(RemoteControl, SeveralPhonesAnswerALineEachInOrder) {
  Phones house({agent("1000", ""), agent("1001", d862, "192.0.2.8")});
  house.run("snom_command 1001,1000,1009,192.0.2.9 key ENTER admin secret");
  ASSERT_EQ(house.web.requests.size(), 2U);
  EXPECT_EQ(house.web.requests[0].password, "secret");
  house.web.answer(0, 200);
  house.web.answer(1, 404);
  EXPECT_TRUE(house.replies.empty());
  house.messages.answer(0, 200, "OK");
  EXPECT_EQ(house.replies.at(0),
            "+OK 1001 key ENTER [notify]\n"
            "+OK 1000 key ENTER\n"
            "-ERR user '1009' not registered\n"
            "-ERR 192.0.2.9 key ENTER [HTTP:404]: the phone has no such page");
  const auto done = house.events.of<CommandDone>();
  ASSERT_EQ(done.size(), 4U);
  EXPECT_EQ(done[1].command, "snom_command 1000 key ENTER");
  EXPECT_EQ(done[1].reply, "+OK 1000 key ENTER");
}

TEST(RemoteControl, AStarIsEveryRegisteredPhone) {
  Phones house({agent("1001", "", "192.0.2.8"), agent("1000", ""), agent("1000", "", "192.0.2.9")});
  house.web.at_once = WebOutcome{200, {}};
  EXPECT_EQ(house.reply_to("snom_command * action reboot"),
            "+OK 1000@example.com action reboot\n+OK 1001@example.com action reboot");
  EXPECT_EQ(house.web.requests.size(), 3U);
  EXPECT_EQ(house.reply_to("snom_command external/* action reboot"), "-ERR user 'external/*' not registered");
  EXPECT_EQ(house.reply_to("snom_command *,1000 dnd"),
            "+OK 1000@example.com dnd\n+OK 1001@example.com dnd\n+OK 1000 dnd");
}

TEST(RemoteControl, AGroupIsItsMembers) {
  Phones house({agent("1000", ""), agent("1001", "", "192.0.2.8")});
  house.switchboard->use({{}, {{"sales", {"1001", "1000@example.com", "1009"}}}, milliseconds(2000)});
  house.web.at_once = WebOutcome{200, {}};
  EXPECT_EQ(house.reply_to("snom_command sales,1001 key  ENTER"),
            "+OK 1001 key  ENTER\n+OK 1000@example.com key  ENTER\n-ERR user '1009' not registered");
}

TEST(RemoteControl, AnEmptyNameInAListIsAnError) {
  House house;
  for (const auto* list : {"1000,", ",1000", "1000,,1001"}) {
    EXPECT_EQ(house.reply_to(std::string("snom_command ") + list + " dnd"),
              "-ERR ip|user: an empty name in a list (expected such as 1000,1001)");
  }
}

TEST(RemoteControl, SecretsAreNotShown) {
  House house;
  house.web.at_once = WebOutcome{401, {}};
  const auto forbidden = [&](const std::string& arguments, const std::string& shown) {
    const auto reply = house.reply_to("snom_command " + arguments);
    EXPECT_EQ(reply, "-ERR " + shown + " [HTTP:401]: the phone refused the user name and password");
    EXPECT_EQ(house.events.of<CommandDone>().back().command, "snom_command " + shown);
  };
  forbidden("1000 dial 1001 admin geheim", "1000 dial 1001");
  forbidden("1000 hangup admin geheim wort", "1000 hangup");
  forbidden("1000 logoff admin geheim", "1000 logoff");
  forbidden("1000 logoff 2 admin geheim", "1000 logoff 2");
  forbidden("1000 setting user_pass1 geheim admin geheim", "1000 setting user_pass1");
  EXPECT_EQ(house.reply_to("snom_command 1000 setting user_pass1 geheim"),
            "-ERR 1000 setting user_pass1 [HTTP:401]: the phone wants a user name and password");
  EXPECT_EQ(house.reply_to("snom_command 1000 hangup geheim"),
            "-ERR usage: snom_command <ip|user> hangup [<username> <password>]");
}

TEST(RemoteControl, OfManyPhonesSomeAreBegunInEachTurn) {
  std::vector<Registration> many;
  for (std::size_t i = 0; i < 2 * RemoteControl::most_a_turn + 1; ++i)
    many.push_back(agent(std::to_string(2000 + i), d385));
  Phones house(std::move(many));
  house.web.at_once = WebOutcome{200, {}};
  house.run("snom_command * dnd");
  EXPECT_EQ(house.web.requests.size(), RemoteControl::most_a_turn);
  // Each is told of when it is known; the reply comes when all are.
  EXPECT_EQ(house.events.of<CommandDone>().size(), RemoteControl::most_a_turn);
  EXPECT_TRUE(house.replies.empty());
  house.clock.pass(milliseconds(0));
  ASSERT_EQ(house.replies.size(), 1U);
  EXPECT_EQ(std::count(house.replies[0].begin(), house.replies[0].end(), '\n'), 2 * RemoteControl::most_a_turn);
  EXPECT_EQ(house.events.of<CommandDone>().size(), 2 * RemoteControl::most_a_turn + 1);
  EXPECT_EQ(house.clock.timers(), 0U);
}

TEST(RemoteControl, TwentyTimesThePhonesAreTwentyTimesTheWork) {
  const auto work = [](std::size_t count) {
    std::vector<Registration> many;
    for (std::size_t i = 0; i < count; ++i) many.push_back(agent(std::to_string(100000 + i), d385));
    Phones house(std::move(many));
    const auto begin = std::clock();
    EXPECT_EQ(house.switchboard->remote().contacts_of({{"*", Directory::Query{"", "*", ""}}}, {}).size(), count);
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
  Phones house({agent("1000", d385), agent("1001", d862, "192.0.2.8")});
  EXPECT_EQ(house.reply_to("snom_command 1000 screen desk.png"),
            "-ERR 1000 screen desk.png: there is no folder for pictures (docs/commands.md)");
  FakePictures pictures(house.clock);
  Switchboard::Options options;
  options.pictures = &pictures;
  house.open(std::move(options));
  house.web.at_once = WebOutcome{200, {}, "BMP"};
  EXPECT_EQ(house.reply_to("snom_command 1000 screen desk.png"), "+OK 1000 screen desk.png");
  EXPECT_EQ(house.web.requests.at(0).url, "http://192.0.2.7/screen.bmp");
  EXPECT_GE(house.web.requests.at(0).max_body, 2U * 1024 * 1024);
  EXPECT_EQ(
      house.reply_to("snom_command * screen desk.png"),
      "+OK 1000@example.com screen desk.png\n-ERR 1001@example.com screen desk.png: a picture of the screen comes "
      "by HTTP only, and this model has no remote control by HTTP");
  EXPECT_EQ(pictures.kept, (std::vector<std::string>{"desk.png=BMP", "1000@example.com-desk.png=BMP"}));
  pictures.error = "the phone's picture is no BMP";
  EXPECT_EQ(house.reply_to("snom_command 1000 screen desk.png"),
            "-ERR 1000 screen desk.png [HTTP:0]: the phone's picture is no BMP");
}

TEST(RemoteControl, APictureIsToldOfWhenItIsKept) {
  Phones house({agent("1000", d385)});
  FakePictures pictures(house.clock);
  pictures.at_once = false;
  Switchboard::Options options;
  options.pictures = &pictures;
  house.open(std::move(options));
  house.web.at_once = WebOutcome{200, {}, "BMP"};
  house.run("snom_command 1000 screen desk.png");
  EXPECT_TRUE(house.replies.empty());
  pictures.answer(0, tl::unexpected(std::string("disk full")));
  house.clock.run_posted();
  EXPECT_EQ(house.replies, std::vector<std::string>{"-ERR 1000 screen desk.png [HTTP:0]: disk full"});
  // One that comes when nobody is there any more is harmless.
  house.run("snom_command 1000 screen desk.png");
  house.switchboard.reset();
  pictures.answer(1, {});
  house.clock.run_posted();
}

TEST(RemoteControl, ThePictureOfOnePhone) {
  Phones house({agent("1000", d385), agent("1001", d862, "192.0.2.8")});
  std::vector<tl::expected<std::string, std::string>> got;
  const auto take = [&](const std::string& user) {
    house.switchboard->remote().take_picture({{}, user, {}}, [&](auto picture) { got.push_back(std::move(picture)); });
  };
  house.web.at_once = WebOutcome{200, {}, "BMP"};
  take("1000");
  EXPECT_EQ(got.at(0).value(), "BMP");
  house.web.at_once = WebOutcome{401, {}};
  take("1000");
  EXPECT_EQ(got.at(1).error(), "the phone wants a user name and password");
  take("1001");
  EXPECT_EQ(got.at(2).error(),
            "a picture of the screen comes by HTTP only, and this model has no remote control by HTTP");
  take("1009");
  EXPECT_EQ(got.at(3).error(), "user '1009' not registered");
}

TEST(RemoteControl, TwoContactsOfOnePhoneByTwoChannels) {
  Phones house({agent("1000", d385), agent("1000", d862, "192.0.2.8")});
  house.run("snom_command 1000 key ENTER");
  ASSERT_EQ(house.web.requests.size(), 1U);
  ASSERT_EQ(house.messages.sent.size(), 1U);
  house.web.answer(0, 404);
  house.messages.answer(0, 200, "OK");
  EXPECT_EQ(house.replies.at(0), "+OK 1000 key ENTER [notify]");
  house.clock.pass(milliseconds(2000));
  house.run("snom_command 1000 key ENTER");
  house.web.answer(1, 404);
  house.messages.answer(1, 500, "Busy");
  EXPECT_EQ(house.replies.at(1),
            "-ERR 1000 key ENTER [HTTP:404]: http://192.0.2.7/command.htm: the phone has no such page; "
            "sip:1000@192.0.2.8:5060;line=abc: the phone answered 500 Busy");
}

}  // namespace
}  // namespace snom::control
