#include "control/keys/key_address.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace snom::control {
namespace {

TEST(KeyAddress, NamesUserAndKey) {
  EXPECT_EQ(write_key_address({"1000", "2"}), "snom+1000-2");
  EXPECT_EQ(write_key_address({"front-desk", "EK0"}), "snom+front-desk-EK0");
  EXPECT_EQ(write_key_address({"1000", "line-1 =\xC3\xA4"}), "snom+1000-line=2D1=20=3D=C3=A4");
  EXPECT_EQ(key_uri({"1000", "2"}, "example.com"), "sip:snom+1000-2@example.com");
  EXPECT_EQ(key_uri({"front desk", "2"}, "2001:db8::1"), "sip:snom+front%20desk-2@[2001:db8::1]");
}

TEST(KeyAddress, TwoKeysNeverShareOneAndEachIsReadBack) {
  std::set<std::string> seen;
  const std::vector<std::string> users{"1000", "1000-2", "a-", "-", "snom+1000", "a=2D", "front desk"};
  const std::vector<std::string> keys{"2", "-2", "-", "=2D", "2D", "EK0", "a b", "\xC3\xA4", "snom+1-2"};
  for (const auto& user : users) {
    for (const auto& key : keys) {
      const auto written = write_key_address({user, key});
      EXPECT_TRUE(seen.insert(written).second) << written;
      const auto read = parse_key_address(written);
      ASSERT_TRUE(read) << written;
      EXPECT_EQ(*read, (KeyAddress{user, key}));
    }
  }
}

TEST(KeyAddress, AKeyHasOneAddressOnly) {
  for (const char* text : {"", "1000", "snom+", "snom+1000", "snom+-2", "snom+1000-", "snom+1000-=32", "snom+1000-=2d",
                           "snom+1000-=2", "snom+1000-=", "snom+1000-a b", "snom+1000-a\xC3", "Snom+1000-2"}) {
    EXPECT_FALSE(parse_key_address(text)) << text;
  }
}

TEST(KeyExtension, IsAnAddressInWhichNoDashStands) {
  EXPECT_EQ(write_key_extension({"1000", "2"}), "snom+1000*2");
  EXPECT_EQ(write_key_extension({"front-desk", "line-1"}), "snom+front=2Ddesk*line=2D1");
  EXPECT_EQ(key_extension_uri({"1000", "2"}, "example.com"), "sip:snom+1000*2@example.com");
  std::set<std::string> seen;
  for (const std::string user : {"1000", "10001", "front-desk", "frontdesk", "a*b", "a=2Ab", "a b", "\xC3\xA4"}) {
    for (const std::string key : {"2", "12", "-2", "*", "EK0", "a.b_c"}) {
      const auto written = write_key_extension({user, key});
      EXPECT_TRUE(seen.insert(written).second) << written;
      EXPECT_EQ(written.find_first_of("- \t"), std::string::npos) << written;
      const auto read = parse_key_extension(written);
      ASSERT_TRUE(read) << written;
      EXPECT_EQ(*read, (KeyAddress{user, key}));
    }
  }
}

TEST(KeyExtension, AKeyHasOneOnlyAndOneThatMayBeCutIsNone) {
  for (const char* text : {"", "1000", "snom+", "snom+1000", "snom+*2", "snom+1000*", "snom+1000-2", "snom+1000*=32",
                           "snom+1000*=2d", "snom+1000*2*3", "snom+front-desk*2", "Snom+1000*2"}) {
    EXPECT_FALSE(parse_key_extension(text)) << text;
  }
  const auto longest = write_key_extension({std::string(71, 'a'), "2"});
  EXPECT_EQ(longest.size(), too_long_an_extension - 1);
  EXPECT_TRUE(parse_key_extension(longest));
  EXPECT_FALSE(parse_key_extension(longest + "2"));
}

TEST(KeyListAddress, IsOfAUserAndOfNoKey) {
  EXPECT_EQ(write_key_list_address("front-desk"), "snom+front-desk-*");
  EXPECT_EQ(parse_key_list_address("snom+front-desk-*"), "front-desk");
  EXPECT_EQ(key_list_uri("1000", "example.com"), "sip:snom+1000-*@example.com");
  EXPECT_EQ(key_list_uri("a b", "::1"), "sip:snom+a%20b-*@[::1]");
  for (const char* none : {"snom+-*", "snom+1000-2", "snom+1000*", "1000-*", "snom-*", ""}) {
    EXPECT_EQ(parse_key_list_address(none), std::nullopt) << none;
  }
  EXPECT_EQ(parse_key_address("snom+1000-*"), std::nullopt);
  EXPECT_NE(write_key_address({"1000", "*"}), write_key_list_address("1000"));
}

}  // namespace
}  // namespace snom::control
