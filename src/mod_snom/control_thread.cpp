#include "mod_snom/control_thread.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "runtime/guard.h"

namespace snom::freeswitch {
namespace {
constexpr std::chrono::milliseconds longest_sleep{60000};

void do_all(std::deque<ControlThread::Work> posted) {
  for (auto& work : posted) {
    runtime::guarded("work on control's thread", work);
    work = nullptr;
  }
}
}  // namespace

ControlThread::ControlThread()
    : thread_([this] { runtime::guarded("control's thread", [this] { run_what_is_due(); }); }) {}

bool ControlThread::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    const bool by_holder = holder_ == std::this_thread::get_id();
    if (stopping_ && !(ending_ && by_holder)) return false;
    queue_.push_back(std::move(work));
    if (by_holder) return true;
    // Under the lock: when the work is done, which may be at once, this may be at its end.
    changed_.notify_one();
  }
  return true;
}

bool ControlThread::run(const Work& work) {
  const std::lock_guard turn(turn_);
  if (!run_posted()) return false;
  hold(false);
  try {
    work();
  } catch (...) {
    run_what_was_posted_meanwhile();
    throw;
  }
  run_what_was_posted_meanwhile();
  return true;
}

void ControlThread::run_last(const Work& work) {
  const std::lock_guard turn(turn_);
  hold(true);
  work();
  run_what_was_posted_meanwhile();
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
  std::deque<Work> dropped;  // goes after the lock: what it holds may post
  const std::lock_guard lock(mutex_);
  dropped.swap(queue_);
}

void ControlThread::hold(bool ending) {
  const std::lock_guard lock(mutex_);
  holder_ = std::this_thread::get_id();
  ending_ = ending;
}

void ControlThread::run_what_was_posted_meanwhile() {
  // Others post too: a command does not work for them without an end.
  constexpr int most_rounds = 8;
  for (int round = 0;; ++round) {
    std::deque<Work> posted;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty() || (!ending_ && round == most_rounds)) {
        holder_ = {};
        ending_ = false;
        if (queue_.empty()) return;
        break;
      }
      posted = std::exchange(queue_, {});
    }
    do_all(std::move(posted));
  }
  changed_.notify_one();
}

bool ControlThread::run_posted() {
  std::deque<Work> posted;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    posted = std::exchange(queue_, {});
  }
  do_all(std::move(posted));
  return true;
}

ControlThread::TimerId ControlThread::after(std::chrono::milliseconds delay, Work work) {
  const auto id = next_timer_++;
  const auto timer = timers_.emplace(now() + delay, std::pair(id, std::move(work)));
  timers_by_id_.emplace(id, timer);
  if (timer == timers_.begin()) {
    {
      const std::lock_guard lock(mutex_);
      sooner_ = true;
    }
    changed_.notify_one();
  }
  return id;
}

void ControlThread::cancel(TimerId timer) {
  const auto found = timers_by_id_.find(timer);
  if (found == timers_by_id_.end()) return;
  timers_.erase(found->second);
  timers_by_id_.erase(found);
}

void ControlThread::run_timers() {
  const auto now = this->now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto timer = timers_.extract(timers_.begin());
    timers_by_id_.erase(timer.mapped().first);
    runtime::guarded("a timer on control's thread", timer.mapped().second);
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
