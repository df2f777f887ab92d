#include "snomctl/show.h"

#include <clocale>

#include <gtest/gtest.h>

namespace snom::snomctl {
namespace {

using nlohmann::json;

TEST(Show, PhonesAreATableSortedByName) {
  const auto phones = json::parse(R"({"phones":[
      {"user":"1001","domain":"h","profile":"internal","network":"127.0.0.1:5071","transport":"tcp","expires":59,
       "user_agent":"snomD862/10.1","web":null},
      {"user":"1000","domain":"h","profile":"internal","network":"127.0.0.1:5070","transport":"udp","expires":3580,
       "user_agent":"snom370/8.7","web":"http://127.0.0.1:8081"}]})");
  EXPECT_EQ(show_phones(phones),
            "PHONE   PROFILE   NETWORK         TRANSPORT  EXPIRES  USER-AGENT     WEB\n"
            "1000@h  internal  127.0.0.1:5070  udp        3580 s   snom370/8.7    http://127.0.0.1:8081\n"
            "1001@h  internal  127.0.0.1:5071  tcp        59 s     snomD862/10.1\n");
  EXPECT_EQ(show_phones({{"phones", json::array()}}), "no phone is registered\n");
}

TEST(Show, FoundPhonesStandAsTheyCome) {
  const json phones = json::parse(R"({"phones":[
    {"address_of_record":"1001@h","state":"silent","model":"D862","keys":12,"pending":2,"failed":0,
     "contacts":[{"network":"192.0.2.7:5060"},{"network":"192.0.2.8:5060"}]},
    {"address_of_record":"1000@h","state":"away","model":null,"keys":1,"pending":1,"failed":0,"contacts":[]}]})");
  EXPECT_EQ(show_found_phones(phones),
            "PHONE   STATE   MODEL  KEYS  PENDING  FAILED  NETWORK\n"
            "1001@h  silent  D862   12    2        0       192.0.2.7:5060, 192.0.2.8:5060\n"
            "1000@h  away           1     1        0\n");
  EXPECT_EQ(show_found_phones(json::object()), "no such phone\n");
}

TEST(Show, ButtonsAreATable) {
  const auto buttons = json::parse(R"({"address_of_record":"1000@h","buttons":[{"key":"2","light":"on","colour":null,
      "label":"DND","number":"api+x","action":"message","caller":null,"state":"confirmed"}]})");
  EXPECT_EQ(show_buttons(buttons),
            "KEY  LIGHT  COLOUR  LABEL  ACTION   NUMBER  STATE\n"
            "2    on             DND    message  api+x   confirmed\n");
  EXPECT_EQ(show_buttons({{"address_of_record", "1000@h"}, {"buttons", json::array()}}), "no key of 1000@h was set\n");
}

TEST(Show, EventsReadLikeSentences) {
  const auto line = [](std::string_view name, const char* data) {
    return show_event("12:00:01", name, json::parse(data));
  };
  EXPECT_EQ(
      line("press", R"({"address_of_record":"1000@h","key":"2","action":"api+x","accepted":true,"output":"+OK x"})"),
      "12:00:01 press        1000@h key 2: api+x -> +OK x\n");
  EXPECT_EQ(
      line("press", R"({"address_of_record":"1000@h","key":null,"action":"api+x","accepted":false,"why":"not bound"})"),
      "12:00:01 press        1000@h refused 'api+x': not bound\n");
  EXPECT_EQ(line("command", R"({"command":"snom_command */1 key enter","reply":"+OK */1 key enter"})"),
            "12:00:01 command      snom_command */1 key enter -> +OK */1 key enter\n");
  EXPECT_EQ(line("gap", R"({"lost":3,"why":"forgotten"})"), "12:00:01 gap          3 events are lost: forgotten\n");
  EXPECT_EQ(line("gap", R"({"lost":null,"why":"restarted"})"),
            "12:00:01 gap          some events are lost: restarted\n");
  EXPECT_EQ(line("registered", R"({"user":"1000","domain":"h","network":"127.0.0.1:5070","user_agent":"snom370/8.7"})"),
            "12:00:01 registered   1000@h at 127.0.0.1:5070 (snom370/8.7)\n");
  EXPECT_EQ(line("unregistered", R"({"user":"1000","domain":"h","network":"127.0.0.1:5070","why":"expired"})"),
            "12:00:01 unregistered 1000@h at 127.0.0.1:5070: expired\n");
  EXPECT_EQ(line("button", R"({"address_of_record":"1000@h","key":"2","light":"on","label":"DND","confirmed":true,
                 "contacts":[{"contact":"sip:a","status":200,"reason":"OK"},{"contact":"sip:b","status":0,"reason":"no answer within 5 s"},
                             {"contact":"sip:c","status":404,"reason":"Not Found"}]})"),
            "12:00:01 button       1000@h key 2: on 'DND', confirmed, but sip:b: no answer within 5 s, sip:c: 404 Not "
            "Found\n");
}

