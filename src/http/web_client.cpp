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

#include "http/curl_events.h"
#include "http/curl_text.h"
#include "http/head_limit.h"
#include "http/origin.h"
#include "http/peer_certificate.h"
#include "http/signals.h"
#include "runtime/freed.h"
#include "runtime/guard.h"
#include "runtime/open_files.h"

namespace snom::http {
namespace {

using Clock = std::chrono::steady_clock;

using runtime::Freed;
using Easy = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Freed<curl_multi_cleanup>>;
using Headers = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;

void initialise_curl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(once);
}

constexpr std::chrono::seconds names_are_kept{60};

/// A shorter wait for a place is not worth a word.
constexpr std::chrono::milliseconds slight{50};

/// One get() from its call to its answer: a request, and one more for each redirect.
struct Transfer {
  WebClient::Request request;
  std::function<void(WebClient::Response)> done;
  Clock::time_point deadline;
  std::size_t max_body = 0;
  bool in_handshake = false;          ///< connected, and not yet with TLS
  std::function<bool()> trusts_peer;  ///< asked once connected, before each request; empty = TLS has seen to it

  std::string url;  ///< asked now; that of `request` at first
  Origin first;     ///< of the URL of `request`, who the credentials are for
  Origin origin;    ///< of `url`: whose places it takes
  int redirects = 0;
  Clock::duration waited{};         ///< for a place
  Clock::time_point waiting_since;  ///< for the place that it has not got yet
  bool is_looked_up = false;        ///< its name is; it holds a place of its host
  Headers addresses;                ///< of the name, as curl wants them
  Easy easy;                        ///< set while curl works on it
  HeadLimit heads;                  ///< of all answers together
  std::string body;
  bool too_long = false;
  std::string certificate_error;  ///< why the other end's is not taken
  std::array<char, CURL_ERROR_SIZE> error_detail{};
  bool finished = false;
  std::list<std::shared_ptr<Transfer>>::iterator position;

