#include "control/keys/wanted_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

const std::string aor = "1000@example.com";

language::Button button(const std::string& key, const std::string& number = {}) {
  language::Button made;
  made.key = key;
  made.light = language::Light::on;
  made.number = number;
  if (!number.empty()) made.action = language::Action::message;
  return made;
}

struct Board {
  testing::FakeClock clock;
  MemoryButtonStore kept{clock};
  testing::FaultyButtonStore store{kept, clock};
  testing::Stepped<WantedKeys> wanted_keys{clock};
  std::vector<std::string> errors;
  std::vector<WantedKeys::Revision> revisions;

  Board() { reopen(); }
  void reopen() {
    wanted_keys.emplace(store, clock, clock, nullptr);
    ASSERT_TRUE(wanted_keys->load());
  }
  void change(std::vector<WantedKeys::Proposal> proposals, const std::string& whose = aor) {
    wanted_keys->change(
        whose, [proposals = std::move(proposals)](const WantedKeys::View&) { return proposals; }, "test",
        [this](tl::expected<std::vector<WantedKeys::Revision>, std::string> result) {
          if (!result) return errors.push_back(result.error());
          for (auto& revision : *result) revisions.push_back(std::move(revision));
        });
  }
  WantedKeys::Revision set(const language::Button& to) {
    change({{to}});
    return revisions.back();
  }
  [[nodiscard]] bool bound(std::string_view number) const {
    return (*wanted_keys).bound_action(aor, number, "").has_value();
  }
  [[nodiscard]] std::string number(std::string_view key) const {
    const auto* wanted = (*wanted_keys).wanted(aor, key);
    return wanted == nullptr ? "(none)" : wanted->button.number;
  }
};

TEST(WantedKeys, OnePhoneHasNoMoreThanSoMany) {
  Board b;
  std::vector<WantedKeys::Proposal> all;
  for (std::size_t i = 0; i < WantedKeys::max_keys; ++i) all.push_back({button("k" + std::to_string(i))});
  b.change(all);
  EXPECT_EQ(b.revisions.size(), WantedKeys::max_keys);
  b.change({{button("k0", "7")}, {button("one more")}});
  EXPECT_EQ(b.errors, std::vector<std::string>{"1000 keys are the most that one phone may have"});
  EXPECT_EQ(b.number("k0"), "") << "all of a change or nothing of it";
  EXPECT_EQ(b.number("one more"), "(none)");
  b.change({{button("k0", "7")}});
  EXPECT_EQ(b.number("k0"), "7");
  b.change({{button("1", "8")}}, "1001@example.com");
  EXPECT_EQ(b.errors.size(), 1U);
}

/// What the store has of a key of `aor`: its number, or "(none)".
std::string kept_number(Board& b, const std::string& key) {
  const auto all = b.kept.load().value();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.button.key == key; });
  return found == all.end() ? "(none)" : found->button.number;
}

/// `count` keys named `start` and a number from 0.
std::vector<WantedKeys::Proposal> keys_named(const std::string& start, std::size_t count, bool cleared = false) {
  std::vector<WantedKeys::Proposal> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back({button(start + std::to_string(i)), cleared});
  return all;
}

TEST(WantedKeys, ClearedKeysOfAPhoneThatIsAwayTakeNoPlace) {
  Board b;
  b.change(keys_named("k", WantedKeys::max_keys));
  b.change(keys_named("k", WantedKeys::max_keys, true));
  b.change({{button("2", "new")}});
  EXPECT_EQ(b.errors, std::vector<std::string>{});
  EXPECT_EQ(b.number("2"), "new");
  const auto* cleared = (*b.wanted_keys).wanted(aor, "k0");
  ASSERT_NE(cleared, nullptr) << "the phone may show it";
  EXPECT_TRUE(cleared->cleared);
  b.change(keys_named("more", WantedKeys::max_keys));
  EXPECT_EQ(b.errors, std::vector<std::string>{"1000 keys are the most that one phone may have"});
  b.change(keys_named("k", WantedKeys::max_keys - 1));
  EXPECT_EQ(b.errors.size(), 1U) << "1000 with the one that was there";
}

