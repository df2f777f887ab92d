#include "http/persistent_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/basic_credentials.h"
#include "http/signals.h"
#include "runtime/guard.h"

namespace snom::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_sweeps{50};
/// Answers are kept for so long while the server has enough to do. Each that is told by itself wakes two more threads:
/// that of who asked, and that of who asked him.
constexpr std::chrono::milliseconds gathering{3};

/// Bytes that came and are not read, besides a head: what begins a chunk has no length that it must not exceed.
constexpr std::size_t most_ahead = 64 * 1024;

/// Bytes of the requests that are not answered.
class Room {
 public:
  explicit Room(std::size_t most) : most_(most) {}
  [[nodiscard]] bool take(std::size_t bytes) {
    const auto before = taken_.fetch_add(bytes);
    if (before + bytes <= most_) return true;
    taken_ -= bytes;
    return false;
  }
  void give_back(std::size_t bytes) { taken_ -= bytes; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> taken_ = 0;
};

/// A request from send() to its answer, which is told whatever becomes of it.
class Exchange {
 public:
  Exchange(std::string request, bool may_be_repeated, PersistentClient::Done done, Room& room)
      : message(std::move(request)), may_be_sent_again(may_be_repeated), done_(std::move(done)), room_(room) {}
  ~Exchange() { tell({0, "out of memory", {}}); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void tell(PersistentClient::Response response) {
    const auto done = std::exchange(done_, nullptr);
    if (!done) return;
    room_.give_back(message.size());
    response.was_sent = was_sent;
    runtime::guarded("a server's answer", [&] { done(std::move(response)); });
  }

  const std::string message;
  Clock::time_point deadline;
  bool may_be_sent_again;  ///< when a connection was closed; once
  bool was_sent = false;

 private:
  PersistentClient::Done done_;
  Room& room_;
};
using ExchangePointer = std::unique_ptr<Exchange>;

}  // namespace

struct PersistentClient::Impl {
  explicit Impl(Options with);

  [[nodiscard]] std::string message_of(const Request& request) const;

  // The rest: client's thread.
  void take();
  void start_what_can();
  [[nodiscard]] std::shared_ptr<Connection> free_connection();
  void sweep_later();
  void sweep();
  void tell_gathered();
  /// What was asked of a connection has been answered; whether it may be asked again.
  void ended(Connection& connection, ExchangePointer exchange, Response response, bool stays_open);
  /// A connection that was kept open was closed by then. So may be the others that nothing is asked of.
  void send_again(Connection& connection, ExchangePointer exchange);
  void drop(const Connection& connection);
  void stop();

  const Options options;
  const std::string fixed_fields;  ///< of each request
  std::optional<tcp::endpoint> server;
  Room room;

