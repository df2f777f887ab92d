#include <gtest/gtest.h>

#include <set>

#include "language/digest.h"

namespace snom::language {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using Verdict = NonceKeeper::Verdict;

constexpr auto secret = "sixteen bytes or more";
const NonceKeeper::TimePoint start{hours(1)};

DigestCredentials counted(const std::string& nonce, const std::string& nc) {
  DigestCredentials credentials;
  credentials.nonce = nonce;
  credentials.qop_auth = true;
  credentials.nc = nc;
  return credentials;
}

DigestCredentials uncounted(const std::string& nonce) {
  DigestCredentials credentials;
  credentials.nonce = nonce;
  return credentials;
}

TEST(NonceKeeper, ItsOwnNonceIsGoodWithRisingCounts) {
  NonceKeeper keeper(secret);
  const auto nonce = keeper.make(start);
  EXPECT_EQ(keeper.use(counted(nonce, "00000001"), start), Verdict::good);
  EXPECT_EQ(keeper.use(counted(nonce, "00000002"), start), Verdict::good);
  EXPECT_EQ(keeper.use(counted(nonce, "0000000A"), start), Verdict::good);
  EXPECT_EQ(keeper.use(counted(nonce, "0000000b"), start), Verdict::good);
}

TEST(NonceKeeper, CountSeenBeforeIsStale) {
  NonceKeeper keeper(secret);
  const auto nonce = keeper.make(start);
  ASSERT_EQ(keeper.use(counted(nonce, "00000005"), start), Verdict::good);
  EXPECT_EQ(keeper.use(counted(nonce, "00000005"), start), Verdict::stale);
  EXPECT_EQ(keeper.use(counted(nonce, "00000004"), start), Verdict::stale);
  EXPECT_EQ(keeper.use(counted(nonce, "00000006"), start), Verdict::good);
}

TEST(NonceKeeper, CountsBeginAtOne) {
  NonceKeeper keeper(secret);
  EXPECT_EQ(keeper.use(counted(keeper.make(start), "00000000"), start), Verdict::stale);
}

TEST(NonceKeeper, HighestCountUsesTheNonceUp) {
  NonceKeeper keeper(secret);
  const auto nonce = keeper.make(start);
  EXPECT_EQ(keeper.use(counted(nonce, "ffffffff"), start), Verdict::good);
  EXPECT_EQ(keeper.use(counted(nonce, "ffffffff"), start), Verdict::stale);
}

TEST(NonceKeeper, WithoutQopANonceIsGoodOnce) {
  NonceKeeper keeper(secret);
  const auto nonce = keeper.make(start);
  EXPECT_EQ(keeper.use(uncounted(nonce), start), Verdict::good);
  EXPECT_EQ(keeper.use(uncounted(nonce), start), Verdict::stale);
  EXPECT_EQ(keeper.use(counted(nonce, "00000002"), start), Verdict::stale);
}

TEST(NonceKeeper, CountedNonceIsNotGoodWithoutCount) {
  NonceKeeper keeper(secret);
  const auto nonce = keeper.make(start);
  ASSERT_EQ(keeper.use(counted(nonce, "00000001"), start), Verdict::good);
  EXPECT_EQ(keeper.use(uncounted(nonce), start), Verdict::stale);
}

TEST(NonceKeeper, NonceIsStaleAfterItsLifetime) {
  NonceKeeper keeper(secret, seconds(10));
  const auto nonce = keeper.make(start);
  EXPECT_EQ(keeper.check(counted(nonce, "00000001"), start + seconds(10)), Verdict::good);
  EXPECT_EQ(keeper.check(counted(nonce, "00000001"), start + seconds(10) + nanoseconds(1)), Verdict::stale);
  EXPECT_EQ(keeper.check(counted(nonce, "00000001"), start + hours(1000)), Verdict::stale);
}

TEST(NonceKeeper, TimesBeforeTheEpochOfTheClockAreKept) {
  NonceKeeper keeper(secret, seconds(10));
  const NonceKeeper::TimePoint early{-seconds(100)};
  const auto nonce = keeper.make(early);
  EXPECT_EQ(keeper.check(counted(nonce, "00000001"), early + seconds(9)), Verdict::good);
  EXPECT_EQ(keeper.check(counted(nonce, "00000001"), early + seconds(11)), Verdict::stale);
}

TEST(NonceKeeper, CheckDoesNotMark) {
  NonceKeeper keeper(secret);
  const auto nonce = keeper.make(start);
  EXPECT_EQ(keeper.check(counted(nonce, "00000001"), start), Verdict::good);
  EXPECT_EQ(keeper.check(counted(nonce, "00000001"), start), Verdict::good);
  EXPECT_EQ(keeper.use(counted(nonce, "00000001"), start), Verdict::good);
  EXPECT_EQ(keeper.check(counted(nonce, "00000001"), start), Verdict::stale);
}

TEST(NonceKeeper, StaleUseDoesNotMark) {
  NonceKeeper keeper(secret, seconds(10));
  const auto nonce = keeper.make(start);
  EXPECT_EQ(keeper.use(counted(nonce, "00000007"), start + seconds(11)), Verdict::stale);
  EXPECT_EQ(keeper.use(counted(nonce, "00000001"), start), Verdict::good);
}

TEST(NonceKeeper, NonceOfAnotherSecretIsForeign) {
  NonceKeeper keeper(secret);
  NonceKeeper before_the_restart("another sixteen bytes");
  EXPECT_EQ(keeper.use(counted(before_the_restart.make(start), "00000001"), start), Verdict::foreign);
}

TEST(NonceKeeper, AnyChangedByteMakesItForeign) {
  NonceKeeper keeper(secret);
  const auto nonce = keeper.make(start);
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    auto changed = nonce;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_EQ(keeper.check(counted(changed, "00000001"), start), Verdict::foreign) << i;
  }
}

