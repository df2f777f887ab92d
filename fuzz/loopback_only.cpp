#include "loopback_only.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

namespace snom::fuzz {
namespace {

using Watcher = std::function<void(const std::string& host, unsigned port)>;

std::mutex& watcher_mutex() {
  static std::mutex one;
  return one;
}

/// Under the mutex: another target's threads may send while this one's watcher is set.
Watcher& watcher() {
  static Watcher one;
  return one;
}

void tell(const std::string& host, unsigned port) {
  const Watcher told = [] {
    const std::lock_guard lock(watcher_mutex());
    return watcher();
  }();
  if (told) told(host, port);
}

/// True when something may go there; otherwise errno tells why not.
bool may_go_to(const void* address, socklen_t size) {
  if (address == nullptr || size < sizeof(sa_family_t)) return true;  // connected, and asked about then
  sockaddr_storage copy{};
  std::memcpy(&copy, address, std::min<std::size_t>(size, sizeof copy));
  std::array<char, INET6_ADDRSTRLEN> host{};
  unsigned port = 0;
  bool loopback = false;
  if (copy.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(copy);
    inet_ntop(AF_INET, &v4.sin_addr, host.data(), host.size());
    port = ntohs(v4.sin_port);
    loopback = ntohl(v4.sin_addr.s_addr) >> 24U == 127 || v4.sin_addr.s_addr == 0;
  } else if (copy.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(copy);
    inet_ntop(AF_INET6, &v6.sin6_addr, host.data(), host.size());
    port = ntohs(v6.sin6_port);
    loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
  } else {
    return true;
  }
  tell(host.data(), port);
  if (!loopback) errno = ENETUNREACH;
  return loopback;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

void watch_destinations(std::function<void(const std::string& host, unsigned port)> told) {
  const std::lock_guard lock(watcher_mutex());
  watcher() = std::move(told);
}

}  // namespace snom::fuzz

// These stand before those of the C library for all of the program.
extern "C" {

int connect(int fd, const sockaddr* address, socklen_t size) {
  if (!snom::fuzz::may_go_to(address, size)) return -1;
  return static_cast<int>(syscall(SYS_connect, fd, address, size));
}

ssize_t sendto(int fd, const void* bytes, size_t count, int flags, const sockaddr* address, socklen_t size) {
  if (!snom::fuzz::may_go_to(address, size)) return -1;
  return syscall(SYS_sendto, fd, bytes, count, flags, address, size);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  if (!snom::fuzz::may_go_to(message->msg_name, message->msg_namelen)) return -1;
  return syscall(SYS_sendmsg, fd, message, flags);
}

int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  for (unsigned i = 0; i < count; ++i)
    if (!snom::fuzz::may_go_to(messages[i].msg_hdr.msg_name, messages[i].msg_hdr.msg_namelen)) return -1;
  return static_cast<int>(syscall(SYS_sendmmsg, fd, messages, count, flags));
}

int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  addrinfo numbers{};
  if (hints != nullptr) numbers = *hints;
  if (node != nullptr) numbers.ai_flags |= AI_NUMERICHOST;
  static auto* const real = snom::fuzz::next<decltype(getaddrinfo)>("getaddrinfo");
  return real(node, service, &numbers, result);
}

}  // extern "C"
