#include "http/web_client.h"

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>
#include <tl/expected.hpp>

#include "http/curl_text.h"
#include "http/signals.h"

namespace snom::http {
namespace {

using Clock = std::chrono::steady_clock;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* resource) const {
    Free(resource);
  }
};
using Easy = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Freed<curl_multi_cleanup>>;
using Url = std::unique_ptr<CURLU, Freed<curl_url_cleanup>>;
using Headers = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;
using Text = std::unique_ptr<char, Freed<curl_free>>;

void initialise_curl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(once);
}

/// One get() from its call to its answer.
struct Transfer {
  WebClient::Request request;
  std::function<void(WebClient::Response)> done;
  Clock::time_point deadline;

  std::string host;  ///< whose places it takes: "http://192.0.2.7:80"
  Easy easy;         ///< set while curl works on it
  std::size_t max_body = 0;
  std::string body;
  bool too_long = false;
  std::array<char, CURL_ERROR_SIZE> error_detail{};
  bool finished = false;
  std::list<std::shared_ptr<Transfer>>::iterator position;
};
using TransferPointer = std::shared_ptr<Transfer>;

std::size_t take_body(const char* bytes, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (size > transfer.max_body - transfer.body.size()) {
    transfer.too_long = true;
    return 0;  // curl ends the transfer
  }
  transfer.body.append(bytes, size);
  return size;
}

/// Whose places a URL takes; the error says why it is not asked at all.
tl::expected<std::string, std::string> host_of(const std::string& text) {
  if (text.find('\0') != std::string::npos) return tl::make_unexpected("the address holds a NUL character");
  const Url url(curl_url());
  if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0); code != CURLUE_OK) {
    if (code == CURLUE_UNSUPPORTED_SCHEME) return tl::make_unexpected("the address is neither http nor https");
    return tl::make_unexpected(fmt::format("the address is no URL: {}", curl_url_strerror(code)));
  }
  const auto part = [&url](CURLUPart which, unsigned flags) -> std::string {
    char* value = nullptr;
    if (curl_url_get(url.get(), which, &value, flags) != CURLUE_OK) return {};
    const Text owned(value);
    return value;
  };
  char* user = nullptr;
  const bool has_user = curl_url_get(url.get(), CURLUPART_USER, &user, 0) == CURLUE_OK;
  const Text owned_user(user);
  if (has_user) return tl::make_unexpected("the address holds a user name; give user and password apart from it");
  const std::string scheme = part(CURLUPART_SCHEME, 0);
  if (scheme != "http" && scheme != "https") return tl::make_unexpected("the address is neither http nor https");
  std::string host = part(CURLUPART_HOST, 0);
  std::ranges::transform(host, host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return fmt::format("{}://{}:{}", scheme, host, part(CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

}  // namespace

struct WebClient::Impl {
  explicit Impl(Options client_options);
  void run();

  // The rest: client's thread.
  void admit(TransferPointer transfer);
  void start_what_can();
  [[nodiscard]] bool start(Transfer& transfer);
  void read_results();
  void expire(Clock::time_point now);
  void give_back(const std::string& host);
  void finish(Transfer& transfer, Response response);
  [[nodiscard]] Response result(Transfer& transfer, CURLcode code) const;
  [[nodiscard]] int poll_limit_ms(Clock::time_point now) const;
  void stop();

  const Options options;
  Headers headers;
  Multi multi;

  std::mutex mutex;
  std::vector<TransferPointer> handed_over;  ///< by get(), under the mutex
  bool stopping = false;                     ///< under the mutex

  /// Those to one host; a place is held from `ready` on.
  struct Host {
    std::size_t places_held = 0;
    std::deque<TransferPointer> waiting;
  };
  std::unordered_map<std::string, Host> hosts;
  std::deque<TransferPointer> ready;      ///< their host has a place, the client has none
  std::list<TransferPointer> unfinished;  ///< all; as all get the same time, ordered by deadline
  std::size_t running = 0;
  std::vector<Easy> spare;  ///< handles for use again

  std::thread thread;
};

WebClient::Impl::Impl(Options client_options) : options(client_options) {
  initialise_curl();
  // Some D-series phones answer empty without it.
  headers.reset(curl_slist_append(nullptr, "Connection: keep-alive"));
  multi.reset(curl_multi_init());
  if (!headers || !multi) throw std::bad_alloc();
  const auto limit = static_cast<long>(options.max_connections);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, limit);
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, limit);
  // Places are given out here, so that waiting is limited too; this one is for redirects, which curl follows by itself.
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options.max_connections_per_host));
}

