#include "mod_snom/control_thread.h"

#include <future>
#include <memory>
#include <utility>

namespace snom::freeswitch {
namespace {
constexpr std::chrono::milliseconds beat_interval{10};
}

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

void ControlThread::run() {
  bool beating = false;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto awake = [this] { return stopping_ || !queue_.empty(); };
    if (beating) {
      changed_.wait_for(lock, beat_interval, awake);
    } else {
      changed_.wait(lock, awake);
    }
    // A batch at a time, so that the beat is not starved by those who post.
    auto batch = std::exchange(queue_, {});
    if (stopping_) break;
    lock.unlock();
    for (auto& work : batch) {
      work();
      work = nullptr;
    }
    beating = beat_();
    lock.lock();
  }
}

}  // namespace snom::freeswitch
