#include "sip/sip_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace snom::sip::test {
namespace {

using Clock = std::chrono::steady_clock;

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return small;
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address make_address(const std::string& host, std::uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  } else {
    throw std::invalid_argument("no address: " + host);
  }
  return address;
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

int bound_socket(int type, const std::string& host) {
  Address address = make_address(host, 0);
  const int fd = socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  if (bind(fd, address.get(), address.size) != 0) fail("bind");
  return fd;
}

}  // namespace

std::string SipText::first_line() const { return text_.substr(0, text_.find("\r\n")); }

int SipText::status() const { return text_.starts_with("SIP/2.0 ") ? std::atoi(text_.c_str() + 8) : 0; }

std::vector<std::string> SipText::headers(std::string_view name) const {
  std::vector<std::string> values;
  const std::string wanted = lower(name);
  std::size_t at = text_.find("\r\n");
  while (at != std::string::npos) {
    at += 2;
    const auto end = text_.find("\r\n", at);
    const std::string line = text_.substr(at, end - at);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon != std::string::npos && lower(line.substr(0, colon)) == wanted) {
      const auto begin = line.find_first_not_of(" \t", colon + 1);
      values.push_back(begin == std::string::npos ? "" : line.substr(begin));
    }
    at = end;
  }
  return values;
}

std::string SipText::header(std::string_view name) const {
  const auto all = headers(name);
  return all.empty() ? "" : all.front();
}

std::string SipText::body() const {
  const auto end = text_.find("\r\n\r\n");
  return end == std::string::npos ? "" : text_.substr(end + 4);
}

const tls::Identity& test_identity() {
  static const tls::Identity made = [] {
    const auto now = std::chrono::system_clock::now();
    return tls::make_self_signed({"test",
                                  {"127.0.0.1", "::1", "127.0.0.2", "localhost"},
                                  now - std::chrono::hours(1),
                                  now + std::chrono::hours(24)})
        .value();
  }();
  return made;
}

std::shared_ptr<tls::Store> test_certificates() {
  return tls::Store::make({test_identity(), "", test_identity().certificate}).value();
}

SipPeer::SipPeer(std::string transport, const std::string& host) : transport_(std::move(transport)), host_(host) {
  if (transport_ == "tls") std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  socket_ = bound_socket(transport_ == "udp" ? SOCK_DGRAM : SOCK_STREAM, host_);
}

SipPeer::~SipPeer() {
  close();
  if (listening_ >= 0) ::close(listening_);
}

void SipPeer::close() {
  if (tls_) SSL_shutdown(tls_.get());
  tls_.reset();
  ERR_clear_error();
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void SipPeer::connect(const std::string& server) {
  // "tcp:[::1]:5060": the host between the first and the last colon.
  const auto first = server.find(':');
  const auto last = server.rfind(':');
  std::string host = server.substr(first + 1, last - first - 1);
  host.erase(std::remove_if(host.begin(), host.end(), [](char c) { return c == '[' || c == ']'; }), host.end());
  Address address = make_address(host, static_cast<std::uint16_t>(std::atoi(server.c_str() + last + 1)));
  if (::connect(socket_, address.get(), address.size) != 0) fail("connect");
  if (transport_ != "tls") return;
  tls_.reset(SSL_new(test_certificates()->client().get()), SSL_free);
  SSL_set_fd(tls_.get(), socket_);
  if (SSL_connect(tls_.get()) != 1) fail("TLS");
}

void SipPeer::listen() {
  listening_ = socket_;
  socket_ = -1;
  if (::listen(listening_, 8) != 0) fail("listen");
}

bool SipPeer::accept(std::chrono::milliseconds limit) {
  pollfd waiting{listening_, POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(limit.count())) != 1) return false;
  close();
  buffer_.clear();
  socket_ = ::accept(listening_, nullptr, nullptr);
  if (socket_ < 0 || transport_ != "tls") return socket_ >= 0;
  const timeval most{3, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  tls_.reset(SSL_new(test_certificates()->server().get()), SSL_free);
  SSL_set_fd(tls_.get(), socket_);
  const bool accepted = SSL_accept(tls_.get()) == 1;
  ERR_clear_error();
  return accepted;
}

std::uint16_t SipPeer::port() const {
  Address address;
  address.size = sizeof address.storage;
  if (getsockname(listening_ >= 0 ? listening_ : socket_, address.get(), &address.size) != 0) fail("getsockname");
  return ntohs(address.storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port
                                                    : reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port);
}

std::string SipPeer::address() const {
  return (host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]") + ":" + std::to_string(port());
}

void SipPeer::send(std::string_view message) {
  while (!message.empty()) {
    const auto sent = write_some(message);
    if (sent < 0) {
      // A datagram socket reports here what ICMP said of an earlier one.
      if (errno == ECONNREFUSED && transport_ == "udp") continue;
      fail("send");
    }
    if (transport_ == "udp") return;
    message.remove_prefix(static_cast<std::size_t>(sent));
  }
}

long SipPeer::read_some(char* bytes, std::size_t size) {
  if (!tls_) return recv(socket_, bytes, size, 0);
  const int read = SSL_read(tls_.get(), bytes, static_cast<int>(size));
  ERR_clear_error();
  return read;
}

long SipPeer::write_some(std::string_view bytes) {
  if (!tls_) return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  const int written = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
  ERR_clear_error();
  return written;
}

bool SipPeer::wait_readable(Clock::time_point until) {
  for (;;) {
    if (tls_ && SSL_pending(tls_.get()) > 0) return true;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd waiting{socket_, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(std::max<long>(0, left))) != 1) return false;
    if (!tls_ || is_for_us()) return true;
  }
}

