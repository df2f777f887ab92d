#include <gtest/gtest.h>

#include "language/digest.h"
#include "language/golden.h"

namespace snom::language {
namespace {

constexpr std::string_view plain_credentials =
    R"(Digest username="u", realm="r", nonce="n", uri="sip:h", response="0")";

std::string with(std::string_view more) { return std::string(plain_credentials) + ", " + std::string(more); }

TEST(DigestChallenge, IsWrittenAsTheGoldenFile) {
  DigestChallenge challenge;
  challenge.realm = R"(snom "test")";
  challenge.nonce = "abc";
  challenge.opaque = "o";
  challenge.stale = true;
  EXPECT_EQ(challenge.to_string(), golden_header("challenge.header"));
}

TEST(DigestChallenge, GoldenFileIsReadBack) {
  const auto challenge = parse_digest_challenge(golden_header("challenge.header"));
  ASSERT_TRUE(challenge);
  EXPECT_EQ(challenge->realm, R"(snom "test")");
  EXPECT_EQ(challenge->nonce, "abc");
  EXPECT_EQ(challenge->opaque, "o");
  EXPECT_TRUE(challenge->stale);
  EXPECT_TRUE(challenge->qop_auth);
  EXPECT_EQ(challenge->algorithm, DigestAlgorithm::md5);
}

TEST(DigestChallenge, WhatIsEmptyIsNotWritten) {
  DigestChallenge challenge;
  challenge.realm = "r";
  challenge.nonce = "n";
  challenge.qop_auth = false;
  challenge.algorithm = DigestAlgorithm::sha256;
  EXPECT_EQ(challenge.to_string(), R"(Digest realm="r", nonce="n", algorithm=SHA-256)");
}

TEST(DigestChallenge, NamesAndTokensAreReadInAnyCase) {
  const auto challenge =
      parse_digest_challenge(R"(dIGEST  REALM = "r" ,Nonce="n",ALGORITHM="sha-256",QoP="AUTH-INT , Auth",STALE=TRUE)");
  ASSERT_TRUE(challenge);
  EXPECT_EQ(challenge->realm, "r");
  EXPECT_EQ(challenge->algorithm, DigestAlgorithm::sha256);
  EXPECT_TRUE(challenge->qop_auth);
  EXPECT_TRUE(challenge->stale);
}

TEST(DigestChallenge, AlgorithmIsMd5WhenAbsentTokenOrQuoted) {
  for (const auto* more : {"", ", algorithm=MD5", R"(, algorithm="MD5")", ", algorithm=md5"}) {
    const auto challenge = parse_digest_challenge(std::string(R"(Digest realm="r", nonce="n")") + more);
    ASSERT_TRUE(challenge) << more;
    EXPECT_EQ(challenge->algorithm, DigestAlgorithm::md5);
    EXPECT_FALSE(challenge->qop_auth);
    EXPECT_FALSE(challenge->stale);
  }
}

TEST(DigestChallenge, OtherAlgorithmsAreNotSpoken) {
  for (const auto* name : {"MD5-sess", "SHA-512-256", "AKAv1-MD5", R"("")"}) {
    EXPECT_FALSE(parse_digest_challenge(std::string(R"(Digest realm="r", nonce="n", algorithm=)") + name)) << name;
  }
}

TEST(DigestChallenge, QopListIsSearchedForAuth) {
  const auto offers = [](const std::string& list) {
    const auto challenge = parse_digest_challenge(R"(Digest realm="r", nonce="n", qop=)" + list);
    return challenge && challenge->qop_auth;
  };
  for (const auto* list : {"auth", R"("auth")", R"("auth,auth-int")", R"("auth-int,auth")", R"(" , auth")"}) {
    EXPECT_TRUE(offers(list)) << list;
  }
  for (const auto* list : {"auth-int", R"("auth-int")", R"("")", R"("authx")"}) EXPECT_FALSE(offers(list)) << list;
}

TEST(DigestChallenge, QopWithoutAuthCannotBeAnswered) {
  EXPECT_FALSE(parse_digest_challenge(R"(Digest realm="r", nonce="n", qop="auth-int")"));
}

TEST(DigestChallenge, AnotherSchemeIsNone) {
  for (const auto* header : {"", "Digest", "Digest ", R"(Basic realm="r", nonce="n")", R"(Digestrealm="r", nonce="n")",
                             R"(realm="r", nonce="n")"}) {
    EXPECT_FALSE(parse_digest_challenge(header)) << header;
  }
}

TEST(DigestChallenge, RealmAndNonceAreNeeded) {
  EXPECT_FALSE(parse_digest_challenge(R"(Digest realm="r")"));
  EXPECT_FALSE(parse_digest_challenge(R"(Digest nonce="n")"));
}

TEST(DigestCredentials, AreWrittenAsTheGoldenFile) {
  DigestChallenge challenge;
  challenge.realm = "example.com";
  challenge.nonce = "abc";
  challenge.opaque = "o";
  challenge.algorithm = DigestAlgorithm::sha256;
  EXPECT_EQ(answer_challenge(challenge, "1000", "1234", "REGISTER", "sip:example.com", 31, "0a4f113b").to_string(),
            golden_header("credentials.header"));
}

TEST(DigestCredentials, GoldenFileIsReadBack) {
  const auto credentials = parse_digest_credentials(golden_header("credentials.header"));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->username, "1000");
  EXPECT_EQ(credentials->uri, "sip:example.com");
  EXPECT_EQ(credentials->nc, "0000001f");
  EXPECT_EQ(credentials->cnonce, "0a4f113b");
  EXPECT_TRUE(credentials->qop_auth);
  EXPECT_EQ(credentials->to_string(), golden_header("credentials.header"));
  EXPECT_TRUE(response_matches(*credentials, "1234", "REGISTER"));
}

TEST(DigestCredentials, CommasAndQuotesStandWithinQuotes) {
  const auto credentials = parse_digest_credentials(
      R"(Digest username="Smith, \"Bob\" = \\x", realm="a,b=c", nonce="n==", uri="sip:h;x=1,2", response="0")");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->username, R"(Smith, "Bob" = \x)");
  EXPECT_EQ(credentials->realm, "a,b=c");
  EXPECT_EQ(credentials->nonce, "n==");
  EXPECT_EQ(credentials->uri, "sip:h;x=1,2");
  EXPECT_NE(credentials->to_string().find(R"(username="Smith, \"Bob\" = \\x")"), std::string::npos);
}

TEST(DigestCredentials, FoldedLinesAndEmptyListElementsAreRead) {
  const auto credentials = parse_digest_credentials(
      "Digest , username=\"u\",\r\n realm=\"r\",,\r\n\tnonce=\"n\", uri=\"sip:h\", response=\"0\" , ");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->nonce, "n");
}

TEST(DigestCredentials, EmptyValuesAreThere) {
  // The first REGISTER of some phones: nothing to say yet, and a challenge is the right answer.
  const auto credentials =
      parse_digest_credentials(R"(Digest username="1000", realm="", nonce="", uri="sip:h", response="")");
  ASSERT_TRUE(credentials);
  EXPECT_FALSE(response_matches(*credentials, "", "REGISTER"));
}

TEST(DigestCredentials, EachNeededOneIsMissed) {
  const std::vector<std::string> needed = {R"(username="u")", R"(realm="r")", R"(nonce="n")", R"(uri="sip:h")",
                                           R"(response="0")"};
  for (std::size_t missing = 0; missing < needed.size(); ++missing) {
    std::string header = "Digest x=y";
    for (std::size_t i = 0; i < needed.size(); ++i) {
      if (i != missing) header += ", " + needed[i];
    }
    EXPECT_FALSE(parse_digest_credentials(header)) << header;
  }
  EXPECT_TRUE(parse_digest_credentials(plain_credentials));
}

TEST(DigestCredentials, QopNeedsCnonceAndCount) {
  const auto credentials = parse_digest_credentials(with(R"(qop="auth", cnonce="c", nc=0000000A)"));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->nc, "0000000A");
  EXPECT_FALSE(parse_digest_credentials(with("qop=auth, nc=00000001")));
  EXPECT_FALSE(parse_digest_credentials(with(R"(qop=auth, cnonce="c")")));
  EXPECT_FALSE(parse_digest_credentials(with(R"(qop=auth-int, cnonce="c", nc=00000001)")));
}

