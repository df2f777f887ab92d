// Thousands of schedules by random numbers. SNOM_SCHEDULES: how many, SNOM_SEED: from which on (both printed).

#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

#include "nodes/simulated_world.h"

namespace snom::nodes::testing {
namespace {

std::uint64_t number_of(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

TEST(OwnershipSimulation, OneNodeAtATimeSpeaksToAPhoneAndItNeverGoesBack) {
  const auto first = number_of("SNOM_SEED", 1);
  const auto schedules = number_of("SNOM_SCHEDULES", 2000);
  Outcome sum;
  for (auto seed = first; seed < first + schedules; ++seed) {
    const Outcome outcome = run_schedule(seed);
    ASSERT_EQ(outcome.violation, "") << "SNOM_SEED=" << seed << " SNOM_SCHEDULES=1";
    sum.sent += outcome.sent;
    sum.arrived += outcome.arrived;
    sum.lives += outcome.lives;
    sum.takeovers += outcome.takeovers;
    sum.hand_overs += outcome.hand_overs;
  }
  std::cout << "seeds " << first << " to " << first + schedules - 1 << ": " << sum.sent << " messages sent, "
            << sum.arrived << " arrived, " << sum.lives << " lives ended, " << sum.takeovers << " phones taken over, "
            << sum.hand_overs << " handed over\n";
  if (schedules < 100) return;
  EXPECT_GT(sum.arrived, schedules * 10);
  EXPECT_GT(sum.takeovers, schedules);
  EXPECT_GT(sum.hand_overs, schedules);
}

class BrokenRule : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenRule, IsFound) {
  constexpr std::uint64_t enough = 3000;
  for (std::uint64_t seed = 1; seed <= enough; ++seed) {
    const Outcome outcome = run_schedule(seed, GetParam());
    if (outcome.violation.empty()) continue;
    std::cout << "seed " << seed << ": " << outcome.violation << '\n';
    return;
  }
  FAIL() << "no schedule of " << enough << " shows it";
}

INSTANTIATE_TEST_SUITE_P(OwnershipSimulation, BrokenRule,
                         ::testing::Values(Broken::lease_from_the_answer, Broken::no_look_at_the_lease,
                                           Broken::impatient_neighbours, Broken::end_whatever_the_beat,
                                           Broken::keys_of_another_moment, Broken::given_away_while_under_way,
                                           Broken::late_answers_count));

}  // namespace
}  // namespace snom::nodes::testing
