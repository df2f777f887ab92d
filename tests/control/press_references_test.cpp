#include <gtest/gtest.h>

#include "control/fake_world.h"

/// A switchboard whose phones are told references, and one that answers before its phones do.
namespace snom::control {
namespace {

using testing::House;

class FakeActions : public ActionRunner {
 public:
  std::vector<std::string> run_lines;
  std::string output = "+OK";

  void run(std::string_view command_line, std::function<void(std::string)> done) override {
    run_lines.emplace_back(command_line);
    done(output);
  }
};

struct HouseOfReferences : House {
  FakeActions actions;
  int references = 0;

  HouseOfReferences() {
    directory.registrations = {testing::phone("1000"), testing::phone("1001", "192.0.2.8")};
    Switchboard::Options options;
    options.new_reference = [this] { return "snom+" + std::to_string(++references); };
    options.actions = &actions;
    open(std::move(options));
  }
};

TEST(PressReferences, PhoneIsToldAReferenceAndTheListKeepsTheAction) {
  HouseOfReferences house;
  house.bind("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
  EXPECT_EQ(house.messages.sent.at(0).body, "k=2\r\nc=on\r\nl=DND\r\nn=snom+1\r\na=message\r\n");
  EXPECT_EQ(house.switchboard->keys("1000@example.com").at(0).button.number, "api+uuid_transfer 8f3 9001");
  EXPECT_EQ(house.events.of<ButtonSet>().at(0).button.number, "api+uuid_transfer 8f3 9001");
}

TEST(PressReferences, OtherActionsGoAsTheyAre) {
  HouseOfReferences house;
  house.bind("snom_bind_key 2 on A 1000 example.com internal message open the door");
  house.bind("snom_bind_key 3 on A 1000 example.com internal invite api+x");
  house.bind("snom_bind_key 4 on A 1000 example.com internal");
  EXPECT_EQ(house.messages.sent.at(0).body, "k=2\r\nc=on\r\nl=A\r\nn=open the door\r\na=message\r\n");
  EXPECT_EQ(house.messages.sent.at(1).body, "k=3\r\nc=on\r\nl=A\r\nn=api+x\r\na=invite\r\n");
  EXPECT_EQ(house.references, 0);
  EXPECT_TRUE(house.press("open the door"));
}

TEST(PressReferences, ReferenceRunsTheActionAndTheEventNamesIt) {
  HouseOfReferences house;
  house.actions.output = "+OK transferred";
  house.bind("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
  EXPECT_TRUE(house.press("snom+1", "k=2\n"));
  EXPECT_EQ(house.actions.run_lines, std::vector<std::string>{"uuid_transfer 8f3 9001"});
  const auto pressed = house.events.of<Pressed>().at(0);
  EXPECT_EQ(pressed.key, "2");
  EXPECT_EQ(pressed.action, "api+uuid_transfer 8f3 9001");
  EXPECT_EQ(pressed.output, "+OK transferred");
  EXPECT_EQ(house.messages.sent.back().body, "+OK transferred");
}

TEST(PressReferences, TheActionItselfIsRefused) {
  HouseOfReferences house;
  house.bind("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
  EXPECT_FALSE(house.press("api+uuid_transfer 8f3 9001", "k=2\n"));
  EXPECT_TRUE(house.actions.run_lines.empty());
}

TEST(PressReferences, WhatOnlyAContactThatWentStillShowedCannotBePressedAnyMore) {
  HouseOfReferences house;
  const auto stays = testing::phone("1000");
  auto goes = stays;
  goes.contact = "sip:1000@192.0.2.7:5099;line=old";
  house.directory.registrations = {stays, goes};
  house.run("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer old 9001");
  house.run("snom_bind_key 3 on DND 1000 example.com internal message api+uuid_transfer old 9003");
  for (int message = 0; message < 4; ++message) house.messages.answer(message, 200, "OK");
  house.run("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer new 9002");
  house.messages.answer(4, 200, "OK");
  EXPECT_TRUE(house.press("snom+1")) << "the other contact still shows it";
  house.switchboard->unregistered(goes);
  EXPECT_FALSE(house.press("snom+1"));
  EXPECT_TRUE(house.press("snom+2"));
  EXPECT_TRUE(house.press("snom+3"));
}

TEST(PressReferences, OnlyThePhoneThatWasToldMayUseIt) {
  HouseOfReferences house;
  house.bind("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
  EXPECT_FALSE(house.press("snom+1", "k=2\n", "1001"));
  EXPECT_TRUE(house.actions.run_lines.empty());
  EXPECT_FALSE(house.events.of<Pressed>().at(0).accepted);
}

TEST(PressReferences, ReplacedReferenceStopsWorkingWhenTheNewBindingIsConfirmed) {
  HouseOfReferences house;
  house.bind("snom_bind_key 2 on A 1000 example.com internal message api+one");
  house.run("snom_bind_key 2 on A 1000 example.com internal message api+two");
  EXPECT_TRUE(house.press("snom+1"));  // the phone may still have the old one
  EXPECT_TRUE(house.press("snom+2"));
  house.messages.answer(1, 200, "OK");
  EXPECT_FALSE(house.press("snom+1"));
  EXPECT_TRUE(house.press("snom+2"));
}

TEST(PressReferences, DarkKeyHasNone) {
  HouseOfReferences house;
  house.bind("snom_bind_key 2 on A 1000 example.com internal message api+one");
  house.bind("snom_bind_key 2 off A 1000 example.com internal message notused");
  EXPECT_FALSE(house.press("snom+1"));
  EXPECT_FALSE(house.press(""));
}

TEST(NotePress, TellsOfAPressThatSomebodyElseServes) {
  House house;
  house.bind("snom_bind_key 2 on A 1000 example.com internal message api+uuid_transfer 8f3 9001");
  house.switchboard->note_press({testing::phone("1000"), "api+uuid_transfer 8f3 9001", "example.com", "k=2"});
  house.switchboard->note_press({testing::phone("1000"), "api+shutdown", "example.com", "k=2"});
  const auto pressed = house.events.of<Pressed>();
  ASSERT_EQ(pressed.size(), 1U);
  EXPECT_EQ(pressed[0].action, "api+uuid_transfer 8f3 9001");
  EXPECT_EQ(house.messages.sent.size(), 1U);  // the binding: nothing ran, nothing is answered
}

struct HouseInAHurry : House {
  HouseInAHurry() {
    Switchboard::Options options;
    options.reply_when = ReplyWhen::stored;
    open(std::move(options));
  }
};

TEST(WithoutWaiting, RepliesWhenTheMessageIsHandedOver) {
  HouseInAHurry house;
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1000 example.com internal"),
            "+OK 2 on DND 1000 example.com internal");
  ASSERT_EQ(house.messages.sent.size(), 1U);
  EXPECT_TRUE(house.events.of<ButtonSet>().empty());
  house.messages.answer(0, 486, "Busy Here");
  const auto set = house.events.of<ButtonSet>();
  ASSERT_EQ(set.size(), 1U);
  EXPECT_FALSE(set[0].confirmed);
  EXPECT_EQ(set[0].contacts.at(0).status, 486);
  EXPECT_EQ(house.replies.size(), 1U);
}

TEST(WithoutWaiting, UnregisteredUserAndUnknownProfileAreToldAllTheSame) {
  HouseInAHurry house;
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1009 example.com internal"),
            "-ERR user '1009@example.com' not registered on profile 'internal'");
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1000 example.com nowhere").substr(0, 30),
            "-ERR unknown profile 'nowhere'");
}

struct HouseThatWaitsForNoDisk : House {
  HouseThatWaitsForNoDisk() {
    Switchboard::Options options;
    options.reply_when = ReplyWhen::accepted;
    open(std::move(options));
  }
};

TEST(WithoutWaitingForTheStore, RepliesAtOnceAndSendsWhenTheStoreHasIt) {
  HouseThatWaitsForNoDisk house;
  house.store.hold_answers();
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1000 example.com internal"),
            "+OK 2 on DND 1000 example.com internal");
  EXPECT_TRUE(house.messages.sent.empty());
  house.store.release();
  house.clock.run_posted();
  ASSERT_EQ(house.messages.sent.size(), 1U);
  house.messages.answer(0, 200, "OK");
  EXPECT_TRUE(house.events.of<ButtonSet>().at(0).confirmed);
  EXPECT_EQ(house.replies.size(), 1U);
  EXPECT_EQ(house.events.of<CommandDone>().size(), 1U);
}

TEST(WithoutWaitingForTheStore, ItsRefusalIsToldAsAKeyThatIsNotSet) {
  HouseThatWaitsForNoDisk house;
  house.store.fail_all("disk full (snom.db)");
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1000 example.com internal"),
            "+OK 2 on DND 1000 example.com internal");
  EXPECT_TRUE(house.messages.sent.empty());
  const auto set = house.events.of<ButtonSet>();
  ASSERT_EQ(set.size(), 1U);
  EXPECT_FALSE(set[0].confirmed);
  EXPECT_EQ(set[0].error, "disk full (snom.db)");
  EXPECT_TRUE(set[0].contacts.empty());
}

TEST(WithoutWaitingForTheStore, WhatCannotBeSentIsRefusedAllTheSame) {
  HouseThatWaitsForNoDisk house;
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1009 example.com internal"),
            "-ERR user '1009@example.com' not registered on profile 'internal'");
}

TEST(WithoutWaiting, AnswerThatComesAtOnceIsFine) {
  HouseInAHurry house;
  house.messages.at_once = SipOutcome{200, "OK"};
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1000 example.com internal"),
            "+OK 2 on DND 1000 example.com internal");
  EXPECT_EQ(house.events.of<CommandDone>().size(), 1U);
  EXPECT_TRUE(house.events.of<ButtonSet>().at(0).confirmed);
}

}  // namespace
}  // namespace snom::control
