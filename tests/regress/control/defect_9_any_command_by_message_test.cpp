#include <gtest/gtest.h>

#include "control/fake_ports.h"

// With the original, any user who could send a MESSAGE could run any command through api+.
namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

constexpr auto action = "api+snom_command 192.0.2.9 key enter";

TEST(Defect9AnyCommandByMessage, NothingRunsThatWasNotBound) {
  Fixture fixture;
  for (const auto* target : {action, "api+snom_command 192.0.2.9 action reset", "api+shutdown", "api+", ""}) {
    EXPECT_FALSE(fixture.press(target, "k=2\n")) << target;
  }
  EXPECT_TRUE(fixture.web.requests.empty());
  EXPECT_TRUE(fixture.messages.sent.empty());
  EXPECT_TRUE(fixture.events.of<CommandDone>().empty());
  for (const auto& pressed : fixture.events.of<Pressed>()) EXPECT_FALSE(pressed.accepted);
}

TEST(Defect9AnyCommandByMessage, OnlyExactlyWhatWasBoundRuns) {
  Fixture fixture;
  fixture.bind(std::string("snom_bind_key 2 on A 1000 example.com internal message ") + action);
  for (const auto* target : {"api+snom_command 192.0.2.9 key enter;cancel", "api+snom_command 192.0.2.9 key",
                             "api+snom_command 192.0.2.9 key enter ", "API+snom_command 192.0.2.9 key enter"}) {
    EXPECT_FALSE(fixture.press(target, "k=2\n")) << target;
  }
  EXPECT_TRUE(fixture.web.requests.empty());
  EXPECT_TRUE(fixture.press(action, "k=2\n"));
  EXPECT_EQ(fixture.web.requests.size(), 1U);
}

TEST(Defect9AnyCommandByMessage, OnlyThePhoneItWasBoundToMayRunIt) {
  Fixture fixture;
  fixture.directory.registrations.push_back(phone("1001", "192.0.2.8"));
  fixture.bind(std::string("snom_bind_key 2 on A 1000 example.com internal message ") + action);
  EXPECT_FALSE(fixture.press(action, "k=2\n", "1001"));
  EXPECT_TRUE(fixture.web.requests.empty());
}

TEST(Defect9AnyCommandByMessage, BodyCannotNameAnActionOfItsOwn) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on A 1000 example.com internal message harmless");
  EXPECT_FALSE(fixture.press(action, "k=2\r\nn=harmless\r\na=message\r\n"));
  EXPECT_TRUE(fixture.web.requests.empty());
}

TEST(Defect9AnyCommandByMessage, NumberToCallIsNoCommandToRun) {
  Fixture fixture;
  fixture.bind(std::string("snom_bind_key 2 on A 1000 example.com internal invite ") + action);
  EXPECT_FALSE(fixture.press(action, "k=2\n"));
  EXPECT_TRUE(fixture.web.requests.empty());
}

TEST(Defect9AnyCommandByMessage, ActionThatWasReplacedRunsNoMore) {
  Fixture fixture;
  fixture.bind(std::string("snom_bind_key 2 on A 1000 example.com internal message ") + action);
  fixture.bind("snom_bind_key 2 off A 1000 example.com internal message notused");
  EXPECT_FALSE(fixture.press(action, "k=2\n"));
  EXPECT_TRUE(fixture.web.requests.empty());
}

}  // namespace
}  // namespace snom::control
