// Commands for phones that another program with the same store speaks to.

#include "control/other_nodes.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

using testing::phone;

const std::string far = "1009@example.com";  ///< an account, registered elsewhere

struct FakeOthers final : OtherNodes {
  std::string node = "node2";
  std::vector<std::vector<WantedKeys::Revision>> deliveries;
  std::vector<std::string> lines;
  std::vector<std::string> texts;
  std::vector<Done> waiting;

  [[nodiscard]] std::string node_of(std::string_view address_of_record) const override {
    return address_of_record == far ? node : std::string();
  }
  [[nodiscard]] std::vector<std::string> phones() const override { return {far}; }
  void deliver(const std::string& address_of_record, const std::vector<WantedKeys::Revision>& revisions,
               Done done) override {
    EXPECT_EQ(address_of_record, far);
    deliveries.push_back(revisions);
    waiting.push_back(std::move(done));
  }
  void run(const std::string& address_of_record, const std::string& line, const Credentials&, std::chrono::milliseconds,
           Done done) override {
    EXPECT_EQ(address_of_record, far);
    lines.push_back(line);
    waiting.push_back(std::move(done));
  }
  void tell(const std::string& address_of_record, const std::string& text) override {
    EXPECT_EQ(address_of_record, far);
    texts.push_back(text);
  }
};

struct World : testing::Fixture {
  FakeOthers others;

  World() {
    auto with_others = ports();
    with_others.others = &others;
    command_service.emplace(with_others, CommandService::Options{});
    EXPECT_TRUE(command_service->load());
  }
  void answer(tl::expected<std::vector<ContactOutcome>, std::string> outcomes) {
    others.waiting.back()(std::move(outcomes));
    clock.run_posted();
  }
};

ContactOutcome said(int status, std::string reason) {
  return {"sip:1009@192.0.2.9", status, std::move(reason), Channel::buttons};
}

TEST(OtherNodes, AreAskedToBringAKeyOnceItIsStored) {
  World world;
  world.store.hold_answers();
  world.run("snom_bind_key 2 on Far 1009 example.com internal");
  EXPECT_TRUE(world.others.deliveries.empty());
  world.store.release();
  world.clock.run_posted();
  ASSERT_EQ(world.others.deliveries.size(), 1U);
  EXPECT_EQ(world.others.deliveries[0].at(0).key, "2");
  EXPECT_TRUE(world.replies.empty());
  EXPECT_TRUE(world.messages.sent.empty());
  world.answer({{said(200, "OK")}});
  EXPECT_EQ(world.replies, std::vector<std::string>{"+OK 2 on Far 1009 example.com internal"});
  ASSERT_EQ(world.events.of<ButtonSet>().size(), 1U);
  EXPECT_TRUE(world.events.of<ButtonSet>()[0].confirmed);
}

TEST(OtherNodes, WhatTheirPhoneRefusesIsTheReply) {
  World world;
  world.run("snom_button 1009@example.com 2 light=on");
  world.answer({{said(403, "Forbidden")}});
  EXPECT_EQ(world.replies.at(0), "-ERR key 2 of 1009@example.com not set: phone answered 403 Forbidden");
  // The owner takes it back, and that is learned.
  EXPECT_NE((*world.command_service).wanted_keys().wanted(far, "2"), nullptr);
}

TEST(OtherNodes, WhereTheyDoNotSayItIsStoredAndNoMoreIsKnown) {
  World world;
  world.run("snom_button 1009@example.com 2 light=on");
  world.answer(tl::unexpected(std::string("node2 has ended")));
  EXPECT_EQ(world.replies.at(0),
            "+OK 1009@example.com 2 light=on: stored; whether 1009@example.com shows it is not known: node2 has ended");
  world.run("snom_button 1009@example.com 2 light=off");
  world.answer(std::vector<ContactOutcome>{});
  EXPECT_EQ(world.replies.at(1), "+OK 1009@example.com 2 light=off: pending, 1009@example.com is not registered");
}

