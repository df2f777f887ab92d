#include "sip/connections.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "runtime/guard.h"
#include "runtime/open_files.h"
#include "sip/sockets.h"
#include "tls/peer_counts.h"
#include "tls/peer_table.h"

namespace snom::sip {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds pause_without_descriptors{200};
constexpr std::chrono::seconds sweep_period{1};
constexpr std::chrono::seconds between_warnings{10};
/// The library takes a connection in the turn after it may, unless others were quicker to get descriptors.
constexpr int most_turns_to_take = 64;
/// Descriptors from the next one on that the connection just taken may have got; other threads open files meanwhile.
constexpr int descriptors_looked_at = 64;

/// Held back for what else the process does: a quarter, but no more than is of use.
[[nodiscard]] int held_back(int descriptors) { return std::clamp(descriptors / 4, 16, 512); }

}  // namespace

struct Connections::Impl final {
  struct Listener {
    tport_t* primary;
    TransportAddress at;
    int descriptor;
    Held held;
    int next_descriptor = 0;  ///< when the library was let go
    int turns = 0;            ///< since
  };
  struct Connection {
    std::size_t listener;
    ConnectedSocket socket;
    std::string from;  ///< whose it is
    Clock::time_point active;
    bool looked_after = false;  ///< a check is posted
  };
  enum class Refusal { in_all, per_address, descriptors };

