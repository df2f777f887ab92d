#include "mod_snom/control_thread.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "control/guard.h"

namespace snom::freeswitch {
namespace {
constexpr std::chrono::milliseconds longest_sleep{60000};
}  // namespace

ControlThread::ControlThread()
    : thread_([this] { control::guarded("control's thread", [this] { run_what_is_due(); }); }) {}

bool ControlThread::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

bool ControlThread::run(const Work& work) {
  const std::lock_guard turn(turn_);
  if (!run_posted()) return false;
  work();
  return true;
}

void ControlThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  // Who had the turn has ended after this.
  const std::lock_guard turn(turn_);
  const std::lock_guard lock(mutex_);
  queue_.clear();
}

bool ControlThread::run_posted() {
  std::deque<Work> posted;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    posted = std::exchange(queue_, {});
  }
  for (auto& work : posted) {
    control::guarded("work on control's thread", work);
    work = nullptr;
  }
  return true;
}

void ControlThread::after(std::chrono::milliseconds delay, Work work) {
  const auto timer = timers_.emplace(std::chrono::steady_clock::now() + delay, std::move(work));
  if (timer != timers_.begin()) return;
  {
    const std::lock_guard lock(mutex_);
    sooner_ = true;
  }
  changed_.notify_one();
}

void ControlThread::run_timers() {
  const auto now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    control::guarded("a timer on control's thread", timers_.extract(timers_.begin()).mapped());
  }
}

void ControlThread::run_what_is_due() {
  pthread_setname_np(pthread_self(), "snom-control");
  auto until = std::chrono::steady_clock::now() + longest_sleep;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_until(lock, until, [this] { return stopping_ || sooner_ || !queue_.empty(); });
    sooner_ = false;
    lock.unlock();
    {
      const std::lock_guard turn(turn_);
      if (run_posted()) run_timers();
      until = std::chrono::steady_clock::now() + longest_sleep;
      if (!timers_.empty()) until = std::min(until, timers_.begin()->first);
    }
    lock.lock();
  }
}

}  // namespace snom::freeswitch
