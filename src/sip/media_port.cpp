#include "sip/media_port.h"

#include <linux/filter.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace snom::sip {

tl::expected<MediaPort, std::string> MediaPort::open(const std::string& address) {
  const auto refused = [&](const std::string& why) {
    return tl::make_unexpected("no port for the call's sound on " + address + ": " + why);
  };
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(address.c_str(), "0", &hints, &found); error != 0)
    return refused(gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> local(found, &freeaddrinfo);
  MediaPort media(socket(local->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), 0);
  if (media.socket_ < 0 || bind(media.socket_, local->ai_addr, local->ai_addrlen) != 0) {
    return refused(std::strerror(errno));
  }
  // Nobody reads it: a filter that lets nothing pass keeps its buffer empty.
  sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog filter{1, &nothing};
  if (setsockopt(media.socket_, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    return refused(std::strerror(errno));
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (getsockname(media.socket_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return refused(std::strerror(errno));
  const std::uint16_t port = bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                                         : reinterpret_cast<const sockaddr_in&>(bound).sin_port;
  media.port_ = ntohs(port);
  return media;
}

MediaPort::~MediaPort() {
  if (socket_ >= 0) close(socket_);
}

MediaPort::MediaPort(MediaPort&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), port_(std::exchange(other.port_, std::uint16_t{0})) {}

MediaPort& MediaPort::operator=(MediaPort&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(port_, other.port_);
  return *this;
}

}  // namespace snom::sip
