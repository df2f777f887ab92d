#include <gtest/gtest.h>

#include "control/fake_ports.h"

/// A command service whose phones are told references, and one that answers before its phones do.
namespace snom::control {
namespace {

using testing::Fixture;

class FakeActions : public ActionRunner {
 public:
  std::vector<std::string> run_lines;
  std::string output = "+OK";

  void run(std::string_view command_line, std::function<void(std::string)> done) override {
    run_lines.emplace_back(command_line);
    done(output);
  }
};

struct FixtureOfReferences : Fixture {
  FakeActions actions;
  int references = 0;

  FixtureOfReferences() {
    directory.registrations = {testing::phone("1000"), testing::phone("1001", "192.0.2.8")};
    CommandService::Options options;
    options.new_reference = [this](const std::string&, const language::Button& button) {
      return own_command(button.number) ? "snom+" + std::to_string(++references) : std::string();
    };
    options.actions = &actions;
    open(std::move(options));
  }
};

TEST(PressReferences, PhoneIsToldAReferenceAndTheListKeepsTheAction) {
  FixtureOfReferences fixture;
  fixture.bind("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
  EXPECT_EQ(fixture.messages.sent.at(0).body, "k=2\r\nc=on\r\nl=DND\r\nn=snom+1\r\na=message\r\n");
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").at(0).button.number, "api+uuid_transfer 8f3 9001");
  EXPECT_EQ(fixture.events.of<ButtonSet>().at(0).button.number, "api+uuid_transfer 8f3 9001");
}

TEST(PressReferences, OtherActionsGoAsTheyAre) {
  FixtureOfReferences fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message open the door");
  fixture.bind("snom_bind_key 3 on A 1000 example.com internal invite api+x");
  fixture.bind("snom_bind_key 4 on A 1000 example.com internal");
  EXPECT_EQ(fixture.messages.sent.at(0).body, "k=2\r\nc=on\r\nl=A\r\nn=open the door\r\na=message\r\n");
  EXPECT_EQ(fixture.messages.sent.at(1).body, "k=3\r\nc=on\r\nl=A\r\nn=api+x\r\na=invite\r\n");
  EXPECT_EQ(fixture.references, 0);
  EXPECT_TRUE(fixture.press("open the door"));
}

TEST(PressReferences, ReferenceRunsTheActionAndTheEventNamesIt) {
  FixtureOfReferences fixture;
  fixture.actions.output = "+OK transferred";
  fixture.bind("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
  EXPECT_TRUE(fixture.press("snom+1", "k=2\n"));
  EXPECT_EQ(fixture.actions.run_lines, std::vector<std::string>{"uuid_transfer 8f3 9001"});
  const auto pressed = fixture.events.of<Pressed>().at(0);
  EXPECT_EQ(pressed.key, "2");
  EXPECT_EQ(pressed.action, "api+uuid_transfer 8f3 9001");
  EXPECT_EQ(pressed.output, "+OK transferred");
  EXPECT_EQ(fixture.messages.sent.back().body, "+OK transferred");
}

TEST(PressReferences, TheActionItselfIsRefused) {
  FixtureOfReferences fixture;
  fixture.bind("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
  EXPECT_FALSE(fixture.press("api+uuid_transfer 8f3 9001", "k=2\n"));
  EXPECT_TRUE(fixture.actions.run_lines.empty());
}

TEST(PressReferences, WhatOnlyAContactThatWentStillShowedCannotBePressedAnyMore) {
  FixtureOfReferences fixture;
  const auto stays = testing::phone("1000");
  auto goes = stays;
  goes.contact = "sip:1000@192.0.2.7:5099;line=old";
  fixture.directory.registrations = {stays, goes};
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer old 9001");
  fixture.run("snom_bind_key 3 on DND 1000 example.com internal message api+uuid_transfer old 9003");
  for (int message = 0; message < 4; ++message) fixture.messages.answer(message, 200, "OK");
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer new 9002");
  fixture.messages.answer(4, 200, "OK");
  EXPECT_TRUE(fixture.press("snom+1")) << "the other contact still shows it";
  fixture.command_service->unregistered(goes);
  EXPECT_FALSE(fixture.press("snom+1"));
  EXPECT_TRUE(fixture.press("snom+2"));
  EXPECT_TRUE(fixture.press("snom+3"));
}

TEST(PressReferences, WhatAContactShowsThatAnotherNodeHasTakenStaysGood) {
  FixtureOfReferences fixture;
  const auto stays = testing::phone("1000");
  auto taken = stays;
  taken.contact = "sip:1000@192.0.2.7:5099;line=other";
  fixture.directory.registrations = {stays, taken};
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer old 9001");
  for (int message = 0; message < 2; ++message) fixture.messages.answer(message, 200, "OK");
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer new 9002");
  fixture.messages.answer(2, 200, "OK");
  fixture.command_service->let_go(taken);
  EXPECT_TRUE(fixture.press("snom+1")) << "it shows it still, wherever it is";
  EXPECT_TRUE(fixture.press("snom+2"));
  fixture.command_service->let_go(taken);  // nobody knows it here any more
}

TEST(PressReferences, OnlyThePhoneThatWasToldMayUseIt) {
  FixtureOfReferences fixture;
  fixture.bind("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
  EXPECT_FALSE(fixture.press("snom+1", "k=2\n", "1001"));
  EXPECT_TRUE(fixture.actions.run_lines.empty());
  EXPECT_FALSE(fixture.events.of<Pressed>().at(0).accepted);
}

TEST(PressReferences, ReplacedReferenceStopsWorkingWhenTheNewBindingIsConfirmed) {
  FixtureOfReferences fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message api+one");
  fixture.run("snom_bind_key 2 on A 1000 example.com internal message api+two");
  EXPECT_TRUE(fixture.press("snom+1"));  // the phone may still have the old one
  EXPECT_TRUE(fixture.press("snom+2"));
  fixture.messages.answer(1, 200, "OK");
  EXPECT_FALSE(fixture.press("snom+1"));
  EXPECT_TRUE(fixture.press("snom+2"));
}

TEST(PressReferences, DarkKeyHasNone) {
  FixtureOfReferences fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message api+one");
  fixture.bind("snom_bind_key 2 off A 1000 example.com internal message notused");
  EXPECT_FALSE(fixture.press("snom+1"));
  EXPECT_FALSE(fixture.press(""));
}

TEST(NotePress, TellsOfAPressThatSomebodyElseServes) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message api+uuid_transfer 8f3 9001");
  fixture.command_service->note_press({testing::phone("1000"), "api+uuid_transfer 8f3 9001", "example.com", "k=2"});
  fixture.command_service->note_press({testing::phone("1000"), "api+shutdown", "example.com", "k=2"});
  const auto pressed = fixture.events.of<Pressed>();
  ASSERT_EQ(pressed.size(), 1U);
  EXPECT_EQ(pressed[0].action, "api+uuid_transfer 8f3 9001");
  EXPECT_EQ(fixture.messages.sent.size(), 1U);  // the binding: nothing ran, nothing is answered
}

struct FixtureInAHurry : Fixture {
  FixtureInAHurry() {
    CommandService::Options options;
    options.reply_when = ReplyWhen::stored;
    open(std::move(options));
  }
};

TEST(WithoutWaiting, RepliesWhenTheMessageIsHandedOver) {
  FixtureInAHurry fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 example.com internal"),
            "+OK 2 on DND 1000 example.com internal");
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_TRUE(fixture.events.of<ButtonSet>().empty());
  fixture.messages.answer(0, 486, "Busy Here");
  const auto set = fixture.events.of<ButtonSet>();
  ASSERT_EQ(set.size(), 1U);
  EXPECT_FALSE(set[0].confirmed);
  EXPECT_EQ(set[0].contacts.at(0).status, 486);
  EXPECT_EQ(fixture.replies.size(), 1U);
}

TEST(WithoutWaiting, UnregisteredUserAndUnknownProfileAreToldAllTheSame) {
  FixtureInAHurry fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1009 example.com internal"),
            "-ERR user '1009@example.com' not registered on profile 'internal'");
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 example.com nowhere").substr(0, 30),
            "-ERR unknown profile 'nowhere'");
}

struct FixtureThatWaitsForNoDisk : Fixture {
  FixtureThatWaitsForNoDisk() {
    CommandService::Options options;
    options.reply_when = ReplyWhen::accepted;
    open(std::move(options));
  }
};

TEST(WithoutWaitingForTheStore, RepliesAtOnceAndSendsWhenTheStoreHasIt) {
  FixtureThatWaitsForNoDisk fixture;
  fixture.store.hold_answers();
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 example.com internal"),
            "+OK 2 on DND 1000 example.com internal");
  EXPECT_TRUE(fixture.messages.sent.empty());
  fixture.store.release();
  fixture.clock.run_posted();
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  fixture.messages.answer(0, 200, "OK");
  EXPECT_TRUE(fixture.events.of<ButtonSet>().at(0).confirmed);
  EXPECT_EQ(fixture.replies.size(), 1U);
  EXPECT_EQ(fixture.events.of<CommandDone>().size(), 1U);
}

TEST(WithoutWaitingForTheStore, ItsRefusalIsToldAsAKeyThatIsNotSet) {
  FixtureThatWaitsForNoDisk fixture;
  fixture.store.fail_all("disk full (snom.db)");
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 example.com internal"),
            "+OK 2 on DND 1000 example.com internal");
  EXPECT_TRUE(fixture.messages.sent.empty());
  const auto set = fixture.events.of<ButtonSet>();
  ASSERT_EQ(set.size(), 1U);
  EXPECT_FALSE(set[0].confirmed);
  EXPECT_EQ(set[0].error, "disk full (snom.db)");
  EXPECT_TRUE(set[0].contacts.empty());
}

TEST(WithoutWaitingForTheStore, WhatCannotBeSentIsRefusedAllTheSame) {
  FixtureThatWaitsForNoDisk fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1009 example.com internal"),
            "-ERR user '1009@example.com' not registered on profile 'internal'");
}

TEST(WithoutWaiting, AnswerThatComesAtOnceIsFine) {
  FixtureInAHurry fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 example.com internal"),
            "+OK 2 on DND 1000 example.com internal");
  EXPECT_EQ(fixture.events.of<CommandDone>().size(), 1U);
  EXPECT_TRUE(fixture.events.of<ButtonSet>().at(0).confirmed);
}

}  // namespace
}  // namespace snom::control
