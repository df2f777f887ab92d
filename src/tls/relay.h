#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "tls/peer_table.h"
#include "tls/store.h"

namespace snom::tls {

/// Speaks TLS for a protocol library of this process that speaks plain TCP: a connection that came in goes on to a
/// socket of the library's on 127.0.0.1, one of the library's that goes to an outlet goes on by TLS to another machine.
/// peer_at() tells who is at the other end. Handshakes, ciphers and slow peers are on a thread of the relay's own.
class Relay final {
 public:
  struct Limits {
    std::size_t in_all = 12000;      ///< connections that came in, in handshake or not; one more is closed at once
    std::size_t per_address = 512;   ///< likewise
    std::size_t in_handshake = 512;  ///< further ones wait in the system's queue
    std::size_t in_handshake_per_address = 128;    ///< further ones are closed at once
    std::chrono::milliseconds handshake{5000};     ///< for connecting and the handshake
    std::chrono::milliseconds stalled{30000};      ///< of a peer that takes nothing of what waits for it
    std::size_t outlets = 4096;                    ///< see outlet()
    std::chrono::milliseconds outlet_kept{60000};  ///< unused; nobody who was told its port connects later than that
  };
  /// A line for the administrator, at most one of a kind in ten seconds. Relay's thread.
  using Log = std::function<void(const std::string&)>;

  Relay(std::shared_ptr<const Store> store, const Limits& limits, Log log);
  /// Closes everything.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Takes TLS connections at this address (port 0: a free one), with the store's server_for_sip(), and brings what
  /// they say to 127.0.0.1:`inner`. The port that it is bound to; the error says why not. Any thread but the relay's.
  [[nodiscard]] tl::expected<std::uint16_t, std::string> listen(const Peer& at, std::uint16_t inner);

  struct Destination {
    Peer at;                         ///< a numeric address
    std::vector<std::string> names;  ///< its certificate has to be for one of these (is_for()); not empty
    std::string from = {};           ///< local address; empty: the system's choice
    bool operator<(const Destination& other) const;
  };
  /// A port of 127.0.0.1: what this process says there goes to the destination; others are turned away. The same for
  /// the same destination, for a minute at least after it was asked for and as long as it is connected: when there are
  /// Limits::outlets, the one unused for longest makes room, and when all are used, the error says so. Any thread.
  [[nodiscard]] tl::expected<std::uint16_t, std::string> outlet(const Destination& destination);
  /// Why the latest connection by this outlet came to nothing; empty when it did not. Any thread.
  [[nodiscard]] std::string why_not(std::uint16_t outlet) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snom::tls
