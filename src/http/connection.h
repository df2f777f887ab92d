#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/channel.h"
#include "http/mailbox.h"
#include "http/server.h"
#include "http/stream_state.h"

namespace snom::http {

class Connection;

/// What the connections of one server share. Server's thread.
struct Shared {
  explicit Shared(Server::Options server_options) : options(server_options) {}

  const Server::Options options;
  boost::asio::io_context io{1};
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>(io);
  std::unordered_set<std::shared_ptr<Connection>> connections;  ///< all that are open: this keeps them
  std::array<char, 64 * 1024> scratch{};                        ///< what is read lands here first

  /// Value of the Date header, made once a second.
  [[nodiscard]] const std::string& date();

 private:
  std::time_t date_time_ = 0;
  std::string date_;
};

/// One client: reads a request, has it handled, writes the answer, reads the next. Server's thread.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `handler` and `tls` (empty: bare HTTP) are those of the listener it came to.
  Connection(Shared& shared, boost::asio::ip::tcp::socket socket, std::shared_ptr<SSL_CTX> tls, std::string peer,
             std::shared_ptr<const Handler> handler);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  /// At once, whatever is under way.
  void close();
  /// Closes it when its time is over.
  void check_deadline(TimePoint time);
  [[nodiscard]] bool handled_by(const std::shared_ptr<const Handler>& handler) const { return handler_ == handler; }

  /// For responders; `request` numbers the request, an answer to another than the one being handled is passed over.
  void answer(std::uint64_t request, Response response);
  void start_stream(std::uint64_t request, const Response& head, std::shared_ptr<StreamState> state);
  /// For streams: bytes wait.
  void flush_stream();

 private:
  struct Parser;
  enum class State {
    reading,    ///< between requests or in the middle of one
    handling,   ///< a responder is out
    writing,    ///< an answer is on its way
    streaming,  ///< an answer without end
    lingering,  ///< our side is shut down; what the client still sends is thrown away (RFC 9112 section 9.6)
    closed,
  };
  enum class Parsed { incomplete, complete, refused };

  void pump();
  [[nodiscard]] Parsed parse();
  void refuse(int status, std::string why);
  void dispatch();
  [[nodiscard]] Request take_request();
  void write_answer(Response response);
  [[nodiscard]] bool write_out();  ///< true when all is sent; else goes on by itself, and calls written()
  void written();
  void linger();
  void wait_readable();
  void on_readable();

  Shared& shared_;
  Channel channel_;
  const std::string peer_;
  const std::shared_ptr<const Handler> handler_;

  State state_ = State::reading;
  std::optional<TimePoint> deadline_;
  bool pumping_ = false;
  bool waiting_readable_ = false;

  std::string input_;  ///< read, the first `parsed_` bytes of it parsed
  std::size_t parsed_ = 0;
  std::unique_ptr<Parser> parser_;  ///< in the middle of a request

  std::uint64_t request_number_ = 0;
  bool keep_alive_ = true;
  bool http_1_0_ = false;
  bool head_only_ = false;

  std::string head_out_;
  std::string body_out_;
  std::size_t out_sent_ = 0;  ///< of both together
  std::shared_ptr<StreamState> stream_;
  bool stream_writing_ = false;
};

}  // namespace snom::http
