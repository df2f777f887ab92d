#include "sip/digest_client.h"

#include <gtest/gtest.h>

namespace snom::sip {
namespace {

const std::string challenge = "Digest realm=\"example.com\", nonce=\"one\", algorithm=MD5, qop=\"auth\"";

language::DigestCredentials answered(DigestClient& client) {
  const std::string lines = client.headers("REGISTER", "sip:example.com");
  const std::string name = "Authorization: ";
  EXPECT_TRUE(lines.starts_with(name)) << lines;
  EXPECT_TRUE(lines.ends_with("\r\n"));
  const auto parsed = language::parse_digest_credentials(lines.substr(name.size(), lines.size() - name.size() - 2));
  EXPECT_TRUE(parsed) << lines;
  return parsed.value_or(language::DigestCredentials{});
}

TEST(DigestClient, SaysNothingBeforeItIsAsked) {
  DigestClient client("1000", "1234");
  EXPECT_EQ(client.headers("REGISTER", "sip:example.com"), "");
}

TEST(DigestClient, AnswersWithItsPasswordAndCountsTheUsesOfANonce) {
  DigestClient client("1000", "1234");
  ASSERT_TRUE(client.take(false, {challenge}));
  auto first = answered(client);
  EXPECT_EQ(first.username, "1000");
  EXPECT_EQ(first.nonce, "one");
  EXPECT_EQ(first.uri, "sip:example.com");
  EXPECT_TRUE(language::response_matches(first, "1234", "REGISTER"));
  EXPECT_FALSE(language::response_matches(first, "4321", "REGISTER"));
  const auto second = answered(client);
  EXPECT_EQ(first.nc, "00000001");
  EXPECT_EQ(second.nc, "00000002");
}

TEST(DigestClient, AChallengeThatWasAnsweredMeansAWrongPassword) {
  DigestClient client("1000", "1234");
  ASSERT_TRUE(client.take(false, {challenge}));
  (void)client.headers("REGISTER", "sip:example.com");
  EXPECT_FALSE(client.take(false, {challenge}));
  EXPECT_EQ(client.headers("REGISTER", "sip:example.com"), "");
}

TEST(DigestClient, AStaleNonceIsNoWrongPassword) {
  DigestClient client("1000", "1234");
  ASSERT_TRUE(client.take(false, {challenge}));
  (void)client.headers("REGISTER", "sip:example.com");
  ASSERT_TRUE(client.take(false, {"Digest realm=\"example.com\", nonce=\"two\", stale=true, qop=\"auth\""}));
  const auto again = answered(client);
  EXPECT_EQ(again.nonce, "two");
  EXPECT_EQ(again.nc, "00000001");
}

TEST(DigestClient, ARefusalWithoutAChallengeForgetsTheNonce) {
  DigestClient client("1000", "1234");
  ASSERT_TRUE(client.take(false, {challenge}));
  (void)answered(client);
  EXPECT_FALSE(client.take(false, {}));
  EXPECT_EQ(client.headers("SUBSCRIBE", "sip:example.com"), "");
  ASSERT_TRUE(client.take(false, {"Digest realm=\"example.com\", nonce=\"two\", qop=\"auth\""}));
  EXPECT_EQ(answered(client).nonce, "two");
}

TEST(DigestClient, PassesOverWhatItDoesNotUnderstand) {
  DigestClient client("1000", "1234");
  EXPECT_FALSE(client.take(false, {}));
  EXPECT_FALSE(client.take(false, {"Basic realm=\"x\"", "Digest nonsense"}));
  EXPECT_TRUE(client.take(false, {"Basic realm=\"x\"", challenge}));
}

TEST(DigestClient, AProxyAndARegistrarAreAnsweredSideBySide) {
  DigestClient client("1000", "1234");
  ASSERT_TRUE(client.take_from_registrar(false, {challenge}));
  ASSERT_TRUE(client.take_from_registrar(true, {"Digest realm=\"proxy\", nonce=\"three\""}));
  const std::string lines = client.headers("INVITE", "sip:1001@example.com");
  EXPECT_NE(lines.find("\r\nProxy-Authorization: Digest "), std::string::npos) << lines;
  EXPECT_TRUE(lines.starts_with("Authorization: Digest ")) << lines;
  client.forget();
  EXPECT_EQ(client.headers("INVITE", "sip:1001@example.com"), "");
}

// Who stands behind the server can have it hand on a challenge of his own.
TEST(DigestClient, ThePasswordIsForTheRealmOfTheRegistrar) {
  const std::string foreign = "Digest realm=\"elsewhere\", nonce=\"n\"";
  DigestClient client("1000", "1234");
  ASSERT_TRUE(client.take_from_registrar(false, {challenge}));
  EXPECT_FALSE(client.take(false, {foreign}));
  EXPECT_FALSE(client.take(true, {foreign}));
  EXPECT_EQ(answered(client).realm, "example.com") << "what was known stays";
  EXPECT_TRUE(client.take(true, {foreign, challenge}));
  client.forget();
  EXPECT_FALSE(client.take(false, {foreign})) << "a reboot does not change whose it is";
}

TEST(DigestClient, ARegistrarThatAsksLaterDecidesAllTheSame) {
  const std::string foreign = "Digest realm=\"elsewhere\", nonce=\"n\"";
  DigestClient client("1000", "1234");
  ASSERT_TRUE(client.take(false, {foreign})) << "the registrar asked for nothing: the first realm it is";
  EXPECT_FALSE(client.take(false, {challenge}));
  ASSERT_TRUE(client.take_from_registrar(false, {challenge}));
  EXPECT_FALSE(client.take(true, {foreign}));
}

TEST(DigestClient, AConfiguredRealmIsTheOnlyOne) {
  DigestClient client("1000", "1234", "example.com");
  EXPECT_FALSE(client.take_from_registrar(false, {"Digest realm=\"elsewhere\", nonce=\"n\""}));
  EXPECT_FALSE(client.take(false, {"Digest realm=\"elsewhere\", nonce=\"n\""}));
  EXPECT_TRUE(client.take(false, {challenge}));
}

}  // namespace
}  // namespace snom::sip
