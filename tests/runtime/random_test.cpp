#include "runtime/random.h"

#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

namespace snom::runtime {
namespace {

TEST(RandomBytes, AreAsManyAsWantedAndNoTwoAlike) {
  std::set<std::vector<unsigned char>> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto bytes = random_bytes(16);
    ASSERT_EQ(bytes.size(), 16U);
    EXPECT_TRUE(seen.insert(bytes).second);
  }
}

TEST(RandomBytes, EachOfThemIsRandom) {
  // A byte that stays zero in 64 draws of 256: once in 2^512.
  std::vector<unsigned char> united(256);
  for (int i = 0; i < 64; ++i) {
    const auto bytes = random_bytes(united.size());
    for (std::size_t at = 0; at < united.size(); ++at) united[at] |= bytes[at];
  }
  for (const unsigned char byte : united) EXPECT_NE(byte, 0);
}

TEST(RandomBytes, NoneIsNone) { EXPECT_TRUE(random_bytes(0).empty()); }

TEST(RandomBytes, MoreThanComeWholeAreRefused) { EXPECT_THROW((void)random_bytes(257), std::length_error); }

}  // namespace
}  // namespace snom::runtime
