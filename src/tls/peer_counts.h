#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace snom::tls {

/// How many connections there are: in all, of each address, and of each network (language::network_of()), of which one
/// may have no more than a quarter of all. A host of IPv6 has more addresses than it could use up: by the limit for an
/// address alone it would take all places. Not smaller, since many phones may share a /64, too. One thread.
class PeerCounts final {
 public:
  struct Limits {
    std::size_t in_all = 0;
    std::size_t per_address = 0;
  };
  explicit PeerCounts(Limits limits) : limits_(limits) {}

  /// Which limit one more from there would exceed.
  enum class Full { no, in_all, address, network };
  [[nodiscard]] Full full_for(const std::string& host) const;

  void add(const std::string& host);
  /// One that was added.
  void remove(const std::string& host);

  [[nodiscard]] std::size_t in_all() const { return in_all_; }
  [[nodiscard]] std::size_t from(const std::string& host) const;
  [[nodiscard]] std::size_t most_of_network() const;

 private:
  using Counts = std::unordered_map<std::string, std::size_t>;

  const Limits limits_;
  std::size_t in_all_ = 0;
  Counts by_address_;
  Counts by_network_;
};

}  // namespace snom::tls
