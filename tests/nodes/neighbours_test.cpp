#include "nodes/neighbours.h"

#include <array>

#include <gtest/gtest.h>

namespace snom::nodes {
namespace {

using namespace std::chrono_literals;
using Life = Neighbours::Life;
using Lives = std::vector<Life>;

constexpr LeaseLimits limits{.time_to_live = 5000ms, .margin = 250ms, .grace = 1250ms};
constexpr Neighbours::TimePoint start{1000s};

TEST(Neighbours, AreOverWhenTheirBeatStoodStillForALeaseAndTheGrace) {
  Neighbours neighbours(limits);
  neighbours.seen(Lives{{1, 10}, {2, 20}}, start);
  neighbours.seen(Lives{{1, 10}, {2, 21}}, start + 4s);
  EXPECT_EQ(neighbours.over(start + 6249ms), Lives{});
  EXPECT_EQ(neighbours.over(start + 6250ms), (Lives{{1, 10}}));
  EXPECT_EQ(neighbours.over(start + 10250ms), (Lives{{1, 10}, {2, 21}}));
}

TEST(Neighbours, ThatWereRenewedAreWatchedAnew) {
  Neighbours neighbours(limits);
  neighbours.seen(Lives{{1, 10}}, start);
  EXPECT_EQ(neighbours.over(start + 7s), (Lives{{1, 10}}));
  neighbours.seen(Lives{{1, 11}}, start + 7s);
  EXPECT_EQ(neighbours.over(start + 7s), Lives{});
}

TEST(Neighbours, ThatTheDatabaseForgotAreForgotten) {
  Neighbours neighbours(limits);
  neighbours.seen(Lives{{1, 10}}, start);
  neighbours.seen(Lives{}, start + 1s);
  EXPECT_EQ(neighbours.over(start + 60s), Lives{});
  neighbours.seen(Lives{{1, 10}}, start + 60s);
  EXPECT_EQ(neighbours.over(start + 61s), Lives{});
}

}  // namespace
}  // namespace snom::nodes
