#include <gtest/gtest.h>

#include "language/digest.h"

namespace snom::language {
namespace {

/// RFC 7616 section 3.9.1.
DigestCredentials rfc7616_answer(std::string_view algorithm) {
  const auto challenge = parse_digest_challenge(
      "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=" + std::string(algorithm) +
      ", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
      "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"");
  EXPECT_TRUE(challenge);
  return answer_challenge(*challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", 1,
                          "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
}

TEST(DigestAnswer, Rfc7616ExampleWithMd5) {
  EXPECT_EQ(rfc7616_answer("MD5").response, "8ca523f5e9506fed4657c9700eebdbec");
}

TEST(DigestAnswer, Rfc7616ExampleWithSha256) {
  EXPECT_EQ(rfc7616_answer("SHA-256").response, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST(DigestAnswer, Rfc2617Example) {
  const auto challenge = parse_digest_challenge(
      R"(Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",)"
      R"( opaque="5ccc069c403ebaf9f0171e9517f40e41")");
  ASSERT_TRUE(challenge);
  const auto answer = answer_challenge(*challenge, "Mufasa", "Circle Of Life", "GET", "/dir/index.html", 1, "0a4f113b");
  EXPECT_EQ(answer.response, "6629fae49393a05397450978507c4ef1");
  EXPECT_EQ(answer.opaque, "5ccc069c403ebaf9f0171e9517f40e41");
  EXPECT_EQ(answer.nc, "00000001");
}

TEST(DigestAnswer, Rfc2069ExampleAsItsErratumHasIt) {
  const auto challenge =
      parse_digest_challenge(R"(Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093")");
  ASSERT_TRUE(challenge);
  const auto answer = answer_challenge(*challenge, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", 1, "unused");
  EXPECT_EQ(answer.response, "1949323746fe6a43ef61f9606e7febea");
  EXPECT_EQ(answer.nc, "");
  EXPECT_EQ(answer.cnonce, "");
}

TEST(DigestAnswer, SipInviteWithAndWithoutQop) {
  // RFC 3261 section 22.4 refers to RFC 2617; these are the usual worked SIP examples.
  DigestChallenge challenge;
  challenge.realm = "biloxi.com";
  challenge.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
  EXPECT_EQ(answer_challenge(challenge, "bob", "zanzibar", "INVITE", "sip:bob@biloxi.com", 1, "0a4f113b").response,
            "89eb0059246c02b2f6ee02c7961d5ea3");
  challenge.qop_auth = false;
  EXPECT_EQ(answer_challenge(challenge, "bob", "zanzibar", "INVITE", "sip:bob@biloxi.com", 1, "").response,
            "bf57e4e0d0bffc0fbaedce64d59add5e");
}

TEST(DigestAnswer, CountIsEightHexDigits) {
  DigestChallenge challenge;
  EXPECT_EQ(answer_challenge(challenge, "u", "p", "GET", "/", 0xABCDEF12, "c").nc, "abcdef12");
  EXPECT_EQ(answer_challenge(challenge, "u", "p", "GET", "/", 10, "c").nc, "0000000a");
}

TEST(DigestAnswer, IsReadBackFromItsHeaderAndMatches) {
  for (const auto* algorithm : {"MD5", "SHA-256"}) {
    const auto answer = rfc7616_answer(algorithm);
    const auto read = parse_digest_credentials(answer.to_string());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->to_string(), answer.to_string());
    EXPECT_TRUE(response_matches(*read, "Circle of Life", "GET"));
  }
}

TEST(DigestMatch, ResponseInCapitalsMatches) {
  auto answer = rfc7616_answer("MD5");
  answer.response = "8CA523F5E9506FED4657C9700EEBDBEC";
  EXPECT_TRUE(response_matches(answer, "Circle of Life", "GET"));
}

TEST(DigestMatch, AnyOtherPasswordMethodOrPartDoesNotMatch) {
  const auto answer = rfc7616_answer("MD5");
  EXPECT_FALSE(response_matches(answer, "Circle Of Life", "GET"));
  EXPECT_FALSE(response_matches(answer, "", "GET"));
  EXPECT_FALSE(response_matches(answer, "Circle of Life", "POST"));
  for (auto part :
       {&DigestCredentials::username, &DigestCredentials::realm, &DigestCredentials::nonce, &DigestCredentials::uri,
        &DigestCredentials::cnonce, &DigestCredentials::nc, &DigestCredentials::response}) {
    auto changed = answer;
    (changed.*part).back() = (changed.*part).back() == '0' ? '1' : '0';
    EXPECT_FALSE(response_matches(changed, "Circle of Life", "GET"));
  }
  auto other_algorithm = answer;
  other_algorithm.algorithm = DigestAlgorithm::sha256;
  EXPECT_FALSE(response_matches(other_algorithm, "Circle of Life", "GET"));
  auto without_qop = answer;
  without_qop.qop_auth = false;
  EXPECT_FALSE(response_matches(without_qop, "Circle of Life", "GET"));
}

TEST(DigestMatch, CutOrLongerResponseDoesNotMatch) {
  auto answer = rfc7616_answer("MD5");
  answer.response += '0';
  EXPECT_FALSE(response_matches(answer, "Circle of Life", "GET"));
  answer.response = answer.response.substr(0, 31);
  EXPECT_FALSE(response_matches(answer, "Circle of Life", "GET"));
  answer.response.clear();
  EXPECT_FALSE(response_matches(answer, "Circle of Life", "GET"));
}

}  // namespace
}  // namespace snom::language
