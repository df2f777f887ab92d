#include "file/line_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace snom::file {
namespace {

constexpr std::chrono::milliseconds look_again{100};
/// How long the end of the thread is waited for, which is a little more than it takes to see that it is to end.
constexpr std::chrono::milliseconds longest_end = 3 * look_again;

/// How bytes go to a descriptor that may be others', too.
class Outlet final {
 public:
  explicit Outlet(int descriptor) : descriptor_(descriptor) {
    struct stat file {};
    if (::fstat(descriptor, &file) != 0) return;
    is_file_ = S_ISREG(file.st_mode);
    is_socket_ = S_ISSOCK(file.st_mode);
    if (is_file_ || is_socket_) return;
    // A description of our own, of the same pipe or terminal: O_NONBLOCK belongs to the description, and that one is
    // shared with the shell and whoever else was started with it.
    own_ = ::open(fmt::format("/proc/self/fd/{}", descriptor).c_str(),
                  O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);  // refused where the pipe is another user's
  }
  ~Outlet() {
    if (own_ >= 0) ::close(own_);
  }
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  /// Otherwise put() may wait: for who else fills the pipe at that moment, for a terminal that is stopped.
  [[nodiscard]] bool never_waits() const { return is_file_ || is_socket_ || own_ >= 0; }

  /// How many of the bytes were taken, 0 for none at present, -1 where none ever will be.
  [[nodiscard]] ssize_t put(std::string_view bytes) const {
    const auto put = try_to_put(bytes);
    if (put >= 0) return put;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS ? 0 : -1;
  }

  /// Whether put() would put some, waiting for that for a little while.
  [[nodiscard]] bool wait() const {
    pollfd polled{own_ >= 0 ? own_ : descriptor_, POLLOUT, 0};
    return ::poll(&polled, 1, static_cast<int>(look_again.count())) > 0;
  }

 private:
  [[nodiscard]] ssize_t try_to_put(std::string_view bytes) const {
    if (is_socket_) return ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (is_file_) return ::write(descriptor_, bytes.data(), bytes.size());
    if (own_ >= 0) return ::write(own_, bytes.data(), bytes.size());
    // As much as a pipe takes at once when it says that it would take some.
    return ::write(descriptor_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
  }

  int descriptor_;
  int own_ = -1;
  bool is_file_ = false;
  bool is_socket_ = false;
};

}  // namespace

/// Kept by its thread, too, which may be left behind inside a write that nobody ends.
struct LineOutput::Shared {
  Shared(int descriptor, Options wanted) : outlet(descriptor), options(std::move(wanted)) {}

  static std::size_t size_of(const std::string& line) { return line.size() + sizeof(line); }

  void push(std::string line) {
    bytes += size_of(line);
    lines.push_back(std::move(line));
  }

  /// `count`: as of Outlet::put(), of the first line.
  void taken(ssize_t count) {
    if (count >= 0) begun += static_cast<std::size_t>(count);
    if (count >= 0 && begun < lines.front().size()) return;
    bytes -= size_of(lines.front());
    lines.pop_front();
    begun = 0;
  }

  [[nodiscard]] bool may_tell_lost() const { return lost > 0 && bytes <= options.most_bytes / 2; }

  void tell_lost() {
    push(options.lost_line(lost));
    lost = 0;
  }

  /// Writes the first line's rest; under the lock before and after, but not while it writes.
  void write_some(std::unique_lock<std::mutex>& lock) {
    const auto rest = std::string_view(lines.front()).substr(begun);  // stays where it is while others come after it
    lock.unlock();
    const auto count = outlet.wait() ? outlet.put(rest) : 0;
    lock.lock();
    taken(count);
    // A terminal that would take some, and does not.
    if (count == 0) changed.wait_for(lock, look_again / 10, [this] { return ending; });
  }

  /// Of the thread. true when it is to end; throws where there is no memory.
  bool run() {
    sigset_t all;  // signals are for the program's main thread
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    std::unique_lock lock(mutex);
    while (!ending) {
      if (may_tell_lost()) tell_lost();
      if (lines.empty()) {
        changed.notify_all();  // for who drains
        changed.wait(lock, [this] { return ending || !lines.empty() || may_tell_lost(); });
      } else {
        write_some(lock);
      }
    }
    ended = true;
    changed.notify_all();
    return true;
  }

  const Outlet outlet;
  const Options options;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;  ///< the first stays until it is written: an empty deque means that nobody writes
  std::size_t bytes = 0;          ///< of all of them
  std::size_t begun = 0;          ///< so many bytes of the first are written
  std::uint64_t lost = 0;         ///< more than 0: all are, until it is told
  bool ending = false;
  bool ended = false;
};

LineOutput::LineOutput(int descriptor, Options options)
    : shared_(std::make_shared<Shared>(descriptor, std::move(options))) {
  thread_ = std::thread([shared = shared_] {
    for (bool ended = false; !ended;) {
      try {
        ended = shared->run();
      } catch (...) {
        std::this_thread::sleep_for(look_again);
      }
    }
  });
}

LineOutput::~LineOutput() {
  std::unique_lock lock(shared_->mutex);
  shared_->ending = true;
  shared_->changed.notify_all();
  const bool ended = shared_->changed.wait_for(lock, longest_end, [this] { return shared_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LineOutput::write(std::string line) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->lost > 0 || shared_->bytes + Shared::size_of(line) > shared_->options.most_bytes) {
    ++shared_->lost;
  } else {
    shared_->push(std::move(line));
    const bool is_first = shared_->lines.size() == 1;
    if (is_first && shared_->outlet.never_waits()) shared_->taken(shared_->outlet.put(shared_->lines.front()));
    if (shared_->lines.empty()) return;
  }
  shared_->changed.notify_all();
}

bool LineOutput::drain(std::chrono::milliseconds limit) {
  std::unique_lock lock(shared_->mutex);
  return shared_->changed.wait_for(lock, limit, [this] { return shared_->lines.empty() && shared_->lost == 0; });
}

}  // namespace snom::file