TEST(WantedKeys, OfMoreClearedKeysThanAreKeptTheOldestAreForgotten) {
  Board b;
  b.change(keys_named("old", 3));
  b.change(keys_named("old", 3, true));
  b.change(keys_named("k", WantedKeys::max_keys));
  b.change(keys_named("k", WantedKeys::max_keys - 2, true));
  b.clock.run_posted();
  EXPECT_EQ(b.number("old0"), "(none)");
  EXPECT_EQ(kept_number(b, "old0"), "(none)");
  for (const auto* key : {"old1", "old2", "k0"}) {
    EXPECT_EQ(b.number(key), "") << key;
    EXPECT_EQ(kept_number(b, key), "") << key;
  }
  b.reopen();
  EXPECT_EQ((*b.wanted_keys).wanted(aor).size(), WantedKeys::max_cleared + 2);
}

TEST(WantedKeys, ChangeCountsOnceTheStoreHasIt) {
  Board b;
  b.store.hold_answers();
  b.change({{button("2", "x")}});
  EXPECT_FALSE(b.bound("x"));
  EXPECT_TRUE(b.revisions.empty());
  b.store.release();
  b.clock.run_posted();
  EXPECT_TRUE(b.bound("x"));
  ASSERT_EQ(b.revisions.size(), 1U);
  EXPECT_EQ(b.revisions[0].key, "2");
}

TEST(WantedKeys, ChangeThatTheStoreCannotKeepLeavesTheOldState) {
  Board b;
  b.set(button("2", "old"));
  b.store.fail_all("disk full");
  b.change({{button("2", "new")}, {button("3")}});
  EXPECT_EQ(b.errors, std::vector<std::string>{"disk full"});
  EXPECT_EQ(b.number("2"), "old");
  EXPECT_EQ(b.number("3"), "(none)");
  b.store.recover();
  b.set(button("2", "new"));
  EXPECT_EQ(b.number("2"), "new");
}

TEST(WantedKeys, WhatTheStoreCouldNotKeepIsSettledOnceItCan) {
  Board b;
  b.set(button("1", "stays"));
  const auto refused = b.set(button("2", "refused"));
  b.store.fail_all("postgresql://db/snomd is away");
  (*b.wanted_keys).roll_back(aor, refused);
  b.change({{button("3", "never")}});
  b.clock.run_posted();
  EXPECT_EQ(b.number("2"), "(none)");
  EXPECT_EQ(kept_number(b, "2"), "refused");  // the roll-back did not reach the store
  b.clock.pass(std::chrono::seconds(60));
  EXPECT_EQ(kept_number(b, "2"), "refused");
  b.store.recover();
  b.clock.pass(std::chrono::seconds(3));
  EXPECT_EQ(kept_number(b, "2"), "(none)");
  EXPECT_EQ(kept_number(b, "1"), "stays");
  EXPECT_EQ(kept_number(b, "3"), "(none)");
  const auto saves = b.store.saves();
  b.clock.pass(std::chrono::seconds(60));
  EXPECT_EQ(b.store.saves(), saves);  // it is settled
}

TEST(WantedKeys, ASaveOfWhichNobodyKnowsTheOutcomeIsUndone) {
  Board b;
  b.set(button("2", "old"));
  b.store.fail_all("whether this is kept is not known");
  b.change({{button("2", "new")}});
  b.store.recover();
  // The store had it after all.
  auto had = b.kept.load().value().at(0);
  had.button.number = "new";
  b.kept.save({{had}, {}}, [](const ButtonStore::Result&) {});
  b.clock.pass(std::chrono::seconds(3));
  EXPECT_EQ(b.number("2"), "old");
  EXPECT_EQ(kept_number(b, "2"), "old");
}

TEST(WantedKeys, WhatIsBeingSavedIsNotOverwrittenBySettling) {
  Board b;
  b.store.fail_all("disk full");
  b.change({{button("2", "first")}});
  b.store.recover();
  b.store.hold_answers();
  b.change({{button("2", "second")}});
  b.clock.pass(std::chrono::seconds(3));
  b.store.release();
  b.clock.run_posted();
  b.clock.pass(std::chrono::seconds(3));
  b.store.release();
  b.clock.run_posted();
  EXPECT_EQ(b.number("2"), "second");
  EXPECT_EQ(kept_number(b, "2"), "second");
}

TEST(WantedKeys, ChangesOfOnePhoneThatComeWhileOneIsWrittenAreWrittenTogether) {
  Board b;
  b.store.hold_answers();
  b.change({{button("1")}});
  b.change({{button("2")}});
  b.change({{button("3")}});
  b.change({{button("9")}}, "1001@example.com");
  EXPECT_EQ(b.store.saves(), 2U);  // one for each phone
  b.store.release(2);
  b.clock.run_posted();
  EXPECT_EQ(b.store.saves(), 3U);
  EXPECT_EQ(b.revisions.size(), 2U);
  b.store.release();
  b.clock.run_posted();
  EXPECT_EQ(b.revisions.size(), 4U);
}

