#include "control/commands/bind_key.h"

#include <gtest/gtest.h>

namespace snom::control {
namespace {

using language::Action;
using language::Light;

std::string refusal(std::string_view arguments) {
  const auto command = parse_bind_key(arguments);
  return command ? "(taken)" : command.error();
}

TEST(BindKey, SixArguments) {
  const auto command = parse_bind_key("2 on DND 1000 example.com internal");
  ASSERT_TRUE(command);
  language::Button expected;
  expected.key = "2";
  expected.light = Light::on;
  expected.label = "DND";
  EXPECT_EQ(command->button, expected);
  EXPECT_EQ(command->user, "1000");
  EXPECT_EQ(command->host, "example.com");
  EXPECT_EQ(command->profile, "internal");
  EXPECT_EQ(command->shown, "2 on DND 1000 example.com internal");
}

TEST(BindKey, EighthArgumentTakesAllThatIsLeft) {
  const auto command = parse_bind_key("2 on DND 1000 example.com internal message api+uuid_transfer  8f3 9001");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->button.number, "api+uuid_transfer  8f3 9001");
  EXPECT_EQ(command->button.action, Action::message);
}

TEST(BindKey, LoneActionNameIsCheckedAndDropped) {
  const auto command = parse_bind_key("2 off DND 1000 example.com internal message");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->button.number, "");
  EXPECT_EQ(command->button.action, std::nullopt);
  EXPECT_EQ(refusal("2 off DND 1000 example.com internal massage"),
            "action_name: 'massage' is not an action name (expected invite, message)");
}

TEST(BindKey, LabelMayHoldBlanksOrBeEmpty) {
  EXPECT_EQ(parse_bind_key("2 on 'Do not disturb' 1000 example.com internal")->button.label, "Do not disturb");
  EXPECT_EQ(parse_bind_key("2 on '' 1000 example.com internal")->button.label, "");
}

TEST(BindKey, FewerThanSixArguments) {
  for (const auto* arguments : {"", "2", "2 on DND 1000 example.com", "2 on 'DND 1000 example.com internal"}) {
    EXPECT_EQ(refusal(arguments),
              "usage: snom_bind_key <key> <light> <label> <user> <host> <profile> [<action_name> [<action>]]");
  }
}

TEST(BindKey, WrongValuesNameTheArgument) {
  EXPECT_EQ(refusal("2 purple DND 1000 example.com internal"),
            "light: 'purple' is not a light (expected off, on, hold, pickup, park, message, offline, error, seized, "
            "record)");
  EXPECT_TRUE(refusal("'' on DND 1000 example.com internal").starts_with("key: "));
  EXPECT_TRUE(refusal("2 on D\\nc=off 1000 example.com internal").starts_with("label: "));
  EXPECT_TRUE(refusal("2 on D 1000 example.com internal message a\\nb").starts_with("action: "));
  EXPECT_TRUE(refusal("2 on D\xff 1000 example.com internal").starts_with("label: "));
  EXPECT_EQ(refusal("2 on D 1000 example.com internal massage x"),
            "action_name: 'massage' is not an action name (expected invite, message)");
}

TEST(BindKey, NotRegisteredNamesUserHostAndProfile) {
  EXPECT_EQ(not_registered(*parse_bind_key("2 on D 1000 example.com internal")),
            "user '1000@example.com' not registered on profile 'internal'");
  EXPECT_EQ(not_registered(*parse_bind_key("2 on D 1000 example.com *")), "user '1000@example.com' not registered");
}

}  // namespace
}  // namespace snom::control
