#include "snomctl/client.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "http/head_limit.h"
#include "http/listen_address.h"
#include "language/shown_arguments.h"
#include "language/text.h"
#include "snomctl/answer_json.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;

constexpr long connect_timeout_ms = 5000;
constexpr long reply_timeout_ms = 120000;  // snomd's own limits are at most 60 s
constexpr std::size_t longest_event = 1024 * 1024;
/// Replies of several lines have one for each phone.
constexpr std::size_t longest_reply = 16 * 1024 * 1024;
constexpr std::size_t longest_page = 128 * 1024 * 1024;

struct Handle {
  CURL* curl = curl_easy_init();
  curl_slist* headers = nullptr;
  http::HeadLimit heads;
  std::string why_no_token;  ///< for who is refused
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }
  void header(const std::string& text) { headers = curl_slist_append(headers, text.c_str()); }
};

/// What comes, up to a limit. Nothing is thrown through libcurl.
struct Body {
  std::size_t most = 0;
  std::string text;
  bool too_long = false;
};

std::size_t to_body(const char* bytes, std::size_t, std::size_t size, void* user) {
  auto& body = *static_cast<Body*>(user);
  try {
    body.too_long = size > body.most - body.text.size();
    if (body.too_long) return 0;
    body.text.append(bytes, size);
    return size;
  } catch (const std::exception&) {
    body.too_long = true;
    return 0;
  }
}

/// A stream of events on its way to the one who watches.
struct Watching {
  CURL* curl = nullptr;
  EventReader reader;
  std::function<void()> opened;
  bool is_open = false;
  bool is_another = false;   ///< no stream of events
  std::string refusal = {};  ///< what is said in place of events, as far as it is read
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  std::exception_ptr thrown = nullptr;

  /// False: that is more, or takes longer, than a refusal does.
  bool keep_refusal(std::string_view bytes) {
    constexpr std::size_t longest = 64 * 1024;
    refusal.append(bytes);
    return refusal.size() <= longest &&
           std::chrono::steady_clock::now() - begun <= std::chrono::milliseconds(reply_timeout_ms);
  }
};