TEST(DigestCredentials, CountHasEightHexDigits) {
  for (const auto* nc : {"1", "0000001", "000000001", "0000000g", R"("")", R"("       1")"}) {
    EXPECT_FALSE(parse_digest_credentials(with(R"(qop=auth, cnonce="c", nc=)" + std::string(nc)))) << nc;
  }
}

TEST(DigestCredentials, CountWithoutQopIsNotKept) {
  const auto credentials = parse_digest_credentials(with(R"(cnonce="c", nc=00000001)"));
  ASSERT_TRUE(credentials);
  EXPECT_FALSE(credentials->qop_auth);
  EXPECT_EQ(credentials->nc, "");
}

TEST(DigestCredentials, MalformedListsAreNone) {
  for (const auto* more : {"x", "x=", "=y", "x=\"y", "x=\"y\\", "x=y z=1", "x=y;z=1", "x=\"y\"z", "x=\"a\nb\"",
                           "x=\"a\\\nb\"", "x=\"a\x7F\"", "Basic realm=\"r\"", "x y=1"}) {
    EXPECT_FALSE(parse_digest_credentials(with(more))) << more;
  }
}

TEST(DigestCredentials, ParameterGivenTwiceIsRefused) {
  EXPECT_FALSE(parse_digest_credentials(with(R"(username="root")")));
  EXPECT_FALSE(parse_digest_credentials(with(R"(URI="sip:other")")));
}

TEST(DigestCredentials, MoreThan64ParametersAreRefused) {
  std::string header(plain_credentials);
  for (int i = 0; i < 59; ++i) header += ", x" + std::to_string(i) + "=1";
  EXPECT_TRUE(parse_digest_credentials(header));
  EXPECT_FALSE(parse_digest_credentials(header + ", y=1"));
}

TEST(DigestCredentials, NoValueStartsANewHeaderLine) {
  DigestCredentials credentials;
  credentials.username = "u\r\nEvil: 1";
  EXPECT_EQ(credentials.to_string().find_first_of("\r\n"), std::string::npos);
}

}  // namespace
}  // namespace snom::language
