#include "snomctl/client.h"

#include <memory>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

namespace snom::snomctl {
namespace {

using nlohmann::json;

constexpr long connect_timeout_ms = 5000;
constexpr long reply_timeout_ms = 120000;  // snomd's own limits are at most 60 s
constexpr std::size_t longest_line = 1024 * 1024;

struct Handle {
  CURL* curl = curl_easy_init();
  curl_slist* headers = nullptr;
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }
  void header(const std::string& text) { headers = curl_slist_append(headers, text.c_str()); }
};

std::size_t to_text(const char* bytes, std::size_t, std::size_t size, void* text) {
  static_cast<std::string*>(text)->append(bytes, size);
  return size;
}

std::size_t to_reader(const char* bytes, std::size_t, std::size_t size, void* reader) {
  return static_cast<EventReader*>(reader)->take({bytes, size}) ? size : 0;
}

/// The parts of every request: address, token, limits. `path` begins with '/'.
void prepare(Handle& handle, const std::string& server, const std::string& token, const std::string& path) {
  if (!token.empty()) handle.header("Authorization: Bearer " + token);
  curl_easy_setopt(handle.curl, CURLOPT_URL, (server + path).c_str());
  curl_easy_setopt(handle.curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.curl, CURLOPT_PROXY, "");
  curl_easy_setopt(handle.curl, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(handle.curl, CURLOPT_TIMEOUT_MS, reply_timeout_ms);
  curl_easy_setopt(handle.curl, CURLOPT_USERAGENT, "snomctl");
}

std::string unreachable(const std::string& server, CURLcode code) {
  std::string why = curl_easy_strerror(code);
  if (code == CURLE_COULDNT_CONNECT) why = "connection refused";
  return fmt::format("cannot reach snomd at {}: {} (is it running? --server names another)", server, why);
}

/// What an answer other than 200 says.
std::string refused(const std::string& server, long status, const std::string& body) {
  const json parsed = json::parse(body, nullptr, false);
  std::string what = "no further word";
  if (parsed.is_object() && parsed.contains("error") && parsed["error"].is_string()) what = parsed["error"];
  if (status == 401) what += "; give it with --token-file or in SNOM_TOKEN";
  return fmt::format("{} answered {}: {}", server, status, what);
}

tl::expected<std::string, Client::Error> perform(Handle& handle, const std::string& server) {
  std::string body;
  curl_easy_setopt(handle.curl, CURLOPT_HTTPHEADER, handle.headers);
  curl_easy_setopt(handle.curl, CURLOPT_WRITEFUNCTION, to_text);
  curl_easy_setopt(handle.curl, CURLOPT_WRITEDATA, &body);
  if (const CURLcode code = curl_easy_perform(handle.curl); code != CURLE_OK) {
    return tl::unexpected(unreachable(server, code));
  }
  long status = 0;
  curl_easy_getinfo(handle.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return tl::unexpected(refused(server, status, body));
  return body;
}

}  // namespace

Client::Client(std::string server, std::string token) : server_(std::move(server)), token_(std::move(token)) {
  while (server_.ends_with('/')) server_.pop_back();
}

tl::expected<std::string, Client::Error> Client::command(const std::string& line) const {
  Handle handle;
  prepare(handle, server_, token_, "/v1/command");
  handle.header("Content-Type: text/plain; charset=utf-8");
  handle.header("Expect:");
  curl_easy_setopt(handle.curl, CURLOPT_POSTFIELDS, line.data());
  curl_easy_setopt(handle.curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(line.size()));
  auto reply = perform(handle, server_);
  if (!reply) return reply;
  while (reply->ends_with('\n')) reply->pop_back();
  if (!reply->starts_with("+OK") && !reply->starts_with("-ERR")) {
    return tl::unexpected(fmt::format("what answers at {} is not snomd", server_));
  }
  return reply;
}

tl::expected<json, Client::Error> Client::get(const std::string& path) const {
  Handle handle;
  prepare(handle, server_, token_, path);
  const auto body = perform(handle, server_);
  if (!body) return tl::unexpected(body.error());
  json parsed = json::parse(*body, nullptr, false);
  if (parsed.is_discarded()) return tl::unexpected(fmt::format("what answers at {} is not snomd", server_));
  return parsed;
}

tl::expected<void, Client::Error> Client::watch(const EventReader::Event& event) const {
  Handle handle;
  prepare(handle, server_, token_, "/v1/events");
  bool stopped = false;
  EventReader reader([&](std::string_view name, const json& data) {
    stopped = !event(name, data);
    return !stopped;
  });
  curl_easy_setopt(handle.curl, CURLOPT_HTTPHEADER, handle.headers);
  curl_easy_setopt(handle.curl, CURLOPT_TIMEOUT_MS, 0L);
  // The server sends something every 15 s; silence for longer means that it is gone.
  curl_easy_setopt(handle.curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle.curl, CURLOPT_LOW_SPEED_TIME, 45L);
  curl_easy_setopt(handle.curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(handle.curl, CURLOPT_WRITEFUNCTION, to_reader);
  curl_easy_setopt(handle.curl, CURLOPT_WRITEDATA, &reader);
  const CURLcode code = curl_easy_perform(handle.curl);
  if (stopped) return {};
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    long status = 0;
    curl_easy_getinfo(handle.curl, CURLINFO_RESPONSE_CODE, &status);
    return tl::unexpected(refused(server_, status, ""));
  }
  if (code == CURLE_COULDNT_CONNECT) return tl::unexpected(unreachable(server_, code));
  return tl::unexpected(fmt::format("{} ended the stream of events", server_));
}

bool EventReader::take(std::string_view bytes) {
  unfinished_ += bytes;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = unfinished_.find('\n', start)) != std::string::npos; start = end + 1) {
    std::string_view text(unfinished_.data() + start, end - start);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!line(text)) return false;
  }
  unfinished_.erase(0, start);
  return unfinished_.size() <= longest_line;
}

bool EventReader::line(std::string_view text) {
  if (text.empty()) {
    const std::string name = std::exchange(name_, {});
    const std::string data = std::exchange(data_, {});
    if (data.empty()) return true;
    const json parsed = json::parse(data, nullptr, false);
    return parsed.is_discarded() || event_(name, parsed);
  }
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
  return true;
}

}  // namespace snom::snomctl