long status_of(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

bool is_refusal(CURL* curl) { return status_of(curl) > 299; }

bool is_event_stream(CURL* curl) {
  const char* type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  return type != nullptr && std::string_view(type).starts_with("text/event-stream");
}

std::size_t to_reader(const char* bytes, std::size_t, std::size_t size, void* user) {
  auto& watching = *static_cast<Watching*>(user);
  try {
    if (is_refusal(watching.curl)) return watching.keep_refusal({bytes, size}) ? size : 0;
    if (!watching.is_open) {
      watching.is_another = !is_event_stream(watching.curl);
      if (watching.is_another) return 0;
      watching.is_open = true;
      watching.opened();
    }
    return watching.reader.take({bytes, size}) ? size : 0;
  } catch (...) {
    watching.thrown = std::current_exception();
    return 0;
  }
}

std::string no_address(const std::string& server) {
  return fmt::format(
      "'{}' is not the address of an HTTP interface (expected http://HOST:PORT or https://HOST:PORT, as "
      "http://192.0.2.3:8080)",
      language::without_password(server));
}

struct Address {
  std::string scheme;
  std::string host;  ///< without brackets
};

/// As libcurl reads it when it is asked to go there; empty where it cannot be read.
Address parse_address(const std::string& server) {
  const auto url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>(curl_url(), curl_url_cleanup);
  const auto get = [&](CURLUPart which) {
    char* part = nullptr;
    if (curl_url_get(url.get(), which, &part, 0) != CURLUE_OK) return std::string();
    std::string text(part);
    curl_free(part);
    return text;
  };
  if (curl_url_set(url.get(), CURLUPART_URL, server.c_str(), CURLU_GUESS_SCHEME) != CURLUE_OK) return {};
  auto host = get(CURLUPART_HOST);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return {get(CURLUPART_SCHEME), std::move(host)};
}

/// The parts of every request: address, token, limits. `path` begins with '/'.
void prepare(Handle& handle, const std::string& server, const Client::Token& token, const std::string& path) {
  if (!token.text.empty()) handle.header("Authorization: Bearer " + token.text);
  if (token.text.empty()) handle.why_no_token = token.why_none;
  curl_easy_setopt(handle.curl, CURLOPT_URL, (server + path).c_str());
  // A group or a phone that somebody calls ".." is that, and no way to another page.
  curl_easy_setopt(handle.curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle.curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!token.ca_file.empty()) curl_easy_setopt(handle.curl, CURLOPT_CAINFO, token.ca_file.c_str());
  curl_easy_setopt(handle.curl, CURLOPT_NOSIGNAL, 1L);
  handle.heads.watch(handle.curl);
  curl_easy_setopt(handle.curl, CURLOPT_PROXY, "");
  curl_easy_setopt(handle.curl, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(handle.curl, CURLOPT_TIMEOUT_MS, reply_timeout_ms);
  curl_easy_setopt(handle.curl, CURLOPT_USERAGENT, "snomctl");
}

/// Whatever else it is.
std::string no_snomd(const std::string& server, const std::string& what) {
  return fmt::format("what answers at {} is not snomd: {}", server, what);
}

std::string too_long_headers(const std::string& server) {
  return no_snomd(server, "the headers of its answer have more than 64 KiB");
}

std::string unreachable(const std::string& server, CURLcode code) {
  std::string why = curl_easy_strerror(code);
  if (code == CURLE_COULDNT_CONNECT) why = "connection refused";
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    return fmt::format(
        "the certificate of {} is not trusted (--ca-file names whose it has to be), or is for another "
        "host; nothing was sent there",
        server);
  }
  return fmt::format("cannot reach snomd at {}: {} (is it running? --server names another)", server, why);
}

/// What an answer other than 200 says.
std::string refused(const Handle& handle, const std::string& server, long status, const std::string& body) {
  const auto parsed = parse_answer(body);
  std::string what = parsed ? text_of(*parsed, "error") : std::string();
  if (!parsed && body.size() < 1000 && status == 503) what = body.substr(0, body.find('\n'));  // the HTTP server's own
  if (what.empty()) what = "no further word";
  if (status == 401) what += "; give it with --token-file or in SNOM_TOKEN";
  if (status == 401 && !handle.why_no_token.empty()) what += " (" + handle.why_no_token + ")";
  return fmt::format("{} answered {}: {}", server, status, what);
}

/// All that a problem document names, not only the first.
std::vector<std::string> errors_in(const std::string& body) {
  std::vector<std::string> errors;
  const auto parsed = parse_answer(body);
  if (!parsed) return errors;
  for (const auto& error : list_of(*parsed, "errors")) {
    if (error.is_string()) errors.push_back(error.get<std::string>());
  }
  return errors;
}

tl::expected<std::string, Client::Failure> perform(Handle& handle, const std::string& server, std::size_t most) {
  Body body{most, {}, false};
  curl_easy_setopt(handle.curl, CURLOPT_HTTPHEADER, handle.headers);
  curl_easy_setopt(handle.curl, CURLOPT_WRITEFUNCTION, to_body);
  curl_easy_setopt(handle.curl, CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(handle.curl);
  const auto failed = [](std::string why) { return tl::unexpected(Client::Failure{0, std::move(why)}); };
  if (handle.heads.exceeded) return failed(too_long_headers(server));
  if (body.too_long) {
    return failed(fmt::format("{} answered more than {} MiB, which is not read", server, most / 1024 / 1024));
  }
  if (code != CURLE_OK) return failed(unreachable(server, code));
  long status = 0;
  curl_easy_getinfo(handle.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status > 299) {
    return tl::unexpected(Client::Failure{status, refused(handle, server, status, body.text), errors_in(body.text)});
  }
  return std::move(body.text);
}

/// What a page of snomd holds.
tl::expected<json, Client::Error> object_in(const std::string& body, const std::string& server) {
  auto parsed = parse_answer(body);
  if (!parsed) return tl::unexpected(no_snomd(server, "its answer " + parsed.error()));
  if (!parsed->is_object()) return tl::unexpected(no_snomd(server, "its answer is no JSON object"));
  return std::move(*parsed);
}

}  // namespace

tl::expected<void, std::string> check_server(const std::string& server) {
  const auto address = parse_address(server);
  if (!address.host.empty() && (address.scheme == "http" || address.scheme == "https")) return {};
  return tl::unexpected(no_address(server));
}

tl::expected<void, std::string> check_whole_url(const std::string& server) {
  const auto lower = language::lower_case(server);
  if (lower.starts_with("http://") || lower.starts_with("https://")) return check_server(server);
  return tl::unexpected(no_address(server));
}

Client::Client(std::string server, std::string token, std::string why_no_token, std::string ca_file)
    : server_(std::move(server)),
      shown_server_(language::without_password(server_)),
      token_{std::move(token), std::move(why_no_token), std::move(ca_file)} {
  for (auto* each : {&server_, &shown_server_}) {
    while (each->ends_with('/')) each->pop_back();
  }
}

bool Client::shows_token() const {
  if (token_.text.empty()) return false;
  const auto address = parse_address(server_);
  return !address.host.empty() && address.scheme != "https" && !http::is_loopback(address.host);
}

tl::expected<std::string, Client::Error> Client::command(const std::string& line) const {
  Handle handle;
  prepare(handle, server_, token_, "/v1/command");
  handle.header("Content-Type: text/plain; charset=utf-8");
  handle.header("Expect:");
  curl_easy_setopt(handle.curl, CURLOPT_POSTFIELDS, line.data());
  curl_easy_setopt(handle.curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(line.size()));
  auto reply = perform(handle, shown_server_, longest_reply);
  if (!reply) return tl::unexpected(std::move(reply.error().text));
  while (reply->ends_with('\n')) reply->pop_back();
  if (!reply->starts_with("+OK") && !reply->starts_with("-ERR")) {
    return tl::unexpected(no_snomd(shown_server_, "its reply begins neither with +OK nor with -ERR"));
  }
  return std::move(*reply);
}

tl::expected<json, Client::Failure> Client::get(const std::string& path) const {
  Handle handle;
  prepare(handle, server_, token_, path);
  const auto body = perform(handle, shown_server_, longest_page);
  if (!body) return tl::unexpected(body.error());
  return object_in(*body, shown_server_).map_error([](Error why) { return Failure{0, std::move(why)}; });
}

tl::expected<json, Client::Failure> Client::send(const std::string& method, const std::string& path,
                                                 const json& body) const {
  if (body.is_null()) return send_text(method, path, {}, {});
  return send_text(method, path, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace));
}

