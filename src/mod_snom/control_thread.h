#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace snom::freeswitch {

/// The thread that owns the switchboard: runs what others post, in order, and a beat a hundred times a second while
/// there is something to look after.
class ControlThread {
 public:
  using Work = std::function<void()>;
  /// `beat` is called on the thread about every 10 ms while it answers true, and after each piece of work.
  explicit ControlThread(std::function<bool()> beat);
  ~ControlThread() { stop(); }
  ControlThread(const ControlThread&) = delete;
  ControlThread& operator=(const ControlThread&) = delete;

  /// Any thread. False once the thread is stopping: the work is dropped.
  bool post(Work work);
  /// Any thread but its own: runs `work` there and waits for its end. False when the thread is stopping.
  bool post_and_wait(const Work& work);
  /// On the thread: calls `work` once when `delay` is over; dropped at the end.
  void after(std::chrono::milliseconds delay, Work work);
  /// Any thread but its own. Ends after the work in hand; what is still queued is dropped.
  void stop();

 private:
  void run();
  void run_timers();

  std::function<bool()> beat_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool stopping_ = false;
  std::multimap<std::chrono::steady_clock::time_point, Work> timers_;  ///< the thread's own
  std::thread thread_;
};

}  // namespace snom::freeswitch
