#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace snom::tls {

/// Who speaks at the other end of TLS.
struct Peer {
  std::string host;  ///< an IP address, without brackets
  std::uint16_t port = 0;
};

/// The real peer of a plain connection that a Relay of this process made or takes, which seems to be at this address
/// and port. nullopt: no Relay has it, so whoever is there is somebody else. A Relay's are on 127.0.0.1 and nowhere
/// else: the same port of 127.0.0.2 can be anybody's on this machine. One table for the process, as such a port is one
/// socket's only. Any thread.
[[nodiscard]] std::optional<Peer> peer_at(std::string_view host, std::uint16_t port);

/// Puts a peer into the table for as long as it lives; a later one with the same port takes its place.
class PeerEntry final {
 public:
  PeerEntry(std::uint16_t port, Peer peer);
  ~PeerEntry();
  PeerEntry(const PeerEntry&) = delete;
  PeerEntry& operator=(const PeerEntry&) = delete;

 private:
  std::uint16_t port_;
  std::uint64_t number_;
};

}  // namespace snom::tls
