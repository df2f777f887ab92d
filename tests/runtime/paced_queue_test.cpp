#include "runtime/paced_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/hand_clock.h"

namespace snom::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Queued {
  testing::HandClock clock;
  PacedQueue queue;
  std::vector<PacedQueue::Place> started;

  explicit Queued(PacedQueue::Options options) : queue(clock, options) {}
  void add(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      queue.add([this](PacedQueue::Place place) {
        started.push_back(place);
        return true;
      });
    }
  }
};

TEST(PacedQueue, SoManyAreUnderWayAndEachAnswerStartsAnother) {
  Queued r({.per_second = 1e6, .most_under_way = 3});
  r.add(5);
  EXPECT_EQ(r.started.size(), 3U);
  EXPECT_EQ(r.queue.waiting(), 2U);
  r.queue.ended(r.started[1], true);
  EXPECT_EQ(r.started.size(), 4U);
  r.queue.ended(r.started[1], true);
  EXPECT_EQ(r.started.size(), 4U) << "it had ended";
  r.queue.ended(r.started[0], true);
  EXPECT_EQ(r.started.size(), 5U);
  EXPECT_EQ(r.queue.waiting(), 0U);
}

TEST(PacedQueue, TheRateIsAnUpperBound) {
  Queued r({.per_second = 100, .most_under_way = 1000});
  r.add(500);
  EXPECT_LE(r.started.size(), 5U);
  r.clock.pass(seconds(1));
  EXPECT_NEAR(static_cast<double>(r.started.size()), 100, 5);
  r.clock.pass(seconds(4));
  EXPECT_EQ(r.started.size(), 500U);
  EXPECT_EQ(r.clock.timers(), 0U);
}

TEST(PacedQueue, ASilentHalfHoldsNobodyUp) {
  // 10,000 phones, every second one says nothing; the others need 2 ms.
  Queued r({});
  std::size_t answered = 0;
  for (int i = 0; i < 10000; ++i) {
    r.queue.add([&r, &answered, silent = i % 2 == 0](PacedQueue::Place place) {
      r.started.push_back(place);
      if (silent) return true;
      r.clock.after(milliseconds(2), [&r, &answered, place] {
        ++answered;
        r.queue.ended(place, true);
      });
      return true;
    });
  }
  // The rate alone needs one second.
  r.clock.pass(milliseconds(1100));
  EXPECT_EQ(r.started.size(), 10000U);
  EXPECT_EQ(answered, 5000U);
}

TEST(PacedQueue, WhereAnswersTakeLongSilenceIsWaitedForLonger) {
  Queued r({.per_second = 1e6, .most_under_way = 1});
  r.add(1);
  r.clock.pass(milliseconds(40));
  r.queue.ended(r.started.back(), true);
  r.add(2);
  ASSERT_EQ(r.started.size(), 2U);
  r.clock.pass(milliseconds(159));
  EXPECT_EQ(r.started.size(), 2U);
  r.clock.pass(milliseconds(2));
  EXPECT_EQ(r.started.size(), 3U);
}

TEST(PacedQueue, SlowAnswersAreMeasuredAlsoWhenTheyComeLate) {
  // Answers after so many ms, and how many are asked at once then.
  for (const auto& [ms, most_open] :
       std::vector<std::pair<int, std::size_t>>{{40, 500}, {100, 500}, {190, 500}, {300, 1000}}) {
    testing::HandClock clock;
    PacedQueue queue(clock, {});
    std::size_t open = 0;
    std::size_t most = 0;
    for (int i = 0; i < 10000; ++i) {
      queue.add([&, delay = milliseconds(ms)](PacedQueue::Place place) {
        most = std::max(most, ++open);
        clock.after(delay, [&, place] {
          --open;
          queue.ended(place, true);
        });
        return true;
      });
    }
    clock.pass(seconds(60));
    EXPECT_LE(most, most_open) << ms;
    EXPECT_EQ(queue.waiting(), 0U) << ms;
    EXPECT_EQ(clock.timers(), 0U) << ms;
  }
}

TEST(PacedQueue, WhatHasNothingToDoTakesNoPlace) {
  Queued r({.per_second = 1e6, .most_under_way = 1});
  r.add(1);
  for (int i = 0; i < 100; ++i) r.queue.add([](PacedQueue::Place) { return false; });
  r.add(1);
  r.queue.ended(r.started.front(), true);
  EXPECT_EQ(r.started.size(), 2U);
  EXPECT_EQ(r.queue.waiting(), 0U);
}

TEST(PacedQueue, APlaceThatIsFreeEarlierIsTakenAsSoonAsTheRateAllows) {
  Queued r({.per_second = 100, .most_under_way = 2});
  r.add(6);
  ASSERT_EQ(r.started.size(), 2U);  // now the patience, 50 ms, is waited for
  r.queue.ended(r.started[0], true);
  r.queue.ended(r.started[1], true);
  ASSERT_EQ(r.started.size(), 3U);
  r.clock.pass(milliseconds(10));
  EXPECT_EQ(r.started.size(), 4U);
}

}  // namespace
}  // namespace snom::runtime
