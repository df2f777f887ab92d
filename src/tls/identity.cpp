#include "tls/identity.h"

#include <arpa/inet.h>
#include <array>
#include <string_view>
#include <utility>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "runtime/freed.h"

namespace snom::tls {
namespace {

using runtime::Freed;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

/// OpenSSL takes the names as a list in a text: what could end one of them is refused.
bool is_plain(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:*_") ==
             std::string_view::npos;
}

bool add_extension(X509* certificate, int which, const std::string& value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, which, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
  const Number number(BN_new());
  return number && BN_rand(number.get(), 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_time(ASN1_TIME* time, std::chrono::system_clock::time_point to) {
  return ASN1_TIME_set(time, std::chrono::system_clock::to_time_t(to)) != nullptr;
}

bool set_name(X509* certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(length)};
}

tl::unexpected<std::string> refused(std::string why) {
  ERR_clear_error();
  return tl::unexpected(std::move(why));
}

}  // namespace

tl::expected<Identity, std::string> make_self_signed(const SelfSigned& wanted) {
  std::string names;
  for (const std::string& name : wanted.names) {
    if (!is_plain(name)) return tl::unexpected("'" + name + "' is no host name or address for a certificate");
    names.append(names.empty() ? "" : ",").append(is_address(name) ? "IP:" : "DNS:").append(name);
  }
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  const bool made =
      key && certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(certificate.get()) &&
      set_time(X509_getm_notBefore(certificate.get()), wanted.not_before) &&
      set_time(X509_getm_notAfter(certificate.get()), wanted.not_after) &&
      X509_set_pubkey(certificate.get(), key.get()) == 1 && set_name(certificate.get(), wanted.common_name) &&
      (names.empty() || add_extension(certificate.get(), NID_subject_alt_name, names)) &&
      X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0;
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_mem()));
  if (!made || !certificate_text || !key_text || PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return refused("no certificate could be made for '" + wanted.common_name +
                   "' (a name of 1 to 64 bytes is expected)");
  }
  return Identity{text_of(certificate_text.get()), text_of(key_text.get())};
}

void harden(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Else one SSL_read() goes on for as long as records come that hold nothing to be read.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // The last are for phones of some years ago, which know no GCM.
  if (SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!eNULL") != 1) ERR_clear_error();
}

tl::expected<void, std::string> show(SSL_CTX* context, const Identity& identity) {
  const Bio certificates(BIO_new_mem_buf(identity.certificate.data(), static_cast<int>(identity.certificate.size())));
  const Certificate first(PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr));
  if (!first || SSL_CTX_use_certificate(context, first.get()) != 1) {
    return refused("certificate: expected a PEM text that begins -----BEGIN CERTIFICATE-----");
  }
  while (X509* issuer = PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, issuer) != 1) {
      X509_free(issuer);
      return refused("certificate: the second or a later one in the PEM text cannot be used");
    }
  }
  ERR_clear_error();  // the end of the text is one

  const Bio key_text(BIO_new_mem_buf(identity.key.data(), static_cast<int>(identity.key.size())));
  // A key with a passphrase is refused: nobody is there to be asked.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  const Key key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_passphrase, nullptr));
  if (!key) return refused("key: expected a PEM text of a private key without passphrase");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return refused("key: it is not the key of the certificate");
  }
  return {};
}

tl::expected<std::shared_ptr<SSL_CTX>, std::string> make_server_context(const Identity& identity) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return refused("no TLS: out of memory");
  harden(context.get());
  constexpr unsigned char of_sessions[] = "snom";
  SSL_CTX_set_session_id_context(context.get(), of_sessions, sizeof of_sessions - 1);
  if (auto shown = show(context.get(), identity); !shown) return tl::unexpected(shown.error());
  return context;
}

}  // namespace snom::tls