void WebClient::Impl::run() {
  while (true) {
    std::vector<TransferPointer> arrived;
    {
      const std::lock_guard lock(mutex);
      if (stopping) break;
      arrived.swap(handed_over);
    }
    for (auto& transfer : arrived) admit(std::move(transfer));
    start_what_can();
    int still_running = 0;
    curl_multi_perform(multi.get(), &still_running);
    read_results();
    expire(Clock::now());
    if (!ready.empty() && running < options.max_connections) continue;
    curl_multi_poll(multi.get(), nullptr, 0, poll_limit_ms(Clock::now()), nullptr);
  }
  stop();
}

void WebClient::Impl::admit(TransferPointer transfer) {
  auto host = host_of(transfer->request.url);
  if (!host) return transfer->done({0, std::move(host.error()), {}});
  transfer->host = std::move(*host);
  transfer->max_body = options.max_body;
  unfinished.push_back(transfer);
  transfer->position = std::prev(unfinished.end());
  Host& places = hosts[transfer->host];
  if (places.places_held < options.max_connections_per_host) {
    ++places.places_held;
    ready.push_back(std::move(transfer));
  } else {
    places.waiting.push_back(std::move(transfer));
  }
}

void WebClient::Impl::start_what_can() {
  while (!ready.empty() && running < options.max_connections) {
    const TransferPointer transfer = std::move(ready.front());
    ready.pop_front();
    if (transfer->finished) {  // its time was over while it waited
      give_back(transfer->host);
    } else if (start(*transfer)) {
      ++running;
    } else {
      give_back(transfer->host);
      finish(*transfer, {0, "out of memory", {}});
    }
  }
}

bool WebClient::Impl::start(Transfer& transfer) {
  if (spare.empty()) {
    transfer.easy.reset(curl_easy_init());
    if (!transfer.easy) return false;
  } else {
    transfer.easy = std::move(spare.back());
    spare.pop_back();
    curl_easy_reset(transfer.easy.get());  // forgets credentials and digest state; open connections are the multi's
  }
  CURL* easy = transfer.easy.get();
  bool set = true;
  const auto option = [&](CURLoption which, auto value) {
    set = set && curl_easy_setopt(easy, which, value) == CURLE_OK;
  };
  option(CURLOPT_URL, transfer.request.url.c_str());
  option(CURLOPT_PRIVATE, &transfer);
  option(CURLOPT_NOSIGNAL, 1L);
  option(CURLOPT_PROXY, "");
  option(CURLOPT_PROTOCOLS_STR, "http,https");
  option(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  option(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  option(CURLOPT_FOLLOWLOCATION, options.max_redirects > 0 ? 1L : 0L);
  option(CURLOPT_MAXREDIRS, static_cast<long>(options.max_redirects));
  option(CURLOPT_UNRESTRICTED_AUTH, 0L);
  option(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);  // in redirects: those of requests are refused before
  option(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  option(CURLOPT_HTTPHEADER, headers.get());
  option(CURLOPT_USERAGENT, "mod_snom");
  option(CURLOPT_WRITEFUNCTION, take_body);
  option(CURLOPT_WRITEDATA, &transfer);
  option(CURLOPT_ERRORBUFFER, transfer.error_detail.data());
#if LIBCURL_VERSION_NUM >= 0x075700
  // A name that takes long to resolve would else block everybody when its transfer is given up.
  option(CURLOPT_QUICK_EXIT, 1L);
#endif
  if (!transfer.request.username.empty()) {
    // Two kinds offered: curl asks without credentials first, and takes the better one that the 401 names.
    option(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC | CURLAUTH_DIGEST));
    option(CURLOPT_USERNAME, transfer.request.username.c_str());
    option(CURLOPT_PASSWORD, transfer.request.password.c_str());
  }
  if (set && curl_multi_add_handle(multi.get(), easy) == CURLM_OK) return true;
  transfer.easy.reset();
  return false;
}

void WebClient::Impl::read_results() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* user = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
    auto& transfer = *reinterpret_cast<Transfer*>(user);
    Response response = result(transfer, message->data.result);
    finish(transfer, std::move(response));
  }
}

