#include "sip/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "runtime/open_files.h"

namespace snom::sip {
namespace {

/// Empty for another family than IPv4 and IPv6.
[[nodiscard]] TransportAddress address_of(const sockaddr_storage& address, const std::string& transport) {
  TransportAddress read;
  read.transport = transport;
  char host[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
    read.port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
    read.port = ntohs(v6.sin6_port);
  }
  read.host = host;
  return read;
}

[[nodiscard]] int option(int descriptor, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

[[nodiscard]] bool is_at(int descriptor, const TransportAddress& at) {
  if (option(descriptor, SO_TYPE) != (at.transport == "udp" ? SOCK_DGRAM : SOCK_STREAM)) return false;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
         address_of(address, at.transport) == at;
}

}  // namespace

int listening_descriptor(const TransportAddress& at) {
  const auto is_it = [&at](int descriptor) {
    return is_at(descriptor, at) && (at.transport == "udp" || option(descriptor, SO_ACCEPTCONN) == 1);
  };
  return runtime::find_open_file(is_it).value_or(-1);
}

std::optional<ConnectedSocket> accepted_socket(int descriptor, const TransportAddress& at) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 || !is_at(descriptor, at))
    return std::nullopt;
  return ConnectedSocket{address_of(address, at.transport), socket_number(descriptor)};
}

std::uint64_t socket_number(int descriptor) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  return getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

std::optional<int> next_descriptor() {
  const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (next < 0) return std::nullopt;
  close(next);
  return next;
}

}  // namespace snom::sip
