#include "tls/peer_table.h"

#include <mutex>
#include <unordered_map>
#include <utility>

namespace snom::tls {
namespace {

struct Entry {
  std::uint64_t number;
  Peer peer;
};

struct Table {
  std::mutex mutex;
  std::unordered_map<std::uint16_t, Entry> entries;
  std::uint64_t last = 0;
};

/// Never destroyed: threads may ask until the process has ended.
Table& table() {
  static auto* made = new Table;  // NOLINT(cppcoreguidelines-owning-memory)
  return *made;
}

}  // namespace

std::optional<Peer> peer_at(std::string_view host, std::uint16_t port) {
  if (host != "127.0.0.1") return std::nullopt;
  Table& all = table();
  const std::lock_guard lock(all.mutex);
  const auto found = all.entries.find(port);
  if (found == all.entries.end()) return std::nullopt;
  return found->second.peer;
}

PeerEntry::PeerEntry(std::uint16_t port, Peer peer) : port_(port) {
  Table& all = table();
  const std::lock_guard lock(all.mutex);
  number_ = ++all.last;
  all.entries.insert_or_assign(port, Entry{number_, std::move(peer)});
}

PeerEntry::~PeerEntry() {
  Table& all = table();
  const std::lock_guard lock(all.mutex);
  const auto found = all.entries.find(port_);
  if (found != all.entries.end() && found->second.number == number_) all.entries.erase(found);
}

}  // namespace snom::tls
