#include "snomctl/layout_answers.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace snom::snomctl {
namespace {

using layout::Layout;
using layout::LayoutFormat;
using nlohmann::json;
using Texts = std::vector<std::string>;

Layout parsed(std::string_view text, LayoutFormat format = LayoutFormat::toml) {
  const auto read = layout::parse_layout(text, "desk.toml", format);
  EXPECT_TRUE(read) << (read ? "" : read.error().front());
  return read.value_or(Layout{});
}

constexpr std::string_view desk = R"([[group]]
name = "reception"
phones = ["1000@example.com", "1001@example.com"]

[[group.key]]
key = 1
light = "on"
color = "green"
label = "Front door"
number = "4711"
action = "invite"

[[group.key]]
key = "2"
label = "Night"
number = "api+night on"
action = "message"
caller = "Bob"
)";

/// A phone as /v1/buttons tells it.
json phone(const std::string& address_of_record, std::vector<json> buttons) {
  return {{"address_of_record", address_of_record}, {"buttons", std::move(buttons)}};
}
json button(const std::string& key, const json& properties) {
  json value = {{"key", key},        {"light", nullptr},       {"colour", nullptr},
                {"label", nullptr},  {"number", nullptr},      {"action", nullptr},
                {"caller", nullptr}, {"number_hidden", false}, {"state", "confirmed"}};
  value.update(properties);
  return value;
}
Layout present(std::vector<json> phones) { return read_buttons({{"phones", std::move(phones)}}); }

TEST(LayoutDifference, OnlyWhatDiffersIsSent) {
  const auto difference = compare(
      present(
          {phone("1000@example.com",
                 {button("1", {{"light", "off"}, {"label", "Front door"}, {"number", "4711"}, {"action", "invite"}}),
                  button("2", {{"light", "hold"},
                               {"label", "Night"},
                               {"number", "api+night on"},
                               {"action", "message"},
                               {"caller", "Bob"}}),
                  button("3", {{"label", "not in the layout"}})})}),
      parsed(desk), "desk.toml");
  EXPECT_EQ(difference.same_keys, 1u) << "key 2: a light that the layout does not name stays";
  ASSERT_EQ(difference.phones.size(), 2u);
  EXPECT_EQ(command_line(difference.phones[0]), "snom_button 1000@example.com 1 light=on color=green");
  EXPECT_EQ(command_line(difference.phones[1]),
            "snom_button 1001@example.com 1 light=on color=green label='Front door' number=4711 action=invite 2 "
            "label=Night number='api+night on' action=message caller=Bob");
  EXPECT_EQ(show_change(difference.phones[0]), "1000@example.com key 1: light 'off' -> 'on', color '' -> 'green'\n");
  EXPECT_EQ(show_change(difference.phones[1]).substr(0, 66),
            "1001@example.com key 1 (new): light 'on', color 'green', label 'Fr");
}

TEST(LayoutDifference, WhatTheLayoutDoesNotNameOfAKeyIsEmptied) {
  const auto difference =
      compare(present({phone("1@h", {button("2", {{"light", "on"}, {"label", "old"}, {"colour", "red"}})})}),
              parsed("phone,key,number,action\n1@h,2,4711,invite\n", LayoutFormat::csv), "desk.csv");
  ASSERT_EQ(difference.phones.size(), 1u);
  EXPECT_EQ(command_line(difference.phones[0]), "snom_button 1@h 2 color= label= number=4711 action=invite");
}

TEST(LayoutDifference, ANewKeyWithoutAnythingIsDark) {
  const auto difference = compare({}, parsed("phone,key\n1@h,2\n", LayoutFormat::csv), "desk.csv");
  ASSERT_EQ(difference.phones.size(), 1u);
  EXPECT_EQ(command_line(difference.phones[0]), "snom_button 1@h 2 light=off");
}

TEST(LayoutDifference, APasswordIsNeverOverwrittenByTheNumberWithoutIt) {
  const json hidden = button("2", {{"number", "api+snom_command 1001 key enter"},
                                   {"action", "message"},
                                   {"number_hidden", true},
                                   {"label", "old"}});
  const std::string heading = "phone,key,label,number,action,number_hidden\n";
  const std::string row = "1@h,2,new,api+snom_command 1001 key enter,message,";
  for (const std::string marked : {"true", ""}) {
    const auto difference = compare(present({phone("1@h", {hidden})}),
                                    parsed(heading + row + marked + "\n", LayoutFormat::csv), "desk.csv");
    ASSERT_EQ(difference.phones.size(), 1u);
    EXPECT_EQ(command_line(difference.phones[0]), "snom_button 1@h 2 label=new");
  }
}

TEST(LayoutDifference, AHiddenNumberThatSnomdHasNotIsRefused) {
  const auto wanted =
      parsed("phone,key,number,number_hidden\n1@h,2,api+snom_command 1001 key enter,true\n", LayoutFormat::csv);
  const std::string expected =
      "desk.csv:2: number: key 2 of 1@h has a password that was left out when it was exported, and snomd has not got "
      "it "
      "either: write the whole number, without number_hidden";
  EXPECT_EQ(compare({}, wanted, "desk.csv").impossible, (Texts{expected}));
  const json other = button("2", {{"number", "api+snom_command 1002 key enter"}, {"number_hidden", true}});
  EXPECT_EQ(compare(present({phone("1@h", {other})}), wanted, "desk.csv").impossible, (Texts{expected}));
}

TEST(LayoutDifference, APasswordOfTheFileIsSentButNotShown) {
  const auto difference =
      compare({}, parsed("phone,key,number\n1@h,2,api+snom_command 1001 key enter admin s3cret\n", LayoutFormat::csv),
              "desk.csv");
  ASSERT_EQ(difference.phones.size(), 1u);
  EXPECT_EQ(command_line(difference.phones[0]),
            "snom_button 1@h 2 number='api+snom_command 1001 key enter admin s3cret'");
  EXPECT_EQ(show_change(difference.phones[0]),
            "1@h key 2 (new): number 'api+snom_command 1001 key enter' and a password\n");
}

TEST(LayoutDifference, HowKeysStandIsCounted) {
  const auto change =
      compare({},
              parsed("phone,key,label,color\n1@h,1,a,red\n1@h,2,b,\n1@h,3,c,\n1@h,4,d,\n1@h,5,e,\n", LayoutFormat::csv),
              "desk.csv")
          .phones.front();
  const auto now = standing(
      change, phone("1@h", {button("1", {{"label", "a"}, {"colour", "red"}}),
                            button("2", {{"label", "b"}, {"state", "pending"}}),
                            button("3", {{"label", "c"}, {"state", "failed"}}), button("4", {{"label", "before"}})}));
  EXPECT_EQ(now.confirmed, 1u);
  EXPECT_EQ(now.pending, 1u);
  EXPECT_EQ(now.failed, 3u) << "refused; taken back; not there at all";
}

}  // namespace
}  // namespace snom::snomctl
