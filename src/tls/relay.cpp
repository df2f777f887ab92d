#include "tls/relay.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <limits>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/guard.h"
#include "runtime/open_files.h"
#include "tls/relay_link.h"

namespace snom::tls {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds sweep_interval{250};
constexpr std::chrono::milliseconds pause_without_descriptors{200};

/// Descriptors that stay for what else the process does: a quarter, but no more than is of use.
int descriptors_to_use() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<int>::max();
  const int most = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<int>::max()));
  return most - std::clamp(most / 4, 16, 512);
}

bool is(const sockaddr_storage& address, const tcp::endpoint& endpoint) {
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  return address.ss_family == AF_INET && ntohs(v4.sin_port) == endpoint.port() &&
         ntohl(v4.sin_addr.s_addr) == endpoint.address().to_v4().to_uint();
}

/// Whether a socket of this process is the other end of one that was taken on 127.0.0.1.
bool is_own(const tcp::socket& taken) {
  error_code failed;
  const auto theirs = taken.remote_endpoint(failed);
  const auto ours = taken.local_endpoint(failed);
  if (failed) return false;
  return runtime::find_open_file([&](int descriptor) {
           sockaddr_storage address{};
           socklen_t size = sizeof address;
           if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 || !is(address, theirs)) {
             return false;
           }
           size = sizeof address;
           return getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 && is(address, ours);
         })
      .has_value();
}

tl::expected<tcp::acceptor, std::string> bind(asio::io_context& io, const Peer& at) {
  error_code failed;
  const auto address = asio::ip::make_address(at.host, failed);
  tcp::acceptor acceptor(io);
  if (!failed) acceptor.open(address.is_v6() ? tcp::v6() : tcp::v4(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), failed);
  if (!failed) acceptor.bind({address, at.port}, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) acceptor.non_blocking(true, failed);
  if (failed) return tl::unexpected(failed.message());
  return acceptor;
}

/// A listening socket that goes on when one connection cannot be taken.
class Listener final : public std::enable_shared_from_this<Listener> {
 public:
  using Take = std::function<void(tcp::socket)>;
  /// `may_take`: whether there is room for one more; if not, go_on() is called when there is.
  Listener(asio::io_context& io, tcp::acceptor acceptor, std::function<bool()> may_take, Take take)
      : acceptor_(std::move(acceptor)), pause_(io), may_take_(std::move(may_take)), take_(std::move(take)) {}

  void go_on() {
    if (accepting_ || !acceptor_.is_open() || !may_take_()) return;
    accepting_ = true;
    acceptor_.async_accept([self = shared_from_this()](const error_code& failed, tcp::socket socket) {
      self->accepting_ = false;
      if (!self->acceptor_.is_open()) return;
      if (failed && failed != asio::error::connection_aborted) return self->go_on_later();
      if (!failed) runtime::guarded("a new connection of SIP over TLS", [&] { self->take_(std::move(socket)); });
      self->go_on();
    });
  }
  void close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  /// Out of file descriptors or memory: trying again at once would only burn the processor.
  void go_on_later() {
    pause_.expires_after(pause_without_descriptors);
    pause_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled) self->go_on();
    });
  }

  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::function<bool()> may_take_;
  Take take_;
  bool accepting_ = false;
};

struct Outlet {
  std::uint16_t port = 0;
  std::optional<PeerEntry> entry;
  std::string why_not;
  std::shared_ptr<Listener> listener;
  std::shared_ptr<const void> in_use = std::make_shared<char>();  ///< kept by each connection, too
  std::chrono::steady_clock::time_point asked{};
};

}  // namespace

bool Relay::Destination::operator<(const Destination& other) const {
  return std::tie(at.host, at.port, names, from) < std::tie(other.at.host, other.at.port, other.names, other.from);
}

