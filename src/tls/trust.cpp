#include "tls/trust.h"

#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace snom::tls {
namespace {

tl::unexpected<std::string> refused(std::string why) {
  ERR_clear_error();
  return tl::unexpected(std::move(why));
}

/// Trusts the certificates of a PEM text, and names them to the other end; false when there are none.
bool trust(SSL_CTX* context, const std::string& authorities, bool name_them) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(
      BIO_new_mem_buf(authorities.data(), static_cast<int>(authorities.size())), BIO_free);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  bool any = false;
  while (X509* read = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(read, X509_free);
    if (X509_STORE_add_cert(store, read) != 1) return false;
    if (name_them && SSL_CTX_add_client_CA(context, read) != 1) return false;
    any = true;
  }
  ERR_clear_error();  // the end of the text is one
  return any;
}

}  // namespace

tl::expected<std::shared_ptr<SSL_CTX>, std::string> make_client_context(const std::string& authorities,
                                                                        const std::optional<Identity>& identity) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) return refused("no TLS: out of memory");
  harden(context.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (authorities.empty()) {
    if (SSL_CTX_set_default_verify_paths(context.get()) != 1) return refused("the system's certificates: unreadable");
  } else if (!trust(context.get(), authorities, false)) {
    return refused("authorities: expected PEM texts that begin -----BEGIN CERTIFICATE-----");
  }
  if (identity) {
    if (auto shown = show(context.get(), *identity); !shown) return tl::unexpected(shown.error());
  }
  return context;
}

tl::expected<void, std::string> want_client_certificates(SSL_CTX* server, const std::string& authorities) {
  if (!trust(server, authorities, true)) {
    return refused("authorities: expected PEM texts that begin -----BEGIN CERTIFICATE-----");
  }
  SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

}  // namespace snom::tls