TEST(NonceKeeper, OtherLengthsAndTextsAreForeign) {
  NonceKeeper keeper(secret);
  const auto nonce = keeper.make(start);
  for (const auto& other : {std::string(), nonce + "0", nonce.substr(1), std::string(nonce.size(), 'z'),
                            std::string(nonce.size(), '\0'), std::string(100000, '0')}) {
    EXPECT_EQ(keeper.check(counted(other, "00000001"), start), Verdict::foreign);
  }
}

TEST(NonceKeeper, EveryNonceIsAnother) {
  NonceKeeper keeper(secret);
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i) nonces.insert(keeper.make(start));
  EXPECT_EQ(nonces.size(), 1000U);
}

TEST(NonceKeeper, OldestCountIsForgottenFirstAndCannotBeReplayed) {
  NonceKeeper keeper(secret, seconds(300), 2);
  const auto never_used = keeper.make(start);
  const auto first = keeper.make(start);
  const auto second = keeper.make(start);
  const auto third = keeper.make(start);
  ASSERT_EQ(keeper.use(counted(first, "00000001"), start), Verdict::good);
  ASSERT_EQ(keeper.use(counted(second, "00000001"), start), Verdict::good);
  ASSERT_EQ(keeper.use(counted(third, "00000001"), start), Verdict::good);
  EXPECT_EQ(keeper.use(counted(first, "00000001"), start), Verdict::stale);
  EXPECT_EQ(keeper.use(counted(first, "00000002"), start), Verdict::stale);
  EXPECT_EQ(keeper.use(counted(never_used, "00000001"), start), Verdict::stale);
  EXPECT_EQ(keeper.use(counted(second, "00000001"), start), Verdict::stale);
  EXPECT_EQ(keeper.use(counted(second, "00000002"), start), Verdict::good);
  EXPECT_EQ(keeper.use(counted(keeper.make(start), "00000001"), start), Verdict::good);
}

TEST(NonceKeeper, WorksAsAServerUsesIt) {
  NonceKeeper keeper(secret);
  DigestChallenge challenge;
  challenge.realm = "example.com";
  challenge.nonce = keeper.make(start);
  const auto read = parse_digest_challenge(challenge.to_string());
  ASSERT_TRUE(read);
  for (std::uint32_t nc = 1; nc <= 3; ++nc) {
    const auto header = answer_challenge(*read, "1000", "1234", "REGISTER", "sip:example.com", nc, "c").to_string();
    const auto credentials = parse_digest_credentials(header);
    ASSERT_TRUE(credentials);
    EXPECT_TRUE(response_matches(*credentials, "1234", "REGISTER"));
    EXPECT_EQ(keeper.use(*credentials, start + seconds(nc)), Verdict::good);
    EXPECT_EQ(keeper.use(*credentials, start + seconds(nc)), Verdict::stale);
  }
}

}  // namespace
}  // namespace snom::language
