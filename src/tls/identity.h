#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <openssl/types.h>
#include <tl/expected.hpp>

namespace snom::tls {

/// A certificate with its private key, as PEM texts (RFC 7468); certificates of its issuers may follow the first.
struct Identity {
  std::string certificate;
  std::string key;
  bool operator==(const Identity&) const = default;
};

/// What a self-signed certificate is to say. With `not_after` in the past it is an expired one.
struct SelfSigned {
  std::string common_name;         ///< not empty, 64 bytes at most
  std::vector<std::string> names;  ///< subject alternative names: host names and IP addresses
  std::chrono::system_clock::time_point not_before;
  std::chrono::system_clock::time_point not_after;
};

/// Makes a new EC key (P-256) and signs a certificate with it. Any thread.
[[nodiscard]] tl::expected<Identity, std::string> make_self_signed(const SelfSigned& wanted);

/// A TLS 1.2 and 1.3 server with this identity, for connections that never block. The error says which of the two texts
/// is wrong, and shows nothing of the key.
[[nodiscard]] tl::expected<std::shared_ptr<SSL_CTX>, std::string> make_server_context(const Identity& identity);

/// What both ends have in common: TLS 1.2 and 1.3, of 1.2 only ciphers with forward secrecy, no renegotiation, no
/// compression, little memory for a connection that is quiet. SSL_read() takes one record: of one that holds nothing to
/// be read (a KeyUpdate, a ticket) it says SSL_ERROR_WANT_READ, so that who sends only such ones holds up nobody.
void harden(SSL_CTX* context);

/// Has it show this identity. The error says which of the two texts is wrong.
[[nodiscard]] tl::expected<void, std::string> show(SSL_CTX* context, const Identity& identity);

}  // namespace snom::tls
