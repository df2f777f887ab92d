#include "runtime/back_off.h"

#include <set>

#include <gtest/gtest.h>

namespace snom::runtime {
namespace {

using std::chrono::milliseconds;

TEST(BackOff, DoublesUpToTheLongestLessAHalfAtMost) {
  milliseconds whole(1000);
  for (unsigned doublings = 0; doublings < 40; ++doublings) {
    for (int i = 0; i < 50; ++i) {
      const auto pause = back_off(doublings, milliseconds(1000), milliseconds(60000));
      EXPECT_GE(pause, whole / 2) << doublings;
      EXPECT_LE(pause, whole) << doublings;
    }
    whole = std::min(whole * 2, milliseconds(60000));
  }
}

TEST(BackOff, IsNotTheSameForAll) {
  std::set<milliseconds> pauses;
  for (int i = 0; i < 100; ++i) pauses.insert(back_off(0, milliseconds(60000), milliseconds(60000)));
  EXPECT_GT(pauses.size(), 50U);
}

TEST(PartOf, IsFromTheLeastToTheWhole) {
  for (int i = 0; i < 1000; ++i) {
    const auto part = part_of(milliseconds(1000), 0.9);
    EXPECT_GE(part, milliseconds(900));
    EXPECT_LE(part, milliseconds(1000));
  }
}

}  // namespace
}  // namespace snom::runtime
