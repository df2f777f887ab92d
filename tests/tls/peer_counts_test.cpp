#include "tls/peer_counts.h"

#include <gtest/gtest.h>

namespace snom::tls {
namespace {

using Full = PeerCounts::Full;

TEST(PeerCounts, AnAddressHasItsLimitAndAllTogetherTheirs) {
  PeerCounts counts({.in_all = 8, .per_address = 4});
  for (int i = 0; i < 4; ++i) counts.add("192.0.2.7");
  EXPECT_EQ(counts.from("192.0.2.7"), 4U);
  EXPECT_EQ(counts.full_for("192.0.2.7"), Full::address);
  for (int i = 0; i < 4; ++i) {
    const auto other = "192.0.2." + std::to_string(10 + i);
    EXPECT_EQ(counts.full_for(other), Full::no);
    counts.add(other);
  }
  EXPECT_EQ(counts.full_for("192.0.2.99"), Full::in_all);
  counts.remove("192.0.2.7");
  EXPECT_EQ(counts.in_all(), 7U);
  EXPECT_EQ(counts.full_for("192.0.2.7"), Full::no);
}

/// A host of IPv6 that never uses an address twice took all places.
TEST(PeerCounts, AHostOfIpv6HasNoMoreThanAQuarterOfAll) {
  PeerCounts counts({.in_all = 12000, .per_address = 512});
  int taken = 0;
  for (int i = 0; i < 12000; ++i) {
    const auto host = "2001:db8::" + std::to_string(i / 1000) + ":" + std::to_string(i % 1000);
    if (counts.full_for(host) != Full::no) continue;
    counts.add(host);
    ++taken;
  }
  EXPECT_EQ(taken, 3000);
  EXPECT_EQ(counts.full_for("2001:db8::ffff"), Full::network);
  EXPECT_EQ(counts.full_for("2001:db8:0:1::1"), Full::no);
  EXPECT_EQ(counts.full_for("192.0.2.7"), Full::no);
  counts.remove("2001:db8::0:0");
  EXPECT_EQ(counts.full_for("2001:db8::ffff"), Full::no);
}

TEST(PeerCounts, ANetworkMayHaveWhatOneOfItsAddressesMayHave) {
  PeerCounts counts({.in_all = 8, .per_address = 4});
  for (int i = 0; i < 3; ++i) counts.add("2001:db8::1");
  EXPECT_EQ(counts.full_for("2001:db8::1"), Full::no);
}

}  // namespace
}  // namespace snom::tls
