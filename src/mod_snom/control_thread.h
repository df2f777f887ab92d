#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace snom::freeswitch {

/// Control's turn: what is done with the switchboard is done one piece at a time, in the order in which it came. A
/// command is run by the thread that brings it, so that its answer costs no change of threads; what others post, and
/// what is due after a delay, is run by a thread of this class. Where comments say "control's thread", they mean
/// whoever has the turn.
class ControlThread {
 public:
  using Work = std::function<void()>;
  ControlThread();
  ~ControlThread() { stop(); }
  ControlThread(const ControlThread&) = delete;
  ControlThread& operator=(const ControlThread&) = delete;

  /// Any thread: to be run soon. False once this is stopping: the work is dropped. What it throws, as what a timer
  /// throws, ends there and is logged: it must not reach whoever has the turn.
  bool post(Work work);
  /// Any thread that has not the turn: waits for it, runs what was posted before, then `work`. False when stopping.
  /// Throws what `work` throws.
  bool run(const Work& work);
  /// With the turn: calls `work` once when `delay` is over; dropped at the end.
  void after(std::chrono::milliseconds delay, Work work);
  /// Any thread that has not the turn. Ends after the work in hand; what is still queued is dropped.
  void stop();

 private:
  void run_what_is_due();
  /// With the turn. False when stopping.
  bool run_posted();
  void run_timers();

  std::mutex turn_;                                                    ///< taken before mutex_
  std::multimap<std::chrono::steady_clock::time_point, Work> timers_;  ///< of who has the turn
  std::mutex mutex_;                                                   ///< for all below
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool stopping_ = false;
  bool sooner_ = false;  ///< a timer is due before all others
  std::thread thread_;
};

}  // namespace snom::freeswitch
