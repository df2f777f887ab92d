#include "http/request_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "language/percent.h"
#include "language/text.h"

namespace snom::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using beast_http::field;
using boost::system::error_code;
using language::lower_case;

constexpr std::uint32_t max_head = 16 * 1024;
constexpr std::size_t kept_input_capacity = 16 * 1024;

tl::unexpected<Refusal> refused(int status, std::string why) { return tl::unexpected(Refusal{status, std::move(why)}); }

/// "host", "host:80" or "[v6]:80", and nobody's name and password before it.
bool is_authority(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    if (text.substr(1, end - 1).find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos || end < 3)
      return false;
    port = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    const std::string_view host = text.substr(0, colon);
    const bool is_host = std::all_of(host.begin(), host.end(), [](unsigned char c) {
      return c > ' ' && c < 0x7f &&
             std::string_view("\"#/<>?@[\\]^`{|}").find(static_cast<char>(c)) == std::string_view::npos;
    });
    if (host.empty() || !is_host) return false;
    port = text.substr(host.size());
  }
  return port.empty() || (port.front() == ':' && port.find_first_not_of(digits, 1) == std::string_view::npos);
}

/// Where the authority of a target in absolute form begins, "http://host/path"; npos for one in another form.
std::size_t authority_of(std::string_view target) {
  constexpr std::string_view of_a_scheme = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
  const auto end = target.find_first_not_of(of_a_scheme);
  if (end == 0 || end == std::string_view::npos || !target.substr(end).starts_with("://"))
    return std::string_view::npos;
  return end + 3;
}

tl::expected<Request, Refusal> without_body(const beast_http::request<beast_http::empty_body>& message) {
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  std::string_view whole = request.target;
  std::optional<std::string_view> authority;
  if (const auto begin = authority_of(whole); begin != std::string_view::npos) {
    whole.remove_prefix(begin);
    authority = whole.substr(0, whole.find_first_of("/?#"));
    if (!is_authority(*authority)) return refused(400, "the target of the request names no host and port");
    whole.remove_prefix(authority->size());
  }
  const auto question_mark = whole.find('?');
  request.raw_path = std::string(whole.substr(0, question_mark));
  if (authority && request.raw_path.empty()) request.raw_path = "/";
  request.path = language::percent_decode(request.raw_path);
  if (question_mark != std::string_view::npos) request.query = std::string(whole.substr(question_mark + 1));
  for (const auto& line : message) {
    const auto [position, is_new] =
        request.headers.try_emplace(lower_case(line.name_string()), std::string(line.value()));
    if (!is_new) position->second.append(", ").append(std::string(line.value()));
  }
  // What the target says counts, and not the header (RFC 9112 section 3.2.2).
  if (authority) request.headers["host"] = std::string(*authority);
  return request;
}

}  // namespace

/// Beast reads heads only. Bodies in chunks it cannot be given byte by byte: `0 CR LF CR` is an assertion of its.
struct RequestReader::Head {
  beast_http::request_parser<beast_http::empty_body> parser;
  std::size_t bytes = 0;
  char last = '\0';
};

RequestReader::RequestReader(std::size_t max_body) : max_body_(max_body) {}

RequestReader::~RequestReader() = default;

void RequestReader::clear() {
  begun_ = false;
  head_.reset();
  chunks_.reset();
  input_ = {};
  taken_ = 0;
  request_ = {};
}

bool RequestReader::expects_continue() const {
  return !http_1_0_ && has_body_ && !has_unread() && lower_case(request_.header("expect")) == "100-continue";
}

/// The parser takes a line that goes on in the next one (obs-fold), which a proxy in front may have read as two.
tl::expected<void, Refusal> RequestReader::check_lines(std::string_view bytes) {
  for (const char c : bytes) {
    if (head_->last == '\n' && (c == ' ' || c == '\t')) {
      return refused(400, "a header line does not go on in the next line");
    }
    head_->last = c;
  }
  // The parser's limit is for what comes at a time.
  head_->bytes += bytes.size();
  if (head_->bytes > max_head) {
    return refused(431, fmt::format("the headers of a request may have {} bytes at most", max_head));
  }
  return {};
}

