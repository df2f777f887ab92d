#include "http/connection.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>

#include "http/response_head.h"
#include "runtime/guard.h"

namespace snom::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto linger_time = std::chrono::seconds(1);
constexpr auto note_interval = std::chrono::seconds(10);
constexpr std::string_view plain_text = "text/plain; charset=utf-8";

Connection::TimePoint now() { return std::chrono::steady_clock::now(); }

bool would_block(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

/// A request's way to its answer. Keeps neither the connection nor the server.
class ConnectionResponder final : public Responder {
 public:
  ConnectionResponder(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Connection> connection, std::uint64_t request,
                      bool chunked, bool head_only)
      : mailbox_(std::move(mailbox)),
        connection_(std::move(connection)),
        request_(request),
        chunked_(chunked),
        head_only_(head_only) {}

  ~ConnectionResponder() override {
    if (answered_.exchange(true)) return;
    mailbox_->dispatch([connection = connection_, request = request_] {
      if (const auto peer = connection.lock()) peer->answer_failed(request);
    });
  }
  ConnectionResponder(const ConnectionResponder&) = delete;
  ConnectionResponder& operator=(const ConnectionResponder&) = delete;

  void send(Response response) override {
    if (answered_.exchange(true)) return;
    mailbox_->dispatch([connection = connection_, request = request_, response = std::move(response)]() mutable {
      if (const auto peer = connection.lock()) peer->answer(request, std::move(response));
    });
  }

  void send_in_pieces(Response first, NextPiece next) override {
    if (answered_.exchange(true)) return;
    mailbox_->dispatch(
        [connection = connection_, request = request_, first = std::move(first), next = std::move(next)]() mutable {
          if (const auto peer = connection.lock()) peer->answer_in_pieces(request, std::move(first), std::move(next));
        });
  }

  std::shared_ptr<Stream> stream(std::string content_type) override {
    auto state = std::make_shared<StreamState>(mailbox_, connection_, chunked_);
    Response head{200, std::move(content_type), {}, {{"Cache-Control", "no-cache"}}};
    const bool answered = answered_.exchange(true);
    if (answered || head_only_) {
      state->close();
      if (!answered) {
        mailbox_->dispatch([connection = connection_, request = request_, head = std::move(head)]() mutable {
          if (const auto peer = connection.lock()) peer->answer(request, std::move(head));
        });
      }
    } else {
      mailbox_->dispatch([connection = connection_, request = request_, head = std::move(head), state]() mutable {
        const auto peer = connection.lock();
        if (!peer) return state->close();
        peer->start_stream(request, head, state);
      });
    }
    return std::make_shared<StreamHandle>(std::move(state));
  }

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<Connection> connection_;
  const std::uint64_t request_;
  const bool chunked_;
  const bool head_only_;
  std::atomic<bool> answered_ = false;
};

/// A piece's way to its answer. Keeps neither the connection nor the server.
class PieceTicket final {
 public:
  PieceTicket(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Connection> connection, std::uint64_t request)
      : mailbox_(std::move(mailbox)), connection_(std::move(connection)), request_(request) {}
  ~PieceTicket() {
    if (taken_) return;
    mailbox_->post([connection = connection_, request = request_] {
      if (const auto peer = connection.lock()) peer->break_off(request);
    });
  }
  PieceTicket(const PieceTicket&) = delete;
  PieceTicket& operator=(const PieceTicket&) = delete;

  /// Posted, also on the server's thread: a body of many pieces must not be a recursion of as many.
  void take(std::string piece) {
    if (taken_.exchange(true)) return;
    mailbox_->post([connection = connection_, request = request_, piece = std::move(piece)]() mutable {
      if (const auto peer = connection.lock()) peer->take_piece(request, std::move(piece));
    });
  }

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<Connection> connection_;
  const std::uint64_t request_;
  std::atomic<bool> taken_ = false;
};

std::string chunk_head(std::size_t size) { return fmt::format("{:x}\r\n", size); }

}  // namespace

std::string to_text(const asio::ip::tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                    : fmt::format("{}:{}", host, endpoint.port());
}

const std::string& Shared::date() {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = std::time(nullptr);
  if (time != date_time_) {
    date_time_ = time;
    std::tm utc{};
    gmtime_r(&time, &utc);
    date_ = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days.at(static_cast<std::size_t>(utc.tm_wday)),
                        utc.tm_mday, months.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900, utc.tm_hour,
                        utc.tm_min, utc.tm_sec);
  }
  return date_;
}

