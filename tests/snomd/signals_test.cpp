#include "snomd/signals.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

void signal_this_process(int signal) { ASSERT_EQ(kill(getpid(), signal), 0); }

TEST(Signals, WorkThatIsDoneHasAResult) {
  Signals signals;
  EXPECT_EQ(signals.while_heard([] { return 7; }), 7);
  EXPECT_THROW((void)signals.while_heard([]() -> int { throw std::runtime_error("no memory"); }), std::runtime_error);
  EXPECT_FALSE(signals.left_work_behind());
}

/// What takes its time to end: a configuration of many users.
struct Slow {
  explicit Slow(std::atomic<bool>& when_ended) : ended(when_ended) {}
  ~Slow() {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ended = true;
  }
  Slow(const Slow&) = delete;
  Slow& operator=(const Slow&) = delete;
  std::atomic<bool>& ended;
};

TEST(Signals, WorkAndItsThreadHaveEndedWhenItsResultIsThere) {
  std::atomic<bool> held_ended = false;
  std::atomic<bool> of_thread_ended = false;
  Signals signals;
  EXPECT_EQ(signals.while_heard([held = std::make_unique<Slow>(held_ended), &of_thread_ended] {
    thread_local const Slow of_thread(of_thread_ended);
    return of_thread.ended ? 0 : 7;
  }),
            7);
  EXPECT_TRUE(held_ended);
  EXPECT_TRUE(of_thread_ended);
}

TEST(Signals, AStopIsHeardWhileWorkGoesOn) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Signals signals;
    const auto release = std::make_shared<std::promise<void>>();
    const auto ended = std::make_shared<std::promise<void>>();
    const auto done = signals.while_heard([signal, release, ended] {
      signal_this_process(signal);
      release->get_future().wait();
      ended->set_value();
      return 7;
    });
    EXPECT_EQ(done, std::nullopt);
    EXPECT_TRUE(signals.left_work_behind());
    release->set_value();
    ended->get_future().wait();
  }
}

TEST(Signals, AReloadDuringWorkComesAfterIt) {
  Signals signals;
  EXPECT_EQ(signals.while_heard([] {
    signal_this_process(SIGHUP);
    return 7;
  }),
            7);
  EXPECT_EQ(signals.wait(), Signals::Heard::reload);
  signal_this_process(SIGTERM);
  EXPECT_EQ(signals.wait(), Signals::Heard::stop);
}

TEST(Signals, ASecondStopDoesNotCutShortWhatTheFirstOneBegan) {
  {
    Signals signals;
    signal_this_process(SIGTERM);
    EXPECT_EQ(signals.wait(), Signals::Heard::stop);
    signal_this_process(SIGTERM);
  }
  // Still there; and the signal waits.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  const timespec at_once{0, 0};
  EXPECT_EQ(sigtimedwait(&stop, nullptr, &at_once), SIGTERM);
}

}  // namespace
}  // namespace snom::snomd