/// What comes may be TLS's own, such as a ticket for a later session: a read would wait for what is behind it.
bool SipPeer::is_for_us() {
  const int flags = fcntl(socket_, F_GETFL);
  fcntl(socket_, F_SETFL, flags | O_NONBLOCK);
  char first = 0;
  const int read = SSL_peek(tls_.get(), &first, 1);
  const bool nothing = read <= 0 && SSL_get_error(tls_.get(), read) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  fcntl(socket_, F_SETFL, flags);
  return !nothing;
}

bool SipPeer::closed_by_peer(std::chrono::milliseconds limit) {
  const auto until = Clock::now() + limit;
  while (wait_readable(until)) {
    char chunk[4096];
    if (read_some(chunk, sizeof chunk) <= 0) return true;
  }
  return false;
}

std::optional<SipText> SipPeer::receive(std::chrono::milliseconds limit) {
  const auto until = Clock::now() + limit;
  for (;;) {
    if (transport_ != "udp") {
      const auto head = buffer_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const SipText parsed(buffer_.substr(0, head + 4));
        auto length = parsed.header("Content-Length");
        if (length.empty()) length = parsed.header("l");
        const std::size_t size = head + 4 + static_cast<std::size_t>(std::atoi(length.c_str()));
        if (buffer_.size() >= size) {
          SipText message(buffer_.substr(0, size));
          buffer_.erase(0, size);
          return message;
        }
      }
    }
    if (!wait_readable(until)) return std::nullopt;
    char chunk[65536];
    const auto size = read_some(chunk, sizeof chunk);
    if (size < 0 && transport_ == "udp") continue;
    if (size <= 0) return std::nullopt;
    if (transport_ == "udp") return SipText(std::string(chunk, static_cast<std::size_t>(size)));
    buffer_.append(chunk, static_cast<std::size_t>(size));
  }
}

std::string response_to(const SipText& request, int status, std::string_view phrase) {
  std::string text = "SIP/2.0 " + std::to_string(status) + " " + std::string(phrase) + "\r\n";
  for (const std::string& via : request.headers("Via")) text += "Via: " + via + "\r\n";
  text += "From: " + request.header("From") + "\r\n";
  text += "To: " + request.header("To") + ";tag=phone\r\n";
  text += "Call-ID: " + request.header("Call-ID") + "\r\n";
  text += "CSeq: " + request.header("CSeq") + "\r\n";
  text += "Content-Length: 0\r\n\r\n";
  return text;
}

}  // namespace snom::sip::test