/// A world in which 1009 registers here, and nowhere else any more.
struct Moving : World {
  void comes_here() {
    others.node.clear();
    directory.registrations.push_back(phone("1009"));
    command_service->registered(phone("1009"));
  }
  void goes() {
    const auto gone = directory.registrations.back();
    directory.registrations.pop_back();
    others.node = "node2";
    command_service->let_go(gone);
  }
};

TEST(OtherNodes, AKeyOfAPhoneThatComesHereWhileItIsStoredIsBroughtToItHere) {
  Moving world;
  world.store.hold_answers();
  world.run("snom_button 1009@example.com 2 light=on");
  world.comes_here();
  EXPECT_TRUE(world.messages.sent.empty()) << "nothing was wanted of it yet";
  world.store.release();
  world.clock.run_posted();
  EXPECT_TRUE(world.others.deliveries.empty());
  ASSERT_EQ(world.messages.sent.size(), 1U);
  EXPECT_EQ(world.messages.sent[0].to->user, "1009");
  EXPECT_TRUE(world.replies.empty());
  world.messages.answer(0, 200, "OK");
  EXPECT_EQ(world.replies, std::vector<std::string>{"+OK 1009@example.com 2 light=on"});
  EXPECT_EQ((*world.command_service).keys(far).at(0).state, KeySync::State::confirmed);
}

TEST(OtherNodes, APhoneThatComesHereWhileTheyAreAskedAnswersHere) {
  using Outcomes = tl::expected<std::vector<ContactOutcome>, std::string>;
  for (const Outcomes& word : {Outcomes(tl::unexpected(std::string("node2 has ended"))), Outcomes()}) {
    Moving world;
    world.run("snom_button 1009@example.com 2 light=on");
    ASSERT_EQ(world.others.deliveries.size(), 1U);
    world.comes_here();
    ASSERT_EQ(world.messages.sent.size(), 1U) << "it gets all its keys";
    world.answer(word);
    EXPECT_TRUE(world.replies.empty());
    world.messages.answer(0, 200, "OK");
    EXPECT_EQ(world.replies, std::vector<std::string>{"+OK 1009@example.com 2 light=on"});
    EXPECT_EQ(world.messages.sent.size(), 1U);
  }
}

TEST(OtherNodes, AKeyOfAPhoneThatGoesToThemWhileItIsStoredIsBroughtToItThere) {
  Moving world;
  world.comes_here();
  world.store.hold_answers();
  world.run("snom_button 1009@example.com 2 light=on");
  world.goes();
  world.store.release();
  world.clock.run_posted();
  EXPECT_TRUE(world.messages.sent.empty());
  ASSERT_EQ(world.others.deliveries.size(), 1U);
  world.answer({{said(200, "OK")}});
  EXPECT_EQ(world.replies, std::vector<std::string>{"+OK 1009@example.com 2 light=on"});
}

TEST(OtherNodes, AKeyThatCannotBeStoredIsNothingForThem) {
  World world;
  world.store.fail_all("away");
  world.run("snom_button 1009@example.com 2 light=on");
  EXPECT_EQ(world.replies.at(0), "-ERR key 2 of 1009@example.com not set: away");
  EXPECT_TRUE(world.others.deliveries.empty());
}

TEST(OtherNodes, RunCommandsForTheirPhonesWithTheirSecrets) {
  World world;
  world.run("snom_command 1009 key enter admin secret");
  EXPECT_EQ(world.others.lines, std::vector<std::string>{"snom_command 1009@example.com key enter admin secret"});
  world.answer({{{"http://192.0.2.9/command.htm", 401, {}, Channel::http}}});
  EXPECT_EQ(world.replies.at(0), "-ERR 1009 key enter [HTTP:401]: the phone refused the user name and password");
  world.run("snom_command 1009 key enter");
  world.answer(tl::unexpected(std::string("node2 did not say within 12 s")));
  EXPECT_EQ(world.replies.at(1),
            "-ERR 1009 key enter: whether it was done is not known: node2 did not say within 12 s");
  world.run("snom_command 1009 screen a.png");
  EXPECT_EQ(world.replies.at(2),
            "-ERR 1009 screen a.png: pictures are kept by the node that the phone is registered with: ask node2");
  std::string why;
  world.command_service->remote().take_picture({{}, "1009", {}}, [&](auto taken) { why = taken.error(); });
  world.run("snom_buttons 1009");
  EXPECT_EQ(why, "1009@example.com is registered with another node: ask node2");
  for (const auto& done : world.events.of<CommandDone>()) EXPECT_EQ(done.command.find("secret"), std::string::npos);
}

