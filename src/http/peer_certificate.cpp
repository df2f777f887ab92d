#include "http/peer_certificate.h"

#include <array>
#include <memory>
#include <span>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "language/hex.h"

namespace snom::http {

std::optional<std::string> public_key_pin(CURL* easy) {
  curl_tlssessioninfo* session = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == nullptr ||
      session->backend != CURLSSLBACKEND_OPENSSL || session->internals == nullptr) {
    return std::nullopt;
  }
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(static_cast<const SSL*>(session->internals)), X509_free);
  if (!certificate) return std::nullopt;
  unsigned char* key = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &key);
  if (length <= 0) return std::nullopt;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned digest_length = 0;
  const bool made =
      EVP_Digest(key, static_cast<std::size_t>(length), digest.data(), &digest_length, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(key);
  if (!made) return std::nullopt;
  return "sha256/" + language::to_hex(std::span(digest).first(digest_length));
}

}  // namespace snom::http
