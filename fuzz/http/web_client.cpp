#include "http/web_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <optional>
#include <string>

#include "loopback_only.h"
#include "targets.h"
#include "wire.h"

namespace snom::fuzz {
namespace {

constexpr std::chrono::seconds patience{15};
constexpr std::size_t max_body = 4096;
const std::string password = "Pw-of-admin-which-nobody-says";

/// The phone's page: a socket that gives each connection the next piece of the input.
class Page {
 public:
  Page() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0 && listen(fd_, 64) == 0 &&
                       getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    must(bound, "a free port can be bound");
    port_ = std::to_string(ntohs(address.sin_port));
  }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const std::string& port() const { return port_; }

  /// Takes one connection, reads its request and answers; what was asked.
  [[nodiscard]] std::string serve(std::string_view answer) const {
    const int connection =
        static_cast<int>(undisturbed([this] { return accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); }));
    if (connection < 0) return {};
    std::string request;
    std::array<char, 8192> buffer{};
    while (request.find("\r\n\r\n") == std::string::npos && wait_for({connection}, POLLIN, patience)) {
      const ssize_t size = undisturbed([&] { return recv(connection, buffer.data(), buffer.size(), 0); });
      if (size <= 0) break;
      request.append(buffer.data(), static_cast<std::size_t>(size));
    }
    (void)undisturbed([&] { return send(connection, answer.data(), answer.size(), MSG_NOSIGNAL); });
    close(connection);
    return request;
  }

 private:
  int fd_;
  std::string port_;
};

}  // namespace

/// What a phone's page answers, a connection each; a line "@@" begins the next.
void web_client(std::string_view input) {
  if (input.find(password) != std::string_view::npos) return;  // the fuzzer took it from our own comparisons
  static const Page page;
  static const int done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  static http::WebClient client([] {
    watch_destinations({});
    http::WebClient::Options options;
    options.max_body = max_body;
    options.total_timeout = std::chrono::seconds(10);
    return options;
  }());
  std::mutex mutex;
  std::optional<http::WebClient::Response> response;
  client.get({"http://127.0.0.1:" + page.port() + "/command.htm?key=ENTER", "admin", password},
             [&](http::WebClient::Response told) {
               const std::lock_guard lock(mutex);
               response = std::move(told);
               const std::uint64_t one = 1;
               [[maybe_unused]] const auto size = write(done_fd, &one, sizeof one);
             });

  const auto pieces = read_pieces(input, 16);
  std::size_t next = 0;
  bool challenged = false;
  for (bool done = false; !done;) {
    must(wait_for({page.fd(), done_fd}, POLLIN, patience), "a request ends within its time");
    if (wait_for({page.fd()}, POLLIN, std::chrono::milliseconds(0))) {
      const std::string answer = next >= pieces.size() ? std::string() : fill_in(pieces[next].text, [&](auto name) {
        return name == "port" ? &page.port() : nullptr;
      });
      ++next;
      const std::string request = page.serve(answer);
      must(challenged || request.find("\r\nAuthorization:") == std::string::npos, "credentials come after a 401 only");
      must(request.find(password) == std::string::npos, "a password is sent as it is to nobody");
      challenged = challenged || answer.find("401") != std::string::npos;
    }
    std::uint64_t count = 0;
    done = undisturbed([&] { return read(done_fd, &count, sizeof count); }) == sizeof count;
  }
  const std::lock_guard lock(mutex);
  must(response->body.size() <= max_body, "no more of an answer is kept than the limit");
  must(response->status != 0 || !response->error.empty(), "no answer has a reason");
}

}  // namespace snom::fuzz