  std::mutex mutex;
  std::vector<ExchangePointer> handed_over;  ///< under the mutex

  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  asio::steady_timer sweep_timer;
  bool sweep_is_due = false;
  asio::steady_timer gathering_timer;
  bool gathering_is_due = false;
  std::vector<std::pair<ExchangePointer, Response>> gathered;
  std::deque<ExchangePointer> waiting;
  std::vector<std::shared_ptr<Connection>> connections;
  std::vector<Connection*> idle;
  std::thread thread;
};

/// From connecting to its end; never opened again. Client's thread.
class PersistentClient::Connection final : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Impl& client)
      : client_(client), socket_(client.io), buffer_(client.options.longest_head + most_ahead) {}

  [[nodiscard]] bool is_busy() const { return exchange_ != nullptr; }
  [[nodiscard]] bool is_overdue(Clock::time_point now) const { return exchange_ && exchange_->deadline <= now; }

  /// Whether it can be asked: it is open as far as is known here, and nothing came that nobody asked for.
  [[nodiscard]] bool is_clean() {
    char ahead = 0;
    return recv(socket_.native_handle(), &ahead, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }

  void begin(ExchangePointer exchange) {
    exchange_ = std::move(exchange);
    interim_ = 0;
    if (was_used_) return write();
    socket_.async_connect(*client_.server, [self = shared_from_this()](const error_code& error) {
      runtime::guarded("a connection", [&] { self->connected(error); });
    });
  }

  /// Nothing is told any more.
  ExchangePointer give_up() {
    error_code ignored;
    socket_.close(ignored);
    return std::move(exchange_);
  }

 private:
  void connected(const error_code& error) {
    if (!exchange_) return;
    if (error) return fail(error);
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    write();
  }

  void write() {
    is_written_ = false;
    not_written_ = {};
    exchange_->was_sent = true;
    // It may be answered before its end is read (RFC 9112 section 9.5).
    read_answer();
    asio::async_write(socket_, asio::buffer(exchange_->message),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        runtime::guarded("a connection", [&] { self->written(error); });
                      });
  }

  void written(const error_code& error) {
    is_written_ = !error;
    not_written_ = error;  // what is read says whether it was answered all the same
  }

  void read_answer() {
    parser_.emplace();
    parser_->header_limit(client_.options.longest_head);
    parser_->body_limit(client_.options.longest_body);
    beast::http::async_read(socket_, buffer_, *parser_,
                            [self = shared_from_this()](const error_code& got, std::size_t) {
                              runtime::guarded("a connection", [&] { self->read(got); });
                            });
  }

  void read(const error_code& error) {
    if (!exchange_) return;
    if (error) return fail(not_written_ ? not_written_ : error);
    auto& message = parser_->get();
    constexpr unsigned interim = 100;
    constexpr unsigned switching = 101;
    constexpr unsigned final = 200;
    if (message.result_int() == switching) return finish({0, "it speaks another protocol", {}}, false);
    if (message.result_int() < interim) return finish({0, "what it answered has no status", {}}, false);
    if (message.result_int() < final) {  // the answer is still to come (RFC 9110 section 15.2)
      if (++interim_ > client_.options.most_interim) return finish({0, "it answers without end", {}}, false);
      exchange_->may_be_sent_again = false;
      return read_answer();
    }
    // It had given up waiting on a connection that was kept open (RFC 9110 section 15.5.9).
    constexpr unsigned timed_out = 408;
    if (message.result_int() == timed_out && was_used_ && exchange_->may_be_sent_again) {
      return client_.send_again(*this, std::move(exchange_));
    }
    const bool stays_open = is_written_ && parser_->keep_alive() && buffer_.size() == 0;
    was_used_ = true;
    finish({static_cast<int>(message.result_int()), {}, std::move(message.body())}, stays_open);
  }

  void fail(const error_code& error) {
    const bool is_silent = buffer_.size() == 0 && (!parser_ || !parser_->got_some());
    if (was_used_ && is_silent && exchange_->may_be_sent_again) return client_.send_again(*this, std::move(exchange_));
    finish({0, error.message(), {}}, false);
  }

  void finish(Response response, bool stays_open) {
    client_.ended(*this, std::move(exchange_), std::move(response), stays_open);
  }

  Impl& client_;
  tcp::socket socket_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::response_parser<beast::http::string_body>> parser_;
  ExchangePointer exchange_;
  bool is_written_ = false;  ///< the request, whole
  error_code not_written_;   ///< why it is not
  int interim_ = 0;          ///< answers before that of the exchange
  bool was_used_ = false;    ///< it has answered before
};

PersistentClient::Impl::Impl(Options with)
    : options(std::move(with)),
      fixed_fields([this] {
        const bool v6 = options.host.find(':') != std::string::npos;
        auto fields = fmt::format("Host: {}{}{}:{}\r\nUser-Agent: mod_snom\r\n", v6 ? "[" : "", options.host,
                                  v6 ? "]" : "", options.port);
        if (!options.username.empty()) {
          fields += fmt::format("Authorization: {}\r\n", basic_credentials(options.username, options.password));
        }
        return fields;
      }()),
      room(options.most_waiting),
      sweep_timer(io),
      gathering_timer(io) {
  error_code failed;
  const auto address = asio::ip::make_address(options.host, failed);
  if (!failed) server.emplace(address, options.port);
}

std::string PersistentClient::Impl::message_of(const Request& request) const {
  auto message = fmt::format("{} {} HTTP/1.1\r\n{}", request.method, request.target, fixed_fields);
  if (!request.content_type.empty()) message += fmt::format("Content-Type: {}\r\n", request.content_type);
  return message + fmt::format("Content-Length: {}\r\n\r\n{}", request.content.size(), request.content);
}

void PersistentClient::Impl::take() {
  std::vector<ExchangePointer> arrived;
  {
    const std::lock_guard lock(mutex);
    arrived.swap(handed_over);
  }
  for (auto& exchange : arrived) waiting.push_back(std::move(exchange));
  start_what_can();
  sweep_later();
}

void PersistentClient::Impl::start_what_can() {
  while (!waiting.empty()) {
    const auto connection = free_connection();
    if (!connection) return;
    auto exchange = std::move(waiting.front());
    waiting.pop_front();
    connection->begin(std::move(exchange));
  }
}

std::shared_ptr<PersistentClient::Connection> PersistentClient::Impl::free_connection() {
  while (!idle.empty()) {
    auto connection = idle.back()->shared_from_this();
    idle.pop_back();
    if (connection->is_clean()) return connection;
    drop(*connection);
  }
  if (connections.size() >= options.connections) return nullptr;
  return connections.emplace_back(std::make_shared<Connection>(*this));
}