tl::expected<json, Client::Failure> Client::send_text(const std::string& method, const std::string& path,
                                                      const std::string& type, const std::string& body) const {
  Handle handle;
  prepare(handle, server_, token_, path);
  curl_easy_setopt(handle.curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  if (!type.empty()) {
    handle.header("Content-Type: " + type);
    handle.header("Expect:");
    curl_easy_setopt(handle.curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(handle.curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  }
  const auto answer = perform(handle, shown_server_, longest_page);
  if (!answer) return tl::unexpected(answer.error());
  auto read = object_in(*answer, shown_server_);
  if (!read) return tl::unexpected(Failure{0, std::move(read.error())});
  return std::move(*read);
}

tl::expected<std::string, Client::Failure> Client::get_text(const std::string& path) const {
  Handle handle;
  prepare(handle, server_, token_, path);
  return perform(handle, shown_server_, longest_reply);
}

tl::expected<void, Client::Ended> Client::watch(const Watch& how, std::string& last_id) const {
  Handle handle;
  prepare(handle, server_, token_, "/v1/events" + how.query);
  if (!last_id.empty()) handle.header("Last-Event-ID: " + last_id);
  bool stopped = false;
  Watching watching{handle.curl, EventReader([&](std::string_view name, const json& data) {
                      stopped = !how.event(name, data);
                      return !stopped;
                    }),
                    how.opened};
  curl_easy_setopt(handle.curl, CURLOPT_HTTPHEADER, handle.headers);
  curl_easy_setopt(handle.curl, CURLOPT_TIMEOUT_MS, 0L);
  // The server sends something every 15 s; silence for longer means that it is gone.
  curl_easy_setopt(handle.curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle.curl, CURLOPT_LOW_SPEED_TIME, 45L);
  curl_easy_setopt(handle.curl, CURLOPT_WRITEFUNCTION, to_reader);
  curl_easy_setopt(handle.curl, CURLOPT_WRITEDATA, &watching);
  const CURLcode code = curl_easy_perform(handle.curl);
  if (!watching.reader.last_id().empty()) last_id = watching.reader.last_id();
  if (watching.thrown) std::rethrow_exception(watching.thrown);
  if (stopped) return {};
  if (handle.heads.exceeded) return tl::unexpected(Ended{too_long_headers(shown_server_)});
  if (watching.is_another) return tl::unexpected(Ended{no_snomd(shown_server_, "its answer is no stream of events")});
  if (!watching.reader.why().empty()) return tl::unexpected(Ended{no_snomd(shown_server_, watching.reader.why())});
  if (is_refusal(handle.curl)) {
    const auto status = status_of(handle.curl);
    return tl::unexpected(
        Ended{refused(handle, shown_server_, status, watching.refusal), status == 429 || status == 503, status});
  }
  if (code == CURLE_COULDNT_CONNECT) return tl::unexpected(Ended{unreachable(shown_server_, code), true});
  return tl::unexpected(Ended{fmt::format("{} ended the stream of events", shown_server_), true});
}

bool EventReader::refuse(std::string why) {
  why_ = std::move(why);
  return false;
}

bool EventReader::take(std::string_view bytes) {
  if (!why_.empty()) return false;
  unfinished_ += bytes;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = unfinished_.find('\n', start)) != std::string::npos; start = end + 1) {
    std::string_view text(unfinished_.data() + start, end - start);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!line(text)) return false;
  }
  unfinished_.erase(0, start);
  if (unfinished_.size() + data_.size() <= longest_event) return true;
  return refuse(fmt::format("an event has more than {} MiB", longest_event / 1024 / 1024));
}

bool EventReader::end_event() {
  const std::string name = std::exchange(name_, {});
  const std::string data = std::exchange(data_, {});
  last_id_ = id_;
  if (data.empty()) return true;
  const auto parsed = parse_answer(data);
  if (!parsed) return refuse("the data of an event " + parsed.error());
  if (!parsed->is_object()) return refuse("the data of an event is no JSON object");
  return event_(name, *parsed);
}

bool EventReader::line(std::string_view text) {
  if (text.empty()) return end_event();
  const auto value_of = [&](std::string_view field) {
    std::string_view value = text.substr(field.size());
    if (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  };
  if (text.starts_with("event:")) name_ = value_of("event:");
  if (text.starts_with("data:")) {
    if (!data_.empty()) data_ += '\n';
    data_ += value_of("data:");
  }
  if (text.starts_with("id:")) {
    constexpr std::size_t longest_id = 128;
    const auto id = value_of("id:");
    const bool is_plain = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (is_plain && id.size() <= longest_id) id_ = id;
  }
  return true;
}

}  // namespace snom::snomctl
