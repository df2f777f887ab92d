#include "mod_snom/control_thread.h"

#include <algorithm>
#include <utility>

namespace snom::freeswitch {
namespace {
constexpr std::chrono::milliseconds beat_interval{10};
constexpr std::chrono::milliseconds longest_sleep{60000};
}  // namespace

ControlThread::ControlThread(std::function<bool()> beat) : beat_(std::move(beat)), thread_([this] { run_beats(); }) {}

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
  {
    const std::lock_guard lock(mutex_);
    if (beating_) return true;
    look_ = true;
  }
  changed_.notify_one();
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
    work();
    work = nullptr;
  }
  return true;
}

void ControlThread::after(std::chrono::milliseconds delay, Work work) {
  timers_.emplace(std::chrono::steady_clock::now() + delay, std::move(work));
}

void ControlThread::run_timers() {
  const auto now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) timers_.extract(timers_.begin()).mapped()();
}

void ControlThread::run_beats() {
  auto until = std::chrono::steady_clock::now() + longest_sleep;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_until(lock, until, [this] { return stopping_ || look_ || !queue_.empty(); });
    lock.unlock();
    const std::lock_guard turn(turn_);
    bool more = false;
    if (run_posted()) {
      run_timers();
      more = beat_();
    }
    lock.lock();
    beating_ = more;
    look_ = false;
    until = std::chrono::steady_clock::now() + (beating_ ? beat_interval : longest_sleep);
    if (!timers_.empty()) until = std::min(until, timers_.begin()->first);
  }
}

}  // namespace snom::freeswitch
