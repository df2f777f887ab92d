#include "asterisk/device_lamps.h"

#include <gtest/gtest.h>

#include "asterisk/fake_ami.h"

namespace snom::asterisk {
namespace {

using language::Light;
using testing::FakeAmi;
using testing::value;

using Lines = std::vector<std::string>;

class DeviceLampsTest : public ::testing::Test {
 protected:
  void make(std::vector<DeviceLamp> with) {
    lamps.emplace(
        std::move(with), ami,
        [this](const DeviceLamp&, const std::string& line, std::function<void()> failed) {
          lines.push_back(line);
          fail = std::move(failed);
        },
        [this](const std::string& phone, const std::string& key) {
          EXPECT_EQ(phone + " " + key, "1000@example.com 1");
          return shown;
        },
        [this](const std::string& line) { log.push_back(line); });
  }
  /// Asterisk answers the oldest question.
  void state(const std::string& device, const std::string& text) {
    const auto asked = ami.take("Getvar");
    EXPECT_EQ(value(asked.fields, "Variable"), "DEVICE_STATE(" + device + ")");
    Ami::Answer answer;
    answer.ok = true;
    answer.response.fields = {{"Response", "Success"}, {"Variable", "DEVICE_STATE(" + device + ")"}, {"Value", text}};
    asked.done(answer);
  }
  void changed(const std::string& device, const std::string& text) {
    lamps->event({{{"Event", "DeviceStateChange"}, {"Device", device}, {"State", text}}});
  }
  Lines take() { return std::exchange(lines, {}); }

