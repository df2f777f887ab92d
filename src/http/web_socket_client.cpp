#include "http/web_socket_client.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "http/basic_credentials.h"
#include "http/signals.h"
#include "runtime/back_off.h"
#include "runtime/guard.h"

namespace snom::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

/// Of bytes that come before the WebSocket is open none are read beyond a bound: the library keeps all of an answer
/// that is none. The time for opening it then runs out.
class BoundedOpening {
 public:
  void opened() { left_ = std::numeric_limits<std::size_t>::max(); }

 private:
  friend class beast::rate_policy_access;
  [[nodiscard]] std::size_t available_read_bytes() const noexcept { return left_; }
  [[nodiscard]] static std::size_t available_write_bytes() noexcept { return std::numeric_limits<std::size_t>::max(); }
  void transfer_read_bytes(std::size_t bytes) noexcept {
    if (left_ != std::numeric_limits<std::size_t>::max()) left_ -= std::min(left_, bytes);
  }
  static void transfer_write_bytes(std::size_t /*bytes*/) noexcept {}
  static void on_timer() noexcept {}

  std::size_t left_ = 64 * 1024;
};

using Stream = beast::basic_stream<tcp, asio::any_io_executor, BoundedOpening>;

}  // namespace

/// One attempt, from connecting to the end. Client's thread.
class WebSocketClient::Session final : public std::enable_shared_from_this<Session> {
 public:
  using Ended = std::function<void(const std::string& why, bool was_open)>;

  Session(asio::io_context& io, const Options& options, const Told& told, Ended ended)
      : options_(options), told_(told), ended_(std::move(ended)), stream_(io), watch_(io) {}

  void begin() {
    error_code failed;
    const auto address = asio::ip::make_address(options_.host, failed);
    if (failed) return end(fmt::format("'{}' is no address", options_.host));
    beast::get_lowest_layer(stream_).expires_after(options_.connect_limit);
    beast::get_lowest_layer(stream_).async_connect(
        tcp::endpoint(address, options_.port), [self = shared_from_this()](const error_code& error) {
          runtime::guarded("a WebSocket", [&] { error ? self->end(error.message()) : self->shake_hands(); });
        });
  }

  void close() {
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
  }

 private:
  void shake_hands() {
    beast::get_lowest_layer(stream_).expires_never();  // the WebSocket has limits of its own
    stream_.set_option(websocket::stream_base::timeout{options_.connect_limit, options_.idle_limit, true});
    stream_.read_message_max(options_.longest_message);
    stream_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set(beast::http::field::user_agent, "mod_snom");
      if (!options_.username.empty()) {
        request.set(beast::http::field::authorization, basic_credentials(options_.username, options_.password));
      }
    }));
    const bool v6 = options_.host.find(':') != std::string::npos;
    stream_.async_handshake(answer_,
                            fmt::format("{}{}{}:{}", v6 ? "[" : "", options_.host, v6 ? "]" : "", options_.port),
                            options_.target, [self = shared_from_this()](const error_code& error) {
                              runtime::guarded("a WebSocket", [&] { self->shook(error); });
                            });
  }

  void shook(const error_code& error) {
    if (error == websocket::error::upgrade_declined) {
      return end(fmt::format("it answered {} {}", answer_.result_int(), std::string(answer_.reason())));
    }
    if (error) return end(error.message());
    open_ = true;
    beast::get_lowest_layer(stream_).rate_policy().opened();
    told_.opened();
    watch();
    read();
  }

  /// A client lets the server close first (RFC 6455 section 7.1.1), and the library waits for that as for anything else
  /// that may come.
  void watch() {
    watch_.expires_after(options_.close_limit);
    watch_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (cancelled) return;
      if (self->stream_.is_open()) return self->watch();
      self->given_up_ = true;
      self->close();
    });
  }

  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](const error_code& error, std::size_t) {
      runtime::guarded("a WebSocket", [&] { self->got(error); });
    });
  }

  void got(const error_code& error) {
    if (error && (error == websocket::error::closed || stream_.reason())) return end("the other side closed it");
    if (error) return end(given_up_ ? std::string("what it sent is no message") : error.message());
    if (stream_.got_text()) told_.message(beast::buffers_to_string(buffer_.data()));
    buffer_.consume(buffer_.size());
    read();
  }

  void end(const std::string& why) {
    watch_.cancel();
    ended_(why, open_);
  }

  const Options& options_;
  const Told& told_;
  Ended ended_;
  websocket::stream<Stream> stream_;
  websocket::response_type answer_;
  beast::flat_buffer buffer_;
  asio::steady_timer watch_;
  bool open_ = false;
  bool given_up_ = false;  ///< it was over, and the other side did not close it
};

struct WebSocketClient::Impl {
  Impl(Options with, Told tell) : options(std::move(with)), told(std::move(tell)), pause(io) {}

  void begin() {
    session = std::make_shared<Session>(io, options, told,
                                        [this](const std::string& why, bool was_open) { ended(why, was_open); });
    session->begin();
  }

  void ended(const std::string& why, bool was_open) {
    if (stopping) return;
    told.closed(why);
    failures = was_open ? 0 : failures + 1;
    pause.expires_after(runtime::back_off(failures, options.first_pause, options.longest_pause));
    pause.async_wait([this](const error_code& cancelled) {
      if (!cancelled && !stopping) runtime::guarded("a WebSocket", [this] { begin(); });
    });
  }

  void stop() {
    asio::post(io, [this] {
      stopping = true;
      pause.cancel();
      if (session) session->close();
      io.stop();
    });
  }

  const Options options;
  const Told told;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
  asio::steady_timer pause;
  std::shared_ptr<Session> session;
  bool stopping = false;
  unsigned failures = 0;
  std::thread thread;
};

WebSocketClient::WebSocketClient(Options options, Told told)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(told))) {
  asio::post(impl_->io, [impl = impl_.get()] { runtime::guarded("a WebSocket", [impl] { impl->begin(); }); });
  impl_->thread = thread_without_signals(
      [impl = impl_.get()] { runtime::guarded("a WebSocket's thread", [impl] { impl->io.run(); }); });
}

WebSocketClient::~WebSocketClient() {
  impl_->stop();
  impl_->thread.join();
}

}  // namespace snom::http