TEST(OtherNodes, EverybodyIsAlsoTheirPhones) {
  World world;
  world.messages.at_once = SipOutcome{200, "OK"};
  world.web.at_once = WebOutcome{200, {}};
  world.run("snom_command * key enter");
  ASSERT_EQ(world.others.lines.size(), 1U);
  world.answer({{{"http://192.0.2.9/command.htm", 200, {}, Channel::http}}});
  EXPECT_EQ(world.replies.at(0), "+OK 1009@example.com key enter\n+OK 1000@example.com key enter");
}

TEST(OtherNodes, WhatIsTypedForEverybodyIsCountedForTheirPhonesToo) {
  World world;
  const std::string blanks(CommandService::most_group_reply / 2, ' ');
  EXPECT_EQ(
      world.reply_to("snom_command *" + blanks + "key enter"),
      "-ERR 2097161 bytes of arguments for each of 2 phones are too much: expected 4194304 bytes together at most, "
      "so ask less at once, or fewer phones");
  EXPECT_TRUE(world.others.lines.empty());
}

TEST(OtherNodes, ListsSayWhereAPhoneIs) {
  World world;
  EXPECT_EQ(world.reply_to("snom_buttons 1009@example.com"), "+OK 0 keys of 1009@example.com (registered with node2)");
  EXPECT_EQ((*world.command_service).node_of(far), "node2");
  world.others.node.clear();
  EXPECT_EQ(world.reply_to("snom_buttons 1009@example.com"), "+OK 0 keys of 1009@example.com (not registered)");
}

TEST(OtherNodes, AreAnsweredWhatOurPhonesSay) {
  World world;
  std::vector<std::vector<ContactOutcome>> told;
  const auto take = [&told](std::vector<ContactOutcome> outcomes) { told.push_back(std::move(outcomes)); };
  world.command_service->registered(phone("1000"));
  WantedButton wanted;
  wanted.address_of_record = "1000@example.com";
  wanted.button.key = "2";
  wanted.button.light = language::Light::on;
  wanted.revision = 50;
  world.command_service->learn({51, wanted.address_of_record, "2", wanted});
  ASSERT_EQ(world.messages.sent.size(), 1U) << "what is learned is sent at once";
  world.messages.answer(0, 403, "Forbidden");
  world.command_service->deliver_here("1000@example.com", {{"2", 50}}, take);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].at(0).status, 403) << "it was refused before anybody asked";
  world.command_service->deliver_here("1001@example.com", {{"2", 50}}, take);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_TRUE(told[1].empty()) << "not registered";
}

TEST(OtherNodes, WhatTheyHandOnIsHandedOnToNobody) {
  World world;
  std::optional<tl::expected<std::vector<ContactOutcome>, std::string>> told;
  world.command_service->run_here("snom_command 1009@example.com key enter", {},
                                  [&told](auto outcome) { told = std::move(outcome); });
  EXPECT_TRUE(world.others.lines.empty());
  ASSERT_TRUE(told && *told);
  EXPECT_TRUE((*told)->empty());
  world.command_service->run_here("snom_clear 1000@example.com", {},
                                  [&told](auto outcome) { told = std::move(outcome); });
  EXPECT_EQ(told->error(), "no snom_command");
}

}  // namespace
}  // namespace snom::control
