#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

namespace snom::asterisk {

/// A numeric address and a port, as the system's calls take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// nullopt: `host` is neither an IPv4 nor an IPv6 address.
[[nodiscard]] std::optional<SocketAddress> socket_address(const std::string& host, std::uint16_t port);
/// Whether both are one address, whatever their ports.
[[nodiscard]] bool same_host(const sockaddr_storage& a, const sockaddr_storage& b);

}  // namespace snom::asterisk
