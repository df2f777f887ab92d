#include "asterisk/press_code.h"

#include <gtest/gtest.h>

namespace snom::asterisk {
namespace {

using namespace std::chrono_literals;

/// As Asterisk 22.10.1 tells of `UserEvent(SnomPress)`.
AmiMessage press(const std::string& exten, const std::string& channel = "PJSIP/1003-00000001") {
  return {{{"Event", "UserEvent"},
           {"Privilege", "user,all"},
           {"Channel", channel},
           {"ChannelState", "4"},
           {"Context", "phones"},
           {"Exten", exten},
           {"Priority", "1"},
           {"UserEvent", "SnomPress"}}};
}

TEST(PressCode, IsThePrefixAndDigitsThatNobodyGuesses) {
  const auto code = new_press_code("*90");
  EXPECT_EQ(code.size(), 3 + press_digits);
  EXPECT_TRUE(code.starts_with("*90"));
  EXPECT_EQ(code.find_first_not_of("0123456789", 3), std::string::npos);
  EXPECT_NE(code, new_press_code("*90"));
}

TEST(PressCode, ComesFromTheDialplan) {
  const auto code = new_press_code("*90");
  const auto read = read_press(press(code), "*90");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->code, code);
  EXPECT_EQ(read->endpoint, "1003");
  EXPECT_EQ(read_press(press(code, "PJSIP/desk-two-0000000a"), "*90")->endpoint, "desk-two");
}

TEST(PressCode, IsNothingElse) {
  const auto code = new_press_code("*90");
  EXPECT_FALSE(read_press(press(code + "1"), "*90"));
  EXPECT_FALSE(read_press(press(code.substr(0, 22)), "*90"));
  EXPECT_FALSE(read_press(press(code), "*91"));
  EXPECT_FALSE(read_press(press("*90" + std::string(19, '1') + "x"), "*90"));
  EXPECT_FALSE(read_press(press(code, "SIP/1003-00000001"), "*90"));
  EXPECT_FALSE(read_press(press(code, "PJSIP/-1"), "*90"));
  EXPECT_FALSE(read_press(press(code, "PJSIP/1003"), "*90"));
  EXPECT_FALSE(read_press({{{"Event", "UserEvent"}, {"UserEvent", "Other"}, {"Exten", code}}}, "*90"));
}

TEST(FeaturePrefix, IsWhatAPhoneCanDial) {
  EXPECT_TRUE(is_feature_prefix("*90"));
  EXPECT_TRUE(is_feature_prefix("#7"));
  EXPECT_FALSE(is_feature_prefix(""));
  EXPECT_FALSE(is_feature_prefix("*90x"));
  EXPECT_FALSE(is_feature_prefix("123456789"));
}

TEST(TryLimit, IsOfWrongOnesWithinASecond) {
  TryLimit tries;
  const runtime::Clock::TimePoint begin{1h};
  for (unsigned i = 0; i < 1000; ++i) EXPECT_TRUE(tries.may_try(begin)) << "right ones do not count";
  for (unsigned i = 0; i < TryLimit::most_a_second; ++i) {
    EXPECT_TRUE(tries.may_try(begin));
    tries.was_wrong();
  }
  EXPECT_FALSE(tries.may_try(begin + 999ms));
  EXPECT_TRUE(tries.may_try(begin + 1s));
}

}  // namespace
}  // namespace snom::asterisk
