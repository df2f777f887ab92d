#include "runtime/allowance.h"

#include <gtest/gtest.h>

namespace snom::runtime {
namespace {

using namespace std::chrono_literals;

TEST(Allowance, IsSoManyAtOnceAndSoManyEachSecond) {
  Allowance::TimePoint now{};
  Allowance allowance(2, 0.5, now);
  EXPECT_TRUE(allowance.has_left(now));
  EXPECT_TRUE(allowance.take(now));
  EXPECT_TRUE(allowance.take(now));
  EXPECT_FALSE(allowance.take(now));
  EXPECT_FALSE(allowance.has_left(now));
  EXPECT_EQ(allowance.wait(now), 2s);
  EXPECT_FALSE(allowance.take(now + 1s));
  EXPECT_EQ(allowance.wait(now + 1s), 1s);
  EXPECT_TRUE(allowance.take(now + 2s));
  EXPECT_FALSE(allowance.take(now + 1s)) << "a time that was before gives nothing back";
  EXPECT_TRUE(allowance.take(now + 1h));
  EXPECT_TRUE(allowance.take(now + 1h));
  EXPECT_FALSE(allowance.take(now + 1h)) << "no more than so many at once, however long it was left alone";
}

TEST(Allowances, AreOfEachNameAndOfSoManyNames) {
  Allowance::TimePoint now{};
  Allowances allowances(1, 1, 2);
  EXPECT_TRUE(allowances.of("a", now).take(now));
  EXPECT_TRUE(allowances.of("b", now).take(now));
  EXPECT_FALSE(allowances.of("a", now).take(now));
  EXPECT_TRUE(allowances.of("c", now).take(now)) << "the oldest is forgotten";
  EXPECT_FALSE(allowances.of("b", now).take(now));
  EXPECT_TRUE(allowances.of("a", now).take(now)) << "and starts anew";
}

}  // namespace
}  // namespace snom::runtime
