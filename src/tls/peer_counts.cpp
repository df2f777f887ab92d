#include "tls/peer_counts.h"

#include <algorithm>

#include "language/address_network.h"

namespace snom::tls {
namespace {

std::size_t count_of(const std::unordered_map<std::string, std::size_t>& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

void take_one_off(std::unordered_map<std::string, std::size_t>& counts, const std::string& name) {
  const auto found = counts.find(name);
  if (found != counts.end() && --found->second == 0) counts.erase(found);
}

}  // namespace

std::size_t PeerCounts::most_of_network() const { return std::max(limits_.per_address, limits_.in_all / 4); }

std::size_t PeerCounts::from(const std::string& host) const { return count_of(by_address_, host); }

PeerCounts::Full PeerCounts::full_for(const std::string& host) const {
  if (in_all_ >= limits_.in_all) return Full::in_all;
  if (from(host) >= limits_.per_address) return Full::address;
  return count_of(by_network_, language::network_of(host)) >= most_of_network() ? Full::network : Full::no;
}

void PeerCounts::add(const std::string& host) {
  ++by_address_[host];
  ++by_network_[language::network_of(host)];
  ++in_all_;
}

void PeerCounts::remove(const std::string& host) {
  take_one_off(by_address_, host);
  take_one_off(by_network_, language::network_of(host));
  --in_all_;
}

}  // namespace snom::tls
