#include "store/waiting_bindings.h"

#include <gtest/gtest.h>

#include "store/bindings.h"
#include "store/server_clock.h"

namespace snom::store {
namespace {

using namespace std::chrono_literals;
using testing::Bound;

std::vector<std::string> users(const WaitingBindings::Entries& entries) {
  std::vector<std::string> names;
  for (const auto& [key, entry] : entries) {
    const auto* kept = std::get_if<registration::KeptBinding>(&entry.what);
    names.push_back(key.address_of_record.substr(0, 4) + (kept == nullptr ? " -" : " " + std::to_string(kept->cseq)));
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(WaitingBindings, OfEachOnlyTheNewestWaits) {
  WaitingBindings waiting(10);
  EXPECT_TRUE(waiting.add(Bound{.cseq = 1}.binding()));
  EXPECT_TRUE(waiting.add(Bound{.cseq = 2}.binding()));
  EXPECT_TRUE(waiting.add(Bound{.user = "1001"}.binding()));
  EXPECT_TRUE(waiting.add(Bound{.user = "1001"}.removal()));
  EXPECT_EQ(waiting.size(), 2U);
  EXPECT_EQ(users(waiting.take(10)), (Names{"1000 2", "1001 -"}));
  EXPECT_TRUE(waiting.empty());
}

TEST(WaitingBindings, AnInstanceIsOneWhateverItsContact) {
  WaitingBindings waiting(10);
  EXPECT_TRUE(waiting.add(Bound{.contact = "sip:a@h", .instance = "<i>"}.removal()));
  EXPECT_TRUE(waiting.add(Bound{.contact = "sip:b@h", .instance = "<i>"}.binding()));
  EXPECT_TRUE(waiting.add(Bound{.contact = "sip:b@h", .instance = "<i>", .reg_id = 1}.binding()));
  EXPECT_TRUE(waiting.add(Bound{.contact = "sip:b@h"}.binding()));
  EXPECT_TRUE(waiting.add(Bound{.contact = ""}.removal()));
  EXPECT_EQ(waiting.size(), 4U);
}

TEST(WaitingBindings, ThereAreNoMoreThanTheLimitBesideThoseThatAreBeingWritten) {
  WaitingBindings waiting(2);
  EXPECT_TRUE(waiting.add(Bound{.user = "1000"}.binding()));
  EXPECT_TRUE(waiting.add(Bound{.user = "1001"}.binding()));
  EXPECT_FALSE(waiting.add(Bound{.user = "1002"}.binding()));
  EXPECT_TRUE(waiting.add(Bound{.user = "1001", .cseq = 2}.binding()));
  EXPECT_EQ(waiting.take(1).size(), 1U);
  EXPECT_TRUE(waiting.add(Bound{.user = "1000", .cseq = 2}.binding())) << "it is not refused for itself";
  EXPECT_FALSE(waiting.add(Bound{.user = "1002"}.binding()));
  EXPECT_EQ(waiting.size(), 3U);
  waiting.done();
  EXPECT_EQ(waiting.size(), 2U);
}

TEST(WaitingBindings, WhatIsPutBackGivesWayToWhatIsNewer) {
  WaitingBindings waiting(10);
  EXPECT_TRUE(waiting.add(Bound{.user = "1000", .cseq = 1}.binding()));
  EXPECT_TRUE(waiting.add(Bound{.user = "1001", .cseq = 1}.binding()));
  auto taken = waiting.take(10);
  EXPECT_TRUE(waiting.add(Bound{.user = "1000", .cseq = 2}.binding()));
  waiting.put_back(std::move(taken));
  EXPECT_EQ(waiting.size(), 2U);
  EXPECT_EQ(users(waiting.take(10)), (Names{"1000 2", "1001 1"}));
}

TEST(WaitingBindings, AllHaveTheirTurnThoughTheFirstOnesComeAgainAndAgain) {
  WaitingBindings waiting(10);
  for (const auto* user : {"1000", "1001", "1002"}) EXPECT_TRUE(waiting.add(Bound{.user = user}.binding()));
  EXPECT_EQ(users(waiting.take(2)), (Names{"1000 1", "1001 1"}));
  waiting.done();
  EXPECT_TRUE(waiting.add(Bound{.user = "1000", .cseq = 2}.binding()));
  EXPECT_EQ(users(waiting.take(2)), Names{"1002 1"});
  waiting.done();
  EXPECT_EQ(users(waiting.take(2)), Names{"1000 2"});
}

TEST(ServerClock, TellsByTheServersClockWhenSomethingWas) {
  const nodes::BootClock::time_point arrived{1000s};
  ServerClock clock;
  clock.heard(5'000'000, arrived);
  EXPECT_EQ(clock.microseconds(arrived), 5'000'000);
  EXPECT_EQ(clock.microseconds(arrived - 7s), -2'000'000);
  clock.heard(6'100'000, arrived + 1s);
  EXPECT_EQ(clock.microseconds(arrived), 5'000'000) << "an answer that was quicker than the one before";
  clock.heard(3'602'000'000, arrived + 2s);
  EXPECT_EQ(clock.microseconds(arrived), 3'600'000'000) << "it was set";
  clock.forget();
  clock.heard(1'000'000, arrived);
  EXPECT_EQ(clock.microseconds(arrived), 1'000'000);
}

}  // namespace
}  // namespace snom::store