  void tell(WebClient::Response response) {
    runtime::guarded("a web page's answer", [&] { done(std::move(response)); });
  }
  [[nodiscard]] bool with_credentials() const { return !request.username.empty(); }
  [[nodiscard]] bool credentials_withheld() const { return with_credentials() && !keeps_credentials(first, origin); }
};
using TransferPointer = std::shared_ptr<Transfer>;

/// Room for `length` bytes, but for no more than `most`: a string that grows by itself takes up to twice what it holds.
void make_room(std::string& body, std::size_t length, std::size_t most) {
  if (length <= body.capacity()) return;
  std::string larger;
  larger.reserve(std::min(most, std::max(length, 2 * body.capacity())));
  larger.append(body);
  body = std::move(larger);
}

std::size_t keep_body(Transfer& transfer, const char* bytes, std::size_t size) {
  curl_off_t announced = -1;
  if (transfer.body.empty()) {
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  }
  const std::size_t length =
      std::max(transfer.body.size() + size, announced > 0 ? static_cast<std::size_t>(announced) : 0);
  if (length > transfer.max_body) {
    transfer.too_long = true;
    return 0;  // curl ends the transfer
  }
  make_room(transfer.body, length, transfer.max_body);
  transfer.body.append(bytes, size);
  return size;
}

std::size_t take_body(const char* bytes, std::size_t, std::size_t size, void* user) {
  return runtime::guarded_or(std::size_t{0}, "a web page's body",
                             [&] { return keep_body(*static_cast<Transfer*>(user), bytes, size); });
}

CURLcode begin_tls(CURL*, void*, void* user) {
  static_cast<Transfer*>(user)->in_handshake = true;
  return CURLE_OK;
}

int before_request(void* user, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.in_handshake = false;
  const bool trusted = runtime::guarded_or(false, "a certificate's check",
                                           [&] { return !transfer.trusts_peer || transfer.trusts_peer(); });
  return trusted ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/// What goes out leaves descriptors for what comes in.
WebClient::Options bounded(WebClient::Options options) {
  options.max_connections = runtime::share_of_open_files(options.max_connections);
  return options;
}

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

struct WebClient::Impl {
  explicit Impl(Options client_options);
  void run();

  // The rest: client's thread.
  void admit(TransferPointer transfer);
  void start_what_can();
  void wait_for_place(TransferPointer transfer);
  [[nodiscard]] bool start(Transfer& transfer);
  /// Whether its host's addresses are known, or none are needed; else it goes on when they are.
  [[nodiscard]] bool has_addresses(const TransferPointer& transfer);
  void take_names();
  [[nodiscard]] bool is_pinned(Transfer& transfer);
  void read_results();
  [[nodiscard]] bool follow(Transfer& transfer);
  void release(Transfer& transfer);
  void expire(Clock::time_point now);
  void give_back(const std::string& name);
  void finish(Transfer& transfer, Response response);
  [[nodiscard]] Response result(Transfer& transfer, CURLcode code) const;
  void log(const std::string& line) const;
  [[nodiscard]] std::chrono::milliseconds wait_limit(Clock::time_point now) const;
  void stop();

  const Options options;
  std::shared_ptr<PinStore> pins;
  Headers headers;
  CurlEvents events;
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
  /// What was found of a name, and who waits until it is. While one is looked up nobody else does it again, however
  /// often it is asked for.
  struct Name {
    std::vector<std::string> addresses;
    Clock::time_point found_at;
    bool is_looked_up = false;
    std::vector<TransferPointer> waiting;
  };
  std::unordered_map<std::string, Name> names;
  HostNames lookup;
  std::deque<TransferPointer> ready;      ///< their host has a place, the client has none
  std::list<TransferPointer> unfinished;  ///< all; as all get the same time, ordered by deadline
  std::size_t running = 0;

  std::thread thread;
};

WebClient::Impl::Impl(Options client_options)
    : options(bounded(std::move(client_options))), pins(options.pins), lookup(options.look_up) {
  initialise_curl();
  if (options.verify == Verify::pin && !pins) pins = std::make_shared<MemoryPins>();
  if (options.verify == Verify::off) {
    log("the certificates of phones' web pages are not verified (verify is off): whoever is on the way to a phone can "
        "pretend to be it");
  }
  // Some D-series phones answer empty without it.
  headers.reset(curl_slist_append(nullptr, "Connection: keep-alive"));
  multi.reset(curl_multi_init());
  if (!headers || !multi) throw std::bad_alloc();
  events.watch(multi.get());
  const auto limit = static_cast<long>(options.max_connections);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, limit);
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, limit);
  // Places of a host are given out here, so that waiting is limited too; this is for connections kept open.
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
    for (auto& transfer : arrived) {
      runtime::guarded("a web request", [&] { admit(std::move(transfer)); });
    }
    runtime::guarded("the web client", [&] {
      take_names();
      start_what_can();
      events.act_on_time();
      read_results();
      expire(Clock::now());
    });
    if (!ready.empty() && running < options.max_connections) continue;
    events.wait_and_act(wait_limit(Clock::now()));
  }
  stop();
}

void WebClient::Impl::admit(TransferPointer transfer) {
  auto origin = read_origin(transfer->request.url);
  if (!origin) return transfer->tell({0, std::move(origin.error()), {}});
  transfer->url = transfer->request.url;
  transfer->origin = transfer->first = std::move(*origin);
  transfer->max_body = transfer->request.max_body == 0 ? options.max_body : transfer->request.max_body;
  unfinished.push_back(transfer);
  transfer->position = std::prev(unfinished.end());
  wait_for_place(std::move(transfer));
}

void WebClient::Impl::wait_for_place(TransferPointer transfer) {
  transfer->waiting_since = Clock::now();
  Host& places = hosts[transfer->origin.text()];
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
      give_back(transfer->origin.text());
    } else if (!has_addresses(transfer)) {
      continue;
    } else if (start(*transfer)) {
      ++running;
    } else {
      give_back(transfer->origin.text());
      finish(*transfer, {0, "out of memory", {}});
    }
  }
}

