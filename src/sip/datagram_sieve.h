#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>

#include "sip/nta_glue.h"

namespace snom::sip {

/// Addresses that datagrams come from. Pure.
class Sources final {
 public:
  /// `host`: an IP address, without brackets; anything else is passed over.
  void add(const std::string& host, std::uint16_t port);
  void clear() { known_.clear(); }
  [[nodiscard]] std::size_t size() const { return known_.size(); }
  /// `address`: IPv4 or IPv6; of another family, none is known.
  [[nodiscard]] bool contains(const su_sockaddr_t& address) const;

 private:
  std::unordered_set<std::string> known_;  ///< the bytes of address and port
};

/// Stands before a UDP socket of the library's, which reads one datagram of it in each turn of the loop, whoever sent
/// it: in a flood the answers of phones would be lost in front of a full buffer and come after they were asked again,
/// seconds later. While more than a quarter of the socket's buffer is in use, datagrams from strangers at its head are
/// thrown away unread, which takes a fiftieth of the time that answering them does; those of known sources wait for
/// their turn. Below that, everybody is served. Loop's thread.
class DatagramSieve final {
 public:
  /// The socket and the sources are the owner's and outlive it.
  DatagramSieve(int socket, const Sources& known) : socket_(socket), known_(known) {}

  /// Before each turn of the loop. The number of datagrams that were thrown away, at most `most_at_once`.
  std::size_t sift();
  static constexpr std::size_t most_at_once = 512;

 private:
  [[nodiscard]] bool crowded() const;

  int socket_;
  const Sources& known_;
};

}  // namespace snom::sip
