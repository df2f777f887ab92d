#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <openssl/types.h>

#include "tls/identity.h"

namespace snom::tls::testing {

/// A TCP socket on loopback, bare or under TLS, that waits where it reads. One thread.
class TlsPeer final {
 public:
  TlsPeer() = default;
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  /// Connected to 127.0.0.1; false when refused.
  bool connect(std::uint16_t port);
  /// A socket that was accepted or connected elsewhere.
  void use(int socket);

  /// The client's handshake; false when it failed. `context`: null for one that trusts everybody.
  bool shake_hands(const std::shared_ptr<SSL_CTX>& context = nullptr);
  /// The server's.
  bool take_handshake(const std::shared_ptr<SSL_CTX>& context);

  bool send(std::string_view text);
  /// At least one byte; empty: nothing came within the limit, or it ended.
  std::string receive(std::chrono::milliseconds limit = std::chrono::seconds(3));
  /// True once the other end has ended it.
  bool ended(std::chrono::milliseconds limit = std::chrono::seconds(3));
  void close();

  [[nodiscard]] std::uint16_t own_port() const;
  [[nodiscard]] SSL* ssl() { return tls_.get(); }
  [[nodiscard]] int socket() const { return socket_; }

 private:
  struct Free {
    void operator()(SSL* tls) const;
  };
  bool wait_readable(std::chrono::milliseconds limit) const;

  int socket_ = -1;
  std::shared_ptr<SSL_CTX> context_;
  std::unique_ptr<SSL, Free> tls_;
};

/// A listening socket on 127.0.0.1.
class Listening final {
 public:
  Listening();
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// -1 when nobody came within the limit.
  int accept(std::chrono::milliseconds limit = std::chrono::seconds(3)) const;

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

}  // namespace snom::tls::testing