void Shared::note_refusal(const std::string& peer, const std::string& why) {
  if (!options.log) return;
  ++unnoted_;
  if (now() < next_note_) return;
  next_note_ = now() + note_interval;
  options.log(unnoted_ == 1
                  ? fmt::format("HTTP: {} was answered 503: {}", peer, why)
                  : fmt::format("HTTP: {} was answered 503: {} ({} such answers since the last of these lines)", peer,
                                why, unnoted_));
  unnoted_ = 0;
}

Connection::Connection(Shared& shared, asio::ip::tcp::socket socket, std::shared_ptr<SSL_CTX> tls,
                       std::shared_ptr<const tls::Store> store, const asio::ip::tcp::endpoint& peer,
                       std::shared_ptr<const Site> site)
    : shared_(shared),
      channel_(std::move(socket), std::move(tls), std::move(store)),
      peer_address_(peer.address()),
      peer_(to_text(peer)),
      site_(std::move(site)),
      reader_(shared.options.max_body) {}

Connection::~Connection() = default;

void Connection::start(Places::Place place) {
  place_ = std::move(place);
  error_code failed;
  channel_.open(failed);
  if (failed) return close();
  deadline_ = now() + shared_.options.idle_timeout;
  wait_readable();
}

void Connection::turn_away(const std::string& why) {
  turned_away_ = true;
  ++shared_.turned_away;
  error_code failed;
  channel_.open(failed);
  if (failed) return close();
  refuse(503, why);
}

void Connection::stop() {
  if (state_ == State::reading) close();
}

void Connection::close() {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();
  state_ = State::closed;
  if (stream_) stream_->close();
  stream_.reset();
  next_piece_.reset();
  channel_.close();
  count_held(0);
  if (turned_away_) --shared_.turned_away;
  place_.reset();
  stream_place_.reset();
  shared_.connections.erase(self);
}

void Connection::check_deadline(TimePoint time) {
  if (!deadline_ || time < *deadline_) return;
  if (state_ == State::reading && (reader_.begun() || reader_.has_unread())) {
    refuse(408, "the request did not arrive completely in time");
  } else {
    channel_.close_late();
    close();
  }
}

void Connection::answer(std::uint64_t request, Response response) {
  if (state_ == State::handling && request == request_number_) write_answer(std::move(response));
}

void Connection::answer_failed(std::uint64_t request) {
  answer(request, own_answer(500, "the request was not answered"));
}

void Connection::start_stream(std::uint64_t request, const Response& head, std::shared_ptr<StreamState> state) {
  if (state_ != State::handling || request != request_number_) return state->close();
  auto place = shared_.stream_places.take(peer_address_);
  if (!place) {
    state->close();
    shared_.note_refusal(peer_, place.error());
    return write_answer(own_answer(503, place.error()));
  }
  stream_place_ = std::move(*place);
  keep_alive_ = false;
  head_out_ = response_head(
      head, {.http_1_0 = http_1_0_, .keep_alive = false, .chunked = !http_1_0_, .body_length = std::nullopt},
      shared_.date());
  body_out_.clear();
  out_sent_ = 0;
  stream_ = std::move(state);
  state_ = State::streaming;
  stream_writing_ = true;
  if (write_out()) written();
  wait_readable();  // tells when the client goes
}

void Connection::answer_in_pieces(std::uint64_t request, Response first, NextPiece next) {
  if (state_ != State::handling || request != request_number_) return;
  begin_answer();
  next_piece_ = std::make_shared<NextPiece>(std::move(next));
  if (head_only_) {
    counted_ = first.body.size();
    first.body.clear();
    counted_answer_ = std::move(first);
    return ask_for_piece();
  }
  if (http_1_0_ || asks_to_close(first) || shared_.stopping) keep_alive_ = false;
  head_out_ = response_head(
      first, {.http_1_0 = http_1_0_, .keep_alive = keep_alive_, .chunked = !http_1_0_, .body_length = std::nullopt},
      shared_.date());
  body_out_ = std::move(first.body);
  if (!http_1_0_ && !body_out_.empty()) {
    head_out_ += chunk_head(body_out_.size());
    body_out_ += "\r\n";
  }
  out_sent_ = 0;
  state_ = State::writing;
  if (write_out()) written();
}

