#include "sip/sip_uri.h"

#include <gtest/gtest.h>

namespace snom::sip {
namespace {

bool same(std::string_view a, std::string_view b) {
  const auto first = parse_sip_uri(a);
  const auto second = parse_sip_uri(b);
  EXPECT_TRUE(first && second) << a << " / " << b;
  return first && second && same_uri(*first, *second) && same_uri(*second, *first);
}

TEST(SipUri, WithoutHeadersIsAsARequestTakesIt) {
  EXPECT_EQ(without_headers("sip:a?b@h;lr?X=1&Route=%3Csip:c%3E"), "sip:a?b@h;lr");
  EXPECT_EQ(without_headers("sip:h?X=1"), "sip:h");
  EXPECT_EQ(without_headers("sip:1000@192.0.2.7:5060;line=x"), "sip:1000@192.0.2.7:5060;line=x");
}

TEST(SipUri, IsTakenApart) {
  const auto uri = parse_sip_uri("sip:front%20desk:pw@Phone.Example.com:5070;line=x;ob?a=b");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->user, "front desk");
  EXPECT_EQ(uri->password, "pw");
  EXPECT_EQ(uri->host, "phone.example.com");
  EXPECT_EQ(uri->port, 5070);
  EXPECT_EQ(uri->parameter("line"), "x");
  EXPECT_EQ(uri->parameter("ob"), "");
  const auto v6 = parse_sip_uri("sips:[2001:DB8::1]:5061");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->scheme, "sips");
  EXPECT_EQ(v6->host, "2001:db8::1");
  EXPECT_EQ(v6->port, 5061);
  EXPECT_FALSE(v6->user);
  EXPECT_FALSE(parse_sip_uri("sip:[::1]")->port);
}

TEST(SipUri, WhatIsNoneIsRefused) {
  for (const char* bad : {"", "sip", "tel:123", "sip:", "sip:a@", "sip:a@:5060", "sip:a@[::1", "sip:a@[::1]x",
                          "sip:a@host:port", "sip:a@host:70000", "sip:a@host:-1"})
    EXPECT_FALSE(parse_sip_uri(bad)) << bad;
}

// The examples of RFC 3261 section 19.1.4.
TEST(SipUri, TheRfcsExamplesOfEqualUris) {
  EXPECT_TRUE(same("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
  EXPECT_TRUE(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
  EXPECT_TRUE(same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"));
  EXPECT_TRUE(same("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                   "sip:alice@atlanta.com?priority=urgent&subject=project%20x"));
}

TEST(SipUri, TheRfcsExamplesOfDifferentUris) {
  EXPECT_FALSE(same("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
  EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
  EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
  EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"));
  EXPECT_FALSE(same("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
  EXPECT_FALSE(same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
  EXPECT_FALSE(same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
  EXPECT_FALSE(same("sip:bob@biloxi.com", "sips:bob@biloxi.com"));
}

TEST(SipUri, KnowsWhichParametersItHas) {
  EXPECT_TRUE(parse_sip_uri("sip:h;LR;a=1")->has_parameter("lr"));
  EXPECT_FALSE(parse_sip_uri("sip:h;lrx")->has_parameter("lr"));
}

TEST(SipUri, EscapesAreWhole) {
  for (const char* uri : {"sip:a@h", "sip:a%3Ab@h", "sip:%c3%BC@h"}) EXPECT_TRUE(has_whole_escapes(uri)) << uri;
  for (const char* uri : {"sip:a%@h", "sip:a%3@h", "sip:a%zz@h", "sip:h;a=%", "sip:h;a=%2"})
    EXPECT_FALSE(has_whole_escapes(uri)) << uri;
}

TEST(SipUri, IsAStopOfARouteWithLr) {
  EXPECT_EQ(loose_route_to("sip:a@h:5060;line=x"), "sip:a@h:5060;line=x;lr");
  EXPECT_EQ(loose_route_to("sip:a?b@h?subject=x"), "sip:a?b@h;lr");
}

TEST(SipUri, AsWrittenIsLikeItselfEvenIfItIsNone) {
  EXPECT_TRUE(same_uri("sip:1000@EXAMPLE.com", "sip:1000@example.com"));
  EXPECT_FALSE(same_uri("sip:1000@example.com", "sip:1001@example.com"));
  EXPECT_TRUE(same_uri("no uri", "no uri"));
  EXPECT_FALSE(same_uri("no uri", "none either"));
}

}  // namespace
}  // namespace snom::sip
