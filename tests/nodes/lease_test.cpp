#include "nodes/lease.h"

#include <gtest/gtest.h>

namespace snom::nodes {
namespace {

using namespace std::chrono_literals;

constexpr LeaseLimits limits{.time_to_live = 5000ms, .margin = 250ms, .grace = 1250ms};
constexpr Lease::TimePoint start{1000s};

TEST(Lease, LastsFromBeforeItWasAskedForLessTheMargin) {
  Lease lease(limits);
  EXPECT_FALSE(lease.holds(start));
  EXPECT_TRUE(lease.began(7, start));
  EXPECT_EQ(lease.epoch(), 7U);
  EXPECT_TRUE(lease.holds(start + 4749ms));
  EXPECT_FALSE(lease.holds(start + 4750ms));
}

TEST(Lease, IsRenewedFromBeforeThatWasAsked) {
  Lease lease(limits);
  EXPECT_TRUE(lease.began(7, start));
  lease.renewed(7, start + 3s);
  EXPECT_TRUE(lease.holds(start + 7749ms));
  EXPECT_FALSE(lease.holds(start + 7750ms));
  lease.renewed(7, start + 1s);  // the answer to an earlier question comes late
  EXPECT_TRUE(lease.holds(start + 7749ms));
}

TEST(Lease, ThatRanOutHoldsAgainWhenTheDatabaseStillKnewIt) {
  Lease lease(limits);
  EXPECT_TRUE(lease.began(7, start));
  EXPECT_FALSE(lease.holds(start + 6s));
  lease.renewed(7, start + 6s);
  EXPECT_TRUE(lease.holds(start + 6s));
}

TEST(Lease, ThatEndedIsNotRenewed) {
  Lease lease(limits);
  EXPECT_TRUE(lease.began(7, start));
  EXPECT_TRUE(lease.ended(7));
  EXPECT_FALSE(lease.ended(7));
  lease.renewed(7, start + 1s);
  EXPECT_FALSE(lease.holds(start + 1s));
  EXPECT_EQ(lease.epoch(), 0U);
}

TEST(Lease, OfAnOlderLifeIsNeverTakenForThePresentOne) {
  Lease lease(limits);
  EXPECT_TRUE(lease.began(9, start));
  EXPECT_FALSE(lease.began(7, start + 1s));
  EXPECT_FALSE(lease.ended(7));
  lease.renewed(7, start + 3s);
  EXPECT_FALSE(lease.holds(start + 4750ms));
  EXPECT_TRUE(lease.ended(9));
  EXPECT_FALSE(lease.began(9, start + 4s));
  EXPECT_EQ(lease.epoch(), 0U);
}

TEST(BootClock, GoesOn) {
  const auto before = BootClock::now();
  EXPECT_GT(before.time_since_epoch().count(), 0);
  EXPECT_GE(BootClock::now(), before);
}

}  // namespace
}  // namespace snom::nodes