bool WebClient::Impl::has_addresses(const TransferPointer& transfer) {
  const auto& host = transfer->origin.host;
  if (!has_to_be_looked_up(host)) return true;
  Name& name = names[host];
  if (!name.addresses.empty() && Clock::now() - name.found_at < names_are_kept) {
    // So that curl looks nothing up: it would do so on a thread for each.
    std::string known = "+" + host + ":" + transfer->origin.port;
    for (std::size_t i = 0; i < name.addresses.size(); ++i) known += (i == 0 ? ":" : ",") + name.addresses[i];
    transfer->addresses.reset(curl_slist_append(nullptr, known.c_str()));
    return true;
  }
  transfer->waited += Clock::now() - transfer->waiting_since;
  transfer->is_looked_up = true;
  name.waiting.push_back(transfer);
  if (!std::exchange(name.is_looked_up, true)) lookup.find(host);
  return false;
}

void WebClient::Impl::take_names() {
  const auto found = lookup.take_found();
  const auto now = Clock::now();
  for (const auto& [host, addresses] : found) {
    Name& name = names[host];
    name.is_looked_up = false;
    name.addresses = addresses;
    name.found_at = now;
    for (auto& transfer : std::exchange(name.waiting, {})) {
      transfer->is_looked_up = false;
      transfer->waiting_since = now;
      if (!addresses.empty()) {
        ready.push_back(std::move(transfer));
        continue;
      }
      give_back(transfer->origin.text());
      finish(*transfer, {0, transfer_error(CURLE_COULDNT_RESOLVE_HOST, 0, 0, ""), {}});
    }
  }
  if (found.empty()) return;
  std::erase_if(names, [now](const auto& known) {
    const Name& name = known.second;
    return !name.is_looked_up && (name.addresses.empty() || now - name.found_at >= names_are_kept);
  });
}

