#include "phone/quirks.h"

#include <gtest/gtest.h>

#include "phone/fakes.h"

namespace snom::phone {
namespace {

using language::Colour;
using language::Light;

std::string error_of(std::string_view text) {
  const auto quirks = parse_quirks(text);
  return quirks ? "no error" : quirks.error();
}

VirtualPhone::Options with(std::string_view text, std::string_view model = "D862") {
  auto options = testing::Bench::defaults(model);
  options.quirks = *parse_quirks(text);
  return options;
}

std::string led(int number, const std::string& colour) {
  return "<SnomIPPhoneSilent state=\"relevant\"><Led number=\"" + std::to_string(number) + "\" color=\"" + colour +
         "\">On</Led></SnomIPPhoneSilent>";
}

TEST(Quirks, AreReadFromAList) {
  const auto quirks = *parse_quirks("ignore=labels,led-offset=7,colours=red+green,dark=seized+record,survives-reboot");
  EXPECT_TRUE(quirks.ignores_labels && quirks.lights_survive_reboot && !quirks.ignores_buttons);
  EXPECT_EQ(quirks.led_offset, 7);
  EXPECT_EQ(quirks.colours, (std::vector{Colour::red, Colour::green}));
  EXPECT_EQ(quirks.dark_lights, (std::vector{Light::seized, Light::record}));
  EXPECT_TRUE(parse_quirks(""));
}

TEST(Quirks, WhatIsNoneIsNamed) {
  EXPECT_EQ(error_of("ignore=all"), "'ignore=all': expected ignore=buttons, labels, leds or blf");
  EXPECT_EQ(error_of("led-offset=x"), "'led-offset=x': expected led-offset=0 to 99");
  EXPECT_TRUE(error_of("colours=blue").starts_with("'colours=blue': 'blue' is not a colour"));
  EXPECT_TRUE(error_of("dark=purple").starts_with("'dark=purple': 'purple' is not a light"));
  EXPECT_TRUE(error_of("x").starts_with("'x': expected ignore="));
}

TEST(Quirks, DocumentsShowWhatSuchAPhoneShows) {
  testing::Bench bench(with("ignore=labels,colours=green,dark=seized"));
  EXPECT_EQ(bench.buttons("k=1\r\nc=on\r\no=red\r\nl=Door\r\n").status, 200);
  EXPECT_EQ(bench.button(1).colour, Colour::green);
  EXPECT_EQ(bench.button(1).label, "");
  EXPECT_EQ(bench.buttons("k=1\r\nc=seized\r\n").status, 200);
  EXPECT_EQ(bench.button(1).light, Light::off);
  testing::Bench deaf(with("ignore=buttons"));
  EXPECT_EQ(deaf.buttons("k=1\r\nc=on\r\n").status, 200);
  EXPECT_EQ(deaf.button(1).light, std::nullopt);
  EXPECT_EQ(deaf.buttons("k=99\r\nc=on\r\n").status, 404) << "it still knows which keys it has";
}

TEST(Quirks, LedsHaveTheNumbersOfSuchAPhone) {
  testing::Bench bench(with("led-offset=9,colours=red"));
  EXPECT_EQ(bench.phone.notify("xml", "application/snomxml", led(9, "green")).status, 200);
  ASSERT_NE(bench.phone.led_of(bench.phone.keys()[0]), nullptr);
  EXPECT_EQ(bench.phone.led_of(bench.phone.keys()[0])->colour, Colour::red);
  testing::Bench dark(with("ignore=leds"));
  EXPECT_EQ(dark.phone.notify("xml", "application/snomxml", led(5, "green")).status, 200);
  EXPECT_TRUE(dark.phone.leds().empty());
}

TEST(Quirks, LightsMaySurviveAReboot) {
  for (const bool survives : {false, true}) {
    testing::Bench bench(with(survives ? "survives-reboot" : ""));
    (void)bench.buttons("k=1\r\nc=on\r\n");
    bench.phone.restart(VirtualPhone::Restart::reboot);
    EXPECT_EQ(bench.button(1).light.has_value(), survives);
    bench.phone.restart(VirtualPhone::Restart::reboot);
  }
}

}  // namespace
}  // namespace snom::phone
