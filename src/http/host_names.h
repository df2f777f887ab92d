#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace snom::http {

/// One name that is being looked up elsewhere. Who lets go of it does not wait for it.
class NameLookup {
 public:
  virtual ~NameLookup() = default;
  /// Numeric addresses, best first; none: there are none. nullopt: it is not known yet. Never waits.
  [[nodiscard]] virtual std::optional<std::vector<std::string>> addresses() = 0;
};
using LookUp = std::function<std::unique_ptr<NameLookup>(const std::string& host)>;

/// By the system's resolver: /etc/hosts, DNS and what else it is set up with. On threads of the C library's own
/// (getaddrinfo_a), so that no code of ours is on the stack of one that is held, when a module is unloaded.
[[nodiscard]] std::unique_ptr<NameLookup> look_up_by_system(const std::string& host);

/// Names of hosts that are looked up, 16 at once: each costs a thread as long as a name server is silent. The others
/// wait for those. One thread's.
class HostNames final {
 public:
  static constexpr std::size_t most_at_once = 16;
  struct Found {
    std::string host;
    std::vector<std::string> addresses;  ///< empty: there are none
  };

  explicit HostNames(LookUp look_up) : look_up_(std::move(look_up)) {}

  /// Not again before it was found or forgotten.
  void find(const std::string& host);
  /// If it has not begun. Else it takes its time, and is told as others are: false.
  bool forget(const std::string& host);
  /// Those of which it is known by now. Never waits.
  [[nodiscard]] std::vector<Found> take_found();
  [[nodiscard]] bool is_idle() const { return begun_.empty(); }

 private:
  void begin_what_can();

  LookUp look_up_;
  std::deque<std::string> waiting_;
  std::vector<std::pair<std::string, std::unique_ptr<NameLookup>>> begun_;
};

/// Whether a URL's host (in brackets where it is IPv6) is a name that has to be looked up: no address, and not
/// localhost, which is this machine (RFC 6761 section 6.3).
[[nodiscard]] bool has_to_be_looked_up(std::string_view host);

}  // namespace snom::http
