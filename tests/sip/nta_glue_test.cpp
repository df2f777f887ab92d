#include "sip/nta_glue.h"

#include <gtest/gtest.h>

namespace snom::sip {
namespace {

TEST(TransportAddress, ReadsBothTransportsAndBothFamilies) {
  EXPECT_EQ(parse_transport_address("udp:127.0.0.1:5060"), (TransportAddress{"udp", "127.0.0.1", 5060}));
  EXPECT_EQ(parse_transport_address("tcp:[::1]:0"), (TransportAddress{"tcp", "::1", 0}));
  EXPECT_EQ(parse_transport_address("TCP:PBX.example.com:65535"), (TransportAddress{"tcp", "pbx.example.com", 65535}));
}

TEST(TransportAddress, IsWrittenForPeopleAndForSofia) {
  const TransportAddress v6{"tcp", "::1", 5060};
  EXPECT_EQ(v6.to_string(), "tcp:[::1]:5060");
  EXPECT_EQ(v6.to_sofia_url(), "sip:[::1]:5060;transport=tcp");
  EXPECT_EQ((TransportAddress{"udp", "127.0.0.1", 0}).to_sofia_url(), "sip:127.0.0.1:*;transport=udp");
}

TEST(TransportAddress, RefusesWhatIsNoneAndSaysWhatWasExpected) {
  for (const char* bad : {"", "udp", "127.0.0.1:5060", "ws:127.0.0.1:5061", "udp:127.0.0.1", "udp:127.0.0.1:",
                          "udp:127.0.0.1:65536", "udp:127.0.0.1:-1", "udp:::1:5060", "udp:[127.0.0.1]:5060",
                          "udp:[::1:5060", "udp::5060", "udp:a b:5060", "udp:host;x:1", "udp:127.0.0.1:50x"}) {
    const auto parsed = parse_transport_address(bad);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_NE(parsed.error().find("expected udp:HOST:PORT"), std::string::npos) << parsed.error();
    EXPECT_NE(parsed.error().find("'" + std::string(bad) + "'"), std::string::npos) << parsed.error();
  }
}

TEST(SofiaText, UrlsAndHeadersBecomeStrings) {
  const Home home;
  const url_t* url = url_make(home, "sip:api+x%209001@127.0.0.1:5060;line=1");
  EXPECT_EQ(url_text(url), "sip:api+x%209001@127.0.0.1:5060;line=1");
  EXPECT_EQ(url_user(url), "api+x 9001");
  EXPECT_EQ(url_text(nullptr), "");
  EXPECT_EQ(url_user(nullptr), "");
  const std::string longer = "sip:" + std::string(2000, 'a') + "@example.com";
  EXPECT_EQ(url_text(url_make(home, longer.c_str())), longer);
  const std::string value = "\"Bob\" <" + longer + ">;tag=1";
  EXPECT_EQ(header_value(sip_from_make(home, value.c_str())), value);
  EXPECT_EQ(header_value(nullptr), "");
}

}  // namespace
}  // namespace snom::sip
