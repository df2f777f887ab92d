#include "http/server.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/connection.h"
#include "http/listen_address.h"
#include "http/signals.h"
#include "runtime/guard.h"

namespace snom::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// One listening socket. Server's thread, once it is started.
class Listener final : public std::enable_shared_from_this<Listener> {
 public:
  Listener(Shared& shared, tcp::acceptor acceptor, std::shared_ptr<const tls::Store> tls, Site site)
      : shared_(shared),
        acceptor_(std::move(acceptor)),
        tls_(std::move(tls)),
        pause_(shared.io),
        site_(std::make_shared<const Site>(std::move(site))) {}

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const error_code& failed, tcp::socket socket) {
      if (!self->acceptor_.is_open()) return;
      if (!failed) {
        runtime::guarded("a new HTTP connection", [&] { self->take(std::move(socket)); });
        self->accept();
      } else if (failed == asio::error::connection_aborted) {
        self->accept();
      } else {
        self->accept_later();
      }
    });
  }

  void stop_accepting() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  void close() {
    stop_accepting();
    std::vector<std::shared_ptr<Connection>> mine;
    std::ranges::copy_if(shared_.connections, std::back_inserter(mine),
                         [this](const auto& connection) { return connection->belongs_to(site_); });
    for (const auto& connection : mine) connection->close();
  }

 private:
  void take(tcp::socket socket) {
    error_code failed;
    const tcp::endpoint peer = socket.remote_endpoint(failed);
    if (failed) return;
    auto place = shared_.connection_places.take(peer.address());
    if (!place && tls_) return refuse_tls(peer, tls::NoTls::too_many, place.error());  // a handshake costs more than it
    auto context = tls_ ? tls_->server() : nullptr;
    if (tls_ && !context) return refuse_tls(peer, tls::NoTls::certificate, "there is no certificate");
    const auto connection =
        std::make_shared<Connection>(shared_, std::move(socket), std::move(context), tls_, peer, site_);
    shared_.connections.insert(connection);
    if (place) {
      connection->start(std::move(*place));
    } else {
      connection->turn_away(place.error());
    }
  }

  void refuse_tls(const tcp::endpoint& peer, tls::NoTls kind, const std::string& why) {
    tls_->tallies().http_in.refused(kind);
    shared_.note_refusal(to_text(peer), why);
  }

  /// Out of file descriptors or memory: trying again at once would only burn the processor.
  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled && self->acceptor_.is_open()) self->accept();
    });
  }

  Shared& shared_;
  tcp::acceptor acceptor_;
  const std::shared_ptr<const tls::Store> tls_;  ///< empty: bare HTTP
  asio::steady_timer pause_;
  const std::shared_ptr<const Site> site_;
};

tl::expected<tcp::acceptor, std::string> bind(asio::io_context& io, const std::string& text) {
  const auto address = parse_listen_address(text);
  if (!address) return tl::make_unexpected(address.error());
  error_code failed;
  tcp::resolver resolver(io);
  const auto endpoints = resolver.resolve(address->host, std::to_string(address->port),
                                          tcp::resolver::passive | tcp::resolver::numeric_service, failed);
  if (failed) return tl::make_unexpected(fmt::format("'{}': no address for this host: {}", text, failed.message()));
  for (const auto& entry : endpoints) {
    const tcp::endpoint endpoint = entry.endpoint();
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), failed);
    if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), failed);
    if (!failed) acceptor.bind(endpoint, failed);
    if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
    if (!failed) acceptor.non_blocking(true, failed);
    if (!failed) return acceptor;
  }
  return tl::make_unexpected(fmt::format("cannot listen on {}: {}", text, failed.message()));
}

}  // namespace

struct Server::Impl {
  explicit Impl(Options options)
      : shared(std::move(options)),
        work(asio::make_work_guard(shared.io)),
        sweep_timer(shared.io),
        sweep_interval(std::clamp<std::chrono::milliseconds>(
            shared.options.idle_timeout / 4, std::chrono::milliseconds(100), std::chrono::seconds(1))) {}