bool WebClient::Impl::start(Transfer& transfer) {
  transfer.waited += Clock::now() - transfer.waiting_since;
  // Never one that was used before: in libcurl 7.88 it still points to the last header of the answer before, which is
  // gone, and an answer whose first header is folded is joined to it. Open connections are the multi's.
  transfer.easy.reset(curl_easy_init());
  if (!transfer.easy) return false;
  CURL* easy = transfer.easy.get();
  bool set = true;
  const auto option = [&](CURLoption which, auto value) {
    set = set && curl_easy_setopt(easy, which, value) == CURLE_OK;
  };
  option(CURLOPT_URL, transfer.url.c_str());
  option(CURLOPT_PRIVATE, &transfer);
  option(CURLOPT_NOSIGNAL, 1L);
  if (transfer.addresses) option(CURLOPT_RESOLVE, transfer.addresses.get());
  option(CURLOPT_PROXY, "");
  option(CURLOPT_PROTOCOLS_STR, "http,https");
  option(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  option(CURLOPT_FOLLOWLOCATION, 0L);  // follow() does: curl keeps credentials from a phone's own https port, too
  option(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  option(CURLOPT_HTTPHEADER, headers.get());
  option(CURLOPT_USERAGENT, "mod_snom");
  option(CURLOPT_WRITEFUNCTION, take_body);
  option(CURLOPT_WRITEDATA, &transfer);
  set = set && transfer.heads.watch(easy);
  option(CURLOPT_SSL_CTX_FUNCTION, begin_tls);
  option(CURLOPT_SSL_CTX_DATA, &transfer);
  option(CURLOPT_PREREQFUNCTION, before_request);
  option(CURLOPT_PREREQDATA, &transfer);
  transfer.in_handshake = false;
  transfer.error_detail.front() = '\0';
  option(CURLOPT_ERRORBUFFER, transfer.error_detail.data());
#if LIBCURL_VERSION_NUM >= 0x075700
  // A name that takes long to resolve would else block everybody when its transfer is given up.
  option(CURLOPT_QUICK_EXIT, 1L);
#endif
  switch (options.verify) {
    case Verify::system:
      if (!options.ca_file.empty()) {
        option(CURLOPT_CAINFO, options.ca_file.c_str());
        option(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // curl would look into the system's folder as well
      }
      break;
    case Verify::pin:
      // Who issued the certificate, for which host and for how long, does not matter; see is_pinned().
      transfer.trusts_peer = [this, &transfer] { return transfer.origin.scheme != "https" || is_pinned(transfer); };
      [[fallthrough]];
    case Verify::off:
      option(CURLOPT_SSL_VERIFYPEER, 0L);
      option(CURLOPT_SSL_VERIFYHOST, 0L);
      break;
  }
  if (transfer.with_credentials() && !transfer.credentials_withheld()) {
    // Two kinds offered: curl asks without credentials first, and takes the better one that the 401 names.
    const long asked = transfer.request.digest_only ? CURLAUTH_DIGEST : CURLAUTH_BASIC | CURLAUTH_DIGEST;
    option(CURLOPT_HTTPAUTH, asked);
    option(CURLOPT_USERNAME, transfer.request.username.c_str());
    option(CURLOPT_PASSWORD, transfer.request.password.c_str());
  }
  if (set && curl_multi_add_handle(multi.get(), easy) == CURLM_OK) return true;
  transfer.easy.reset();
  return false;
}

/// Asked before each request and not in the handshake: a connection that was opened for one name may be used for
/// another.
bool WebClient::Impl::is_pinned(Transfer& transfer) {
  const auto pin = public_key_pin(transfer.easy.get());
  if (!pin) {
    transfer.certificate_error = "the TLS certificate cannot be read (is libcurl built with OpenSSL?)";
    return false;
  }
  const bool named = !transfer.request.pin_name.empty() && transfer.origin.host == transfer.first.host;
  const std::string name = named ? transfer.request.pin_name : transfer.origin.host_and_port();
  const auto known = pins->find(name);
  if (!known) {
    transfer.certificate_error = known.error();
    return false;
  }
  if (std::ranges::find(*known, *pin) != known->end()) return true;
  if (!known->empty()) {
    transfer.certificate_error = fmt::format(
        "TLS certificate has changed: it is not the one that was pinned for '{}' (if that is right, {}; it has {} now)",
        name, pins->how_to_forget(name), *pin);
    return false;
  }
  if (auto remembered = pins->remember(name, *pin); !remembered) {
    transfer.certificate_error = std::move(remembered.error());
    return false;
  }
  log(fmt::format("the certificate of the web page of '{}' is met for the first time, and trusted from now on: {}",
                  name, *pin));
  return true;
}

void WebClient::Impl::log(const std::string& line) const {
  if (options.log) options.log(line);
}

void WebClient::Impl::read_results() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* user = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
    auto& transfer = *reinterpret_cast<Transfer*>(user);
    if (code == CURLE_OK && follow(transfer)) continue;
    Response response = result(transfer, code);
    finish(transfer, std::move(response));
  }
}

/// True if the answer is a redirect, and has been dealt with.
bool WebClient::Impl::follow(Transfer& transfer) {
  long status = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_header* location = nullptr;
  if (!is_redirect(status) || options.max_redirects == 0 ||
      curl_easy_header(transfer.easy.get(), "Location", 0, CURLH_HEADER, -1, &location) != CURLHE_OK) {
    return false;
  }
  if (++transfer.redirects > options.max_redirects) return finish(transfer, {0, "too many redirects", {}}), true;
  auto url = redirected_url(transfer.url, location->value);
  if (!url) return finish(transfer, {0, std::move(url.error()), {}}), true;
  auto origin = read_origin(*url);
  if (!origin) return finish(transfer, {0, "redirected to something that is no address", {}}), true;
  release(transfer);
  transfer.url = std::move(*url);
  transfer.origin = std::move(*origin);
  transfer.body.clear();
  transfer.addresses.reset();
  wait_for_place(*transfer.position);
  return true;
}

void WebClient::Impl::expire(Clock::time_point now) {
  while (!unfinished.empty() && unfinished.front()->deadline <= now) {
    Transfer& transfer = *unfinished.front();
    const auto limit = duration_text(options.total_timeout);
    if (transfer.is_looked_up) {
      finish(transfer, {0, fmt::format("the address of this host name was not found within {}", limit), {}});
      continue;
    }
    if (!transfer.easy) {
      finish(transfer,
             {0, fmt::format("not asked within {}: what was asked before it is not answered yet", limit), {}});
      continue;
    }
    long status = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    const std::string_view what = transfer.in_handshake ? "TLS handshake not finished"
                                  : status == 0         ? "no answer"
                                                        : "no complete answer";
    auto why = fmt::format("{} within {}", what, limit);
    if (const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(transfer.waited); waited >= slight) {
      why += fmt::format(", {} of which it waited for the answers to what was asked before it", duration_text(waited));
    }
    finish(transfer, {0, std::move(why), {}});
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
  release(transfer);
  transfer.tell(std::move(response));
}

/// Takes the transfer from curl, or from those whose names are looked up, and gives its place back.
void WebClient::Impl::release(Transfer& transfer) {
  if (std::exchange(transfer.is_looked_up, false)) {
    const auto& host = transfer.origin.host;
    auto& waiting = names[host].waiting;
    std::erase_if(waiting, [&transfer](const TransferPointer& one) { return one.get() == &transfer; });
    if (waiting.empty() && lookup.forget(host)) names.erase(host);
    give_back(transfer.origin.text());
  }
  if (!transfer.easy) return;
  curl_multi_remove_handle(multi.get(), transfer.easy.get());
  transfer.easy.reset();
  --running;
  give_back(transfer.origin.text());
}

WebClient::Response WebClient::Impl::result(Transfer& transfer, CURLcode code) const {
  CURL* easy = transfer.easy.get();
  if (transfer.too_long) return {0, fmt::format("answer longer than {} bytes", transfer.max_body), {}};
  if (transfer.heads.exceeded) return {0, "the headers of the answer are too long", {}};
  if (!transfer.certificate_error.empty()) return {0, transfer.certificate_error, {}};
  if (code == CURLE_OPERATION_TIMEDOUT) {  // only the connection has a limit inside of curl
    const std::string_view what = transfer.in_handshake ? "TLS handshake not finished" : "no connection";
    return {0, fmt::format("{} within {}", what, duration_text(options.connect_timeout)), {}};
  }
  if (code != CURLE_OK) {
    long system_error = 0;
    long verify_result = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
    return {0, transfer_error(code, system_error, verify_result, transfer.error_detail.data()), {}};
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (status == 0) return {0, "the answer has no status", {}};
  if (status == 401 && transfer.credentials_withheld()) {
    return {0,
            fmt::format("redirected to {}, which wants user name and password and is not given those for {}",
                        transfer.origin.text(), transfer.first.text()),
            {}};
  }
  const char* type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  return {static_cast<int>(status), {}, std::move(transfer.body), type == nullptr ? "" : type};
}

std::chrono::milliseconds WebClient::Impl::wait_limit(Clock::time_point now) const {
  constexpr std::chrono::milliseconds longest(60000);
  constexpr std::chrono::milliseconds look_again(5);  // nobody wakes this when a name is found
  if (!lookup.is_idle()) return look_again;
  if (unfinished.empty()) return longest;
  return std::min(std::chrono::ceil<std::chrono::milliseconds>(unfinished.front()->deadline - now), longest);
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
    for (const auto& transfer : late) transfer->tell({0, "stopping", {}});
  }
  multi.reset();  // on this thread: closing TLS connections can raise SIGPIPE
}

WebClient::WebClient(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->thread =
      thread_without_signals([impl = impl_.get()] { runtime::guarded("the web client", [impl] { impl->run(); }); });
}

WebClient::~WebClient() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->events.wake();
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
  if (wake) impl_->events.wake();
}

}  // namespace snom::http
