#include "store/pace.h"

#include <gtest/gtest.h>

#include "store/bustle.h"

namespace snom::store {
namespace {

using namespace std::chrono_literals;

TEST(Pace, IsSlowerBehindATransactionThatHadMuchToDo) {
  Pace pace({5ms, 30ms, 8});
  EXPECT_EQ(pace.pause(), 5ms) << "what comes first is done at once";
  pace.did(8);
  EXPECT_EQ(pace.pause(), 30ms);
  EXPECT_TRUE(pace.had_many());
  pace.did(7);
  EXPECT_EQ(pace.pause(), 5ms);
  EXPECT_FALSE(pace.had_many());
}

TEST(Bustle, BeginsAndEndsAfterSomeLooksThatSaySo) {
  Bustle bustle({.begins = 2, .ends = 3});
  EXPECT_FALSE(bustle.goes_on());
  bustle.looked(true);
  bustle.looked(false);
  bustle.looked(true);
  EXPECT_FALSE(bustle.goes_on()) << "not one after the other";
  bustle.looked(true);
  EXPECT_TRUE(bustle.goes_on());
  bustle.looked(false);
  bustle.looked(false);
  bustle.looked(true);
  bustle.looked(false);
  bustle.looked(false);
  EXPECT_TRUE(bustle.goes_on());
  bustle.looked(false);
  EXPECT_FALSE(bustle.goes_on());
}

}  // namespace
}  // namespace snom::store
