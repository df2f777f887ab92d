#include "tls/tally.h"

#include <set>
#include <string_view>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace snom::tls {
namespace {

TEST(TlsTally, CountsWhatIsOpenAndWhatWas) {
  Tally tally;
  tally.opened();
  tally.opened();
  tally.ended();
  tally.refused(NoTls::late);
  EXPECT_EQ(tally.handshakes(), 2U);
  EXPECT_EQ(tally.open(), 1U);
  EXPECT_EQ(tally.refused_for(NoTls::late), 1U);
  EXPECT_EQ(tally.refused_for(NoTls::too_many), 0U);
}

TEST(TlsTally, EachReasonHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < Tally::reasons; ++i) names.insert(to_string(static_cast<NoTls>(i)));
  EXPECT_EQ(names.size(), Tally::reasons);
  EXPECT_EQ(to_string(NoTls::unreachable), "unreachable");
}

TEST(TlsTally, TellsDistrustFromOtherHandshakesThatFail) {
  EXPECT_EQ(why_no_tls(SSL_ERROR_SSL, ERR_PACK(ERR_LIB_SSL, 0, SSL_R_TLSV1_ALERT_UNKNOWN_CA)), NoTls::certificate);
  EXPECT_EQ(why_no_tls(SSL_ERROR_SSL, ERR_PACK(ERR_LIB_SSL, 0, SSL_R_NO_SHARED_CIPHER)), NoTls::handshake);
  EXPECT_EQ(why_no_tls(SSL_ERROR_SSL, ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNEXPECTED_EOF_WHILE_READING)), NoTls::closed);
  EXPECT_EQ(why_no_tls(SSL_ERROR_SYSCALL, 0), NoTls::closed);
  EXPECT_EQ(why_no_tls(SSL_ERROR_ZERO_RETURN, 0), NoTls::closed);
}

}  // namespace
}  // namespace snom::tls
