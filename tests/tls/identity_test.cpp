#include "tls/identity.h"

#include <gtest/gtest.h>

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

TEST(Identity, TakesTheIssuersThatFollow) {
  auto identity = certificate_for();
  identity.certificate += certificate_for().certificate;
  EXPECT_TRUE(make_server_context(identity));
}

}  // namespace
}  // namespace snom::tls
