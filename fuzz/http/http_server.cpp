#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "language/text.h"
#include "targets.h"
#include "wire.h"

namespace snom::fuzz {
namespace {

constexpr std::chrono::seconds patience{15};
constexpr std::size_t max_body = 8192;

/// Answers in every way that there is; what way is told by the path.
void handle(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
  must(request.body.size() <= max_body, "no body is longer than the limit");
  must(request.path.starts_with('/') || request.path == "*" || request.method == "CONNECT" || !request.target.empty(),
       "a request has a target");
  for (const auto& [name, value] : request.headers) {
    must(!name.empty() && name == language::lower_case(name), "a header's name is there, in lower case");
    must(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos, "a header's value is one line");
  }
  const auto coding = language::lower_case(request.header("transfer-encoding"));
  must(coding.empty() || coding == "chunked", "a body that came in another way than it seems is not taken");
  (void)http::parse_query(request.query);
  if (request.path == "/throw") throw std::runtime_error("as asked");
  if (request.path == "/drop") return;
  if (request.path == "/stream") {
    const auto stream = responder->stream("text/event-stream");
    stream->write("data: 1\n\n");
    stream->write(request.body);
    return;
  }
  if (request.path == "/pieces") {
    http::Response first{200, "text/plain", request.body, {}};
    return responder->send_in_pieces(std::move(first), [left = request.body](const http::TakePiece& take) mutable {
      if (left != "never") take(std::exchange(left, {}));
    });
  }
  http::Response response{request.body.size() % 2 == 0 ? 200 : 404, "text/plain", request.body, {}};
  response.headers.emplace_back("X-Echo", request.target);
  if (request.path == "/close") response.headers.emplace_back("Connection", "close");
  if (request.path == "/none") response.status = 204;
  responder->send(std::move(response));
}

std::uint16_t server_port() {
  static http::Server server(http::Server::Options{.max_body = max_body, .idle_timeout = std::chrono::seconds(60)});
  static const std::string address = server.listen("127.0.0.1:0", &handle).value();
  static const auto port = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  return port;
}

int connected() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server_port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const linger at_once{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  const auto connecting = [&] { return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address); };
  must(undisturbed(connecting) == 0, "the server listens");
  return fd;
}

/// What is there to read is added to `answers`; false at the end of the connection.
bool read_some(int fd, std::string& answers) {
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t size = undisturbed([&] { return recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT); });
    if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    if (size == 0) return false;
    answers.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

/// What a client sends on one connection; a line "@@" begins another packet.
void http_server(std::string_view input) {
  const int fd = connected();
  std::string answers;
  bool open = true;
  for (const Piece& piece : read_pieces(input, 8)) {
    for (std::string_view rest = piece.text; open && !rest.empty();) {
      const ssize_t sent = undisturbed([&] { return send(fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT); });
      if (sent > 0) {
        rest.remove_prefix(static_cast<std::size_t>(sent));
      } else {
        must(wait_for({fd}, POLLIN | POLLOUT, patience), "the server reads, or closes");
      }
      open = read_some(fd, answers);
    }
  }
  shutdown(fd, SHUT_WR);
  while (open) {
    must(wait_for({fd}, POLLIN, patience), "a connection whose client has said all is closed");
    open = read_some(fd, answers);
  }
  close(fd);
  must(answers.empty() || answers.starts_with("HTTP/1.1 "), "what comes back is HTTP");
}

}  // namespace snom::fuzz