struct Relay::Impl {
  Impl(std::shared_ptr<const Store> store, const Limits& limits, Log log)
      : shared(std::move(store), limits, std::move(log)),
        work(asio::make_work_guard(shared.io)),
        sweep_timer(shared.io),
        descriptors(descriptors_to_use()) {
    shared.room = [this] {
      if (!std::exchange(going_on, true)) asio::post(shared.io, [this] { go_on(); });
    };
  }

  void go_on() {
    going_on = false;
    for (const auto& listener : listeners) listener->go_on();
  }

  void sweep() {
    sweep_timer.expires_after(sweep_interval);
    sweep_timer.async_wait([this](const error_code& cancelled) {
      if (cancelled) return;
      sweep();
      const auto now = std::chrono::steady_clock::now();
      const bool full = shared.shaking.in_all() >= shared.limits.in_handshake;
      const std::vector<std::shared_ptr<RelayLink>> all(shared.links.begin(), shared.links.end());
      for (const auto& link : all) runtime::guarded("a connection of SIP over TLS", [&] { link->check(now, full); });
    });
  }

  /// Empty: there is a place for one more from there.
  [[nodiscard]] std::string why_no_place(const std::string& host, int descriptor) const {
    using Full = PeerCounts::Full;
    switch (shared.open.full_for(host)) {
      case Full::in_all:
        return fmt::format("there are {} connections ([limits] sip_connections)", shared.limits.in_all);
      case Full::address:
        return fmt::format("there are {} connections from there ([limits] sip_connections_per_address)",
                           shared.open.from(host));
      case Full::network:
        return fmt::format("there are {} connections from its /64, a quarter of [limits] sip_connections",
                           shared.open.most_of_network());
      case Full::no:
        break;
    }
    // That there are too many of all together has the next one wait.
    const auto shaking = shared.shaking.full_for(host);
    if (shaking == Full::address)
      return fmt::format("{} from there are in their handshakes", shared.shaking.from(host));
    if (shaking == Full::network) {
      return fmt::format("{} from its /64 are in their handshakes", shared.shaking.most_of_network());
    }
    if (descriptor >= descriptors) return "too few descriptors are left";
    return {};
  }

  void take(tcp::socket socket, std::uint16_t inner) {
    error_code failed;
    const auto from = socket.remote_endpoint(failed);
    if (failed) return;
    Peer peer{from.address().to_string(), from.port()};
    if (const auto why = why_no_place(peer.host, socket.native_handle()); !why.empty()) {
      shared.store->tallies().sip_in.refused(NoTls::too_many);
      return shared.note(fmt::format("from {}:{}: {}", peer.host, peer.port, why));
    }
    const auto link = std::make_shared<RelayLink>(shared);
    shared.links.insert(link);
    link->take(std::move(socket), std::move(peer), shared.store->server_for_sip(), inner);
  }

  void bring(tcp::socket socket, const Destination& to, std::uint16_t port) {
    if (!is_own(socket)) return;
    std::shared_ptr<const void> in_use;
    {
      const std::lock_guard lock(mutex);
      const auto outlet = outlets.find(to);
      if (outlet == outlets.end() || outlet->second.port != port) return;
      in_use = outlet->second.in_use;
    }
    const auto link = std::make_shared<RelayLink>(shared);
    shared.links.insert(link);
    link->bring(std::move(socket), to, shared.store->client(), [this, port, in_use](const std::string& why) {
      const std::lock_guard lock(mutex);
      for (auto& [destination, outlet] : outlets) {
        if (outlet.port == port) outlet.why_not = why;
      }
    });
  }

  /// Ends the outlet that nobody has used for the longest time; under the mutex. False: all are used.
  bool end_an_outlet(std::chrono::steady_clock::time_point now) {
    auto oldest = outlets.end();
    for (auto outlet = outlets.begin(); outlet != outlets.end(); ++outlet) {
      const bool is_free =
          outlet->second.in_use.use_count() == 1 && outlet->second.asked + shared.limits.outlet_kept < now;
      if (is_free && (oldest == outlets.end() || outlet->second.asked < oldest->second.asked)) oldest = outlet;
    }
    if (oldest == outlets.end()) return false;
    asio::post(shared.io, [this, listener = oldest->second.listener] {
      listener->close();
      std::erase(listeners, listener);
    });
    outlets.erase(oldest);
    return true;
  }

