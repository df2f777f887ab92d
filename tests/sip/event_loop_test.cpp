#include "sip/event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <new>
#include <thread>
#include <vector>

#include <sofia-sip/su_wait.h>

namespace snom::sip {
namespace {

using std::chrono::milliseconds;

TEST(EventLoop, WorkRunsInTheOrderPostedOnTheLoopsThread) {
  EventLoop loop;
  std::vector<int> order;
  bool on_thread = false;
  for (int i = 0; i < 1000; ++i) loop.post([&order, i] { order.push_back(i); });
  loop.run_and_wait([&] { on_thread = loop.on_loop_thread(); });
  EXPECT_TRUE(on_thread);
  EXPECT_FALSE(loop.on_loop_thread());
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(EventLoop, WorkPostedByWorkRuns) {
  EventLoop loop;
  std::atomic<int> runs = 0;
  loop.run_and_wait([&] { loop.post([&] { loop.post([&] { ++runs; }); }); });
  loop.run_and_wait([] {});
  loop.run_and_wait([] {});
  EXPECT_EQ(runs, 1);
}

TEST(EventLoop, ManyThreadsPostAndNothingIsLost) {
  EventLoop loop;
  int runs = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) loop.post([&runs] { ++runs; });
    });
  for (auto& thread : threads) thread.join();
  loop.run_and_wait([] {});
  EXPECT_EQ(runs, 20000);
}

TEST(EventLoop, WhatWasPostedBeforeTheEndHasRun) {
  int runs = 0;
  {
    EventLoop loop;
    for (int i = 0; i < 100; ++i) loop.post([&runs] { ++runs; });
  }
  EXPECT_EQ(runs, 100);
}

TEST(EventLoop, TimersRunInTheOrderOfTheirTimeAndNotTooEarly) {
  EventLoop loop;
  std::vector<int> order;
  std::atomic<bool> done = false;
  const auto start = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point end;
  loop.run_and_wait([&] {
    loop.after(milliseconds(30), [&] {
      order.push_back(30);
      end = std::chrono::steady_clock::now();
      done = true;
      done.notify_one();
    });
    loop.after(milliseconds(10), [&] { order.push_back(10); });
    const auto never = loop.after(milliseconds(20), [&] { order.push_back(20); });
    loop.after(milliseconds(0), [&, never] {
      order.push_back(0);
      loop.cancel(never);
      loop.cancel(never);  // passed over
    });
  });
  done.wait(false);
  EXPECT_EQ(order, (std::vector<int>{0, 10, 30}));
  EXPECT_GE(end - start, milliseconds(30));
}

TEST(EventLoop, ATimerThatSetsATimerOfZeroDoesNotStarveTheOthers) {
  int turns = 0;
  std::function<void()> again;
  EventLoop loop;  // last: what its timers name outlives it
  again = [&] {
    ++turns;
    loop.after(milliseconds(0), again);
  };
  loop.run_and_wait([&] { again(); });
  int before = 0;
  loop.run_and_wait([&] { before = turns; });
  for (int i = 0; i < 10; ++i) loop.run_and_wait([] {});
  int after = 0;
  loop.run_and_wait([&] { after = turns; });
  EXPECT_GT(after, before);
}

TEST(EventLoop, ManyLoopsLiveAtOnce) {
  std::vector<std::unique_ptr<EventLoop>> loops;
  for (int i = 0; i < 8; ++i) loops.push_back(std::make_unique<EventLoop>());
  int runs = 0;
  for (auto& loop : loops) loop->run_and_wait([&] { ++runs; });
  EXPECT_EQ(runs, 8);
}

TEST(EventLoop, WorkThatThrowsEndsNothing) {
  EventLoop loop;
  int runs = 0;
  loop.post([] { throw std::bad_alloc(); });
  loop.post([] { throw 7; });
  loop.post([&runs] { ++runs; });
  loop.run_and_wait([] {});
  EXPECT_EQ(runs, 1);
}

TEST(EventLoop, ATimerThatThrowsEndsNothing) {
  EventLoop loop;
  std::promise<void> later;
  loop.run_and_wait([&] {
    loop.after(milliseconds(1), [] { throw std::bad_alloc(); });
    loop.after(milliseconds(2), [&] { later.set_value(); });
  });
  EXPECT_EQ(later.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(EventLoop, WhoWaitsForWorkThatThrowsIsToldAndDoesNotWaitForEver) {
  EventLoop loop;
  EXPECT_THROW(loop.run_and_wait([] { throw std::bad_alloc(); }), std::bad_alloc);
  bool ran = false;
  loop.run_and_wait([&] { ran = true; });
  EXPECT_TRUE(ran);
}

/// Timers of the library, one after another.
struct Chain {
  int left = 0;
  std::promise<void> done = {};

  static void fired(su_root_magic_t*, su_timer_t* timer, su_timer_arg_t* self) {
    auto& chain = *reinterpret_cast<Chain*>(self);
    if (--chain.left > 0) {
      su_timer_set(timer, fired, self);
    } else {
      chain.done.set_value();
    }
  }
};

TEST(EventLoop, SleepsUntilTheLibrarysNextTimer) {
  constexpr int timers = 100;
  EventLoop loop;
  Chain chain{.left = timers};
  int turns = 0;
  su_timer_t* timer = nullptr;
  loop.run_and_wait([&] {
    timer = su_timer_create(su_root_task(loop.root()), 3);
    su_timer_set(timer, Chain::fired, reinterpret_cast<su_timer_arg_t*>(&chain));
    loop.before_turns(&chain, [&] { ++turns; });
  });
  const auto done = chain.done.get_future().wait_for(std::chrono::seconds(30));
  loop.run_and_wait([&] {
    loop.no_more_before_turns(&chain);
    su_timer_destroy(timer);
  });
  ASSERT_EQ(done, std::future_status::ready);
  EXPECT_LT(turns, 3 * timers);
}

}  // namespace
}  // namespace snom::sip
