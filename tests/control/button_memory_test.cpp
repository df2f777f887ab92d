#include "control/button_memory.h"

#include <gtest/gtest.h>

namespace snom::control {
namespace {

using State = ButtonMemory::State;
const std::string aor = "1000@example.com";

language::Button button(const std::string& key, const std::string& number = {}) {
  language::Button made;
  made.key = key;
  made.light = language::Light::on;
  made.number = number;
  if (!number.empty()) made.action = language::Action::message;
  return made;
}

bool bound(const ButtonMemory& memory, std::string_view number) {
  return memory.bound_action(aor, number, "").has_value();
}

/// "2:confirmed 10:pending", keys in the order told.
std::string listed(const ButtonMemory& memory) {
  std::string text;
  for (const auto& [kept, state] : memory.buttons(aor)) {
    if (!text.empty()) text += ' ';
    text += kept.key;
    text += state == State::pending ? ":pending" : state == State::confirmed ? ":confirmed" : ":unknown";
  }
  return text;
}

TEST(ButtonMemory, BindingCountsFromTheMomentItIsSent) {
  ButtonMemory memory;
  const auto ticket = memory.sent(aor, button("2", "api+x"));
  EXPECT_TRUE(bound(memory, "api+x"));
  EXPECT_EQ(listed(memory), "2:pending");
  memory.confirmed(aor, ticket);
  EXPECT_TRUE(bound(memory, "api+x"));
  EXPECT_EQ(listed(memory), "2:confirmed");
}

TEST(ButtonMemory, OtherPhonesKnowNothingOfIt) {
  ButtonMemory memory;
  memory.confirmed(aor, memory.sent(aor, button("2", "api+x")));
  EXPECT_FALSE(memory.bound_action("1001@example.com", "api+x", "2"));
  EXPECT_TRUE(memory.buttons("1001@example.com").empty());
}

TEST(ButtonMemory, ConfirmedBindingReplacesTheOneBefore) {
  ButtonMemory memory;
  memory.confirmed(aor, memory.sent(aor, button("2", "old")));
  const auto ticket = memory.sent(aor, button("2", "new"));
  EXPECT_TRUE(bound(memory, "old"));
  memory.confirmed(aor, ticket);
  EXPECT_FALSE(bound(memory, "old"));
  EXPECT_TRUE(bound(memory, "new"));
}

TEST(ButtonMemory, RefusedBindingLeavesWhatWasThereBefore) {
  ButtonMemory memory;
  memory.confirmed(aor, memory.sent(aor, button("2", "old")));
  memory.refused(aor, memory.sent(aor, button("2", "new")));
  EXPECT_TRUE(bound(memory, "old"));
  EXPECT_FALSE(bound(memory, "new"));
  EXPECT_EQ(listed(memory), "2:confirmed");
}

TEST(ButtonMemory, RefusedBindingOfANewKeyLeavesNothing) {
  ButtonMemory memory;
  memory.refused(aor, memory.sent(aor, button("2", "new")));
  EXPECT_FALSE(bound(memory, "new"));
  EXPECT_EQ(listed(memory), "");
}

TEST(ButtonMemory, UnansweredBindingLeavesBothPossibleUntilALaterOneIsConfirmed) {
  ButtonMemory memory;
  memory.confirmed(aor, memory.sent(aor, button("2", "old")));
  memory.unanswered(aor, memory.sent(aor, button("2", "new")));
  EXPECT_TRUE(bound(memory, "old"));
  EXPECT_TRUE(bound(memory, "new"));
  EXPECT_EQ(listed(memory), "2:unknown");
  memory.refused(aor, memory.sent(aor, button("2", "third")));
  EXPECT_TRUE(bound(memory, "old"));
  EXPECT_TRUE(bound(memory, "new"));
  memory.confirmed(aor, memory.sent(aor, button("2", "fourth")));
  EXPECT_FALSE(bound(memory, "old"));
  EXPECT_FALSE(bound(memory, "new"));
  EXPECT_TRUE(bound(memory, "fourth"));
}

TEST(ButtonMemory, EarlierBindingStillUnderWayOutlivesALaterConfirmation) {
  ButtonMemory memory;
  const auto first = memory.sent(aor, button("2", "first"));
  const auto second = memory.sent(aor, button("2", "second"));
  memory.confirmed(aor, second);
  EXPECT_TRUE(bound(memory, "first"));
  memory.confirmed(aor, first);  // a retransmission may have come after the second
  EXPECT_TRUE(bound(memory, "first"));
  EXPECT_TRUE(bound(memory, "second"));
  EXPECT_EQ(memory.buttons(aor).at(0).button.number, "second");
  memory.confirmed(aor, memory.sent(aor, button("2", "third")));
  EXPECT_FALSE(bound(memory, "first"));
  EXPECT_FALSE(bound(memory, "second"));
}

TEST(ButtonMemory, EarlierBindingThatNobodyAnsweredIsForgottenAfterALaterConfirmation) {
  ButtonMemory memory;
  const auto first = memory.sent(aor, button("2", "first"));
  memory.confirmed(aor, memory.sent(aor, button("2", "second")));
  memory.unanswered(aor, first);
  EXPECT_FALSE(bound(memory, "first"));
  EXPECT_TRUE(bound(memory, "second"));
}

TEST(ButtonMemory, DarkKeyWithoutNumberReplacesTheAction) {
  ButtonMemory memory;
  memory.confirmed(aor, memory.sent(aor, button("2", "api+x")));
  memory.confirmed(aor, memory.sent(aor, button("2")));
  EXPECT_FALSE(bound(memory, "api+x"));
  EXPECT_FALSE(bound(memory, ""));
  EXPECT_EQ(listed(memory), "2:confirmed");
}

TEST(ButtonMemory, KeysAreOrderedNumbersByValueThenNames) {
  ButtonMemory memory;
  for (const auto* key : {"P1", "10", "2", "002", "123456789012345678901234567890", "EK0", "0", "1"}) {
    memory.confirmed(aor, memory.sent(aor, button(key)));
  }
  std::string keys;
  for (const auto& entry : memory.buttons(aor)) keys += entry.button.key + " ";
  EXPECT_EQ(keys, "0 1 002 2 10 123456789012345678901234567890 EK0 P1 ");
}

TEST(ButtonMemory, ListShowsNoPassword) {
  ButtonMemory memory;
  memory.confirmed(aor, memory.sent(aor, button("2", "api+snom_command */1001 key enter admin secret")));
  EXPECT_EQ(memory.buttons(aor).at(0).button.number, "api+snom_command */1001 key enter");
  const auto kept = memory.bound_action(aor, "api+snom_command */1001 key enter admin secret", "");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->number, "api+snom_command */1001 key enter admin secret");
}

TEST(ButtonMemory, ActionIsMatchedExactly) {
  ButtonMemory memory;
  memory.confirmed(aor, memory.sent(aor, button("2", "api+x 1")));
  for (const auto* other : {"api+x", "api+x 11", "api+x  1", "API+x 1", " api+x 1", "api+x 1 ", ""}) {
    EXPECT_FALSE(bound(memory, other)) << other;
  }
}

TEST(ButtonMemory, InviteIsNoActionOfAMessage) {
  ButtonMemory memory;
  auto calls = button("2", "9001");
  calls.action = language::Action::invite;
  memory.confirmed(aor, memory.sent(aor, calls));
  calls.key = "3";
  calls.action = std::nullopt;  // means invite
  memory.confirmed(aor, memory.sent(aor, calls));
  EXPECT_FALSE(bound(memory, "9001"));
}

TEST(ButtonMemory, NamedKeyIsPreferredWhereSeveralHaveTheAction) {
  ButtonMemory memory;
  memory.confirmed(aor, memory.sent(aor, button("2", "x")));
  memory.confirmed(aor, memory.sent(aor, button("10", "x")));
  EXPECT_EQ(memory.bound_action(aor, "x", "10")->key, "10");
  EXPECT_EQ(memory.bound_action(aor, "x", "2")->key, "2");
  EXPECT_EQ(memory.bound_action(aor, "x", "99")->key, "2");
  EXPECT_EQ(memory.bound_action(aor, "x", "")->key, "2");
}

TEST(ButtonMemory, OldestUnansweredBindingIsDroppedBeyondTheLimit) {
  ButtonMemory memory;
  memory.confirmed(aor, memory.sent(aor, button("2", "confirmed")));
  for (std::size_t i = 0; i < ButtonMemory::max_unconfirmed; ++i) {
    memory.unanswered(aor, memory.sent(aor, button("2", "x" + std::to_string(i))));
  }
  EXPECT_TRUE(bound(memory, "x0"));
  memory.unanswered(aor, memory.sent(aor, button("2", "one more")));
  EXPECT_FALSE(bound(memory, "x0"));
  EXPECT_TRUE(bound(memory, "x1"));
  EXPECT_TRUE(bound(memory, "one more"));
  EXPECT_TRUE(bound(memory, "confirmed"));
}

TEST(ButtonMemory, OldestUnderWayIsDroppedWhenNoneIsUnanswered) {
  ButtonMemory memory;
  const auto first = memory.sent(aor, button("2", "x0"));
  for (std::size_t i = 1; i <= ButtonMemory::max_unconfirmed; ++i) {
    memory.sent(aor, button("2", "x" + std::to_string(i)));
  }
  EXPECT_FALSE(bound(memory, "x0"));
  EXPECT_TRUE(bound(memory, "x1"));
  memory.confirmed(aor, first);  // passed over
  EXPECT_FALSE(bound(memory, "x0"));
  EXPECT_EQ(listed(memory), "2:pending");
}

TEST(ButtonMemory, UnknownTicketsArePassedOver) {
  ButtonMemory memory;
  memory.confirmed(aor, 7);
  const auto ticket = memory.sent(aor, button("2", "x"));
  memory.refused("1001@example.com", ticket);
  memory.refused(aor, ticket + 1);
  EXPECT_EQ(listed(memory), "2:pending");
}

}  // namespace
}  // namespace snom::control
