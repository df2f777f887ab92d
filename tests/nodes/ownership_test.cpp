#include "nodes/ownership.h"

#include <gtest/gtest.h>

namespace snom::nodes {
namespace {

using namespace std::chrono_literals;
using Phones = std::vector<Ownership::Phone>;
using Names = std::vector<std::string>;

constexpr LeaseLimits limits{.time_to_live = 5000ms, .margin = 250ms, .grace = 1250ms};
constexpr Ownership::TimePoint start{1000s};
const std::string alice = "1000@example.com";
const std::string bob = "1001@example.com";

class Owner : public ::testing::Test {
 protected:
  Owner() {
    ownership_.began(7, start);
    EXPECT_EQ(ownership_.found({7, {{alice, 3}}, {}}), Names{alice});
  }
  Ownership ownership_{limits};
};

TEST_F(Owner, SpeaksToItsPhonesWhileItsLeaseHolds) {
  EXPECT_TRUE(ownership_.begin(alice, start));
  EXPECT_FALSE(ownership_.begin(bob, start));
  EXPECT_TRUE(ownership_.begin(alice, start + 4749ms));
  EXPECT_FALSE(ownership_.begin(alice, start + 4750ms));
  EXPECT_FALSE(ownership_.owns(alice, start + 4750ms));
}

TEST_F(Owner, RepeatsNothingWhenItsLeaseIsOver) {
  const auto ticket = ownership_.begin(alice, start);
  ASSERT_TRUE(ticket);
  EXPECT_TRUE(ownership_.may_repeat(*ticket, start + 1s));
  EXPECT_FALSE(ownership_.may_repeat(*ticket, start + 5s));
  ownership_.renewed(7, start + 5s);  // nobody has ended this life: it goes on
  EXPECT_TRUE(ownership_.may_repeat(*ticket, start + 5s));
}

TEST_F(Owner, SpeaksUntilNothingIsUnderWayToAny) {
  EXPECT_FALSE(ownership_.is_speaking());
  const auto ticket = ownership_.begin(alice, start);
  ASSERT_TRUE(ticket);
  ownership_.found({7, {{bob, 4}}, {}});
  ownership_.drain();
  EXPECT_EQ(ownership_.take_released().size(), 1U);
  EXPECT_TRUE(ownership_.is_speaking());
  ownership_.end(*ticket);
  EXPECT_FALSE(ownership_.is_speaking());
}

TEST_F(Owner, OfAFormerLifeOwnsNothingAndRepeatsNothing) {
  const auto ticket = ownership_.begin(alice, start);
  ASSERT_TRUE(ticket);
  ownership_.ended(7);
  EXPECT_FALSE(ownership_.owns(alice, start));
  ownership_.began(9, start + 8s);
  EXPECT_FALSE(ownership_.owns(alice, start + 8s));
  EXPECT_EQ(ownership_.found({7, {{bob, 4}}, {}}), Names{}) << "an answer to what the former life asked";
  EXPECT_EQ(ownership_.found({9, {{alice, 5}}, {}}), Names{alice});
  EXPECT_FALSE(ownership_.may_repeat(*ticket, start + 8s));
  ownership_.end(*ticket);
  EXPECT_TRUE(ownership_.begin(alice, start + 8s));
}

TEST_F(Owner, IsToldOfEachTurnOnce) {
  EXPECT_EQ(ownership_.seen(), 3U);
  EXPECT_EQ(ownership_.found({7, {{alice, 3}, {bob, 4}}, {}}), Names{bob});
  EXPECT_EQ(ownership_.seen(), 4U);
}

TEST_F(Owner, GivesAPhoneAwayWhenNothingIsUnderWayToIt) {
  const auto ticket = ownership_.begin(alice, start);
  ASSERT_TRUE(ticket);
  ownership_.found({7, {}, {{alice, 3}}});
  EXPECT_FALSE(ownership_.begin(alice, start)) << "nothing new is begun";
  EXPECT_TRUE(ownership_.may_repeat(*ticket, start)) << "what was begun is brought to its end";
  EXPECT_EQ(ownership_.take_released(), Phones{});
  ownership_.end(*ticket);
  EXPECT_EQ(ownership_.take_released(), (Phones{{alice, 3}}));
  EXPECT_FALSE(ownership_.owns(alice, start));
  EXPECT_EQ(ownership_.take_released(), Phones{});
}

TEST_F(Owner, DoesNotTakeBackWhatALateAnswerSaysIsItsOwn) {
  ownership_.found({7, {}, {{alice, 3}}});
  EXPECT_EQ(ownership_.take_released(), (Phones{{alice, 3}}));
  EXPECT_EQ(ownership_.found({7, {{alice, 3}}, {}}), Names{});
  EXPECT_FALSE(ownership_.owns(alice, start));
}

TEST_F(Owner, GivesAwayAgainWhatTheDatabaseHasNotHeardOf) {
  ownership_.found({7, {}, {{alice, 3}}});
  EXPECT_EQ(ownership_.take_released(), (Phones{{alice, 3}}));
  ownership_.found({7, {}, {{alice, 3}}});
  EXPECT_EQ(ownership_.take_released(), (Phones{{alice, 3}}));
}

TEST_F(Owner, KeepsAPhoneThatRegisteredWithItMeanwhile) {
  ownership_.found({7, {}, {{alice, 3}}});
  EXPECT_EQ(ownership_.found({7, {{alice, 5}}, {}}), Names{}) << "it was this node's all the time";
  EXPECT_TRUE(ownership_.begin(alice, start));
  EXPECT_EQ(ownership_.take_released(), Phones{});
  ownership_.found({7, {}, {{alice, 3}}});
  EXPECT_TRUE(ownership_.begin(alice, start)) << "a wish for its former turn";
}

TEST_F(Owner, ThatDrainsGivesAllAway) {
  const auto ticket = ownership_.begin(alice, start);
  ASSERT_TRUE(ticket);
  ownership_.drain();
  ownership_.found({7, {{bob, 4}}, {}});
  EXPECT_FALSE(ownership_.begin(bob, start));
  EXPECT_EQ(ownership_.take_released(), (Phones{{bob, 4}}));
  EXPECT_EQ(ownership_.held(), 1U);
  ownership_.end(*ticket);
  EXPECT_EQ(ownership_.take_released(), (Phones{{alice, 3}}));
  EXPECT_EQ(ownership_.held(), 0U);
}

}  // namespace
}  // namespace snom::nodes
