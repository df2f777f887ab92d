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

/// Messages that wait until Asterisk has booted, and their bytes: each of 10,000 phones may be told of some times.
constexpr std::size_t most_early = 64 * 1024;
constexpr std::size_t most_early_bytes = 16 * 1024 * 1024;

/// Twice what Asterisk gives: it still has half of them to do, and never waits for us.
constexpr std::size_t answers_a_ms = 16;
constexpr int longest_gathering_ms = 3;

std::string reason(int error) { return std::generic_category().message(error); }

std::size_t bytes_of(const AmiMessage& message) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : message.fields) bytes += sizeof(Fields::value_type) + name.size() + value.size();
  return bytes;
}

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

/// What is written goes to that socket, as long as this lives.
class AmiClient::Link::Opened final {
 public:
  Opened(Link& link, const Socket& socket) : link_(link) {
    const std::lock_guard lock(link_.mutex_);
    link_.socket_ = &socket;
  }
  ~Opened() {
    const std::lock_guard lock(link_.mutex_);
    link_.socket_ = nullptr;
    link_.outbox_.clear();
    link_.written_ = 0;
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

 private:
  Link& link_;
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
  const std::lock_guard lock(mutex_);
  if (socket_ == nullptr || outbox_.size() - written_ + action.size() > most_unwritten) return false;
  outbox_.append(action);
  return true;
}

void AmiClient::Link::flush() {
  const auto more = write_out();
  if (!more || *more) wake_.wake();  // the link's thread waits until the socket takes more, or finds why it does not
}

tl::expected<bool, std::string> AmiClient::Link::write_out() {
  const std::lock_guard lock(mutex_);
  if (socket_ == nullptr || outbox_.empty()) return false;
  const auto size = socket_->write(std::string_view(outbox_).substr(written_));
  if (!size) return tl::unexpected(size.error());
  written_ += *size;
  const bool more = written_ < outbox_.size();
  if (!more || written_ > outbox_.size() / 2) outbox_.erase(0, std::exchange(written_, 0));
  return more;
}

void AmiClient::Link::run() {
  while (!stopping()) {
    was_logged_in_ = false;
    auto why = once();
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
  const Opened opened(*this, socket);
  told_.logged_in(reader.banner());
  hand_on(reader, std::move(early));
  return fmt::format("{}: {}", place, pump(socket, reader));
}

bool AmiClient::Link::is_wanted(const AmiMessage& message) const {
  if (message.get("ActionID").starts_with(id_prefix_)) return true;
  const auto& interesting = events_of_interest();
  return std::find(interesting.begin(), interesting.end(), message.get("Event")) != interesting.end();
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
  std::size_t early_bytes = 0;
  while (true) {
    if (stopping()) return tl::unexpected(std::string("stopping"));
    // Looked at each time: the other end may be sending something else without end.
    if (Steady::now() >= end) {
      // Who may not read the class of events `system` is not told that Asterisk has booted.
      if (entered) return {};
      return tl::unexpected(std::string("no answer to the login"));
    }
    if (!asked && !reader.banner().empty()) {
      unwritten = *action;
      asked = true;
    }
    const bool ready = socket.wait(unwritten.empty() ? POLLIN : POLLIN | POLLOUT, left(end));
    if (stopping()) return tl::unexpected(std::string("stopping"));
    if (!ready) continue;
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
      } else if (entered && is_wanted(*message)) {
        early_bytes += bytes_of(*message);
        if (early.size() == most_early || early_bytes > most_early_bytes) {
          return tl::unexpected(fmt::format("more than {} events, or {} MiB of them, before it has booted", most_early,
                                            most_early_bytes / 1024 / 1024));
        }
        early.push_back(std::move(*message));
      }
    }
    if (booted) return {};
  }
}

void AmiClient::Link::hand_on(AmiReader& reader, std::vector<AmiMessage> first) {
  auto batch = std::move(first);
  while (auto message = reader.next()) {
    if (is_wanted(*message)) batch.push_back(std::move(*message));
  }
  if (batch.empty()) return;
  ++untaken_;
  told_.read(std::move(batch));
}

int AmiClient::Link::gathering_ms() const {
  return std::min(longest_gathering_ms, static_cast<int>(awaited_ / answers_a_ms));
}

std::string AmiClient::Link::pump(Socket& socket, AmiReader& reader) {
  constexpr int look_again_ms = 10;
  bool has_read = false;
  while (true) {
    const auto unwritten = write_out();
    if (!unwritten) return unwritten.error();
    const bool full = untaken_ > most_untaken;
    const int gathering = has_read ? gathering_ms() : 0;
    const auto events = (full || gathering > 0 ? 0 : POLLIN) | (*unwritten ? POLLOUT : 0);
    socket.wait(static_cast<short>(events), full ? look_again_ms : gathering > 0 ? gathering : -1);
    has_read = false;
    if (stopping()) return "stopping";
    if ((socket.revents() & ~POLLOUT) == 0) continue;
    const auto bytes = socket.read();
    if (!bytes) return bytes.error();
    if (auto fed = reader.feed(*bytes); !fed) return fmt::format("it is no manager of Asterisk's: {}", fed.error());
    hand_on(reader);
    has_read = true;
  }
}

}  // namespace snom::asterisk