/// The head is there: is it clear where the body ends (RFC 9112 section 6.3)?
tl::expected<void, Refusal> RequestReader::take_head() {
  const auto& message = head_->parser.get();
  http_1_0_ = message.version() < 11;
  keep_alive_ = message.keep_alive();
  const auto hosts = message.count(field::host);
  if (hosts > 1 || (hosts == 0 && !http_1_0_)) return refused(400, "an HTTP/1.1 request has one Host header");
  const auto lengths = message.count(field::content_length);
  const auto codings = message.count(field::transfer_encoding);
  if (lengths + codings > 1) return refused(400, "a request has one Content-Length or one Transfer-Encoding");
  body_left_ = 0;
  chunks_.reset();
  if (lengths == 1) {
    const std::string text(message[field::content_length]);
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), body_left_);
    if (failed != std::errc{} || end != text.data() + text.size()) return refused(400, "Content-Length is a number");
    if (body_left_ > max_body_) {
      return refused(413, fmt::format("a request body may have {} bytes at most", max_body_));
    }
  }
  if (codings == 1) {
    if (http_1_0_) return refused(400, "HTTP/1.0 has no Transfer-Encoding");
    if (lower_case(message[field::transfer_encoding]) != "chunked") {
      return refused(501, "the only Transfer-Encoding taken is 'chunked'");
    }
    chunks_.emplace(max_body_);
  }
  has_body_ = chunks_ || body_left_ > 0;
  auto request = without_body(message);
  if (!request) return tl::unexpected(std::move(request.error()));
  request_ = std::move(*request);
  return {};
}

tl::expected<RequestReader::Stage, Refusal> RequestReader::read_head() {
  auto& parser = head_->parser;
  while (taken_ < input_.size()) {
    error_code failed;
    const std::size_t used = parser.put(asio::buffer(input_.data() + taken_, input_.size() - taken_), failed);
    if (auto fine = check_lines(std::string_view(input_).substr(taken_, used)); !fine) {
      return tl::unexpected(std::move(fine.error()));
    }
    taken_ += used;
    if (failed == beast_http::error::need_more) break;
    if (failed == beast_http::error::header_limit) {
      return refused(431, fmt::format("the headers of a request may have {} bytes at most", max_head));
    }
    if (failed) return refused(400, "this is no HTTP/1.1 request: " + failed.message());
    if (parser.is_header_done()) {
      if (auto fine = take_head(); !fine) return tl::unexpected(std::move(fine.error()));
      head_.reset();
      return Stage::head_ended;
    }
    if (used == 0) break;
  }
  return Stage::incomplete;
}

tl::expected<RequestReader::Stage, Refusal> RequestReader::read_body() {
  const auto rest = std::string_view(input_).substr(taken_);
  if (chunks_) {
    const auto used = chunks_->take(rest, request_.body);
    if (!used) return tl::unexpected(used.error());
    taken_ += *used;
    if (!chunks_->complete()) return Stage::incomplete;
  } else {
    const auto bytes = rest.substr(0, body_left_);
    request_.body.append(bytes);
    taken_ += bytes.size();
    body_left_ -= bytes.size();
    if (body_left_ > 0) return Stage::incomplete;
  }
  begun_ = false;
  return Stage::complete;
}

tl::expected<RequestReader::Stage, Refusal> RequestReader::read() {
  if (!begun_) {
    // Empty lines before a request are passed over (RFC 9112 section 2.2).
    taken_ = std::min(input_.find_first_not_of("\r\n", taken_), input_.size());
    if (taken_ == input_.size()) {
      input_.clear();
      taken_ = 0;
      if (input_.capacity() > kept_input_capacity) input_.shrink_to_fit();
      return Stage::between;
    }
    begun_ = true;
    head_ = std::make_unique<Head>();
    head_->parser.eager(false);
    head_->parser.header_limit(max_head);
    head_->parser.body_limit(boost::none);  // looked at here
  }
  auto stage = head_ ? read_head() : read_body();
  if (stage && *stage == Stage::incomplete) {
    input_.erase(0, taken_);
    taken_ = 0;
  }
  return stage;
}

}  // namespace snom::http
