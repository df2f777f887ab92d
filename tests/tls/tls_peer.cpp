#include "tls/tls_peer.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace snom::tls::testing {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

void TlsPeer::Free::operator()(SSL* tls) const { SSL_free(tls); }

TlsPeer::~TlsPeer() { close(); }

bool TlsPeer::connect(std::uint16_t port) {
  use(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  return ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

void TlsPeer::use(int socket) {
  close();
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  socket_ = socket;
  const timeval limit{5, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool TlsPeer::shake_hands(const std::shared_ptr<SSL_CTX>& context) {
  context_ = context ? context : std::shared_ptr<SSL_CTX>(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  tls_.reset(SSL_new(context_.get()));
  SSL_set_fd(tls_.get(), socket_);
  const bool done = SSL_connect(tls_.get()) == 1;
  ERR_clear_error();
  return done;
}

bool TlsPeer::take_handshake(const std::shared_ptr<SSL_CTX>& context) {
  context_ = context;
  tls_.reset(SSL_new(context_.get()));
  SSL_set_fd(tls_.get(), socket_);
  const bool done = SSL_accept(tls_.get()) == 1;
  ERR_clear_error();
  return done;
}

bool TlsPeer::send(std::string_view text) {
  const auto size = static_cast<int>(text.size());
  if (!tls_) return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) == size;
  const bool sent = SSL_write(tls_.get(), text.data(), size) == size;
  ERR_clear_error();
  return sent;
}

bool TlsPeer::wait_readable(std::chrono::milliseconds limit) const {
  if (tls_ && SSL_pending(tls_.get()) > 0) return true;
  pollfd waiting{socket_, POLLIN, 0};
  return poll(&waiting, 1, static_cast<int>(limit.count())) == 1;
}

std::string TlsPeer::receive(std::chrono::milliseconds limit) {
  if (!wait_readable(limit)) return {};
  std::array<char, 65536> bytes{};
  const auto size = tls_ ? SSL_read(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                         : static_cast<int>(recv(socket_, bytes.data(), bytes.size(), 0));
  ERR_clear_error();
  return size <= 0 ? std::string() : std::string(bytes.data(), static_cast<std::size_t>(size));
}

bool TlsPeer::ended(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < until) {
    if (!wait_readable(std::chrono::milliseconds(50))) continue;
    if (receive(std::chrono::milliseconds(0)).empty()) return true;
  }
  return false;
}

void TlsPeer::close() {
  if (tls_) SSL_shutdown(tls_.get());
  ERR_clear_error();
  tls_.reset();
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

std::uint16_t TlsPeer::own_port() const { return port_of(socket_); }

Listening::Listening() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto address = loopback(0);
  ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::listen(socket_, 1024);
  port_ = port_of(socket_);
}

Listening::~Listening() { ::close(socket_); }

int Listening::accept(std::chrono::milliseconds limit) const {
  pollfd waiting{socket_, POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(limit.count())) != 1) return -1;
  return ::accept(socket_, nullptr, nullptr);
}

}  // namespace snom::tls::testing
