#include "language/buttons_document.h"

#include <gtest/gtest.h>

#include "language/golden.h"

namespace snom::language {
namespace {

Button dnd() {
  Button button;
  button.key = "2";
  button.light = Light::on;
  button.label = "DND";
  return button;
}

/// The four examples of Snom's page in one document.
std::vector<Button> many_keys() {
  std::vector<Button> buttons(4);
  buttons[0].key = "6";
  buttons[0].light = Light::on;
  buttons[1].key = "3";
  buttons[1].light = Light::on;
  buttons[1].colour = Colour::orange;
  buttons[1].label = "Orange LED";
  buttons[2].key = "1";
  buttons[2].light = Light::pickup;
  buttons[2].colour = Colour::red;
  buttons[2].label = "42";
  buttons[2].number = "*14";
  buttons[2].action = Action::invite;
  buttons[2].caller = "123455";
  buttons[3] = dnd();
  buttons[3].number = "api+uuid_transfer 8f0c 9001";
  buttons[3].action = Action::message;
  return buttons;
}

std::string refusal(std::string_view text) {
  const auto buttons = parse_buttons_document(text);
  return buttons ? "" : buttons.error().text();
}

TEST(ButtonsDocument, OneKeyIsWrittenAsTheGoldenFile) {
  EXPECT_EQ(write_buttons_document(std::vector{dnd()}), golden("one_key.buttons"));
}

TEST(ButtonsDocument, ManyKeysAreWrittenAsTheGoldenFile) {
  EXPECT_EQ(write_buttons_document(many_keys()), golden("many_keys.buttons"));
}

TEST(ButtonsDocument, NoKeysAreAnEmptyDocument) {
  EXPECT_EQ(write_buttons_document({}), "");
  EXPECT_TRUE(parse_buttons_document("")->empty());
  EXPECT_TRUE(parse_buttons_document("\r\n\r\n")->empty());
}

TEST(ButtonsDocument, GoldenFilesAreReadBack) {
  EXPECT_EQ(parse_buttons_document(golden("one_key.buttons")), std::vector{dnd()});
  EXPECT_EQ(parse_buttons_document(golden("many_keys.buttons")), many_keys());
}

TEST(ButtonsDocument, LineFeedsPropertiesInAnyOrderAndUnknownOnesAreRead) {
  const auto buttons = parse_buttons_document(golden("foreign_phone.buttons"));
  ASSERT_TRUE(buttons) << buttons.error().text();
  ASSERT_EQ(buttons->size(), 2U);
  EXPECT_EQ((*buttons)[0], many_keys()[2]);
  Button kitchen;
  kitchen.key = "2";
  kitchen.light = Light::message;
  kitchen.label = "Küche";
  EXPECT_EQ((*buttons)[1], kitchen);
}

TEST(ButtonsDocument, BodiesOfTheOriginalModuleAreRead) {
  EXPECT_EQ(parse_buttons_document("k=2\nc=on\nl=DND\n\n"), std::vector{dnd()});
  auto button = dnd();
  button.number = "api+uuid_transfer x 9001";
  button.action = Action::message;
  EXPECT_EQ(parse_buttons_document("k=2\nc=on\nl=DND\nn=api+uuid_transfer x 9001\na=message\n"), std::vector{button});
}

TEST(ButtonsDocument, EmptyLineStartsTheNextLamp) {
  const auto buttons = parse_buttons_document("k=1\r\n\r\nk=2\n\n\r\nk=3");
  ASSERT_TRUE(buttons);
  ASSERT_EQ(buttons->size(), 3U);
  EXPECT_EQ((*buttons)[2].key, "3");
}

TEST(ButtonsDocument, EmptyLinesBeforeTheFirstLampArePassedOver) {
  EXPECT_EQ(parse_buttons_document("\r\n\nk=2\nc=on\nl=DND"), std::vector{dnd()});
}

TEST(ButtonsDocument, OnlyTheFirstEqualSignDivides) {
  EXPECT_EQ(parse_buttons_document("k=1\nl=a=b==\n")->front().label, "a=b==");
}

TEST(ButtonsDocument, BlanksOfAValueAreKept) {
  EXPECT_EQ(parse_buttons_document("k=1\nl=  a b \n")->front().label, "  a b ");
}

TEST(ButtonsDocument, EmptyTextsAreAsIfNotThere) {
  Button bare;
  bare.key = "1";
  EXPECT_EQ(parse_buttons_document("k=1\nl=\nn=\ni=\n"), std::vector{bare});
}

TEST(ButtonsDocument, LineWithoutEqualSignIsRefused) {
  EXPECT_EQ(refusal("k=1\nc\n"), "line 2: 'c' has no '=' (expected a property such as c=on)");
  EXPECT_EQ(refusal("  \n"), "line 1: '  ' has no '=' (expected a property such as c=on)");
}

TEST(ButtonsDocument, LampThatDoesNotBeginWithItsKeyIsRefused) {
  EXPECT_EQ(refusal("k=1\r\n\r\nc=on\r\nk=2\r\n"), "line 3: a lamp begins with 'c' (its first property must be k)");
  EXPECT_EQ(refusal("x=1\nk=2\n"), "line 1: a lamp begins with 'x' (its first property must be k)");
}

TEST(ButtonsDocument, SecondKeyInALampIsRefused) {
  EXPECT_EQ(refusal("k=1\nc=on\nk=2\n"),
            "line 3: key: a second 'k' in the same lamp (an empty line must come before it)");
}

TEST(ButtonsDocument, UnknownLightColourAndActionAreRefusedWithTheirLine) {
  EXPECT_EQ(refusal("k=1\n\nk=2\nc=purple\n"),
            "line 4: light: 'purple' is not a light (expected off, on, hold, pickup, park, message, offline, error, "
            "seized, record)");
  EXPECT_EQ(refusal("k=1\no=blue"),
            "line 2: colour: 'blue' is not a colour (expected red, green, orange, local, remote)");
  EXPECT_EQ(refusal("k=1\na=INVITE"), "line 2: action_name: 'INVITE' is not an action name (expected invite, message)");
}

TEST(ButtonsDocument, ValuesThatAButtonMayNotHoldAreRefusedWithTheirLine) {
  EXPECT_EQ(refusal("k=\nc=on"), "line 1: key: is empty (expected the number or name of a key, such as 2)");
  EXPECT_EQ(refusal("k=1\nl=a\tb"),
            "line 2: label: 'a ...' holds a control character (line ends, tabs and the like are not possible)");
  EXPECT_EQ(refusal("k=1\nn=\xFF"), "line 2: action: '\\xff' is not well-formed UTF-8");
  EXPECT_EQ(refusal("k=1\ni=" + std::string(1025, '1')),
            "line 2: caller: is 1025 bytes long (at most 1024 are possible)");
}

TEST(ButtonsDocument, CarriageReturnAloneIsNoLineEnd) {
  EXPECT_FALSE(parse_buttons_document("k=1\rc=on\r"));
  EXPECT_FALSE(parse_buttons_document("k=1\r\r\n"));
  EXPECT_FALSE(parse_buttons_document("k=1\r"));
}

}  // namespace
}  // namespace snom::language
