#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "sip/event_loop.h"

namespace snom::sip {

/// Looks host names up away from the loop's thread, so that a silent name server holds nobody up. A few threads at
/// most, each for as long as there is work; one that the system holds beyond the limit is left behind. Loop's thread.
class HostLookup final {
 public:
  /// Numeric addresses, best first, or why there are none. Called on any thread, several at a time; it may take its
  /// time.
  using Resolve = std::function<tl::expected<std::vector<std::string>, std::string>(const std::string& host)>;
  using Found = tl::expected<std::vector<std::string>, std::string>;
  using Done = std::function<void(const Found&)>;

  static constexpr std::size_t most_threads = 4;
  static constexpr std::size_t most_waiting = 64;

  /// `limit`: for one name, from find() on.
  HostLookup(EventLoop& loop, Resolve resolve, std::chrono::milliseconds limit);
  /// Nobody is told anything any more.
  ~HostLookup();
  HostLookup(const HostLookup&) = delete;
  HostLookup& operator=(const HostLookup&) = delete;

  /// `done` is called once, after this returned: with addresses, or with what is wrong with the name. `owner`: see
  /// abandon().
  void find(const std::string& host, const void* owner, Done done);
  /// Forgets the owner's names; it is told nothing.
  void abandon(const void* owner);

 private:
  struct Shared;
  struct Asked {
    const void* owner;
    Done done;
    EventLoop::TimerId timer = 0;
  };
  static void work(const std::shared_ptr<Shared>& shared);
  void finish(std::uint64_t id, const Found& found);

  EventLoop& loop_;
  std::chrono::milliseconds limit_;
  std::shared_ptr<Shared> shared_;  ///< with the threads
  std::map<std::uint64_t, Asked> asked_;
  std::uint64_t last_ = 0;
};

/// By the system's resolver (getaddrinfo): /etc/hosts, DNS and what else it is set up with.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> resolve_by_system(const std::string& host);

}  // namespace snom::sip
