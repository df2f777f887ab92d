#include "asterisk/phone_list.h"

#include <gtest/gtest.h>

#include "asterisk/fake_ami.h"

namespace snom::asterisk {
namespace {

TEST(ListedContact, IsReadAsAsteriskWritesIt) {
  const auto read = read_contact(testing::contact("1000", "sip:1000@192.0.2.7:5062;line=d5f9", "fa87", "1795731205"));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (ListedContact{"1000", "1000", "sip:1000@192.0.2.7:5062;line=d5f9", "snomD862/10.1.226.13", "fa87",
                                  "192.0.2.7", 5062, 1795731205, true}));
}

TEST(ListedContact, OfAnotherEndpointThanItsAddressOfRecord) {
  auto message = testing::contact("1000", "sip:1000@192.0.2.7");
  for (auto& [name, value] : message.fields) {
    if (name == "Endpoint") value = "desk";
  }
  EXPECT_EQ(read_contact(message)->endpoint, "desk");
}

TEST(ListedContact, IsUnreachableWhenAsteriskSaysSo) {
  EXPECT_FALSE(read_contact(testing::contact("1000", "sip:a@b", "c", "1", "Unreachable"))->reachable);
  EXPECT_TRUE(read_contact(testing::contact("1000", "sip:a@b", "c", "1", "Reachable"))->reachable);
}

TEST(ListedContact, IsLeftOutWhereItCouldBeMeantForSomebodyElse) {
  EXPECT_FALSE(read_contact(testing::contact("1000", "sip:1000@192.0.2.7 >")));
  EXPECT_FALSE(read_contact(testing::contact("1000", "http://192.0.2.7")));
  EXPECT_FALSE(read_contact(testing::contact("1000", "")));
  EXPECT_FALSE(read_contact(testing::contact("a/b", "sip:1000@192.0.2.7")));
  EXPECT_FALSE(read_contact(testing::contact("", "sip:1000@192.0.2.7")));
  auto twice = testing::contact("1000", "sip:1000@192.0.2.7");
  twice.fields.emplace_back("Endpoint", "1001");
  EXPECT_FALSE(read_contact(twice));
  EXPECT_FALSE(read_contact({{{"Event", "ContactStatus"}, {"Uri", "sip:1000@192.0.2.7"}, {"ObjectName", "1000"}}}));
}

TEST(StoredContact, IsReadAsAsteriskKeepsIt) {
  const auto read =
      read_stored_contact(testing::stored_contact("1000", "sip:1000@192.0.2.7:5062;line=d5f9", "fa87", "1795731205"));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, *read_contact(testing::contact("1000", "sip:1000@192.0.2.7:5062;line=d5f9", "fa87", "1795731205")));
}

TEST(StoredContact, IsLeftOutWhereItCouldBeMeantForSomebodyElse) {
  EXPECT_FALSE(read_stored_contact(testing::stored_contact("1000", "http://192.0.2.7")));
  EXPECT_FALSE(read_stored_contact(testing::stored_contact("a/b", "sip:1000@192.0.2.7")));
  EXPECT_FALSE(read_stored_contact(testing::contact("1000", "sip:1000@192.0.2.7")));
  for (const auto* value : {"", "[]", "7", R"({"uri":7})", R"({"uri":)"}) {
    auto message = testing::stored_contact("1000", "sip:1000@192.0.2.7");
    message.fields[3].second = value;
    EXPECT_FALSE(read_stored_contact(message)) << value;
  }
  auto other = testing::stored_contact("1000", "sip:1000@192.0.2.7");
  other.fields[1].second = "cidname";
  EXPECT_FALSE(read_stored_contact(other));
}

TEST(KeyOfContact, IsAsAsteriskMakesIt) {
  EXPECT_EQ(key_of_contact("1000", "sip:1000@127.0.0.1:54339;line=87424313"), "1000;@95a30695f0aee125159d2e75194bb256");
  EXPECT_EQ(key_of_contact("a/b", "sip:1000@127.0.0.1"), std::nullopt);
  EXPECT_EQ(key_of_contact("", "sip:1000@127.0.0.1"), std::nullopt);
  EXPECT_EQ(key_of_contact("1000", ""), std::nullopt);
}

TEST(TransportOfUri, IsWhatTheParameterSays) {
  EXPECT_EQ(transport_of("sip:1000@192.0.2.7:5060;line=x"), "udp");
  EXPECT_EQ(transport_of("sip:1000@192.0.2.7:5060;Transport=TCP;line=x"), "tcp");
  EXPECT_EQ(transport_of("sips:1000@192.0.2.7"), "tls");
}

}  // namespace
}  // namespace snom::asterisk
