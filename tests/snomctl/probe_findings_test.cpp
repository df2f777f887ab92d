#include "snomctl/probe_findings.h"

#include <gtest/gtest.h>

namespace snom::snomctl {
namespace {

using language::Colour;
using language::Light;

Findings of_d862() {
  Findings found;
  found.model = "D862";
  found.firmware = "10.1.226.13";
  return found;
}

TEST(ProbeFindings, LooksAreReadAsPeopleTypeThem) {
  EXPECT_EQ(parse_look("steady red"), (Look{"steady", "red"}));
  EXPECT_EQ(parse_look(" FAST  Orange "), (Look{"fast", "orange"}));
  EXPECT_EQ(parse_look("on"), (Look{"steady", ""}));
  EXPECT_EQ(parse_look("off"), (Look{"dark", ""}));
  EXPECT_EQ(parse_look("dark red"), (Look{"dark", ""}));
  for (const auto* wrong : {"", "red", "steady blue", "slowly"}) EXPECT_EQ(parse_look(wrong), std::nullopt) << wrong;
}

TEST(ProbeFindings, TheRowIsThatOfTheTableWithWhatWasFound) {
  const auto& before = language::traits_of("D862");
  auto found = of_d862();
  EXPECT_EQ(model_row(found, before),
            "D862|D8xx|32|C symcon|?|60|3|C tancredi|5|C symcon|red green orange|I led|no|D d8xx|10.1.82.0|D notify|"
            "10.1.226.13|F probe|?|?");
  found.takes_buttons = true;
  found.led_offset = 7;
  found.led_colours = {{Colour::red, "red"}, {Colour::green, "green"}, {Colour::orange, "red"}};
  found.has_http = false;
  EXPECT_EQ(model_row(found, before),
            "D862|D8xx|32|C symcon|?|60|3|C tancredi|7|F probe|red green|F probe|no|F probe|10.1.82.0|D notify|"
            "10.1.226.13|F probe|yes|F probe");
}

TEST(ProbeFindings, WhatWorksBestIsConfigured) {
  auto found = of_d862();
  EXPECT_EQ(keys_setting(found), "");
  found.takes_leds = true;
  found.leds_status = 200;
  EXPECT_EQ(keys_setting(found), "led");
  EXPECT_EQ(channel_setting(found), "auto") << "whether it has HTTP is not known";
  found.has_http = false;
  EXPECT_EQ(channel_setting(found), "notify");
  found.takes_subscription = true;
  EXPECT_EQ(keys_setting(found), "subscription");
  found.takes_buttons = true;
  EXPECT_EQ(keys_setting(found), "auto");
}

TEST(ProbeFindings, AConfigurationIsChangedWhereTheModelStands) {
  auto found = of_d862();
  found.takes_leds = true;
  const std::string added =
      "\n[[channel]]  # snomctl probe, firmware 10.1.226.13\nmodel = \"D862\"\nchannel = \"auto\"\nkeys = \"led\"\n";
  EXPECT_EQ(with_channel("", found), added);
  EXPECT_EQ(with_channel("[http]", found), "[http]\n" + added);
  // Another model's, and one user's, are not its.
  const std::string others =
      "[[channel]]\nmodel = \"D865\"\nkeys = \"auto\"\n[[channel]]\nuser = \"1000\"\nmodel = \"D862\"\nkeys = "
      "\"auto\"\n";
  EXPECT_EQ(with_channel(others, found), others + added);
  EXPECT_EQ(
      with_channel("# top\n[[channel]]\n  model = 'snomd862'  # ours\n  keys = \"auto\"\n\n[http]\nlisten = \"x\"\n",
                   found),
      "# top\n[[channel]]\n  model = 'snomd862'  # ours\nkeys = \"led\"\nchannel = \"auto\"\n\n[http]\nlisten = "
      "\"x\"\n");
  EXPECT_EQ(with_channel(with_channel("", found), found), added) << "twice is once";
}

TEST(ProbeFindings, AReportSaysWhatWasTriedAndSeen) {
  auto found = of_d862();
  found.takes_buttons = false;
  found.buttons_status = 415;
  found.trials = {{"buttons light=on", 415, "Unsupported Media Type", ""},
                  {"notify led 5 red", 200, "OK", "1"},
                  {"subscription light=on", 0, "it has not subscribed to this key", ""}};
  const auto text = report(found, language::traits_of("D862"));
  EXPECT_TRUE(text.starts_with("snomctl probe: snomD862 with firmware 10.1.226.13\n")) << text;
  for (const auto* line :
       {"x-buttons light a key                    no\n", "lights survive a reboot                not known\n",
        "its answer                             415\n", "seen: 1\n", "-    it has not subscribed to this key\n",
        "D862|D8xx|"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

}  // namespace
}  // namespace snom::snomctl