TEST(WantedKeys, EditSeesTheChangesBeforeIt) {
  Board b;
  b.store.hold_answers();
  b.change({{button("2", "first")}});
  std::vector<std::string> seen;
  const auto look = [&seen](const WantedKeys::View& now) {
    seen.push_back(now.find("2") == nullptr ? "(none)" : now.find("2")->button.number);
    return std::vector<WantedKeys::Proposal>{{button("2", "next " + std::to_string(seen.size()))}};
  };
  b.wanted_keys->change(aor, look, "", [](const auto&) {});
  b.wanted_keys->change(aor, look, "", [](const auto&) {});
  b.store.release();
  b.clock.run_posted();
  EXPECT_EQ(seen, (std::vector<std::string>{"first", "next 1"}));
  EXPECT_EQ(b.number("2"), "next 2");
}

TEST(WantedKeys, OutlivesARestart) {
  Board b;
  b.set(button("2", "x"));
  const auto last = b.set(button("10"));
  b.change({{button("2")}}, "1001@example.com");
  b.reopen();
  EXPECT_EQ(b.number("2"), "x");
  EXPECT_EQ(b.wanted_keys->wanted(aor).size(), 2U);
  EXPECT_EQ(b.wanted_keys->wanted(aor, "2")->set_by, "test");
  EXPECT_EQ(b.wanted_keys->phones(), (std::vector<std::string>{aor, "1001@example.com"}));
  EXPECT_GT(b.set(button("3")).revision, last.revision);
}

TEST(WantedKeys, EarlierBindingsMayBePressedUntilTheNewOneIsShown) {
  Board b;
  b.set(button("2", "old"));
  const auto now = b.set(button("2", "new"));
  EXPECT_TRUE(b.bound("old"));
  EXPECT_TRUE(b.bound("new"));
  b.wanted_keys->shown(aor, now);
  EXPECT_FALSE(b.bound("old"));
  EXPECT_TRUE(b.bound("new"));
}

TEST(WantedKeys, AContactThatShowsAnOlderOneKeepsThoseSince) {
  Board b;
  b.set(button("2", "a"));
  const auto second = b.set(button("2", "b"));
  b.set(button("2", "c"));
  b.wanted_keys->shown(aor, second);
  EXPECT_FALSE(b.bound("a"));
  EXPECT_TRUE(b.bound("b"));
  EXPECT_TRUE(b.bound("c"));
}

TEST(WantedKeys, RefusedBindingIsTakenBackAlsoInTheStore) {
  Board b;
  b.set(button("2", "old"));
  b.wanted_keys->roll_back(aor, b.set(button("2", "new")));
  EXPECT_EQ(b.number("2"), "old");
  EXPECT_FALSE(b.bound("new"));
  b.wanted_keys->roll_back(aor, b.set(button("3")));
  EXPECT_EQ(b.number("3"), "(none)");
  b.reopen();
  EXPECT_EQ(b.number("2"), "old");
  EXPECT_EQ(b.wanted_keys->wanted(aor).size(), 1U);
}

TEST(WantedKeys, RefusedBindingThatWasReplacedMeanwhileIsForgottenOnly) {
  Board b;
  b.set(button("2", "old"));
  const auto refused = b.set(button("2", "refused"));
  b.set(button("2", "new"));
  b.wanted_keys->roll_back(aor, refused);
  EXPECT_EQ(b.number("2"), "new");
  EXPECT_FALSE(b.bound("refused"));
  EXPECT_TRUE(b.bound("old"));
}

TEST(WantedKeys, RefusalDuringAnotherChangeDoesNotOverwriteItInTheStore) {
  Board b;
  b.set(button("2", "old"));
  const auto refused = b.set(button("2", "refused"));
  b.store.hold_answers();
  b.change({{button("2", "new")}});
  b.wanted_keys->roll_back(aor, refused);
  b.store.release();
  b.clock.run_posted();
  EXPECT_EQ(b.number("2"), "new");
  b.reopen();
  EXPECT_EQ(b.number("2"), "new");
}

