#include "language/address_network.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

TEST(AddressNetwork, OfIpv6ItIsTheWhole64) {
  EXPECT_EQ(network_of("2001:db8:0:1:2:3:4:5"), "2001:db8:0:1::/64");
  EXPECT_EQ(network_of("2001:DB8:0:1::9"), "2001:db8:0:1::/64");
  EXPECT_EQ(network_of("fe80::1%eth0"), "fe80::/64");
}

TEST(AddressNetwork, OfIpv4ItIsTheAddress) {
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("unknown"), "unknown");
}

}  // namespace
}  // namespace snom::language
