#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sip/event_loop.h"
#include "sip/nta_glue.h"

namespace snom::sip {

/// Takes the TCP connections that come in, those by TLS too, so many and no more: the library would take all of them,
/// keep one that sent no SIP until it is idle for long, and turn round and round once the process has no descriptor
/// left. It holds the listening sockets back and lets the library take one connection at a time.
///
/// A connection that is one too many, in all or from its address, is closed at once; so is one that the library does
/// not read from any more, since what came was no SIP. One that no registration holds is closed when nothing came for a
/// while. When few descriptors are left, none is taken until there are more: those are for HTTP, the store and what
/// goes out. Loop's thread.
class Connections final {
 public:
  struct Limits {
    std::size_t in_all = 0;
    std::size_t per_address = 0;
    std::chrono::milliseconds idle{60000};
  };
  /// `warn` gets a line about what is refused, at most one of a kind in ten seconds.
  Connections(EventLoop& loop, const Limits& limits, std::function<void(const std::string&)> warn);
  /// Before the agents whose listeners it watches.
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// `primary` listens with TCP at `at`. `held` gets the connections of its that a registration holds. The error says
  /// why it could not be watched.
  using Held = std::function<std::vector<const void*>()>;
  /// `at.transport` "tls": at that TCP address a tls::Relay of this process brings connections, and counts them by who
  /// is at the other end; others that come there are closed at once.
  [[nodiscard]] tl::expected<void, std::string> watch(tport_t* primary, const TransportAddress& at, Held held);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snom::sip
