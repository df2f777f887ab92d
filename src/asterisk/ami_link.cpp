#include "asterisk/ami_link.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "asterisk/socket_address.h"
#include "http/signals.h"
#include "language/text.h"
#include "runtime/back_off.h"
#include "runtime/guard.h"

namespace snom::asterisk {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Bytes that wait to be written; Asterisk reads some MB a second.
constexpr std::size_t most_unwritten = 16 * 1024 * 1024;
/// Batches (of what one read gave) that control has not looked at yet; then nothing more is read.
constexpr int most_untaken = 256;

std::string reason(int error) { return std::generic_category().message(error); }

int left(Steady::time_point end) {
  return static_cast<int>(std::max(milliseconds(0), std::chrono::ceil<milliseconds>(end - Steady::now())).count());
}

}  // namespace

class AmiClient::Link::Socket final {
 public:
  explicit Socket(const runtime::WakeUp& wake) : wake_(wake) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  tl::expected<void, std::string> connect(const std::string& host, std::uint16_t port, Steady::time_point end) {
    const auto address = socket_address(host, port);
    if (!address) return tl::unexpected(fmt::format("'{}' is no address", host));
    fd_ = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0) return tl::unexpected(reason(errno));
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (::connect(fd_, address->get(), address->size) == 0) return {};
    if (errno != EINPROGRESS) return tl::unexpected(reason(errno));
    while (!wait(POLLOUT, left(end))) {
      if (Steady::now() >= end) return tl::unexpected(std::string("no answer to the connection"));
      if (woken_) return tl::unexpected(std::string("stopping"));
    }
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return tl::unexpected(reason(error));
    return {};
  }

  /// True when the socket is ready for one of `events`; false when it is not yet or somebody woke this thread.
  bool wait(short events, int timeout_ms) {
    std::array<pollfd, 2> polled{{{fd_, events, 0}, {wake_.descriptor(), POLLIN, 0}}};
    const int ready = poll(polled.data(), polled.size(), timeout_ms);
    woken_ = ready > 0 && polled[1].revents != 0;
    if (woken_) wake_.clear();
    revents_ = ready > 0 ? polled[0].revents : static_cast<short>(0);
    return revents_ != 0;
  }
  [[nodiscard]] short revents() const { return revents_; }

  /// Bytes, empty when there are none yet; the error: it was closed.
  tl::expected<std::string_view, std::string> read() {
    const auto size = recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (size > 0) return std::string_view(buffer_.data(), static_cast<std::size_t>(size));
    if (size == 0) return tl::unexpected(std::string("Asterisk closed the connection"));
    if (errno == EAGAIN || errno == EINTR) return std::string_view();
    return tl::unexpected(reason(errno));
  }
  tl::expected<std::size_t, std::string> write(std::string_view bytes) const {
    const auto size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno == EAGAIN || errno == EINTR) return 0;
    return tl::unexpected(reason(errno));
  }

 private:
  int fd_ = -1;
  const runtime::WakeUp& wake_;
  bool woken_ = false;
  short revents_ = 0;
  std::vector<char> buffer_ = std::vector<char>(64 * 1024);
};

AmiClient::Link::Link(Options options, std::string id_prefix, Told told)
    : options_(std::move(options)), id_prefix_(std::move(id_prefix)), told_(std::move(told)) {}

AmiClient::Link::~Link() { stop(); }

void AmiClient::Link::start() {
  thread_ = http::thread_without_signals(
      [this] { runtime::guarded("the connection to Asterisk's manager", [this] { run(); }); });
}

void AmiClient::Link::stop() {
  stopping_ = true;
  wake_.wake();
  if (thread_.joinable()) thread_.join();
}

bool AmiClient::Link::write(std::string_view action) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (!open_ || outbox_.size() + action.size() > most_unwritten) return false;
    was_empty = outbox_.empty();
    outbox_.append(action);
  }
  if (was_empty) wake_.wake();
  return true;
}

void AmiClient::Link::run() {
  while (!stopping()) {
    was_logged_in_ = false;
    auto why = once();
    {
      const std::lock_guard lock(mutex_);
      open_ = false;
      outbox_.clear();
    }
    if (stopping()) return;
    told_.lost(std::move(why));
    failures_ = was_logged_in_ ? 0 : failures_ + 1;
    pause();
  }
}

void AmiClient::Link::pause() {
  const auto end = Steady::now() + runtime::back_off(failures_, options_.first_pause, options_.longest_pause);
  pollfd woken{wake_.descriptor(), POLLIN, 0};
  while (!stopping() && Steady::now() < end) {
    if (poll(&woken, 1, left(end)) > 0) wake_.clear();
  }
}

