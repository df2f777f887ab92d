#include "language/phone_model.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

TEST(PhoneModel, NameAndFirmwareOfOldAndNewPhones) {
  EXPECT_EQ(parse_user_agent("snom370/7.3.14"), (PhoneModel{"370", {7, 3, 14}}));
  EXPECT_EQ(parse_user_agent("snom820/8.4.35"), (PhoneModel{"820", {8, 4, 35}}));
  EXPECT_EQ(parse_user_agent("snomD345/10.1.159.12"), (PhoneModel{"D345", {10, 1, 159, 12}}));
  EXPECT_EQ(parse_user_agent("snomD862/10.1.226.13"), (PhoneModel{"D862", {10, 1, 226, 13}}));
}

TEST(PhoneModel, CaseDoesNotMatter) { EXPECT_EQ(parse_user_agent("SNOMd862/10.1"), (PhoneModel{"D862", {10, 1}})); }

TEST(PhoneModel, WhatFollowsTheFirstBlankIsPassedOver) {
  EXPECT_EQ(parse_user_agent("snom870/8.7.5 (MAC 000413000000)"), (PhoneModel{"870", {8, 7, 5}}));
  EXPECT_EQ(parse_user_agent(" snom360"), (PhoneModel{"360", {}}));
}

TEST(PhoneModel, FirmwareEndsAtWhatIsNoNumber) {
  EXPECT_EQ(parse_user_agent("snom190/3.60x"), (PhoneModel{"190", {3, 60}}));
  EXPECT_EQ(parse_user_agent("snom320/beta"), (PhoneModel{"320", {}}));
  EXPECT_EQ(parse_user_agent("snom320/8..1"), (PhoneModel{"320", {8}}));
  EXPECT_EQ(parse_user_agent("snom320/8.99999999999.1"), (PhoneModel{"320", {8}}));
}

TEST(PhoneModel, BuildsNameTheirReleaseWithoutPoints) {
  EXPECT_EQ(parse_user_agent("snom725/873_19_20130321"), (PhoneModel{"725", {8, 7, 3, 19}}));
  EXPECT_EQ(parse_user_agent("snom725/10_1_82_0"), (PhoneModel{"725", {10, 1, 82, 0}}));
  for (const auto* header : {"snom725/20130321", "snom725/873", "snom725/1010_82_0", "snom725/873.19"}) {
    EXPECT_EQ(parse_user_agent(header), (PhoneModel{"725", {}})) << header;
  }
}

TEST(PhoneModel, WhatStandsBehindTheFirmwareIsPassedOver) {
  EXPECT_EQ(parse_user_agent("snomM700/03.23.0005 (MAC=000413600001; SER= 00000; HW=255)"),
            (PhoneModel{"M700", {3, 23, 5}}));
  EXPECT_EQ(parse_user_agent("snomD785/10.1.198.12 000413000001"), (PhoneModel{"D785", {10, 1, 198, 12}}));
}

TEST(PhoneModel, AModelNeedsNoNumber) {
  EXPECT_EQ(parse_user_agent("snomMP/8.7.3.25"), (PhoneModel{"MP", {8, 7, 3, 25}}));
  EXPECT_EQ(parse_user_agent("snom-PA/8.4"), (PhoneModel{"PA", {8, 4}}));
}

TEST(PhoneModel, OtherMakersAreNone) {
  for (const auto* header : {"", " ", "Yealink SIP-T46S 66.84", "Zoiper snom370", "sno", "xsnom370/8"}) {
    EXPECT_EQ(parse_user_agent(header), std::nullopt) << header;
  }
}

TEST(PhoneModel, ProgramsNamedLikeSnomAreNone) {
  for (const auto* header : {"snom", "snom/8", "snomd/2.0", "snomphone/2.0", "snomctl/2.0", "SNOMD"}) {
    EXPECT_EQ(parse_user_agent(header), std::nullopt) << header;
  }
}

}  // namespace
}  // namespace snom::language