TEST(WantedKeys, ClearedKeyIsDarkUntilAPhoneShowsItAndForgottenThen) {
  Board b;
  b.set(button("2", "x"));
  b.change({{button("2"), true}});
  const auto* wanted = b.wanted_keys->wanted(aor, "2");
  ASSERT_NE(wanted, nullptr);
  EXPECT_TRUE(wanted->cleared);
  EXPECT_EQ(wanted->button.light, language::Light::off);
  EXPECT_EQ(wanted->button.number, "");
  EXPECT_TRUE(b.bound("x"));
  b.reopen();
  EXPECT_TRUE(b.wanted_keys->wanted(aor, "2")->cleared);
  b.wanted_keys->shown(aor, {"2", b.wanted_keys->wanted(aor, "2")->revision});
  EXPECT_EQ(b.wanted_keys->wanted(aor, "2"), nullptr);
  EXPECT_TRUE(b.wanted_keys->phones().empty());
  b.reopen();
  EXPECT_TRUE(b.wanted_keys->phones().empty());
}

TEST(WantedKeys, ClearedKeyThatIsSetAnewMeanwhileStays) {
  Board b;
  b.set(button("2", "x"));
  b.change({{button("2"), true}});
  const auto dark = b.revisions.back();
  b.store.hold_answers();
  b.change({{button("2", "again")}});
  b.wanted_keys->shown(aor, dark);
  b.store.release();
  b.clock.run_posted();
  EXPECT_EQ(b.number("2"), "again");
  b.reopen();
  EXPECT_EQ(b.number("2"), "again");
}

TEST(WantedKeys, OldestEarlierBindingIsDroppedBeyondTheLimit) {
  Board b;
  for (std::size_t i = 0; i <= WantedKeys::max_superseded; ++i) b.set(button("2", "x" + std::to_string(i)));
  EXPECT_TRUE(b.bound("x0"));
  b.set(button("2", "one more"));
  EXPECT_FALSE(b.bound("x0"));
  EXPECT_TRUE(b.bound("x1"));
}

TEST(WantedKeys, ActionIsMatchedExactlyAndOnlyOfThisPhone) {
  Board b;
  b.set(button("2", "api+x 1"));
  for (const auto* other : {"api+x", "api+x 11", "api+x  1", "API+x 1", " api+x 1", "api+x 1 ", ""}) {
    EXPECT_FALSE(b.bound(other)) << other;
  }
  EXPECT_TRUE(b.bound("api+x 1"));
  EXPECT_FALSE(b.wanted_keys->bound_action("1001@example.com", "api+x 1", "2"));
}

TEST(WantedKeys, InviteIsNoActionOfAMessage) {
  Board b;
  auto calls = button("2", "9001");
  calls.action = language::Action::invite;
  b.set(calls);
  calls.key = "3";
  calls.action = std::nullopt;  // means invite
  b.set(calls);
  EXPECT_FALSE(b.bound("9001"));
}

TEST(WantedKeys, NamedKeyIsPreferredWhereSeveralHaveTheAction) {
  Board b;
  b.set(button("2", "x"));
  b.set(button("10", "x"));
  EXPECT_EQ(b.wanted_keys->bound_action(aor, "x", "10")->key, "10");
  EXPECT_EQ(b.wanted_keys->bound_action(aor, "x", "2")->key, "2");
  EXPECT_EQ(b.wanted_keys->bound_action(aor, "x", "99")->key, "2");
  EXPECT_EQ(b.wanted_keys->bound_action(aor, "x", "")->key, "2");
}

TEST(WantedKeys, KeysAreOrderedNumbersByValueThenNames) {
  Board b;
  for (const auto* key : {"P1", "10", "2", "002", "123456789012345678901234567890", "EK0", "0", "1"})
    b.set(button(key));
  std::string keys;
  for (const auto* wanted : b.wanted_keys->wanted(aor)) keys += wanted->button.key + " ";
  EXPECT_EQ(keys, "0 1 002 2 10 123456789012345678901234567890 EK0 P1 ");
}

TEST(WantedKeys, MayGoBeforeTheStoreAnswers) {
  Board b;
  b.store.hold_answers();
  b.change({{button("2")}});
  b.wanted_keys.reset();
  b.store.release();
  b.clock.run_posted();
  EXPECT_TRUE(b.revisions.empty());
}

TEST(WantedKeys, UnreadableStoreIsToldAtTheStart) {
  struct Broken : ButtonStore {
    void save(Change, std::function<void(Result)>) override {}
    tl::expected<std::vector<WantedButton>, std::string> load() override { return tl::unexpected(std::string("torn")); }
    tl::expected<std::vector<KeptGroup>, std::string> load_groups() override { return {}; }
  } store;
  testing::FakeClock clock;
  WantedKeys wanted_keys(store, clock, clock, nullptr);
  const auto loaded = wanted_keys.load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error(), "torn");
}

}  // namespace
}  // namespace snom::control
