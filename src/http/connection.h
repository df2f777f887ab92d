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
#include "http/places.h"
#include "http/request_reader.h"
#include "http/server.h"
#include "http/stream_state.h"
#include "runtime/open_files.h"

namespace snom::http {

class Connection;

/// What a listener is for.
struct Site {
  Handler handler;
  Gate gate;             ///< may be empty
  OwnAnswer own_answer;  ///< may be empty
};

/// "127.0.0.1:40000", "[::1]:40000"
[[nodiscard]] std::string to_text(const boost::asio::ip::tcp::endpoint& endpoint);

/// What the connections of one server share. Server's thread.
struct Shared {
  explicit Shared(Server::Options server_options)
      : options(std::move(server_options)),
        connection_places("connections", runtime::share_of_open_files(options.max_connections),
                          options.max_connections_per_address),
        stream_places("event streams", options.max_streams, options.max_streams_per_address) {}

  const Server::Options options;
  Places connection_places;
  Places stream_places;
  std::size_t turned_away = 0;  ///< connections that are being told that they are too many
  /// More at a time are closed as soon as they were answered, whether or not the answer arrives.
  const std::size_t most_turned_away = runtime::share_of_open_files(1024) / 4;
  std::size_t held_bytes = 0;  ///< of all requests that are not complete
  bool stopping = false;       ///< no request reaches a handler any more
  boost::asio::io_context io{1};
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>(io);
  std::unordered_set<std::shared_ptr<Connection>> connections;  ///< all that are open: this keeps them
  std::array<char, 64 * 1024> scratch{};                        ///< what is read lands here first

  /// Value of the Date header, made once a second.
  [[nodiscard]] const std::string& date();
  /// Tells the log who is turned away, now and then.
  void note_refusal(const std::string& peer, const std::string& why);

 private:
  std::chrono::steady_clock::time_point next_note_;
  std::size_t unnoted_ = 0;
  std::time_t date_time_ = 0;
  std::string date_;
};

/// One client: reads a request, has it handled, writes the answer, reads the next. Server's thread.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `site`, `tls` and the store that it is from (both empty: bare HTTP) are those of the listener it came to.
  Connection(Shared& shared, boost::asio::ip::tcp::socket socket, std::shared_ptr<SSL_CTX> tls,
             std::shared_ptr<const tls::Store> store, const boost::asio::ip::tcp::endpoint& peer,
             std::shared_ptr<const Site> site);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// `place`: kept until it is closed.
  void start(Places::Place place);
  /// In place of start(): answers 503 whatever is asked.
  void turn_away(const std::string& why);
  /// No request reaches the handler any more: one under way is answered, the connection then closed.
  void stop();
  /// At once, whatever is under way.
  void close();
  /// Closes it when its time is over.
  void check_deadline(TimePoint time);
  [[nodiscard]] bool belongs_to(const std::shared_ptr<const Site>& site) const { return site_ == site; }

  /// For responders; `request` numbers the request, an answer to another than the one being handled is passed over.
  void answer(std::uint64_t request, Response response);
  /// 500: nobody will answer the request.
  void answer_failed(std::uint64_t request);
  void start_stream(std::uint64_t request, const Response& head, std::shared_ptr<StreamState> state);
  /// `next` makes what follows the body of `first`.
  void answer_in_pieces(std::uint64_t request, Response first, NextPiece next);
  void take_piece(std::uint64_t request, std::string piece);
  /// No piece will come any more.
  void break_off(std::uint64_t request);
  /// For streams: bytes wait.
  void flush_stream();

 private:
  enum class State {
    reading,    ///< between requests or in the middle of one
    handling,   ///< a responder is out
    writing,    ///< an answer is on its way, or a piece of one
    making,     ///< all pieces of an answer so far are sent, the next one is being made
    streaming,  ///< an answer without end
    lingering,  ///< our side is shut down; what the client still sends is thrown away (RFC 9112 section 9.6)
    closed,
  };

  void pump();
  [[nodiscard]] bool read_request();  ///< false when there are no bytes to go on with
  void take_head();
  void say_continue();
  void count_held(std::size_t held);
  void refuse(int status, const std::string& why);
  /// What the server says by itself, as its site says it.
  [[nodiscard]] Response own_answer(int status, const std::string& why) const;
  void dispatch();
  /// `left_out`: of a body that HEAD leaves out and that was not kept, its length.
  void write_answer(Response response, std::optional<std::size_t> left_out = std::nullopt);
  void ask_for_piece();
  void begin_answer();
  [[nodiscard]] bool write_out();  ///< true when all is sent; else goes on by itself, and calls written()
  void wait_for_room();
  void written();
  void linger();
  void wait_readable();
  void on_readable();

  Shared& shared_;
  Channel channel_;
  const boost::asio::ip::address peer_address_;
  const std::string peer_;
  const std::shared_ptr<const Site> site_;

  State state_ = State::reading;
  std::optional<TimePoint> deadline_;
  bool pumping_ = false;
  bool waiting_readable_ = false;

  RequestReader reader_;
  std::size_t held_ = 0;  ///< its part of Shared::held_bytes
  Places::Place place_;
  Places::Place stream_place_;
  bool turned_away_ = false;

  std::uint64_t request_number_ = 0;
  bool keep_alive_ = true;
  bool http_1_0_ = false;
  bool head_only_ = false;

  std::string head_out_;
  std::string body_out_;
  std::size_t out_sent_ = 0;                      ///< of both together
  std::size_t taken_ = 0;                         ///< of the answer, all its pieces together, by the client
  std::optional<TimePoint> waits_since_;          ///< for the client to take more
  std::chrono::steady_clock::duration waited_{};  ///< so long in all, for this answer
  std::shared_ptr<NextPiece> next_piece_;         ///< empty: the answer that is being written is all there
  Response counted_answer_;                       ///< to HEAD: what is said when all pieces were counted
  std::size_t counted_ = 0;
  std::shared_ptr<StreamState> stream_;
  bool stream_writing_ = false;
};

}  // namespace snom::http
