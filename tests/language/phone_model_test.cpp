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

TEST(PhoneModel, OtherMakersAreNone) {
  for (const auto* header : {"", " ", "Yealink SIP-T46S 66.84", "Zoiper snom370", "sno", "xsnom370/8"}) {
    EXPECT_EQ(parse_user_agent(header), std::nullopt) << header;
  }
}

TEST(PhoneModel, ProgramsNamedLikeSnomAreNone) {
  for (const auto* header : {"snom", "snom/8", "snomd/2.0", "snomphone/2.0"}) {
    EXPECT_EQ(parse_user_agent(header), std::nullopt) << header;
  }
}

}  // namespace
}  // namespace snom::language
