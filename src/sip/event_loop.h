#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/clock.h"
#include "runtime/executor.h"

using su_root_t = struct su_root_s;

namespace snom::sip {

/// The thread that owns sofia-sip's su_root. Everything of this room, and control in the programs, lives on it.
class EventLoop final : public runtime::Executor, public runtime::Clock {
 public:
  EventLoop();
  /// Stops the thread. What was posted before has run; what is posted later is dropped. Not on the loop's own thread.
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs `work` on the loop's thread, in the order posted. Any thread; returns at once. Cheap: one wake-up for many.
  /// What it throws, as what a timer throws, ends there and is logged.
  bool post(std::function<void()> work) override;
  /// Runs `work` on the loop's thread and waits for it. Not on the loop's own thread, and not after it was stopped.
  /// Throws what it throws.
  void run_and_wait(const std::function<void()>& work);
  /// Calls `work` on the loop's thread once after `delay` (ms resolution). Loop's thread only.
  TimerId after(std::chrono::milliseconds delay, std::function<void()> work) override;
  /// Loop's thread only; a timer that ran or was cancelled before is passed over.
  void cancel(TimerId timer) override;
  /// Calls `work` before each turn of the loop, in which sofia reads its sockets, until `owner` takes it back. Short
  /// work only. Loop's thread only, and not from within such work.
  void before_turns(const void* owner, std::function<void()> work);
  void no_more_before_turns(const void* owner);

  [[nodiscard]] bool on_loop_thread() const { return std::this_thread::get_id() == thread_.get_id(); }
  /// For the other files of this room.
  [[nodiscard]] su_root_t* root() const { return root_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  su_root_t* root_ = nullptr;
  std::thread thread_;
};

}  // namespace snom::sip
