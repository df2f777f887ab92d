#include "sip/next_hop.h"

#include <gtest/gtest.h>

namespace snom::sip {
namespace {

std::string hop(const std::string& uri) {
  const auto found = next_hop(uri);
  return found ? found->to_string() : found.error();
}

TEST(NextHop, IsTheHostByUdpAtTheUsualPortUnlessTheUriSaysOtherwise) {
  EXPECT_EQ(hop("sip:1000@192.0.2.7"), "udp:192.0.2.7:5060");
  EXPECT_EQ(hop("sip:1000@PBX.example.com:5080;transport=TCP;line=x"), "tcp:pbx.example.com:5080");
  EXPECT_EQ(hop("sip:[2001:db8::7]:5070;lr"), "udp:[2001:db8::7]:5070");
}

TEST(NextHop, MaddrIsWhereItGoes) {
  EXPECT_EQ(hop("sip:1000@192.0.2.7:5070;maddr=198.51.100.1"), "udp:198.51.100.1:5070");
}

TEST(NextHop, SaysWhyNothingCanBeSentThere) {
  EXPECT_EQ(hop("tel:+49123"), "'tel:+49123' is no SIP URI");
  EXPECT_EQ(hop("sips:1000@192.0.2.7"), "tls:192.0.2.7:5061");
  EXPECT_EQ(hop("sip:x@192.0.2.7;transport=ws"),
            "'sip:x@192.0.2.7;transport=ws' names a transport that is not spoken here");
}

}  // namespace
}  // namespace snom::sip