std::string AmiClient::Link::once() {
  Socket socket(wake_);
  const auto place = fmt::format("{}:{}", options_.host, options_.port);
  if (auto made = socket.connect(options_.host, options_.port, Steady::now() + options_.connect_limit); !made) {
    return fmt::format("{}: {}", place, made.error());
  }
  AmiReader reader;
  std::vector<AmiMessage> early;
  if (auto entered = log_in(socket, reader, early); !entered) return fmt::format("{}: {}", place, entered.error());
  was_logged_in_ = true;
  {
    const std::lock_guard lock(mutex_);
    open_ = true;
  }
  told_.logged_in(reader.banner());
  hand_on(reader, std::move(early));
  return fmt::format("{}: {}", place, pump(socket, reader));
}

tl::expected<void, std::string> AmiClient::Link::log_in(Socket& socket, AmiReader& reader,
                                                        std::vector<AmiMessage>& early) {
  const auto id = id_prefix_ + "login";
  auto action = write_action("Login", {{"ActionID", id}, {"Username", options_.user}, {"Secret", options_.secret}});
  if (!action) return tl::unexpected(action.error());
  auto end = Steady::now() + options_.connect_limit;
  std::string_view unwritten;
  bool asked = false;
  bool entered = false;
  while (true) {
    if (stopping()) return tl::unexpected(std::string("stopping"));
    if (!asked && !reader.banner().empty()) {
      unwritten = *action;
      asked = true;
    }
    const bool ready = socket.wait(unwritten.empty() ? POLLIN : POLLIN | POLLOUT, left(end));
    if (stopping()) return tl::unexpected(std::string("stopping"));
    if (!ready) {
      if (Steady::now() < end) continue;
      // Who may not read the class of events `system` is not told that Asterisk has booted.
      if (entered) return {};
      return tl::unexpected(std::string("no answer to the login"));
    }
    if (!unwritten.empty() && (socket.revents() & POLLOUT) != 0) {
      const auto written = socket.write(unwritten);
      if (!written) return tl::unexpected(written.error());
      unwritten.remove_prefix(*written);
    }
    if ((socket.revents() & ~POLLOUT) == 0) continue;
    const auto bytes = socket.read();
    if (!bytes) return tl::unexpected(bytes.error());
    if (auto fed = reader.feed(*bytes); !fed) return fed;
    bool booted = false;
    while (auto message = reader.next()) {
      if (!entered && message->get("ActionID") == id) {
        if (message->get("Response") != "Success") {
          return tl::unexpected(fmt::format("it refuses the login of ami_user '{}': {}", options_.user,
                                            language::printable(message->get("Message"))));
        }
        entered = true;
        end = Steady::now() + options_.boot_limit;
      } else if (entered && message->get("Event") == "FullyBooted") {
        booted = true;
      } else if (entered) {
        early.push_back(std::move(*message));
      }
    }
    if (booted) return {};
  }
}

void AmiClient::Link::hand_on(AmiReader& reader, std::vector<AmiMessage> first) {
  const auto& interesting = events_of_interest();
  auto batch = std::move(first);
  while (auto message = reader.next()) {
    const bool ours = message->get("ActionID").starts_with(id_prefix_);
    if (ours || std::find(interesting.begin(), interesting.end(), message->get("Event")) != interesting.end()) {
      batch.push_back(std::move(*message));
    }
  }
  if (batch.empty()) return;
  ++untaken_;
  told_.read(std::move(batch));
}

std::string AmiClient::Link::pump(Socket& socket, AmiReader& reader) {
  constexpr int look_again_ms = 10;
  std::string writing;
  std::size_t written = 0;
  while (true) {
    if (written == writing.size()) {
      writing.clear();
      written = 0;
      const std::lock_guard lock(mutex_);
      writing.swap(outbox_);
    }
    if (written < writing.size()) {
      const auto size = socket.write(std::string_view(writing).substr(written));
      if (!size) return size.error();
      written += *size;
    }
    const bool full = untaken_ > most_untaken;
    const bool unwritten = written < writing.size();
    const auto events = (full ? 0 : POLLIN) | (unwritten ? POLLOUT : 0);
    socket.wait(static_cast<short>(events), full ? look_again_ms : -1);
    if (stopping()) return "stopping";
    if ((socket.revents() & ~POLLOUT) == 0) continue;
    const auto bytes = socket.read();
    if (!bytes) return bytes.error();
    if (auto fed = reader.feed(*bytes); !fed) return fmt::format("it is no manager of Asterisk's: {}", fed.error());
    hand_on(reader);
  }
}

}  // namespace snom::asterisk
