#include <future>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "http/raw_server.h"
#include "http/web_client.h"

namespace snom::http {
namespace {

using testing::RawServer;

/// A TLS server side with a fresh self-signed certificate, as phones have it.
std::shared_ptr<SSL_CTX> self_signed_context() {
  const std::shared_ptr<EVP_PKEY> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const std::shared_ptr<X509> certificate(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("phone"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  return context;
}

TEST(WebClientTls, TrustsNoSelfSignedCertificateAndSendsItNothing) {
  const auto context = self_signed_context();
  std::atomic<bool> asked = false;
  RawServer phone([&](RawServer::Peer& peer) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
    SSL_set_fd(tls.get(), peer.socket());
    if (SSL_accept(tls.get()) != 1) return;
    char byte = 0;
    asked = SSL_read(tls.get(), &byte, 1) == 1;
  });
  WebClient client({});
  std::promise<WebClient::Response> answered;
  client.get({"https://" + phone.address() + "/", "admin", "1234"},
             [&](WebClient::Response response) { answered.set_value(std::move(response)); });
  const auto response = answered.get_future().get();
  EXPECT_EQ(response.status, 0);
  EXPECT_TRUE(response.error.starts_with("TLS certificate not trusted: self")) << response.error;
  EXPECT_FALSE(asked);
}

TEST(WebClientTls, SaysThatAPortSpeaksNoTls) {
  RawServer phone([](RawServer::Peer& peer) {
    EXPECT_TRUE(peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    peer.wait_for_the_end();
  });
  WebClient client({});
  std::promise<WebClient::Response> answered;
  client.get({"https://" + phone.address() + "/", "", ""},
             [&](WebClient::Response response) { answered.set_value(std::move(response)); });
  EXPECT_EQ(answered.get_future().get().error, "TLS handshake failed (is it an https port?)");
}

}  // namespace
}  // namespace snom::http
