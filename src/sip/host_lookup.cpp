#include "sip/host_lookup.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/guard.h"

namespace snom::sip {

/// What outlives the lookup with a thread that the system holds.
struct HostLookup::Shared {
  struct Job {
    std::uint64_t id;
    std::string host;
  };
  Resolve resolve;
  std::mutex mutex;
  HostLookup* lookup;  ///< null when nobody waits any more
  std::deque<Job> waiting;
  std::size_t threads = 0;
};

HostLookup::HostLookup(EventLoop& loop, Resolve resolve, std::chrono::milliseconds limit)
    : loop_(loop), limit_(limit), shared_(std::make_shared<Shared>()) {
  shared_->resolve = std::move(resolve);
  shared_->lookup = this;
}

HostLookup::~HostLookup() {
  for (const auto& [id, asked] : asked_) loop_.cancel(asked.timer);
  const std::lock_guard lock(shared_->mutex);
  shared_->lookup = nullptr;
  shared_->waiting.clear();
}

void HostLookup::find(const std::string& host, const void* owner, Done done) {
  const std::uint64_t id = ++last_;
  std::string refused;
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->waiting.size() >= most_waiting) {
      refused = "too many names are being looked up";
    } else {
      shared_->waiting.push_back({id, host});
      if (shared_->threads < most_threads) {
        try {
          std::thread([shared = shared_] {
            if (runtime::guarded("looking up a name", [&shared] { work(shared); })) return;
            const std::lock_guard here(shared->mutex);
            --shared->threads;
          }).detach();
          ++shared_->threads;
        } catch (const std::system_error& error) {
          if (shared_->threads == 0) {
            shared_->waiting.pop_back();
            refused = error.what();
          }
        }
      }
    }
  }
  Asked asked{owner, std::move(done)};
  const auto wait = refused.empty() ? limit_ : std::chrono::milliseconds(0);
  std::string why = refused.empty() ? "the name '" + host + "' could not be looked up within " +
                                          std::to_string(limit_.count()) + " ms"
                                    : "the name '" + host + "' cannot be looked up: " + refused;
  asked.timer = loop_.after(wait, [this, id, why = std::move(why)] { finish(id, tl::make_unexpected(why)); });
  asked_.emplace(id, std::move(asked));
}

void HostLookup::finish(std::uint64_t id, const Found& found) {
  auto node = asked_.extract(id);
  if (node.empty()) return;
  loop_.cancel(node.mapped().timer);
  {
    const std::lock_guard lock(shared_->mutex);
    std::erase_if(shared_->waiting, [id](const Shared::Job& job) { return job.id == id; });
  }
  node.mapped().done(found);
}

void HostLookup::abandon(const void* owner) {
  for (auto entry = asked_.begin(); entry != asked_.end();) {
    if (entry->second.owner != owner) {
      ++entry;
      continue;
    }
    loop_.cancel(entry->second.timer);
    const std::lock_guard lock(shared_->mutex);
    std::erase_if(shared_->waiting, [id = entry->first](const Shared::Job& job) { return job.id == id; });
    entry = asked_.erase(entry);
  }
}

void HostLookup::work(const std::shared_ptr<Shared>& shared) {
  for (;;) {
    Shared::Job job;
    {
      const std::lock_guard lock(shared->mutex);
      if (shared->waiting.empty()) {
        --shared->threads;
        return;
      }
      job = std::move(shared->waiting.front());
      shared->waiting.pop_front();
    }
    try {
      auto found = shared->resolve(job.host);
      const std::lock_guard lock(shared->mutex);
      if (shared->lookup == nullptr) continue;
      // The lookup ends on the loop's thread, and this runs there: while it stands here it is there.
      shared->lookup->loop_.post([shared, id = job.id, host = std::move(job.host), found = std::move(found)]() mutable {
        if (shared->lookup == nullptr) return;
        if (!found) found = tl::make_unexpected("the name '" + host + "' cannot be looked up: " + found.error());
        shared->lookup->finish(id, found);
      });
    } catch (...) {
      // Who asked is told when the limit is over.
    }
  }
}

tl::expected<std::vector<std::string>, std::string> resolve_by_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0) {
    return tl::make_unexpected(std::string(gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, &freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    char numeric[NI_MAXHOST] = "";
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, numeric, sizeof numeric, nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.emplace_back(numeric);
    }
  }
  if (addresses.empty()) return tl::make_unexpected(std::string("it has no IP address"));
  return addresses;
}

}  // namespace snom::sip
