#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "runtime/clock.h"
#include "runtime/executor.h"

namespace snom::freeswitch {

/// Control's turn: what is done with the command service is done one piece at a time, in the order in which it came. A
/// command is run by the thread that brings it, so that its answer costs no change of threads; what others post, and
/// what is due after a delay, is run by a thread of this class. Where comments say "control's thread", they mean
/// whoever has the turn.
class ControlThread final : public runtime::Executor, public runtime::Clock {
 public:
  using Work = std::function<void()>;
  ControlThread();
  ~ControlThread() override { stop(); }
  ControlThread(const ControlThread&) = delete;
  ControlThread& operator=(const ControlThread&) = delete;

  /// Any thread: to be run soon. False once this is stopping: the work is dropped. What it throws, as what a timer
  /// throws, ends there and is logged: it must not reach whoever has the turn.
  bool post(Work work) override;
  /// Any thread that has not the turn: waits for it, runs what was posted before, then `work`, then what `work` posted.
  /// False when stopping. Throws what `work` throws.
  bool run(const Work& work);
  /// With the turn: calls `work` once when `delay` is over; dropped at the end.
  TimerId after(std::chrono::milliseconds delay, Work work) override;
  /// With the turn.
  void cancel(TimerId timer) override;
  /// Any thread that has not the turn. Ends after the work in hand; what is still queued is dropped.
  void stop();
  /// After stop(), the one thread that ends what lived here: runs `work`, and what that posts.
  void run_last(const Work& work);

 private:
  using Timers = std::multimap<TimePoint, std::pair<TimerId, Work>>;

  void run_what_is_due();
  /// With the turn: does what was posted up to now. False when stopping.
  bool run_posted();
  /// The same until nothing is left; gives up being the holder.
  void run_what_was_posted_meanwhile();
  void hold(bool ending);
  void run_timers();

  std::mutex turn_;  ///< taken before mutex_
  // Of who has the turn.
  Timers timers_;
  std::unordered_map<TimerId, Timers::iterator> timers_by_id_;
  TimerId next_timer_ = 1;

  std::mutex mutex_;  ///< for all below
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool stopping_ = false;
  std::thread::id holder_;  ///< who runs a command or the end: it does what it posts itself
  bool ending_ = false;     ///< run_last(): the holder may post though it is stopping
  bool sooner_ = false;     ///< a timer is due before all others
  std::thread thread_;
};

}  // namespace snom::freeswitch
