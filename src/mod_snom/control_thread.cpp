#include "mod_snom/control_thread.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

namespace snom::freeswitch {
namespace {
constexpr std::chrono::milliseconds beat_interval{10};
constexpr std::chrono::milliseconds longest_sleep{60000};
}  // namespace

ControlThread::ControlThread(std::function<bool()> beat) : beat_(std::move(beat)), thread_([this] { run(); }) {}

bool ControlThread::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

bool ControlThread::post_and_wait(const Work& work) {
  // Dropped work breaks the promise, and with that the wait.
  auto done = std::make_shared<std::promise<void>>();
  auto ended = done->get_future();
  if (!post([&work, done] {
        work();
        done->set_value();
      })) {
    return false;
  }
  done.reset();
  try {
    ended.get();
    return true;
  } catch (const std::future_error&) {
    return false;
  }
}

void ControlThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  queue_.clear();
}

void ControlThread::after(std::chrono::milliseconds delay, Work work) {
  timers_.emplace(std::chrono::steady_clock::now() + delay, std::move(work));
}

void ControlThread::run_timers() {
  const auto now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) timers_.extract(timers_.begin()).mapped()();
}

void ControlThread::run() {
  bool beating = false;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto awake = [this] { return stopping_ || !queue_.empty(); };
    auto until = std::chrono::steady_clock::now() + (beating ? beat_interval : longest_sleep);
    if (!timers_.empty()) until = std::min(until, timers_.begin()->first);
    changed_.wait_until(lock, until, awake);
    // A batch at a time, so that the beat is not starved by those who post.
    auto batch = std::exchange(queue_, {});
    if (stopping_) break;
    lock.unlock();
    for (auto& work : batch) {
      work();
      work = nullptr;
    }
    run_timers();
    beating = beat_();
    lock.lock();
  }
}

}  // namespace snom::freeswitch
