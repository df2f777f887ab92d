#include "access/gate.h"

#include <gtest/gtest.h>

#include "language/secret.h"

namespace snom::access {
namespace {

using Why = Refusal::Why;
using namespace std::chrono_literals;

Token token(const std::string& name, Role role, const std::string& text) {
  return {name, role, language::sha256_hex(text), "2026-11-27T01:00:00Z"};
}

struct Gates {
  Gate gate{{.token = "configured-token", .has_file = true}};
  Gate::TimePoint now{};

  Gates() {
    gate.use(
        {token("r", Role::read, "reads"), token("o", Role::operate, "operates"), token("a", Role::admin, "rules")});
  }
  tl::expected<Caller, Refusal> ask(Role needs, const std::string& header,
                                    const std::string& peer = "192.0.2.7:40000") {
    return gate.admit({needs, header, peer, std::nullopt}, now);
  }
  /// "read", or why not.
  std::string outcome(Role needs, const std::string& header) {
    const auto admitted = ask(needs, header);
    if (admitted) return admitted->name;
    switch (admitted.error().why) {
      case Why::no_token:
        return "no token";
      case Why::wrong_token:
        return "wrong token";
      case Why::too_low:
        return "too low: " + admitted.error().name;
      default:
        return "else";
    }
  }
};

TEST(Gate, EachRoleMayWhatThoseBelowItMay) {
  Gates g;
  const auto all = [&g](const std::string& header) {
    return g.outcome(Role::read, header) + ", " + g.outcome(Role::operate, header) + ", " +
           g.outcome(Role::admin, header);
  };
  EXPECT_EQ(all("Bearer reads"), "r, too low: r, too low: r");
  EXPECT_EQ(all("Bearer operates"), "o, o, too low: o");
  EXPECT_EQ(all("bearer  rules"), "a, a, a") << "the scheme has no case (RFC 9110 section 11.1)";
  EXPECT_EQ(all("Bearer configured-token"), "token_file, token_file, token_file");
  EXPECT_EQ(all("Basic cmVhZHM="), "no token, no token, no token");
  EXPECT_EQ(all("Bearer "), "no token, no token, no token");
  EXPECT_EQ(all(""), "no token, no token, no token");
  EXPECT_EQ(all("Bearer read"), "wrong token, wrong token, wrong token");
  EXPECT_EQ(g.outcome(Role::anybody, ""), "");
}

TEST(Gate, TheHashOfATokenIsNone) {
  Gates g;
  EXPECT_EQ(g.outcome(Role::read, "Bearer " + language::sha256_hex("reads")), "wrong token");
}

TEST(Gate, WithoutTokensWhoeverCanConnectIsAnAdmin) {
  Gate gate({});
  EXPECT_FALSE(gate.wants_token());
  const auto admitted = gate.admit({Role::admin, "Bearer whatever", "127.0.0.1:1", std::nullopt}, {});
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->name, "");
  EXPECT_EQ(admitted->role, Role::admin);
  EXPECT_TRUE(gate.still_knows(*admitted));
}

TEST(Gate, AFileWithoutTokensLetsNobodyIn) {
  Gate gate({.has_file = true});
  EXPECT_FALSE(gate.admit({Role::read, "", "127.0.0.1:1", std::nullopt}, {}));
  EXPECT_FALSE(gate.identify("Bearer x"));
}

TEST(Gate, WrongTokensOfAnAddressAreHeardTenAtOnceAndOneASecond) {
  Gates g;
  const auto wrong = [&g](const std::string& peer) { return g.ask(Role::read, "Bearer wrong", peer).error(); };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(wrong("192.0.2.7:" + std::to_string(i)).why, Why::wrong_token) << i;
  EXPECT_EQ(wrong("192.0.2.7:10").why, Why::too_many_wrong);
  EXPECT_EQ(wrong("192.0.2.7:10").wait, 1s);
  EXPECT_EQ(wrong("192.0.2.8:10").why, Why::wrong_token) << "another address";
  // A token that somebody made up is not even compared; those that nobody guesses are.
  EXPECT_EQ(g.ask(Role::read, "Bearer configured-token").error().why, Why::too_many_wrong);
  EXPECT_TRUE(g.ask(Role::read, "Bearer reads"));
  g.now += 1s;
  EXPECT_TRUE(g.ask(Role::read, "Bearer configured-token")) << "a right one takes nothing";
  EXPECT_EQ(wrong("192.0.2.7:11").why, Why::wrong_token);
  EXPECT_EQ(wrong("192.0.2.7:12").why, Why::too_many_wrong);
}

TEST(Gate, AnIPv6HostHasAWholeNetwork) {
  EXPECT_EQ(address_of_peer("192.0.2.7:40000"), "192.0.2.7");
  EXPECT_EQ(address_of_peer("[2001:db8:0:1:2:3:4:5]:40000"), "2001:db8:0:1::/64");
  EXPECT_EQ(address_of_peer("[2001:db8:0:1::9]:1"), "2001:db8:0:1::/64");
  EXPECT_EQ(address_of_peer("[::ffff:192.0.2.7]:1"), "192.0.2.7");
}

TEST(Gate, ATokenHasSoManyRequestsASecond) {
  Gate gate({.has_file = true, .per_second = 3});
  auto slow = token("slow", Role::read, "slow");
  slow.per_second = 1;
  gate.use({token("r", Role::read, "reads"), slow});
  Gate::TimePoint now{};
  const auto ask = [&](const std::string& header) { return gate.admit({Role::read, header, "192.0.2.7:1", {}}, now); };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask("Bearer reads"));
  ASSERT_FALSE(ask("Bearer reads"));
  EXPECT_EQ(ask("Bearer reads").error().why, Why::too_often);
  EXPECT_EQ(ask("Bearer reads").error().name, "r");
  EXPECT_EQ(ask("Bearer reads").error().wait, 1s);
  EXPECT_TRUE(ask("Bearer slow")) << "each has its own";
  EXPECT_FALSE(ask("Bearer slow"));
  gate.use({token("r", Role::read, "reads")});
  EXPECT_FALSE(ask("Bearer reads")) << "another change gives no new start";
  now += 1s;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask("Bearer reads"));
  EXPECT_FALSE(ask("Bearer reads"));
}

TEST(Gate, ATokenHasALargestBody) {
  Gates g;
  auto small = token("small", Role::operate, "small");
  small.max_body = 10;
  g.gate.use({small});
  const auto ask = [&](std::size_t bytes) {
    return g.gate.admit({Role::operate, "Bearer small", "192.0.2.7:1", bytes}, g.now);
  };
  EXPECT_TRUE(ask(10));
  ASSERT_FALSE(ask(11));
  EXPECT_EQ(ask(11).error().why, Why::too_large);
  EXPECT_EQ(ask(11).error().max_body, 10U);
}

TEST(Gate, ARevokedTokenIsNobodys) {
  Gates g;
  const auto caller = *g.ask(Role::read, "Bearer reads");
  EXPECT_TRUE(g.gate.still_knows(caller));
  EXPECT_EQ(g.gate.identify("Bearer reads")->name, "r");
  g.gate.use({token("r", Role::read, "another of the same name")});
  EXPECT_FALSE(g.gate.still_knows(caller));
  EXPECT_FALSE(g.gate.identify("Bearer reads"));
  EXPECT_EQ(g.outcome(Role::read, "Bearer reads"), "wrong token");
}

}  // namespace
}  // namespace snom::access