  /// One timer for all connections: a timer of its own for each would cost at every request.
  void sweep() {
    sweep_timer.expires_after(sweep_interval);
    sweep_timer.async_wait([this](const error_code& cancelled) {
      if (cancelled) return;
      sweep();  // first: whatever fails below, deadlines are looked at again
      const auto now = std::chrono::steady_clock::now();
      const std::vector<std::shared_ptr<Connection>> all(shared.connections.begin(), shared.connections.end());
      for (const auto& connection : all) {
        runtime::guarded("an HTTP connection", [&] { connection->check_deadline(now); });
      }
    });
  }

  void run_and_wait(const std::function<void()>& job) {
    if (shared.mailbox->on_owner_thread()) return job();
    std::promise<void> done;
    shared.mailbox->post([&] {
      runtime::guarded("a change of what HTTP listens on", job);
      done.set_value();
    });
    done.get_future().wait();
  }

  tl::expected<std::string, std::string> listen(const std::string& address, std::shared_ptr<const tls::Store> tls,
                                                Site site) {
    auto acceptor = bind(shared.io, address);
    if (!acceptor) return tl::make_unexpected(acceptor.error());
    error_code failed;
    const tcp::endpoint bound = acceptor->local_endpoint(failed);
    if (failed) return tl::make_unexpected(fmt::format("cannot listen on {}: {}", address, failed.message()));
    std::string bound_address = to_text(bound);
    auto listener = std::make_shared<Listener>(shared, std::move(*acceptor), std::move(tls), std::move(site));
    run_and_wait([&] {
      listeners[bound_address] = listener;
      listener->accept();
    });
    return bound_address;
  }

  Shared shared;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  asio::steady_timer sweep_timer;
  const std::chrono::milliseconds sweep_interval;
  std::unordered_map<std::string, std::shared_ptr<Listener>> listeners;  ///< by bound address; server's thread
  std::thread thread;
};

Server::Server(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->sweep();
  impl_->thread = thread_without_signals([impl = impl_.get()] {
    // One handler that failed does not end the others.
    while (!runtime::guarded("the HTTP server", [impl] { impl->shared.io.run(); })) {
    }
  });
  impl_->shared.mailbox->set_owner(impl_->thread.get_id());
}

Server::~Server() {
  asio::post(impl_->shared.io, [impl = impl_.get()] {
    for (const auto& [address, listener] : impl->listeners) listener->close();
    impl->listeners.clear();
    impl->shared.io.stop();
  });
  impl_->thread.join();
  impl_->shared.mailbox->close();
}

tl::expected<std::string, std::string> Server::listen(const std::string& address, Handler handler, Gate gate,
                                                      OwnAnswer own_answer) {
  return impl_->listen(address, nullptr, {std::move(handler), std::move(gate), std::move(own_answer)});
}

tl::expected<std::string, std::string> Server::listen(const std::string& address, const tls::Identity& identity,
                                                      Handler handler) {
  // A store may be without an identity, a listener may not.
  if (auto usable = tls::make_server_context(identity); !usable) return tl::make_unexpected(usable.error());
  auto store = tls::Store::make({identity, {}, {}});
  if (!store) return tl::make_unexpected(std::move(store.error()));
  return impl_->listen(address, std::move(*store), {std::move(handler), {}, {}});
}

tl::expected<std::string, std::string> Server::listen(const std::string& address,
                                                      std::shared_ptr<const tls::Store> store, Handler handler,
                                                      Gate gate, OwnAnswer own_answer) {
  return impl_->listen(address, std::move(store), {std::move(handler), std::move(gate), std::move(own_answer)});
}

void Server::close(const std::string& bound_address) {
  impl_->run_and_wait([&] {
    const auto found = impl_->listeners.find(bound_address);
    if (found == impl_->listeners.end()) return;
    const auto listener = found->second;
    impl_->listeners.erase(found);
    listener->close();
  });
}

void Server::stop_serving() {
  impl_->run_and_wait([&] {
    impl_->shared.stopping = true;
    for (const auto& [address, listener] : impl_->listeners) listener->stop_accepting();
    const auto all = impl_->shared.connections;  // a copy: those that close leave the set
    for (const auto& connection : all) connection->stop();
  });
}

}  // namespace snom::http