  Impl(EventLoop& on, const Limits& with, std::function<void(const std::string&)> warning)
      : loop(on), limits(with), warn(std::move(warning)), events(epoll_create1(EPOLL_CLOEXEC)) {
    if (events < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    if (su_wait_create(&wait, events, SU_WAIT_IN) < 0 ||
        (registered = su_root_register(loop.root(), &wait, &Impl::woken, reinterpret_cast<su_wakeup_arg_t*>(this), 0)) <
            0) {
      close(events);
      throw std::runtime_error("the SIP library takes no socket more to wait for");
    }
    loop.before_turns(this, [this] { run_due(); });
  }
  ~Impl() {
    loop.no_more_before_turns(this);
    loop.cancel(sweep_timer);
    for (const auto& [listener, timer] : pauses) loop.cancel(timer);
    su_root_deregister(loop.root(), registered);
    close(events);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  static int woken(su_root_magic_t*, su_wait_t*, su_wakeup_arg_t* self) {
    runtime::guarded("SIP over TCP", [self] { reinterpret_cast<Impl*>(self)->take_events(); });
    return 0;
  }

  void take_events() {
    std::array<epoll_event, 64> ready{};
    const int count = epoll_wait(events, ready.data(), static_cast<int>(ready.size()), 0);
    for (int i = 0; i < count; ++i) {
      const int descriptor = ready[static_cast<std::size_t>(i)].data.fd;
      if (const auto found = connections.find(descriptor); found != connections.end()) {
        found->second.active = Clock::now();
        look_after(descriptor);
        continue;
      }
      for (std::size_t listener = 0; listener < listeners.size(); ++listener) {
        if (listeners[listener].descriptor == descriptor) let_in(listener);
      }
    }
  }

  /// Before the loop's next turn. Not posted: while the library takes connections, it looks at nothing else of a
  /// turn's.
  void later(std::function<void()> work) {
    due.push_back(std::move(work));
    loop.post([] {});  // there is a next turn
  }

  void run_due() {
    std::vector<std::function<void()>> now;
    now.swap(due);
    for (const auto& work : now) runtime::guarded("SIP over TCP", work);
  }

  void arm(std::size_t listener, bool on) const {
    epoll_event event{};
    event.events = on ? static_cast<std::uint32_t>(EPOLLIN) : 0U;
    event.data.fd = listeners[listener].descriptor;
    epoll_ctl(events, EPOLL_CTL_MOD, event.data.fd, &event);
  }

  /// Whatever fails on the way, the library takes nobody else and the next one who waits is heard again.
  template <typename Step>
  void on_the_way(std::size_t index, Step step) {
    try {
      step();
    } catch (...) {
      tport_stall(listeners[index].primary);
      arm(index, true);
      throw;
    }
  }

  /// Somebody waits to be let in.
  void let_in(std::size_t index) {
    arm(index, false);
    on_the_way(index, [this, index] { let_one_in(index); });
  }

  void let_one_in(std::size_t index) {
    Listener& listener = listeners[index];
    const int most = runtime::most_open_files();
    const auto next = next_descriptor();
    if (!next || *next >= most - held_back(most)) {
      refused(Refusal::descriptors, fmt::format("{} of {} descriptors are in use", next ? *next : most, most));
      EventLoop::TimerId& timer = pauses[index];
      timer = loop.after(pause_without_descriptors, [this, index] {
        pauses.erase(index);
        arm(index, true);
      });
      return;
    }
    listener.next_descriptor = *next;
    listener.turns = 0;
    tport_continue(listener.primary);
    look_later(index);
  }

  void look_later(std::size_t index) {
    later([this, index] { on_the_way(index, [this, index] { look_who_came(index); }); });
  }

  void look_who_came(std::size_t index) {
    Listener& listener = listeners[index];
    const bool came = take_over(index);
    pollfd waiting{listener.descriptor, POLLIN, 0};
    const bool waits = poll(&waiting, 1, 0) == 1;
    if (!came && waits && ++listener.turns < most_turns_to_take) return look_later(index);
    // It may have got a descriptor that somebody gave back meanwhile.
    if (!came && !waits) take_over(index, 0, listener.next_descriptor);
    tport_stall(listener.primary);
    // The library may have been told in this very turn, and takes one more.
    later([this, index] {
      on_the_way(index, [this, index] { take_over(index); });
      arm(index, true);
    });
  }

  /// What the library took since it was let go; false for nothing.
  bool take_over(std::size_t index) {
    const int next = listeners[index].next_descriptor;
    return take_over(index, next, next + descriptors_looked_at);
  }

  /// The same among these descriptors only.
  bool take_over(std::size_t index, int from, int to) {
    bool came = false;
    for (int descriptor = from; descriptor < to; ++descriptor) {
      const auto known = connections.find(descriptor);
      if (known != connections.end()) {
        if (known->second.socket.number == socket_number(descriptor)) continue;
        forget(known);
      }
      const auto socket = accepted_socket(descriptor, listeners[index].at);
      if (!socket) continue;
      came = true;
      try {
        add(descriptor, {index, *socket, socket->peer.host, Clock::now()});
      } catch (...) {  // nobody watches it
        shutdown(descriptor, SHUT_RDWR);
        throw;
      }
    }
    return came;
  }

  void add(int descriptor, Connection connection) {
    if (listeners[connection.listener].at.transport == "tls") {
      const auto peer = tls::peer_at(connection.socket.peer.host, connection.socket.peer.port);
      if (!peer) return end(descriptor, connection);
      connection.from = peer->host;
    }
    const std::string host = connection.from;
    if (const auto full = counts.full_for(host); full != tls::PeerCounts::Full::no) {
      tell_full(full, host);
      return end(descriptor, connection);
    }
    counts.add(host);
    try {
      connections.emplace(descriptor, std::move(connection));
    } catch (...) {
      counts.remove(host);
      throw;
    }
    epoll_event event{};
    event.events = static_cast<std::uint32_t>(EPOLLIN | EPOLLRDHUP) | static_cast<std::uint32_t>(EPOLLET);
    event.data.fd = descriptor;
    epoll_ctl(events, EPOLL_CTL_ADD, descriptor, &event);
    if (!sweeping) sweep_later();
    look_after(descriptor);  // the library may have read from it already
  }

  void tell_full(tls::PeerCounts::Full full, const std::string& host) {
    if (full == tls::PeerCounts::Full::in_all) {
      return refused(Refusal::in_all,
                     fmt::format("there are {} connections ([limits] sip_connections)", limits.in_all));
    }
    if (full == tls::PeerCounts::Full::address) {
      return refused(Refusal::per_address, fmt::format("{} has {} connections ([limits] sip_connections_per_address)",
                                                       host, limits.per_address));
    }
    refused(Refusal::per_address, fmt::format("the /64 of {} has {} connections, a quarter of [limits] sip_connections",
                                              host, counts.most_of_network()));
  }

  using Entry = std::unordered_map<int, Connection>::iterator;
  Entry forget(Entry entry) {
    counts.remove(entry->second.from);
    return connections.erase(entry);
  }

  /// The library's; null when it is gone, or is shut down: the library finds no such ones by name.
  [[nodiscard]] tport_t* find(const Connection& connection) const {
    const TransportAddress& peer = connection.socket.peer;
    const std::string host = bracketed(peer.host);
    const std::string port = std::to_string(peer.port);
    tp_name_t name{};
    name.tpn_proto = "tcp";
    name.tpn_canon = name.tpn_host = host.c_str();
    name.tpn_port = port.c_str();
    tport_t* found = tport_by_name(listeners[connection.listener].primary, &name);
    if (found == nullptr || !tport_is_secondary(found) || text(tport_name(found)->tpn_port) != port ||
        bare_host(text(tport_name(found)->tpn_host)) != peer.host)
      return nullptr;
    return found;
  }

  void end(int descriptor, const Connection& connection) const {
    if (tport_t* tport = find(connection); tport != nullptr) {
      tport_shutdown(tport, 2);
    } else {
      // What was written still goes out; then the library hears the end, and lets go of it.
      shutdown(descriptor, SHUT_RDWR);
    }
  }

  void look_after(int descriptor) {
    Connection& connection = connections.find(descriptor)->second;
    if (std::exchange(connection.looked_after, true)) return;
    later([this, descriptor] { check(descriptor); });
  }

  /// Something came, or the other side ended: what did the library make of it?
  void check(int descriptor) {
    const auto entry = connections.find(descriptor);
    if (entry == connections.end()) return;
    Connection& connection = entry->second;
    connection.looked_after = false;
    if (socket_number(descriptor) != connection.socket.number) {
      forget(entry);
      return;
    }
    if (find(connection) == nullptr) {  // it reads no more from it
      end(descriptor, connection);
      forget(entry);
      return;
    }
    int unread = 0;
    if (ioctl(descriptor, FIONREAD, &unread) == 0 && unread > 0) look_after(descriptor);  // it had no turn yet
  }

  void sweep_later() {
    sweeping = true;
    sweep_timer = loop.after(sweep_period, [this] { sweep(); });
  }

  void sweep() {
    const auto now = Clock::now();
    std::vector<int> idle;
    for (auto entry = connections.begin(); entry != connections.end();) {
      if (socket_number(entry->first) != entry->second.socket.number) {
        entry = forget(entry);
        continue;
      }
      if (now - entry->second.active >= limits.idle) idle.push_back(entry->first);
      ++entry;
    }
    std::map<std::size_t, std::vector<const void*>> held;
    for (const int descriptor : idle) {
      Connection& connection = connections.find(descriptor)->second;
      const std::size_t listener = connection.listener;
      if (!held.contains(listener)) {
        auto all = listeners[listener].held();
        std::sort(all.begin(), all.end());
        held.emplace(listener, std::move(all));
      }
      const tport_t* tport = find(connection);
      if (std::binary_search(held[listener].begin(), held[listener].end(), static_cast<const void*>(tport))) {
        connection.active = now;  // looked at again after a while
        continue;
      }
      end(descriptor, connection);
      forget(connections.find(descriptor));
    }
    for (const auto& [descriptor, connection] : connections) {
      if (now - connection.active < 2 * sweep_period) look_after(descriptor);
    }
    if (connections.empty()) {
      sweeping = false;
      return;
    }
    sweep_later();
  }

  void refused(Refusal why, const std::string& text) {
    Told& last = told[why];
    ++last.count;
    const auto now = Clock::now();
    if (last.at && now - *last.at < between_warnings) return;
    warn(fmt::format("SIP over TCP: {} refused: {}",
                     why == Refusal::descriptors
                         ? "no connection is taken for the moment, new ones are"
                         : fmt::format("{} new connection{}", last.count, last.count == 1 ? "" : "s"),
                     text));
    last = {0, now};
  }

  struct Told {
    std::size_t count = 0;
    std::optional<Clock::time_point> at;
  };

  EventLoop& loop;
  const Limits limits;
  const std::function<void(const std::string&)> warn;
  const int events;  ///< epoll of the listeners that wait and of the connections, beside the library's own
  su_wait_t wait = SU_WAIT_INIT;
  int registered = -1;
  std::vector<Listener> listeners;
  std::unordered_map<int, Connection> connections;  ///< by descriptor
  tls::PeerCounts counts{{limits.in_all, limits.per_address}};
  std::map<std::size_t, EventLoop::TimerId> pauses;
  std::map<Refusal, Told> told;
  std::vector<std::function<void()>> due;  ///< before the next turn
  bool sweeping = false;
  EventLoop::TimerId sweep_timer = 0;
};

Connections::Connections(EventLoop& loop, const Limits& limits, std::function<void(const std::string&)> warn)
    : impl_(std::make_unique<Impl>(loop, limits, std::move(warn))) {}

Connections::~Connections() = default;

tl::expected<void, std::string> Connections::watch(tport_t* primary, const TransportAddress& at, Held held) {
  const int descriptor = listening_descriptor(at);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (descriptor < 0) return tl::unexpected("the socket of " + at.to_string() + " is not found among the open files");
  if (tport_stall(primary) < 0 || epoll_ctl(impl_->events, EPOLL_CTL_ADD, descriptor, &event) != 0)
    return tl::unexpected("the socket of " + at.to_string() + " cannot be watched: " + std::strerror(errno));
  impl_->listeners.push_back({primary, at, descriptor, std::move(held)});
  return {};
}

}  // namespace snom::sip
