#include "language/button.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

Button button_with_key(std::string key) {
  Button button;
  button.key = std::move(key);
  return button;
}

std::string refusal(const Button& button) {
  const auto valid = validate(button);
  return valid ? "" : valid.error().text();
}

TEST(Light, EveryNameIsReadBack) {
  for (const auto* name : {"off", "on", "hold", "pickup", "park", "message", "offline", "error", "seized", "record"}) {
    const auto light = parse_light(name);
    ASSERT_TRUE(light) << name;
    EXPECT_EQ(to_string(*light), name);
  }
}

TEST(Light, UnknownOneIsRefusedWithAllThatArePossible) {
  EXPECT_EQ(parse_light("purple").error().text(),
            "light: 'purple' is not a light (expected off, on, hold, pickup, park, message, offline, error, seized, "
            "record)");
}

TEST(Light, CaseMattersAsOnTheWire) {
  EXPECT_FALSE(parse_light("ON"));
  EXPECT_FALSE(parse_light(""));
  EXPECT_FALSE(parse_light("on "));
}

TEST(Light, RefusalNeverRepeatsALineEnd) {
  EXPECT_EQ(parse_light("on\r\nn=1").error().message.substr(0, 18), "'on ...' is not a ");
}

TEST(Colour, EveryNameIsReadBack) {
  for (const auto* name : {"red", "green", "orange", "local", "remote"}) {
    const auto colour = parse_colour(name);
    ASSERT_TRUE(colour) << name;
    EXPECT_EQ(to_string(*colour), name);
  }
}

TEST(Colour, UnknownOneIsRefusedWithAllThatArePossible) {
  EXPECT_EQ(parse_colour("blue").error().text(),
            "colour: 'blue' is not a colour (expected red, green, orange, local, remote)");
}

TEST(Action, EveryNameIsReadBack) {
  for (const auto* name : {"invite", "message"}) {
    const auto action = parse_action(name);
    ASSERT_TRUE(action) << name;
    EXPECT_EQ(to_string(*action), name);
  }
}

TEST(Action, UnknownOneIsRefusedWithAllThatArePossible) {
  EXPECT_EQ(parse_action("subscribe").error().text(),
            "action_name: 'subscribe' is not an action name (expected invite, message)");
}

TEST(ButtonValidation, NumberOrNameIsAKey) {
  EXPECT_EQ(refusal(button_with_key("2")), "");
  EXPECT_EQ(refusal(button_with_key("Küche 2")), "");
}

TEST(ButtonValidation, EmptyKeyIsRefused) {
  EXPECT_EQ(refusal(button_with_key("")), "key: is empty (expected the number or name of a key, such as 2)");
}

TEST(ButtonValidation, KeyOfBlanksCountsAsEmpty) {
  EXPECT_EQ(refusal(button_with_key("  ")), "key: is empty (expected the number or name of a key, such as 2)");
}

TEST(ButtonValidation, KeyHasAtMost64Bytes) {
  EXPECT_EQ(refusal(button_with_key(std::string(64, '1'))), "");
  EXPECT_EQ(refusal(button_with_key(std::string(65, '1'))), "key: is 65 bytes long (at most 64 are possible)");
}

TEST(ButtonValidation, OtherValuesHaveAtMost1024Bytes) {
  for (const auto& [member, argument] :
       {std::pair{&Button::label, "label"}, {&Button::number, "action"}, {&Button::caller, "caller"}}) {
    auto button = button_with_key("2");
    button.*member = std::string(1024, 'x');
    EXPECT_EQ(refusal(button), "") << argument;
    button.*member += 'x';
    EXPECT_EQ(refusal(button), std::string(argument) + ": is 1025 bytes long (at most 1024 are possible)");
  }
}

TEST(ButtonValidation, EveryControlCharacterIsRefusedInEveryValue) {
  for (const auto& [member, argument] : {std::pair{&Button::key, "key"},
                                         {&Button::label, "label"},
                                         {&Button::number, "action"},
                                         {&Button::caller, "caller"}}) {
    for (int code_point = 0; code_point < 0xA0; ++code_point) {
      if (code_point >= 0x20 && code_point < 0x7F) continue;
      auto button = button_with_key("2");
      (button.*member) += 'x';
      if (code_point >= 0x80) (button.*member) += '\xC2';
      (button.*member) += static_cast<char>(code_point);
      const auto valid = validate(button);
      ASSERT_FALSE(valid) << argument << " with U+" << std::hex << code_point;
      EXPECT_EQ(valid.error().argument, argument);
      EXPECT_NE(valid.error().message.find("control character"), std::string::npos) << valid.error().message;
    }
  }
}

TEST(ButtonValidation, LineEndInALabelIsShownEscaped) {
  auto button = button_with_key("2");
  button.label = "DND\nn=api+shutdown";
  EXPECT_EQ(refusal(button),
            "label: 'DND ...' holds a control character (line ends, tabs and the like are not possible)");
}

TEST(ButtonValidation, BrokenUtf8IsRefused) {
  auto button = button_with_key("2");
  button.label =
      "K\xFC"
      "che";  // Latin-1
  EXPECT_EQ(refusal(button), "label: 'K\\xfcche' is not well-formed UTF-8");
}

TEST(ButtonValidation, BlanksEqualSignsAndAnyLanguageAreFine) {
  auto button = button_with_key("2");
  button.label = " Bitte nicht stören = 勿扰 📞 ";
  button.number = "api+uuid_transfer 8f0c 9001";
  button.caller = "123455";
  EXPECT_EQ(refusal(button), "");
}

}  // namespace
}  // namespace snom::language
