#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

namespace snom::snomd {

/// Hears SIGTERM, SIGINT and SIGHUP, also while something is done that may take long or never end, such as reading a
/// file. One for the process, on its main thread, made before any thread starts: these signals are blocked in all, and
/// stay so until the process ends, so that a second SIGTERM does not cut short what the first one began.
class Signals final {
 public:
  enum class Heard { stop, reload };

  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Waits for the next; a reload that came during while_heard() is the first.
  [[nodiscard]] Heard wait();

  /// Does `work` on a thread of its own, which has ended, and `work` with it, when this returns its result: what the
  /// process destroys as it ends is used by nobody then. nullopt when a signal said stop before it was there: the work
  /// is then left behind and may go on, so that it may hold nothing that ends before the process. What it throws is
  /// thrown here.
  template <typename Work>
  [[nodiscard]] std::optional<std::invoke_result_t<Work>> while_heard(Work work);

  /// Whether a thread may still be at work: the process has to end without what such a thread could use being
  /// destroyed.
  [[nodiscard]] bool left_work_behind() const { return left_behind_; }

 private:
  /// A flag that can be polled for.
  class Done final {
   public:
    Done();
    ~Done() { ::close(descriptor_); }
    Done(const Done&) = delete;
    Done& operator=(const Done&) = delete;
    void set() {
      set_.store(true, std::memory_order_release);
      ::eventfd_write(descriptor_, 1);
    }
    /// True: all that was done before set() is seen.
    [[nodiscard]] bool is_set() const { return set_.load(std::memory_order_acquire); }
    [[nodiscard]] int descriptor() const { return descriptor_; }

   private:
    int descriptor_;
    std::atomic<bool> set_{false};
  };
  template <typename Result>
  struct Task {
    Done done;
    std::optional<Result> result;
    std::exception_ptr thrown;
  };

  /// false: a signal said stop first.
  [[nodiscard]] bool wait_for(const Done& done);
  /// The next signal; there has to be one.
  [[nodiscard]] Heard read();

  int descriptor_ = -1;
  bool reload_ = false;
  bool left_behind_ = false;
};

template <typename Work>
std::optional<std::invoke_result_t<Work>> Signals::while_heard(Work work) {
  const auto task = std::make_shared<Task<std::invoke_result_t<Work>>>();
  std::thread thread([task, work = std::move(work)]() mutable {
    try {
      task->result.emplace(work());
    } catch (...) {
      task->thrown = std::current_exception();
    }
    task->done.set();
  });
  left_behind_ = true;
  try {
    left_behind_ = !wait_for(task->done);
  } catch (...) {
    thread.detach();
    throw;
  }
  if (left_behind_) {
    thread.detach();
    return std::nullopt;
  }
  thread.join();
  if (task->thrown) std::rethrow_exception(task->thrown);
  return std::move(task->result);
}

}  // namespace snom::snomd
