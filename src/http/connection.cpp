#include "http/connection.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/response_head.h"
#include "language/percent.h"

namespace snom::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint32_t max_head = 16 * 1024;
constexpr auto linger_time = std::chrono::seconds(1);
constexpr std::size_t kept_input_capacity = 16 * 1024;

Connection::TimePoint now() { return std::chrono::steady_clock::now(); }

bool would_block(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// Path and query of a request target; of one in absolute form (RFC 9112 section 3.2.2) without scheme and authority.
std::string_view path_and_query(std::string_view target) {
  if (target.starts_with('/')) return target;
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return target;
  const auto slash = target.find('/', scheme_end + 3);
  return slash == std::string_view::npos ? "/" : target.substr(slash);
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

  ~ConnectionResponder() override { send({500, "text/plain; charset=utf-8", "the request was not answered\n", {}}); }
  ConnectionResponder(const ConnectionResponder&) = delete;
  ConnectionResponder& operator=(const ConnectionResponder&) = delete;

  void send(Response response) override {
    if (answered_.exchange(true)) return;
    mailbox_->dispatch([connection = connection_, request = request_, response = std::move(response)]() mutable {
      if (const auto peer = connection.lock()) peer->answer(request, std::move(response));
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

}  // namespace

struct Connection::Parser {
  beast_http::request_parser<beast_http::string_body> request;
  bool continue_sent = false;
};

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

Connection::Connection(Shared& shared, asio::ip::tcp::socket socket, std::shared_ptr<SSL_CTX> tls, std::string peer,
                       std::shared_ptr<const Handler> handler)
    : shared_(shared),
      channel_(std::move(socket), std::move(tls)),
      peer_(std::move(peer)),
      handler_(std::move(handler)) {}

Connection::~Connection() = default;

void Connection::start() {
  error_code failed;
  channel_.open(failed);
  if (failed) return close();
  deadline_ = now() + shared_.options.idle_timeout;
  wait_readable();
}

void Connection::close() {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();
  state_ = State::closed;
  if (stream_) stream_->close();
  stream_.reset();
  channel_.close();
  shared_.connections.erase(self);
}

void Connection::check_deadline(TimePoint time) {
  if (!deadline_ || time < *deadline_) return;
  if (state_ == State::reading && (parser_ || parsed_ < input_.size())) {
    refuse(408, "the request did not arrive completely in time");
  } else {
    close();
  }
}

void Connection::answer(std::uint64_t request, Response response) {
  if (state_ == State::handling && request == request_number_) write_answer(std::move(response));
}

void Connection::start_stream(std::uint64_t request, const Response& head, std::shared_ptr<StreamState> state) {
  if (state_ != State::handling || request != request_number_) return state->close();
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
  while (state_ == State::reading && parse() == Parsed::complete) dispatch();
  pumping_ = false;
  wait_readable();
}

Connection::Parsed Connection::parse() {
  if (!parser_) {
    // Empty lines before a request are passed over (RFC 9112 section 2.2).
    parsed_ = std::min(input_.find_first_not_of("\r\n", parsed_), input_.size());
    if (parsed_ == input_.size()) {
      input_.clear();
      parsed_ = 0;
      if (input_.capacity() > kept_input_capacity) input_.shrink_to_fit();
      return Parsed::incomplete;
    }
    parser_ = std::make_unique<Parser>();
    parser_->request.eager(true);
    parser_->request.header_limit(max_head);
    parser_->request.body_limit(shared_.options.max_body);
    deadline_ = now() + shared_.options.idle_timeout;
  }
  auto& request = parser_->request;
  while (parsed_ < input_.size() && !request.is_done()) {
    error_code failed;
    const std::size_t used = request.put(asio::buffer(input_.data() + parsed_, input_.size() - parsed_), failed);
    parsed_ += used;
    if (failed == beast_http::error::need_more) break;
    if (failed == beast_http::error::body_limit) {
      refuse(413, fmt::format("a request body may have {} bytes at most", shared_.options.max_body));
      return Parsed::refused;
    }
    if (failed == beast_http::error::header_limit) {
      refuse(431, fmt::format("the headers of a request may have {} bytes at most", max_head));
      return Parsed::refused;
    }
    if (failed) {
      refuse(400, "this is no HTTP/1.1 request: " + failed.message());
      return Parsed::refused;
    }
    if (used == 0) break;
  }
  if (request.is_done()) {
    if (request.get().version() >= 11 && request.get().count(beast_http::field::host) != 1) {
      refuse(400, "an HTTP/1.1 request has one Host header");
      return Parsed::refused;
    }
    return Parsed::complete;
  }
  if (parsed_ > 0) {
    input_.erase(0, parsed_);
    parsed_ = 0;
  }
  if (request.is_header_done() && !parser_->continue_sent && request.get().version() >= 11 &&
      lower_case(std::string(request.get()[beast_http::field::expect])) == "100-continue") {
    parser_->continue_sent = true;
    constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code failed;
    const asio::const_buffer bytes = asio::buffer(interim);
    if (channel_.write_some({&bytes, 1}, failed) != interim.size()) close();
  }
  return Parsed::incomplete;
}

void Connection::refuse(int status, std::string why) {
  parser_.reset();
  keep_alive_ = false;
  head_only_ = false;
  why += '\n';
  write_answer({status, "text/plain; charset=utf-8", std::move(why), {}});
}

Request Connection::take_request() {
  auto& message = parser_->request.get();
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  const std::string_view whole = path_and_query(request.target);
  const auto question_mark = whole.find('?');
  request.path = language::percent_decode(whole.substr(0, question_mark));
  if (question_mark != std::string_view::npos) request.query = std::string(whole.substr(question_mark + 1));
  for (const auto& field : message) {
    const auto [position, is_new] =
        request.headers.try_emplace(lower_case(std::string(field.name_string())), std::string(field.value()));
    if (!is_new) position->second.append(", ").append(std::string(field.value()));
  }
  request.body = std::move(message.body());
  request.peer = peer_;
  return request;
}

void Connection::dispatch() {
  const auto& message = parser_->request.get();
  keep_alive_ = message.keep_alive();
  http_1_0_ = message.version() < 11;
  head_only_ = message.method() == beast_http::verb::head;
  const Request request = take_request();
  parser_.reset();
  state_ = State::handling;
  deadline_.reset();
  ++request_number_;
  auto responder =
      std::make_shared<ConnectionResponder>(shared_.mailbox, weak_from_this(), request_number_, !http_1_0_, head_only_);
  try {
    (*handler_)(request, std::move(responder));
  } catch (...) {
    // A program's handler failed: its client is told, the other clients go on. If it has answered before, that stands.
    answer(request_number_, {500, "text/plain; charset=utf-8", "the request could not be handled\n", {}});
  }
}

void Connection::write_answer(Response response) {
  if (asks_to_close(response)) keep_alive_ = false;
  const bool bare = head_only_ || !may_have_body(response.status);
  head_out_ = response_head(
      response,
      {.http_1_0 = http_1_0_, .keep_alive = keep_alive_, .chunked = false, .body_length = response.body.size()},
      shared_.date());
  body_out_ = bare ? std::string() : std::move(response.body);
  out_sent_ = 0;
  state_ = State::writing;
  if (write_out()) written();
}

bool Connection::write_out() {
  while (out_sent_ < head_out_.size() + body_out_.size()) {
    const std::size_t head_sent = std::min(out_sent_, head_out_.size());
    const std::size_t body_sent = out_sent_ - head_sent;
    const std::array<asio::const_buffer, 2> rest{asio::buffer(head_out_) + head_sent,
                                                 asio::buffer(body_out_) + body_sent};
    error_code failed;
    out_sent_ += channel_.write_some(rest, failed);
    if (would_block(failed)) {
      deadline_ = now() + shared_.options.idle_timeout;
      channel_.wait_writable([self = shared_from_this()](const error_code&) {
        if (self->state_ != State::closed && self->write_out()) self->written();
      });
      return false;
    }
    if (failed) {
      close();
      return false;
    }
  }
  return true;
}

void Connection::written() {
  deadline_.reset();
  body_out_ = {};
  if (state_ == State::streaming) {
    stream_writing_ = false;
    flush_stream();
  } else if (!keep_alive_) {
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
  input_ = {};
  parsed_ = 0;
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
  if (state_ == State::handling || state_ == State::writing) return;
  error_code failed;
  const std::size_t length = channel_.read_some(asio::buffer(shared_.scratch), failed);
  if (would_block(failed)) return wait_readable();
  if (failed) return close();  // the client's end of input too: whoever is gone or half gone gets nothing more
  if (state_ == State::reading) {
    input_.append(shared_.scratch.data(), length);
    pump();
  } else {
    wait_readable();
  }
}

}  // namespace snom::http