void PersistentClient::Impl::sweep_later() {
  const auto is_busy = [](const auto& connection) { return connection->is_busy(); };
  if (sweep_is_due || (waiting.empty() && std::ranges::none_of(connections, is_busy))) return;
  sweep_timer.expires_after(between_sweeps);
  sweep_timer.async_wait([this](const error_code& cancelled) {
    sweep_is_due = false;
    if (cancelled) return;
    runtime::guarded("requests that are overdue", [this] { sweep(); });
    runtime::guarded("requests that may be overdue", [this] { sweep_later(); });
  });
  sweep_is_due = true;
}

void PersistentClient::Impl::sweep() {
  const auto now = Clock::now();
  const auto late = fmt::format("no answer within {} s", static_cast<double>(options.limit.count()) / 1000);
  for (const auto& connection : std::vector(connections)) {
    if (!connection->is_overdue(now)) continue;
    connection->give_up()->tell({0, late, {}});
    drop(*connection);
  }
  while (!waiting.empty() && waiting.front()->deadline <= now) {
    auto exchange = std::move(waiting.front());
    waiting.pop_front();
    exchange->tell({0, late, {}});
  }
  start_what_can();
}

void PersistentClient::Impl::ended(Connection& connection, ExchangePointer exchange, Response response,
                                   bool stays_open) {
  stays_open ? idle.push_back(&connection) : drop(connection);
  start_what_can();
  gathered.emplace_back(std::move(exchange), std::move(response));
  if (waiting.size() < connections.size()) return tell_gathered();
  if (gathering_is_due) return;
  gathering_timer.expires_after(gathering);
  gathering_timer.async_wait([this](const error_code& cancelled) {
    if (!cancelled) runtime::guarded("a server's answers", [this] { tell_gathered(); });
  });
  gathering_is_due = true;
}

void PersistentClient::Impl::tell_gathered() {
  if (std::exchange(gathering_is_due, false)) gathering_timer.cancel();
  for (auto& [exchange, response] : std::exchange(gathered, {})) exchange->tell(std::move(response));
}

void PersistentClient::Impl::send_again(Connection& connection, ExchangePointer exchange) {
  drop(connection);
  for (const auto* other : std::exchange(idle, {})) drop(*other);
  exchange->may_be_sent_again = false;
  waiting.push_front(std::move(exchange));
  start_what_can();
}

/// Who is on the way back to it keeps it until then.
void PersistentClient::Impl::drop(const Connection& connection) {
  const auto found = std::ranges::find(connections, &connection, [](const auto& one) { return one.get(); });
  if (found == connections.end()) return;
  (void)(*found)->give_up();
  connections.erase(found);
}

void PersistentClient::Impl::stop() {
  tell_gathered();
  sweep_timer.cancel();
  idle.clear();
  for (const auto& connection : std::exchange(connections, {})) {
    if (const auto exchange = connection->give_up()) exchange->tell({0, "stopping", {}});
  }
  for (const auto& exchange : std::exchange(waiting, {})) exchange->tell({0, "stopping", {}});
}

PersistentClient::PersistentClient(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->thread = thread_without_signals(
      [impl = impl_.get()] { runtime::guarded("a client's thread", [impl] { impl->io.run(); }); });
}

PersistentClient::~PersistentClient() {
  asio::post(impl_->io, [impl = impl_.get()] {
    impl->take();
    impl->stop();
    impl->io.stop();
  });
  impl_->thread.join();
}

void PersistentClient::send(const Request& request, Done done) {
  auto message = impl_->message_of(request);
  const auto refuse = [&](std::string why) {
    asio::post(impl_->io, [done = std::move(done), why = std::move(why)] {
      runtime::guarded("a server's answer", [&] { done({0, why, {}, false}); });
    });
  };
  if (!impl_->server) return refuse(fmt::format("'{}' is no address", impl_->options.host));
  if (!impl_->room.take(message.size())) return refuse("too many requests wait");
  auto exchange = std::make_unique<Exchange>(std::move(message), request.may_be_repeated, std::move(done), impl_->room);
  const std::lock_guard lock(impl_->mutex);
  if (impl_->handed_over.empty()) {
    asio::post(impl_->io, [impl = impl_.get()] { runtime::guarded("a client's requests", [impl] { impl->take(); }); });
  }
  exchange->deadline = Clock::now() + impl_->options.limit;  // under the lock: in the order of the queue
  impl_->handed_over.push_back(std::move(exchange));
}

}  // namespace snom::http
