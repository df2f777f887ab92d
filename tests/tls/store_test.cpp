#include "tls/store.h"

#include <gtest/gtest.h>

#include "tls/certificates.h"

namespace snom::tls {
namespace {

using testing::certificate_for;

TEST(TlsStore, IsNoServerWithoutAnIdentity) {
  const auto store = Store::make({});
  ASSERT_TRUE(store) << store.error();
  EXPECT_EQ((*store)->server(), nullptr);
  EXPECT_EQ((*store)->server_for_sip(), nullptr);
  EXPECT_NE((*store)->client(), nullptr);
  EXPECT_FALSE((*store)->shown());
}

TEST(TlsStore, SaysWhomItsCertificateIsForAndUntilWhen) {
  using namespace std::chrono_literals;
  const auto store = Store::make({.identity = certificate_for("pbx.example", -1h, 48h)});
  ASSERT_TRUE(store) << store.error();
  const auto shown = (*store)->shown();
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->names, std::vector<std::string>{"pbx.example"});
  const auto left = shown->not_after - std::chrono::system_clock::now();
  EXPECT_GT(left, 47h);
  EXPECT_LE(left, 48h);
}

TEST(TlsStore, StaysAsItWasWhenWhatIsNewCannotBeUsed) {
  const auto store = Store::make({.identity = certificate_for()});
  ASSERT_TRUE(store) << store.error();
  const auto before = (*store)->server();
  auto mixed = certificate_for();
  mixed.key = certificate_for().key;
  EXPECT_EQ((*store)->use({.identity = mixed}).error(), "key: it is not the key of the certificate");
  EXPECT_EQ((*store)->use({.identity = certificate_for(), .client_authorities = "none"}).error(),
            "authorities: expected PEM texts that begin -----BEGIN CERTIFICATE-----");
  EXPECT_EQ((*store)->server(), before);
  ASSERT_TRUE((*store)->use({.identity = certificate_for()}));
  EXPECT_NE((*store)->server(), before);
}

}  // namespace
}  // namespace snom::tls