/// Bytes that steer a terminal, or turn the direction of what follows.
constexpr const char* steering =
    "\x1b[2J\x07\n\xc2\x9b"
    "2J\xe2\x80\xae\x9b";

bool steers(std::string_view shown) {
  return shown.substr(0, shown.size() - 1).find_first_of("\x1b\x07\n\x9b\xae") != std::string_view::npos;
}

TEST(Show, WhatAPhoneSentCannotSteerTheTerminal) {
  const json contacts = json::array({{{"contact", steering}, {"status", 400}, {"reason", steering}}});
  const json all = {{"address_of_record", steering},
                    {"key", steering},
                    {"action", steering},
                    {"why", steering},
                    {"output", steering},
                    {"contacts", contacts},
                    {"label", steering},
                    {"number", steering},
                    {"user_agent", steering},
                    {"network", steering},
                    {"reason", steering},
                    {"command", steering},
                    {"reply", steering}};
  for (const auto* name :
       {"press", "button", "registered", "unregistered", "keys", "command", "unheard of", steering}) {
    EXPECT_FALSE(steers(show_event("t", name, all))) << name;
  }
  for (std::string text : {show_phones({{"phones", {all}}}), show_buttons({{"buttons", {all}}})}) {
    text.erase(text.find('\n'), 1);  // behind the heading
    EXPECT_FALSE(steers(text)) << text;
  }
  EXPECT_FALSE(steers(show_buttons({{"address_of_record", steering}, {"buttons", json::array()}})));
}

TEST(Show, WhatIsNotAsSnomdWritesItIsShownAsFarAsItGoes) {
  for (const auto& odd : {json(1), json("text"), json(nullptr), json::array({1, "x"}), json::object()}) {
    const json all = {{"address_of_record", odd}, {"key", odd},  {"accepted", odd}, {"confirmed", odd}, {"status", odd},
                      {"contacts", odd},          {"keys", odd}, {"restore", odd},  {"user", odd},      {"light", odd}};
    for (const auto* name : {"press", "button", "registered", "unregistered", "keys", "command", "unheard of"}) {
      EXPECT_TRUE(show_event("t", name, all).ends_with("\n"));
      EXPECT_TRUE(show_event("t", name, odd).ends_with("\n"));
    }
    EXPECT_TRUE(show_phones({{"phones", odd}}).ends_with("\n"));
    EXPECT_TRUE(show_phones({{"phones", json::array({odd})}}).ends_with("\n"));
    EXPECT_TRUE(show_buttons({{"buttons", json::array({odd})}}).ends_with("\n"));
  }
}

TEST(Show, OneWideCellDoesNotWidenTheOthers) {
  std::vector<std::vector<std::string>> rows(100, {"a", "b"});
  rows.push_back({std::string(100'000, 'x'), "b"});
  const auto shown = show_table(rows);
  EXPECT_LT(shown.size(), 150'000U);
  EXPECT_TRUE(shown.ends_with("xxx  b\n"));
}

TEST(Show, WidthIsCountedInColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("T\xc3\xbcr"), 3u);
  EXPECT_GE(display_width("\xff\xff"), 1u);
  if (std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr) {
    EXPECT_EQ(display_width("\xe6\x97\xa5"), 2u);
    std::setlocale(LC_CTYPE, "C");
  }
}

}  // namespace
}  // namespace snom::snomctl
