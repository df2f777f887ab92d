// Sends command lines to snomd's HTTP interface, so many at a time, for so long or each once, and tells how many were
// answered.
//
// One thread, one connection for each command in flight, requests prepared beforehand: what is measured is snomd.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace {

using Clock = std::chrono::steady_clock;

struct Tally {
  std::size_t ok = 0;
  std::size_t refused = 0;
  std::string first_refusal;
  std::vector<float> milliseconds;
};

std::vector<std::string> prepare_requests(const std::string& file, const std::string& server) {
  std::ifstream stream(file);
  std::vector<std::string> requests;
  for (std::string line; std::getline(stream, line);) {
    if (line.empty()) continue;
    requests.push_back(
        fmt::format("POST /v1/command HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    server, line.size(), line));
  }
  if (requests.empty()) throw std::runtime_error("no command lines in " + file);
  return requests;
}

int connect_to(const std::string& server) {
  const auto colon = server.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server.substr(colon + 1))));
  if (inet_pton(AF_INET, server.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    throw std::runtime_error("--server: expected an IPv4 address and a port");
  }
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(fmt::format("cannot reach {}: {}", server, std::strerror(errno)));
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/// One command in flight at a time.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int fd() const { return fd_; }

  void send(const std::string& request) {
    sent_at_ = Clock::now();
    if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      throw std::runtime_error("a request could not be sent");
    }
  }

  /// Reads what is there; true when the whole answer is.
  bool receive(Tally& tally) {
    std::array<char, 16384> buffer;
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    if (size <= 0) throw std::runtime_error("the server closed a connection");
    answer_.append(buffer.data(), static_cast<std::size_t>(size));
    const auto head = answer_.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    constexpr std::string_view name = "content-length:";
    const auto found = std::search(answer_.begin(), answer_.begin() + static_cast<std::ptrdiff_t>(head), name.begin(),
                                   name.end(), [](char a, char b) { return (a | 0x20) == b || a == b; });
    const auto length = std::strtoul(&*found + name.size(), nullptr, 10);
    if (answer_.size() < head + 4 + length) return false;
    const std::string_view body = std::string_view(answer_).substr(head + 4);
    if (body.starts_with("+OK")) {
      ++tally.ok;
    } else {
      if (tally.refused++ == 0) tally.first_refusal = body;
    }
    tally.milliseconds.push_back(std::chrono::duration<float, std::milli>(Clock::now() - sent_at_).count());
    answer_.clear();
    return true;
  }

 private:
  int fd_;
  Clock::time_point sent_at_;
  std::string answer_;
};

float percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Sends command lines to snomd and counts the answers."};
  std::string server;
  std::string file;
  std::size_t in_flight = 50;
  double seconds = 5;
  app.add_option("--server", server, "address of snomd's HTTP interface, 127.0.0.1:8080")->required();
  app.add_option("--lines", file, "file with the command lines, taken in turn")->required();
  app.add_option("--in-flight", in_flight, "commands at a time")->check(CLI::Range(1, 2000))->capture_default_str();
  app.add_option("--seconds", seconds, "how long to send")->check(CLI::Range(0.1, 120.0))->capture_default_str();
  bool once = false;
  app.add_flag("--once", once, "each line once, unless --seconds are over before");
  CLI11_PARSE(app, argc, argv);

  const std::vector<std::string> requests = prepare_requests(file, server);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Connection>> connections;
  if (once) in_flight = std::min(in_flight, requests.size());
  for (std::size_t i = 0; i < in_flight; ++i) {
    connections.push_back(std::make_unique<Connection>(connect_to(server)));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = connections.back().get();
    epoll_ctl(epoll, EPOLL_CTL_ADD, connections.back()->fd(), &event);
  }

  Tally tally;
  std::size_t next = 0;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (auto& connection : connections) connection->send(requests[next++ % requests.size()]);
  std::size_t waiting = connections.size();
  const auto give_up = end + std::chrono::seconds(15);
  while (waiting > 0) {
    std::array<epoll_event, 64> events;
    const int count = epoll_wait(epoll, events.data(), events.size(), 1000);
    if (Clock::now() > give_up) throw std::runtime_error("no answer for 15 s");
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (!connection.receive(tally)) continue;
      if (Clock::now() < end && !(once && next >= requests.size())) {
        connection.send(requests[next++ % requests.size()]);
      } else {
        --waiting;
      }
    }
  }
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  close(epoll);
  while (!tally.first_refusal.empty() && tally.first_refusal.back() == '\n') tally.first_refusal.pop_back();
  fmt::print("ok={} refused={} seconds={:.3f} per_second={:.0f} p50_ms={:.2f} p99_ms={:.2f}\n", tally.ok, tally.refused,
             took, static_cast<double>(tally.ok) / took, percentile(tally.milliseconds, 0.5),
             percentile(tally.milliseconds, 0.99));
  if (tally.refused > 0) fmt::print("first refusal: {}\n", tally.first_refusal);
  return tally.refused == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "command_load: %s\n", error.what());
  return 2;
}