  /// From any thread; the relay's goes on with it.
  void start(std::shared_ptr<Listener> listener) {
    asio::post(shared.io, [this, listener = std::move(listener)] {
      listeners.push_back(listener);
      listener->go_on();
    });
  }

  RelayShared shared;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  asio::steady_timer sweep_timer;
  const int descriptors;
  std::vector<std::shared_ptr<Listener>> listeners;  ///< relay's thread
  bool going_on = false;                             ///< relay's thread
  mutable std::mutex mutex;
  std::map<Destination, Outlet> outlets;  ///< guarded by mutex
  std::thread thread;
};

Relay::Relay(std::shared_ptr<const Store> store, const Limits& limits, Log log)
    : impl_(std::make_unique<Impl>(std::move(store), limits, std::move(log))) {
  impl_->sweep();
  // Signals are for the program's main thread, and SIGPIPE is for nobody.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  impl_->thread = std::thread([impl = impl_.get()] {
    // One handler that failed does not end the others.
    while (!runtime::guarded("SIP over TLS", [impl] { impl->shared.io.run(); })) {
    }
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Relay::~Relay() {
  asio::post(impl_->shared.io, [impl = impl_.get()] {
    for (const auto& listener : impl->listeners) listener->close();
    const auto all = impl->shared.links;  // a copy: those that close leave the set
    for (const auto& link : all) link->close();
    impl->shared.io.stop();
  });
  impl_->thread.join();
}

tl::expected<std::uint16_t, std::string> Relay::listen(const Peer& at, std::uint16_t inner) {
  auto acceptor = bind(impl_->shared.io, at);
  if (!acceptor) return tl::unexpected(acceptor.error());
  const std::uint16_t port = acceptor->local_endpoint().port();
  auto may_take = [impl = impl_.get()] { return impl->shared.shaking.in_all() < impl->shared.limits.in_handshake; };
  auto take = [impl = impl_.get(), inner](tcp::socket socket) { impl->take(std::move(socket), inner); };
  impl_->start(std::make_shared<Listener>(impl_->shared.io, std::move(*acceptor), may_take, take));
  return port;
}

tl::expected<std::uint16_t, std::string> Relay::outlet(const Destination& destination) {
  const std::lock_guard lock(impl_->mutex);
  const auto now = std::chrono::steady_clock::now();
  if (const auto found = impl_->outlets.find(destination); found != impl_->outlets.end()) {
    found->second.asked = now;
    return found->second.port;
  }
  if (impl_->outlets.size() >= impl_->shared.limits.outlets && !impl_->end_an_outlet(now)) {
    return tl::unexpected(fmt::format("there are {} destinations of SIP over TLS in use", impl_->outlets.size()));
  }
  auto acceptor = bind(impl_->shared.io, {"127.0.0.1", 0});
  if (!acceptor) return tl::unexpected(acceptor.error());
  const std::uint16_t port = acceptor->local_endpoint().port();
  auto take = [impl = impl_.get(), destination, port](tcp::socket socket) {
    impl->bring(std::move(socket), destination, port);
  };
  auto always = [] { return true; };
  Outlet& outlet = impl_->outlets[destination];
  outlet.port = port;
  outlet.entry.emplace(port, destination.at);
  outlet.asked = now;
  outlet.listener = std::make_shared<Listener>(impl_->shared.io, std::move(*acceptor), always, take);
  impl_->start(outlet.listener);
  return port;
}

std::string Relay::why_not(std::uint16_t port) const {
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [destination, outlet] : impl_->outlets) {
    if (outlet.port == port) return outlet.why_not;
  }
  return {};
}

}  // namespace snom::tls