void WebClient::Impl::expire(Clock::time_point now) {
  while (!unfinished.empty() && unfinished.front()->deadline <= now) {
    Transfer& transfer = *unfinished.front();
    long status = 0;
    if (transfer.easy) curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    const std::string_view what = status == 0 ? "no answer" : "no complete answer";
    finish(transfer, {0, fmt::format("{} within {}", what, duration_text(options.total_timeout)), {}});
  }
}

void WebClient::Impl::give_back(const std::string& name) {
  const auto found = hosts.find(name);
  Host& host = found->second;
  while (!host.waiting.empty() && host.waiting.front()->finished) host.waiting.pop_front();
  if (!host.waiting.empty()) {
    ready.push_back(std::move(host.waiting.front()));  // takes over the place
    host.waiting.pop_front();
  } else if (--host.places_held == 0) {
    hosts.erase(found);
  }
}

void WebClient::Impl::finish(Transfer& transfer, Response response) {
  transfer.finished = true;
  const TransferPointer keep = std::move(*transfer.position);
  unfinished.erase(transfer.position);
  if (transfer.easy) {
    curl_multi_remove_handle(multi.get(), transfer.easy.get());
    if (spare.size() < options.max_connections) spare.push_back(std::move(transfer.easy));
    transfer.easy.reset();
    --running;
    give_back(transfer.host);
  }
  transfer.done(std::move(response));
}

WebClient::Response WebClient::Impl::result(Transfer& transfer, CURLcode code) const {
  CURL* easy = transfer.easy.get();
  if (transfer.too_long) return {0, fmt::format("answer longer than {} bytes", options.max_body), {}};
  if (code == CURLE_OPERATION_TIMEDOUT) {  // only the connection has a limit inside of curl
    return {0, fmt::format("no connection within {}", duration_text(options.connect_timeout)), {}};
  }
  if (code != CURLE_OK) {
    long system_error = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    return {0, transfer_error(code, system_error, transfer.error_detail.data()), {}};
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return {static_cast<int>(status), {}, std::move(transfer.body)};
}

int WebClient::Impl::poll_limit_ms(Clock::time_point now) const {
  constexpr auto longest = std::chrono::milliseconds(60000);
  if (unfinished.empty()) return static_cast<int>(longest.count());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(unfinished.front()->deadline - now);
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), longest).count());
}

void WebClient::Impl::stop() {
  while (!unfinished.empty()) finish(*unfinished.front(), {0, "stopping", {}});
  while (true) {
    std::vector<TransferPointer> late;
    {
      const std::lock_guard lock(mutex);
      late.swap(handed_over);
    }
    if (late.empty()) break;
    for (const auto& transfer : late) transfer->done({0, "stopping", {}});
  }
  spare.clear();
  multi.reset();  // on this thread: closing TLS connections can raise SIGPIPE
}

WebClient::WebClient(Options options) : impl_(std::make_unique<Impl>(options)) {
  impl_->thread = thread_without_signals([impl = impl_.get()] { impl->run(); });
}

WebClient::~WebClient() {
  {
    const std::lock_guard lock(impl_->mutex);  // over the wake-up too: the thread frees the multi once it sees the flag
    impl_->stopping = true;
    curl_multi_wakeup(impl_->multi.get());
  }
  impl_->thread.join();
}

void WebClient::get(Request request, std::function<void(Response)> done) {
  auto transfer = std::make_shared<Transfer>();
  transfer->request = std::move(request);
  transfer->done = std::move(done);
  bool wake = false;
  {
    const std::lock_guard lock(impl_->mutex);
    transfer->deadline = Clock::now() + impl_->options.total_timeout;  // under the lock: in the order of the queue
    wake = impl_->handed_over.empty();
    impl_->handed_over.push_back(std::move(transfer));
  }
  if (wake) curl_multi_wakeup(impl_->multi.get());
}

}  // namespace snom::http
