#include "http/raw_client.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace snom::http::testing {
namespace {

constexpr auto longest_wait = std::chrono::seconds(5);

}  // namespace

RawClient::RawClient(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("no address: " + address);
  }
  socket_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = ::connect(socket_, found->ai_addr, found->ai_addrlen) == 0;
  freeaddrinfo(found);
  if (!connected) {
    ::close(socket_);
    throw std::runtime_error("cannot connect to " + address);
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient::~RawClient() { ::close(socket_); }

void RawClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // what the peer answered before it closed is what a test looks at
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void RawClient::shut_down_sending() const { ::shutdown(socket_, SHUT_WR); }

bool RawClient::read_some(std::chrono::milliseconds time) {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(time.count())) <= 0) return false;
  std::array<char, 65536> bytes{};
  const auto length = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (length <= 0) return false;
  input_.append(bytes.data(), static_cast<std::size_t>(length));
  return true;
}

std::string RawClient::read_until(std::string_view end) {
  std::size_t found = 0;
  while ((found = input_.find(end)) == std::string::npos) {
    if (!read_some(longest_wait)) return std::exchange(input_, {});
  }
  std::string result = input_.substr(0, found + end.size());
  input_.erase(0, found + end.size());
  return result;
}

std::string RawClient::read_answer() {
  std::string head = read_until("\r\n\r\n");
  constexpr std::string_view name = "Content-Length: ";
  const auto found = head.find(name);
  const std::size_t length = found == std::string::npos ? 0 : std::stoul(head.substr(found + name.size()));
  while (input_.size() < length && read_some(longest_wait)) {
  }
  head += input_.substr(0, length);
  input_.erase(0, std::min(length, input_.size()));
  return head;
}

std::string RawClient::read_all() {
  while (read_some(longest_wait)) {
  }
  return std::exchange(input_, {});
}

bool RawClient::closed_within(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd waiting{socket_, POLLIN, 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
    std::array<char, 65536> bytes{};
    if (::recv(socket_, bytes.data(), bytes.size(), 0) <= 0) return true;
  }
}

}  // namespace snom::http::testing
