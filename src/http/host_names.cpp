#include "http/host_names.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#ifdef __SANITIZE_THREAD__
#include <thread>

#include "runtime/guard.h"
#endif

#include "language/text.h"

namespace snom::http {
namespace {

std::vector<std::string> numeric(const addrinfo* found) {
  std::vector<std::string> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    char text[NI_MAXHOST] = "";
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.emplace_back(text);
    }
  }
  return addresses;
}

#ifdef __SANITIZE_THREAD__
/// ThreadSanitizer does not know threads of the C library's own, and falls over at the first: programs that it is built
/// into have one of ours for each name.
class SystemLookup final : public NameLookup {
 public:
  explicit SystemLookup(const std::string& host) {
    std::thread([host, found = found_] {
      runtime::guarded("looking a name up", [&] {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* result = nullptr;
        std::vector<std::string> addresses;
        if (getaddrinfo(host.c_str(), nullptr, &hints, &result) == 0) addresses = numeric(result);
        if (result != nullptr) freeaddrinfo(result);
        const std::lock_guard lock(found->mutex);
        found->addresses = std::move(addresses);
      });
    }).detach();
  }
  std::optional<std::vector<std::string>> addresses() override {
    const std::lock_guard lock(found_->mutex);
    return found_->addresses;
  }

 private:
  struct Found {
    std::mutex mutex;
    std::optional<std::vector<std::string>> addresses;
  };
  const std::shared_ptr<Found> found_ = std::make_shared<Found>();
};
#else
/// What the C library reads and writes until it has ended.
struct Asked {
  Asked() = default;
  ~Asked() {
    if (request.ar_result != nullptr) freeaddrinfo(request.ar_result);
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;
  std::string host;
  addrinfo hints{};
  gaicb request{};
};

/// What nobody waits for any more, and the C library has not ended: kept until it has. Any thread.
class LeftBehind {
 public:
  /// Never destroyed: the C library may be at work on one of them when the process, or the module, ends.
  static LeftBehind& all() {
    static LeftBehind& one = *std::make_unique<LeftBehind>().release();
    return one;
  }
  void add(std::unique_ptr<Asked> asked) {
    const std::lock_guard lock(mutex_);
    std::erase_if(asked_, [](const auto& one) { return gai_error(&one->request) != EAI_INPROGRESS; });
    asked_.push_back(std::move(asked));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Asked>> asked_;
};

class SystemLookup final : public NameLookup {
 public:
  explicit SystemLookup(const std::string& host) : asked_(std::make_unique<Asked>()) {
    asked_->host = host;
    asked_->hints.ai_socktype = SOCK_STREAM;
    asked_->request.ar_name = asked_->host.c_str();
    asked_->request.ar_request = &asked_->hints;
    gaicb* const all[] = {&asked_->request};
    begun_ = getaddrinfo_a(GAI_NOWAIT, const_cast<gaicb**>(all), 1, nullptr) == 0;
  }
  ~SystemLookup() override {
    if (begun_ && gai_cancel(&asked_->request) == EAI_NOTCANCELED) LeftBehind::all().add(std::move(asked_));
  }

  std::optional<std::vector<std::string>> addresses() override {
    if (!begun_) return std::vector<std::string>();
    const int state = gai_error(&asked_->request);
    if (state == EAI_INPROGRESS) return std::nullopt;
    return state == 0 ? numeric(asked_->request.ar_result) : std::vector<std::string>();
  }

 private:
  std::unique_ptr<Asked> asked_;
  bool begun_ = false;
};
#endif

}  // namespace

std::unique_ptr<NameLookup> look_up_by_system(const std::string& host) { return std::make_unique<SystemLookup>(host); }

void HostNames::find(const std::string& host) {
  waiting_.push_back(host);
  begin_what_can();
}

bool HostNames::forget(const std::string& host) {
  const auto found = std::find(waiting_.begin(), waiting_.end(), host);
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  return true;
}

std::vector<HostNames::Found> HostNames::take_found() {
  std::vector<Found> found;
  std::erase_if(begun_, [&found](auto& one) {
    auto addresses = one.second->addresses();
    if (addresses) found.push_back({std::move(one.first), std::move(*addresses)});
    return addresses.has_value();
  });
  begin_what_can();
  return found;
}

void HostNames::begin_what_can() {
  while (!waiting_.empty() && begun_.size() < most_at_once) {
    auto host = std::move(waiting_.front());
    waiting_.pop_front();
    auto lookup = look_up_(host);
    begun_.emplace_back(std::move(host), std::move(lookup));
  }
}

bool has_to_be_looked_up(std::string_view host) {
  if (host.starts_with('[')) return false;
  const auto lower = language::lower_case(host);
  in_addr address{};
  return inet_pton(AF_INET, lower.c_str(), &address) != 1 && lower != "localhost" && !lower.ends_with(".localhost");
}

}  // namespace snom::http