void Connection::ask_for_piece() {
  state_ = State::making;
  const auto next = next_piece_;  // kept: what it does may close the connection
  const auto ticket = std::make_shared<PieceTicket>(shared_.mailbox, weak_from_this(), request_number_);
  runtime::guarded("a piece of an HTTP answer",
                   [&] { (*next)([ticket](std::string piece) { ticket->take(std::move(piece)); }); });
}

void Connection::take_piece(std::uint64_t request, std::string piece) {
  if (state_ != State::making || request != request_number_) return;
  if (piece.empty()) next_piece_.reset();
  if (head_only_) {
    counted_ += piece.size();
    if (next_piece_) return ask_for_piece();
    return write_answer(std::exchange(counted_answer_, {}), counted_);
  }
  head_out_ = http_1_0_ ? std::string() : chunk_head(piece.size());
  body_out_ = std::move(piece);
  if (!http_1_0_) body_out_ += "\r\n";  // behind the last chunk, which is empty, it ends the trailer
  out_sent_ = 0;
  state_ = State::writing;
  if (write_out()) written();
}

void Connection::break_off(std::uint64_t request) {
  if (state_ == State::making && request == request_number_) close();
}

void Connection::flush_stream() {
  while (state_ == State::streaming && !stream_writing_) {
    head_out_ = stream_->take();
    out_sent_ = 0;
    if (head_out_.empty()) {
      if (stream_->finished()) linger();
      return;
    }
    stream_writing_ = !write_out();
  }
}

void Connection::pump() {
  if (pumping_) return;  // an answer given while the handler ran: the loop below goes on
  pumping_ = true;
  while (state_ == State::reading && read_request()) {
  }
  pumping_ = false;
  wait_readable();
}

bool Connection::read_request() {
  const bool begun = reader_.begun();
  const auto stage = reader_.read();
  if (!stage) {
    refuse(stage.error().status, stage.error().why);
    return true;
  }
  if (!begun && *stage != RequestReader::Stage::between) deadline_ = now() + shared_.options.idle_timeout;
  switch (*stage) {
    case RequestReader::Stage::between:
      count_held(0);
      return false;
    case RequestReader::Stage::incomplete:
      count_held(reader_.held());
      if (shared_.held_bytes <= shared_.options.max_held_bytes) return false;
      refuse(503, "too much of requests is on its way to here: try again later");
      return true;
    case RequestReader::Stage::head_ended:
      take_head();
      return true;
    case RequestReader::Stage::complete:
      count_held(0);
      dispatch();
      return true;
  }
  return false;
}

/// Who may not ask is told before the body is read: it may be large, and they may be many.
void Connection::take_head() {
  keep_alive_ = reader_.keep_alive();
  http_1_0_ = reader_.http_1_0();
  head_only_ = reader_.request().method == "HEAD";
  reader_.request().peer = peer_;
  reader_.request().secure = channel_.is_secure();
  std::optional<Response> refusal;
  try {
    if (site_->gate) refusal = site_->gate(reader_.request());
  } catch (...) {
    refusal = own_answer(500, "the request could not be handled");
  }
  if (!refusal) {
    if (reader_.expects_continue()) say_continue();
    return;
  }
  if (reader_.has_body()) {
    keep_alive_ = false;
  } else if (!reader_.read()) {  // the stage `complete`: what follows is the next request
    keep_alive_ = false;
  }
  write_answer(std::move(*refusal));
}

void Connection::say_continue() {
  constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
  error_code failed;
  const asio::const_buffer bytes = asio::buffer(interim);
  if (channel_.write_some({&bytes, 1}, failed) != interim.size()) close();
}

void Connection::count_held(std::size_t held) {
  shared_.held_bytes += held - held_;
  held_ = held;
}

Response Connection::own_answer(int status, const std::string& why) const {
  if (site_->own_answer) return site_->own_answer(status, why);
  return {status, std::string(plain_text), why + "\n", {}};
}

void Connection::refuse(int status, const std::string& why) {
  if (status == 503) shared_.note_refusal(peer_, why);
  keep_alive_ = false;
  head_only_ = false;
  write_answer(own_answer(status, why));
}

void Connection::dispatch() {
  if (shared_.stopping) return write_answer(own_answer(503, "stopping"));
  const Request request = std::exchange(reader_.request(), {});
  state_ = State::handling;
  deadline_.reset();
  ++request_number_;
  auto responder =
      std::make_shared<ConnectionResponder>(shared_.mailbox, weak_from_this(), request_number_, !http_1_0_, head_only_);
  try {
    site_->handler(request, std::move(responder));
  } catch (...) {
    // A program's handler failed: its client is told, the other clients go on. If it has answered before, that stands.
    answer(request_number_, own_answer(500, "the request could not be handled"));
  }
}

