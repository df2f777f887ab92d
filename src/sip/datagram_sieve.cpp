#include "sip/datagram_sieve.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

namespace snom::sip {
namespace {

/// Part of the buffer that may be in use before strangers' datagrams are thrown away.
constexpr std::uint32_t crowded_part = 4;
/// Between two looks at how much is in use.
constexpr std::size_t looked_at_once = 16;

[[nodiscard]] std::string bytes_of(const void* address, std::size_t size, in_port_t port) {
  std::string key(static_cast<const char*>(address), size);
  key.append(reinterpret_cast<const char*>(&port), sizeof port);
  return key;
}

}  // namespace

void Sources::add(const std::string& host, std::uint16_t port) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) known_.insert(bytes_of(&v4, sizeof v4, htons(port)));
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) known_.insert(bytes_of(&v6, sizeof v6, htons(port)));
}

bool Sources::contains(const su_sockaddr_t& address) const {
  const in_addr& v4 = address.su_sin.sin_addr;
  const in6_addr& v6 = address.su_sin6.sin6_addr;
  if (address.su_sa.sa_family == AF_INET) return known_.contains(bytes_of(&v4, sizeof v4, address.su_sin.sin_port));
  if (address.su_sa.sa_family == AF_INET6) return known_.contains(bytes_of(&v6, sizeof v6, address.su_sin6.sin6_port));
  return false;
}

bool DatagramSieve::crowded() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  return getsockopt(socket_, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) == 0 &&
         memory[SK_MEMINFO_RMEM_ALLOC] > memory[SK_MEMINFO_RCVBUF] / crowded_part;
}

std::size_t DatagramSieve::sift() {
  std::size_t thrown_away = 0;
  while (thrown_away < most_at_once && crowded()) {
    for (std::size_t i = 0; i < looked_at_once; ++i) {
      char begin = 0;
      su_sockaddr_t from{};
      socklen_t size = sizeof from;
      if (recvfrom(socket_, &begin, 1, MSG_PEEK | MSG_DONTWAIT, &from.su_sa, &size) < 0) return thrown_away;
      if (known_.contains(from)) return thrown_away;
      if (recv(socket_, &begin, 1, MSG_DONTWAIT) < 0) return thrown_away;
      ++thrown_away;
    }
  }
  return thrown_away;
}

}  // namespace snom::sip
