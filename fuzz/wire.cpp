#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "language/text.h"

namespace snom::fuzz {
namespace {

constexpr std::string_view piece_mark = "@@";
constexpr std::size_t most_bytes = 65000;
constexpr std::size_t most_connections = 16;

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

const sockaddr* plain(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

int bound_socket(int type, const std::string& host, std::uint16_t& port) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = address_of(host, 0);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, plain(address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "bind");
  port = ntohs(address.sin_port);
  return fd;
}

/// A reset instead of an orderly end, so that a fuzzer's thousand connections a second leave no ports taken.
void drop(int fd) {
  const linger at_once{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

/// Calls `each` with the lines of the message's head, without line ends.
template <class Each>
void for_each_line(std::string_view message, Each each) {
  while (!message.empty()) {
    std::string_view line = message.substr(0, message.find('\n'));
    message.remove_prefix(std::min(line.size() + 1, message.size()));
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return;
    each(line);
  }
}

bool is_named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         language::lower_case(line.substr(0, name.size())) == language::lower_case(name);
}

}  // namespace

std::vector<Piece> read_pieces(std::string_view input, std::size_t most) {
  std::vector<Piece> pieces;
  Piece piece;
  while (pieces.size() < most) {
    // Marks stand at the beginning of a line.
    std::size_t end = input.starts_with(piece_mark) ? 0 : input.find("\n@@");
    if (end != std::string_view::npos && end != 0) ++end;
    piece.text = input.substr(0, end);
    if (!piece.way.empty() || !piece.text.empty()) pieces.push_back(piece);
    if (end == std::string_view::npos) break;
    input.remove_prefix(end + piece_mark.size());
    piece.way = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(piece.way.size() + 1, input.size()));
  }
  return pieces;
}

std::string fill_in(std::string_view text, const std::function<const std::string*(std::string_view)>& known) {
  std::string filled;
  while (!text.empty() && filled.size() < most_bytes) {
    const auto open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const auto close = text.substr(0, 32).find('}');
    const std::string* value = close == std::string_view::npos ? nullptr : known(text.substr(1, close - 1));
    if (value == nullptr) {
      filled += '{';
      text.remove_prefix(1);
    } else {
      filled += *value;
      text.remove_prefix(close + 1);
    }
  }
  if (filled.size() > most_bytes) filled.resize(most_bytes);
  return filled;
}

std::string header_lines(std::string_view message, const std::vector<std::string_view>& names) {
  std::string lines;
  for_each_line(message, [&](std::string_view line) {
    for (const auto name : names)
      if (is_named(line, name)) lines.append(line).append("\r\n");
  });
  return lines;
}

std::string header_of(std::string_view message, std::string_view name) {
  std::string value;
  bool found = false;
  for_each_line(message, [&](std::string_view line) {
    if (found || !is_named(line, name)) return;
    found = true;
    line.remove_prefix(name.size() + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    value = line;
  });
  return value;
}

bool wait_for(const std::vector<int>& descriptors, short events, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::vector<pollfd> waiting;
  waiting.reserve(descriptors.size());
  for (const int fd : descriptors) waiting.push_back({fd, events, 0});
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    const int ready = poll(waiting.data(), waiting.size(), static_cast<int>(std::max<long>(0, left.count())));
    if (ready > 0) return true;
    if ((ready < 0 && errno != EINTR) || left.count() <= 0) return false;
  }
}

Wire::Wire(const std::string& host) : host_(host) {
  udp_ = bound_socket(SOCK_DGRAM, host, udp_port_);
  listening_ = bound_socket(SOCK_STREAM, host, tcp_port_);
  listen(listening_, most_connections);
}

Wire::~Wire() {
  close_tcp();
  close(udp_);
  close(listening_);
}

void Wire::send_udp(const std::string& host, std::uint16_t port, std::string_view bytes) {
  const sockaddr_in address = address_of(host, port);
  sendto(udp_, bytes.data(), bytes.size(), 0, plain(address), sizeof address);
}

void Wire::send_tcp(const std::string& host, std::uint16_t port, std::string_view bytes, bool anew) {
  if ((anew || connections_.empty()) && connections_.size() < most_connections) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in own = address_of(host_, 0);
    const sockaddr_in address = address_of(host, port);
    if (fd < 0 || bind(fd, plain(own), sizeof own) != 0 ||
        undisturbed([&] { return connect(fd, plain(address), sizeof address); }) != 0) {
      if (fd >= 0) close(fd);
      return;
    }
    connections_.push_back(fd);
  }
  if (!connections_.empty()) send(connections_.back(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Wire::close_tcp() {
  for (const int fd : connections_) drop(fd);
  connections_.clear();
}

std::vector<std::string> Wire::receive() {
  std::vector<std::string> received;
  std::array<char, 65536> buffer{};
  for (ssize_t size = 0; (size = recv(udp_, buffer.data(), buffer.size(), MSG_DONTWAIT)) >= 0;)
    received.emplace_back(buffer.data(), static_cast<std::size_t>(size));
  for (int fd = 0;
       connections_.size() < most_connections && (fd = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
    connections_.push_back(fd);
  for (const int fd : connections_) {
    for (ssize_t size = 0; (size = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0;)
      received.emplace_back(buffer.data(), static_cast<std::size_t>(size));
  }
  return received;
}

}  // namespace snom::fuzz
