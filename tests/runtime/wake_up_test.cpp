#include "runtime/wake_up.h"

#include <poll.h>

#include <gtest/gtest.h>

#include <thread>

namespace snom::runtime {
namespace {

bool can_be_read(const WakeUp& wake_up, int wait_ms = 0) {
  pollfd polled{wake_up.descriptor(), POLLIN, 0};
  return poll(&polled, 1, wait_ms) == 1;
}

TEST(WakeUp, WakesUntilItIsCleared) {
  const WakeUp wake_up;
  EXPECT_FALSE(can_be_read(wake_up));
  wake_up.wake();
  wake_up.wake();
  EXPECT_TRUE(can_be_read(wake_up));
  EXPECT_TRUE(can_be_read(wake_up)) << "looking takes nothing";
  wake_up.clear();
  EXPECT_FALSE(can_be_read(wake_up)) << "two are one";
  wake_up.clear();  // waits for nothing
  wake_up.wake();
  EXPECT_TRUE(can_be_read(wake_up));
}

TEST(WakeUp, WakesAThreadThatWaits) {
  const WakeUp wake_up;
  bool woken = false;
  std::thread waiting([&] { woken = can_be_read(wake_up, 30000); });
  wake_up.wake();
  waiting.join();
  EXPECT_TRUE(woken);
}

}  // namespace
}  // namespace snom::runtime