void Connection::write_answer(Response response, std::optional<std::size_t> left_out) {
  if (asks_to_close(response) || shared_.stopping) keep_alive_ = false;
  const bool bare = head_only_ || !may_have_body(response.status);
  // To HEAD no length is said that GET would not say (RFC 9110 section 8.6): that of a stream is not known.
  std::optional<std::size_t> length = left_out;
  if (!length && (!head_only_ || !response.body.empty())) length = response.body.size();
  head_out_ = response_head(response,
                            {.http_1_0 = http_1_0_, .keep_alive = keep_alive_, .chunked = false, .body_length = length},
                            shared_.date());
  body_out_ = bare ? std::string() : std::move(response.body);
  begin_answer();
  out_sent_ = 0;
  state_ = State::writing;
  if (write_out()) written();
}

void Connection::begin_answer() {
  taken_ = 0;
  waits_since_.reset();
  waited_ = {};
}

bool Connection::write_out() {
  if (waits_since_) waited_ += now() - *waits_since_;
  waits_since_.reset();
  while (out_sent_ < head_out_.size() + body_out_.size()) {
    const std::size_t head_sent = std::min(out_sent_, head_out_.size());
    const std::size_t body_sent = out_sent_ - head_sent;
    const std::array<asio::const_buffer, 2> rest{asio::buffer(head_out_) + head_sent,
                                                 asio::buffer(body_out_) + body_sent};
    error_code failed;
    const auto taken = channel_.write_some(rest, failed);
    out_sent_ += taken;
    taken_ += taken;
    if (would_block(failed)) {
      wait_for_room();
      return false;
    }
    if (failed) {
      close();
      return false;
    }
  }
  return true;
}

/// Each wait has a limit, and so have all of an answer together: who takes a byte now and then must not keep what it is
/// made of for as long as he likes.
void Connection::wait_for_room() {
  const auto patience = shared_.options.idle_timeout;
  const auto time = now();
  waits_since_ = time;
  deadline_ = time + patience;
  if (state_ != State::streaming) {
    constexpr std::size_t ms_a_second = 1000;
    const auto earned = std::chrono::milliseconds(taken_ * ms_a_second / shared_.options.least_rate);
    deadline_ = std::min(*deadline_, time + patience + earned - waited_);
  }
  channel_.wait_writable([self = shared_from_this()](const error_code&) {
    if (self->state_ != State::closed && self->write_out()) self->written();
  });
}

void Connection::written() {
  deadline_.reset();
  body_out_ = {};
  if (state_ == State::streaming) {
    stream_writing_ = false;
    flush_stream();
  } else if (next_piece_) {
    ask_for_piece();
  } else if (!keep_alive_ || shared_.stopping) {
    linger();
  } else {
    state_ = State::reading;
    deadline_ = now() + shared_.options.idle_timeout;
    pump();
  }
}

/// Closing a socket with unread input would take the answer from the client with a reset: our side is closed first, and
/// the client gets a moment to close its own.
void Connection::linger() {
  state_ = State::lingering;
  if (stream_) stream_->close();
  stream_.reset();
  stream_place_.reset();
  reader_.clear();
  count_held(0);
  if (turned_away_ && shared_.turned_away > shared_.most_turned_away) return close();
  error_code failed;
  channel_.shut_down_sending(failed);
  if (failed) return close();
  deadline_ = now() + linger_time;
  wait_readable();
}

void Connection::wait_readable() {
  if (waiting_readable_ || (state_ != State::reading && state_ != State::streaming && state_ != State::lingering))
    return;
  waiting_readable_ = true;
  channel_.wait_readable([self = shared_from_this()](const error_code&) {
    self->waiting_readable_ = false;
    if (self->state_ != State::closed) self->on_readable();
  });
}

void Connection::on_readable() {
  // A wait that began while reading may end in the middle of an answer (408): the input waits until it is wanted.
  if (state_ == State::handling || state_ == State::writing || state_ == State::making) return;
  error_code failed;
  const std::size_t length = channel_.read_some(asio::buffer(shared_.scratch), failed);
  if (would_block(failed)) return wait_readable();
  if (failed) return close();  // the client's end of input too: whoever is gone or half gone gets nothing more
  if (state_ == State::reading) {
    reader_.append({shared_.scratch.data(), length});
    pump();
  } else {
    wait_readable();
  }
}

}  // namespace snom::http
