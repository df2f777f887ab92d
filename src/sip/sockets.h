#pragma once

#include <cstdint>
#include <optional>

#include "sip/nta_glue.h"

namespace snom::sip {

/// What the library does not tell of its sockets, asked of the system. Any thread.

/// Descriptor of the socket that is bound to this numeric address (a TCP one listens there); -1 when there is none.
[[nodiscard]] int listening_descriptor(const TransportAddress& at);

/// Where a connected socket leads to and which it is among all that had this descriptor.
struct ConnectedSocket {
  TransportAddress peer;
  std::uint64_t number = 0;  ///< the system's, of this socket alone
};
/// nullopt for a descriptor that is no TCP connection that came in at `at`.
[[nodiscard]] std::optional<ConnectedSocket> accepted_socket(int descriptor, const TransportAddress& at);

/// The system's number of the socket with this descriptor (SO_COOKIE), never given twice; 0 when there is none.
[[nodiscard]] std::uint64_t socket_number(int descriptor);

/// The descriptor that the next file or socket gets; nullopt when none is left.
[[nodiscard]] std::optional<int> next_descriptor();

}  // namespace snom::sip
