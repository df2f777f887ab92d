#include <string>

#include <gtest/gtest.h>

#include "snomctl/counters.h"

namespace snom::snomctl {
namespace {

const std::string text =
    "# HELP snomd_presses_total Presses\n# TYPE snomd_presses_total counter\n"
    "snomd_presses_total{outcome=\"accepted\"} 7\nsnomd_presses_total{outcome=\"refused\"} 2\n"
    "snomd_presses_totally 100\nsnomd_restores_waiting 3\n"
    "snomd_deliveries_total{channel=\"http\",outcome=\"accepted\"} 1e2\n";

TEST(Counters, AreSummedByNameAndLabel) {
  const auto counters = read_counters(text);
  EXPECT_EQ(sum(counters, "snomd_presses_total"), 9);
  EXPECT_EQ(sum(counters, "snomd_presses_total", "outcome=\"refused\""), 2);
  EXPECT_EQ(sum(counters, "snomd_deliveries_total", "outcome=\"accepted\""), 100);
  EXPECT_EQ(sum(counters, "snomd_restores_waiting"), 3);
  EXPECT_EQ(sum(counters, "snomd_none"), 0);
}

TEST(Counters, WhatIsNoSampleIsPassedOver) {
  const auto counters =
      read_counters("x\nname\nname value\nname 1 2x\nname NaN\nname +Inf\n" + std::string(2000, 'x') + " 1\n\nlast 4");
  ASSERT_EQ(counters.size(), 1U);
  EXPECT_EQ(counters.begin()->first, "last");
}

TEST(Counters, HaveABound) {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "name" + std::to_string(i) + " 1\n";
  EXPECT_EQ(read_counters(many).size(), 10'000U);
}

}  // namespace
}  // namespace snom::snomctl