  FakeAmi ami;
  Lines lines;
  Lines log;
  std::function<void()> fail;  ///< the command that was run last
  control::KeyLight shown{"1", Light::on};
  std::optional<DeviceLamps> lamps;
};

TEST_F(DeviceLampsTest, AreRightFromTheStart) {
  make({{"Custom:DND1000", "1000@example.com", "2", "", false}});
  lamps->ask_all();
  state("Custom:DND1000", "INUSE");
  EXPECT_EQ(take(), (Lines{"snom_button 1000@example.com 2 light=on"}));
}

TEST_F(DeviceLampsTest, AreWhatAsteriskAnswersAndNotWhatAnEventSays) {
  make({{"Custom:DND1000", "1000@example.com", "2", "", false}});
  lamps->ask_all();
  state("Custom:DND1000", "NOT_INUSE");
  (void)take();
  changed("Custom:DND1000", "INUSE");  // forged
  state("Custom:DND1000", "NOT_INUSE");
  EXPECT_TRUE(take().empty());
  changed("Custom:DND1001", "INUSE");
  EXPECT_TRUE(ami.asked.empty());
}

TEST_F(DeviceLampsTest, ManyEventsAskOnceMoreAndTheLastStateCounts) {
  make({{"Custom:DND1000", "1000@example.com", "2", "", false}});
  lamps->ask_all();
  for (int i = 0; i < 10; ++i) changed("Custom:DND1000", "INUSE");
  EXPECT_EQ(ami.asked.size(), 1U);
  state("Custom:DND1000", "NOT_INUSE");
  state("Custom:DND1000", "INUSE");
  EXPECT_TRUE(ami.asked.empty());
  EXPECT_EQ(take().back(), "snom_button 1000@example.com 2 light=on");
}

TEST_F(DeviceLampsTest, AfterAReconnectionAllAreAskedAndOnlyChangesAreTold) {
  make({{"A", "1000@example.com", "1", "", false}, {"B", "1000@example.com", "2", "", false}});
  lamps->connected();
  state("A", "INUSE");
  state("B", "NOT_INUSE");
  (void)take();
  lamps->connected();
  state("A", "INUSE");
  state("B", "BUSY");
  EXPECT_EQ(take(), (Lines{"snom_button 1000@example.com 2 light=on"}));
}

TEST_F(DeviceLampsTest, HaveLightsOfTheirOwn) {
  DeviceLamp lamp{"Custom:DAYNIGHT0", "1000@example.com", "F1", "Night it's", false};
  lamp.lights["INUSE"] = Light::message;
  make({lamp});
  lamps->ask_all();
  state("Custom:DAYNIGHT0", "INUSE");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("light=message"), std::string::npos);
  EXPECT_NE(lines[0].find("Night it"), std::string::npos);
}

TEST_F(DeviceLampsTest, WhatCouldNotBeSetIsTriedAgain) {
  make({{"A", "1000@example.com", "1", "", false}});
  lamps->ask_all();
  state("A", "INUSE");
  fail();
  lamps->ask_all();
  state("A", "INUSE");
  EXPECT_EQ(take().size(), 2U);
  lamps->ask_all();
  state("A", "INUSE");
  EXPECT_TRUE(take().empty());
}

TEST_F(DeviceLampsTest, WhatSomebodyElseSetIsSetAgainWhenAllAreAskedAnew) {
  make({{"A", "1000@example.com", "1", "Desk", false}});
  lamps->ask_all();
  state("A", "INUSE");
  EXPECT_EQ(take(), (Lines{"snom_button 1000@example.com 1 light=on label=Desk"}));
  shown.label = "Desk";
  lamps->ask_all();
  state("A", "INUSE");
  EXPECT_TRUE(take().empty());
  for (const auto& other :
       {control::KeyLight{"1", Light::off, {}, "Desk"}, control::KeyLight{"1", Light::on, {}, "X"}}) {
    shown = other;
    changed("A", "INUSE");
    state("A", "INUSE");
    EXPECT_TRUE(take().empty()) << "an event may come before what it was told for is known";
    lamps->ask_all();
    state("A", "INUSE");
    EXPECT_EQ(take(), (Lines{"snom_button 1000@example.com 1 light=on label=Desk"}));
  }
}

TEST_F(DeviceLampsTest, AQuestionThatWasLostWithItsConnectionIsAskedAnew) {
  make({{"A", "1000@example.com", "1", "", false}});
  lamps->connected();
  const auto lost = ami.take("Getvar");
  lamps->connected();
  EXPECT_EQ(ami.count("Getvar"), 1U);
  Ami::Answer answer;
  answer.lost = true;
  lost.done(answer);  // within the same turn
  state("A", "INUSE");
  EXPECT_EQ(take(), (Lines{"snom_button 1000@example.com 1 light=on"}));
}

TEST_F(DeviceLampsTest, WhoWasParkedIsForgottenWithHisCallAndWithTheConnection) {
  make({{"park:701@parkedcalls", "1000@example.com", "1", "701", true}});
  const Lines without_name = {"snom_button 1000@example.com 1 light=park label=701"};
  const auto park = [this] {
    lamps->event({{{"Event", "ParkedCall"}, {"ParkeeCallerIDName", "Alice"}, {"ParkingSpace", "701"}}});
    state("park:701@parkedcalls", "NOT_INUSE");  // it was asked before
    changed("park:701@parkedcalls", "INUSE");
    state("park:701@parkedcalls", "INUSE");
    EXPECT_NE(take().back().find("Alice"), std::string::npos);
  };
  park();
  for (const auto* said : {"NOT_INUSE", "INUSE"}) {
    changed("park:701@parkedcalls", said);
    state("park:701@parkedcalls", said);
  }
  EXPECT_EQ(Lines{take().back()}, without_name) << "somebody else, of whom no event told";
  changed("park:701@parkedcalls", "NOT_INUSE");
  state("park:701@parkedcalls", "NOT_INUSE");
  park();
  lamps->connected();
  state("park:701@parkedcalls", "INUSE");
  EXPECT_EQ(take(), without_name);
}

TEST_F(DeviceLampsTest, AnotherLotsCallIsNotParkedHere) {
  make({{"park:701@parkedcalls", "1000@example.com", "1", "", true},
        {"park:701@sales", "1000@example.com", "2", "", true}});
  const auto park = [this](const std::string& lot) {
    lamps->event(
        {{{"Event", "ParkedCall"}, {"ParkeeCallerIDName", lot}, {"Parkinglot", lot}, {"ParkingSpace", "701"}}});
  };
  park("default");
  state("park:701@parkedcalls", "INUSE");
  EXPECT_EQ(take(), (Lines{"snom_button 1000@example.com 1 light=park label=default"}));
  park("sales");
  state("park:701@sales", "INUSE");
  EXPECT_EQ(take(), (Lines{"snom_button 1000@example.com 2 light=park label=sales"}));
  park("other");
  EXPECT_TRUE(ami.asked.empty());
}

TEST_F(DeviceLampsTest, SayWhoIsParkedUntilHeIsFetched) {
  make({{"park:701@parkedcalls", "1000@example.com", "3", "701", true}});
  lamps->ask_all();
  state("park:701@parkedcalls", "NOT_INUSE");
  EXPECT_EQ(take(), (Lines{"snom_button 1000@example.com 3 light=off label=701"}));
  lamps->event({{{"Event", "ParkedCall"},
                 {"ParkeeCallerIDName", "<unknown>"},
                 {"ParkeeCallerIDNum", "2000"},
                 {"ParkingSpace", "701"}}});
  state("park:701@parkedcalls", "INUSE");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(take()[0].find("light=park"), std::string::npos);
  changed("park:701@parkedcalls", "NOT_INUSE");
  state("park:701@parkedcalls", "NOT_INUSE");
  EXPECT_EQ(take(), (Lines{"snom_button 1000@example.com 3 light=off label=701"}));
}

TEST_F(DeviceLampsTest, SayWhyAMemberIsPaused) {
  make({{"Queue:support_pause_PJSIP/1001", "1001@example.com", "4", "", true}});
  lamps->event({{{"Event", "QueueMemberPause"},
                 {"Queue", "support"},
                 {"Interface", "PJSIP/1001"},
                 {"Paused", "1"},
                 {"PausedReason", "lunch"}}});
  state("Queue:support_pause_PJSIP/1001", "INUSE");
  EXPECT_EQ(take(), (Lines{"snom_button 1001@example.com 4 light=on label=lunch"}));
}

TEST_F(DeviceLampsTest, WhatAsteriskDoesNotTellIsSaidOnce) {
  make({{"Custom:X", "1000@example.com", "2", "", false}});
  for (int i = 0; i < 2; ++i) {
    lamps->ask_all();
    ami.fail("Getvar", "Permission denied");
  }
  EXPECT_EQ(log, (Lines{"device Custom:X: Asterisk does not tell its state (write = reporting is needed): "
                        "Permission denied"}));
  EXPECT_TRUE(lines.empty());
}

TEST(DeviceName, IsOnlyWhatCanStandInAFunction) {
  EXPECT_TRUE(is_device_name("Custom:DND1000"));
  EXPECT_TRUE(is_device_name("Queue:support_pause_PJSIP/1001"));
  for (const char* bad : {"", "a b", "a)", "a(", "a,b", "a\"", "a\\", "a\n"}) EXPECT_FALSE(is_device_name(bad)) << bad;
}

TEST(UsualLight, IsWhatPeopleExpect) {
  EXPECT_EQ(usual_light("Custom:X", "INUSE"), Light::on);
  EXPECT_EQ(usual_light("park:701@parkedcalls", "INUSE"), Light::park);
  EXPECT_EQ(usual_light("PJSIP/1000", "RINGING"), Light::pickup);
  EXPECT_EQ(usual_light("PJSIP/1000", "ONHOLD"), Light::hold);
  EXPECT_EQ(usual_light("PJSIP/1000", "UNAVAILABLE"), Light::offline);
  EXPECT_EQ(usual_light("MWI:1000@default", "INVALID"), Light::off);
}

}  // namespace
}  // namespace snom::asterisk
