#include "tls/identity.h"

#include <array>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "tls/certificates.h"

namespace snom::tls {
namespace {

using testing::certificate_for;

TEST(Identity, SelfSignedIsGoodForAServer) {
  const auto identity = certificate_for();
  EXPECT_TRUE(identity.certificate.starts_with("-----BEGIN CERTIFICATE-----\n"));
  EXPECT_TRUE(identity.key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_TRUE(make_server_context(identity));
  EXPECT_NE(certificate_for().key, identity.key);
}

TEST(Identity, RefusesNamesThatAreNone) {
  const auto now = std::chrono::system_clock::now();
  EXPECT_EQ(make_self_signed({"phone", {"a,DNS:b"}, now, now}).error(),
            "'a,DNS:b' is no host name or address for a certificate");
  EXPECT_EQ(make_self_signed({"", {"a"}, now, now}).error(),
            "no certificate could be made for '' (a name of 1 to 64 bytes is expected)");
}

TEST(Identity, SaysWhichTextIsWrong) {
  auto identity = certificate_for();
  EXPECT_EQ(make_server_context({"", identity.key}).error(),
            "certificate: expected a PEM text that begins -----BEGIN CERTIFICATE-----");
  EXPECT_EQ(make_server_context({identity.certificate, "secret"}).error(),
            "key: expected a PEM text of a private key without passphrase");
  EXPECT_EQ(make_server_context({identity.certificate, certificate_for().key}).error(),
            "key: it is not the key of the certificate");
}

/// Who sends nothing but KeyUpdates had all others wait for as long as he went on.
TEST(Identity, OneReadGoesOverOneRecordThatHoldsNothing) {
  const auto context = make_server_context(certificate_for());
  ASSERT_TRUE(context);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> client_context(SSL_CTX_new(TLS_client_method()),
                                                                         SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> server(SSL_new(context->get()), SSL_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> client(SSL_new(client_context.get()), SSL_free);
  BIO* between[2] = {};
  ASSERT_EQ(BIO_new_bio_pair(&between[0], 65536, &between[1], 65536), 1);
  SSL_set_bio(server.get(), between[0], between[0]);
  SSL_set_bio(client.get(), between[1], between[1]);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  for (int i = 0; i < 4; ++i) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server.get());
  }
  ASSERT_EQ(SSL_is_init_finished(server.get()), 1);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(SSL_key_update(client.get(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(client.get()), 1);
  }
  ASSERT_EQ(SSL_write(client.get(), "x", 1), 1);
  std::array<char, 16> bytes{};
  int reads = 1;
  for (int read = 0; (read = SSL_read(server.get(), bytes.data(), bytes.size())) != 1; ++reads) {
    ASSERT_EQ(SSL_get_error(server.get(), read), SSL_ERROR_WANT_READ);
    ASSERT_LT(reads, 1000);
  }
  EXPECT_EQ(reads, 101);
}

TEST(Identity, TakesTheIssuersThatFollow) {
  auto identity = certificate_for();
  identity.certificate += certificate_for().certificate;
  EXPECT_TRUE(make_server_context(identity));
}

}  // namespace
}  // namespace snom::tls
