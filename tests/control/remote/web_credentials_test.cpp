#include "control/remote/web_credentials.h"

#include <gtest/gtest.h>

namespace snom::control {
namespace {

constexpr auto d862 = "snomD862/10.1.226.13";

std::string found(const WebCredentials& credentials, std::string_view address_of_record, std::string_view user_agent) {
  const auto* entry = credentials.find(address_of_record, user_agent);
  return entry == nullptr ? "none" : entry->username + ":" + entry->password;
}

TEST(WebCredentials, WhatSaysMoreOfAPhoneWins) {
  const WebCredentials credentials({{"", "", "all", "1"},
                                    {"", "D862", "model", "2"},
                                    {"1000", "", "user", "3"},
                                    {"1000@example.com", "", "address", "4"}});
  EXPECT_EQ(found(credentials, "1000@example.com", d862), "address:4");
  EXPECT_EQ(found(credentials, "1000@example.org", d862), "user:3");
  EXPECT_EQ(found(credentials, "1001@example.com", d862), "model:2");
  EXPECT_EQ(found(credentials, "1001@example.com", "snom370/8.7.5.35"), "all:1");
  EXPECT_EQ(found(credentials, "1001@example.com", ""), "all:1");
}

TEST(WebCredentials, AnEntryMayNameAUsersPhoneOfOneModel) {
  const WebCredentials credentials({{"1000", "", "user", "1"}, {"1000", "370", "both", "2"}});
  EXPECT_EQ(found(credentials, "1000@example.com", "snom370/8.7.5.35"), "both:2");
  EXPECT_EQ(found(credentials, "1000@example.com", d862), "user:1");
  EXPECT_EQ(found(credentials, "1001@example.com", "snom370/8.7.5.35"), "none");
}

TEST(WebCredentials, AModelIsWrittenInMoreThanOneWay) {
  for (const auto* model : {"D862", "d862", "snomD862", "SNOMd862"}) {
    const WebCredentials credentials({{"", model, "admin", "1"}});
    EXPECT_EQ(found(credentials, "1000@example.com", d862), "admin:1") << model;
    EXPECT_EQ(found(credentials, "1000@example.com", "snomD865/10.1.226.13"), "none") << model;
  }
  EXPECT_EQ(found(WebCredentials({{"", "M9", "admin", "1"}}), "1000@example.com", "snom-m9/9.6.2"), "admin:1");
}

TEST(WebCredentials, AnAddressThatWasTypedGetsNone) {
  const WebCredentials credentials({{"", "", "all", "1"}});
  EXPECT_EQ(found(credentials, "", ""), "none");
}

TEST(WebCredentials, WithoutEntriesThereAreNone) { EXPECT_EQ(found({}, "1000@example.com", d862), "none"); }

}  // namespace
}  // namespace snom::control
