#include "sip/event_loop.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "runtime/guard.h"
#include "runtime/wake_up.h"
#include "sip/nta_glue.h"

namespace snom::sip {
namespace {

/// The longest that one step of the root sleeps; sofia's own timers shorten it.
constexpr std::chrono::milliseconds longest_step{15000};

}  // namespace

struct EventLoop::Impl {
  using Work = std::function<void()>;
  using Due = std::multimap<runtime::Clock::TimePoint, std::pair<TimerId, Work>>;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// The thread's whole life. `created` is called with the root, or nullptr when sofia-sip could not make one.
  template <typename Created>
  void run(Created created) {
    su_root_t* root = su_root_create(nullptr);
    su_wait_t wait = SU_WAIT_INIT;
    if (root == nullptr || su_wait_create(&wait, wake_up.descriptor(), SU_WAIT_IN) < 0 ||
        su_root_register(root, &wait, &Impl::woken, reinterpret_cast<su_wakeup_arg_t*>(this), 0) < 0) {
      if (root != nullptr) su_root_destroy(root);
      created(nullptr);
      return;
    }
    thread = std::this_thread::get_id();
    created(root);
    while (!stopping) {
      for (const auto& [owner, work] : before_turns) runtime::guarded("work before a turn of the SIP thread", work);
      su_root_step(root, static_cast<su_duration_t>(longest_wait().count()));
      run_timers();
      run_posted();
    }
    before_turns.clear();
    timers_by_id.clear();
    timers.clear();
    su_root_unregister(root, &wait, &Impl::woken, reinterpret_cast<su_wakeup_arg_t*>(this));
    su_root_destroy(root);
  }

  [[nodiscard]] std::chrono::milliseconds longest_wait() {
    {
      const std::lock_guard lock(mutex);
      if (!posted.empty()) return std::chrono::milliseconds(0);
    }
    if (timers.empty()) return longest_step;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timers.begin()->first - std::chrono::steady_clock::now());
    return std::clamp(left, std::chrono::milliseconds(0), longest_step);
  }

  void run_timers() {
    if (timers.empty()) return;
    const auto now = std::chrono::steady_clock::now();
    // A timer set by a timer has its turn in the next step at the earliest, so that sockets are read in between.
    const TimerId newest = next_timer;
    while (!timers.empty() && timers.begin()->first <= now && timers.begin()->second.first < newest) {
      auto node = timers.extract(timers.begin());
      timers_by_id.erase(node.mapped().first);
      runtime::guarded("a timer on the SIP thread", node.mapped().second);
    }
  }

  void run_posted() {
    {
      const std::lock_guard lock(mutex);
      running.swap(posted);
    }
    for (Work& work : running) {
      runtime::guarded("work on the SIP thread", work);
      work = nullptr;  // what it holds goes now, not with the last of the batch
    }
    running.clear();
  }

  static int woken(su_root_magic_t*, su_wait_t*, su_wakeup_arg_t* self) {
    runtime::guarded("the SIP thread", [self] {
      // Cleared before the queue is taken: a post in between wakes once more and finds nothing, none is lost.
      reinterpret_cast<Impl*>(self)->wake_up.clear();
    });
    return 0;
  }

  /// False once the loop stopped taking work.
  bool post(Work work) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex);
      if (closed) return false;
      was_empty = posted.empty();
      posted.push_back(std::move(work));
    }
    // The loop looks before it sleeps: what it posts itself needs no waking.
    if (was_empty && std::this_thread::get_id() != thread) wake_up.wake();
    return true;
  }

  const runtime::WakeUp wake_up;
  std::mutex mutex;
  std::vector<Work> posted;  ///< guarded by mutex
  bool closed = false;       ///< guarded by mutex

  std::thread::id thread;  ///< the loop's; set before anybody can post

  // Loop's thread only.
  std::vector<Work> running;
  bool stopping = false;
  Due timers;
  std::unordered_map<TimerId, Due::iterator> timers_by_id;
  TimerId next_timer = 1;
  std::vector<std::pair<const void*, Work>> before_turns;
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {
  initialise_sofia();
  std::mutex mutex;
  std::condition_variable changed;
  bool started = false;
  su_root_t* root = nullptr;
  thread_ = std::thread([&, impl = impl_.get()] {
    runtime::guarded("the SIP thread", [&] {
      impl->run([&](su_root_t* created) {
        const std::lock_guard lock(mutex);
        root = created;
        started = true;
        changed.notify_one();  // under the lock: the waiting side's variables are gone right after it
      });
    });
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return started; });
  }
  root_ = root;
  if (root_ == nullptr) {
    thread_.join();
    throw std::runtime_error("sofia-sip could not create its event loop");
  }
}

EventLoop::~EventLoop() {
  impl_->post([impl = impl_.get()] { impl->stopping = true; });
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closed = true;
  }
  thread_.join();
}

bool EventLoop::post(std::function<void()> work) { return impl_->post(std::move(work)); }

void EventLoop::run_and_wait(const std::function<void()>& work) {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::exception_ptr thrown;
  const bool taken = impl_->post([&] {
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    done = true;
    changed.notify_one();
  });
  if (!taken) return;
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done; });
  if (thrown) std::rethrow_exception(thrown);
}

EventLoop::TimerId EventLoop::after(std::chrono::milliseconds delay, std::function<void()> work) {
  const TimerId id = impl_->next_timer++;
  const auto due = impl_->timers.emplace(std::chrono::steady_clock::now() + delay, std::pair(id, std::move(work)));
  impl_->timers_by_id.emplace(id, due);
  return id;
}

void EventLoop::cancel(TimerId timer) {
  const auto found = impl_->timers_by_id.find(timer);
  if (found == impl_->timers_by_id.end()) return;
  impl_->timers.erase(found->second);
  impl_->timers_by_id.erase(found);
}

void EventLoop::before_turns(const void* owner, std::function<void()> work) {
  impl_->before_turns.emplace_back(owner, std::move(work));
}

void EventLoop::no_more_before_turns(const void* owner) {
  std::erase_if(impl_->before_turns, [owner](const auto& entry) { return entry.first == owner; });
}

}  // namespace snom::sip
