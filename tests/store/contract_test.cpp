// What control counts on (src/control/keys/button_store.h), asked of every store.

#include <memory>

#include <gtest/gtest.h>

#include "control/faulty_button_store.h"
#include "control/keys/memory_button_store.h"
#include "store/changes.h"
#include "store/control_queue.h"
#include "store/postgres_button_store.h"
#include "store/postgres_server.h"
#include "store/sqlite_button_store.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

using control::ButtonStore;
using control::WantedButton;
using testing::wanted;

class InMemory {
 public:
  ButtonStore& store() { return store_; }
  testing::ControlQueue control;

 private:
  control::MemoryButtonStore store_{control};
};

class WithoutFaults {
 public:
  ButtonStore& store() { return store_; }
  testing::ControlQueue control;

 private:
  control::MemoryButtonStore inner_{control};
  control::testing::FaultyButtonStore store_{inner_, control};
};

class InSqlite {
 public:
  ButtonStore& store() { return *store_; }
  testing::ControlQueue control;

 private:
  testing::TemporaryFolder folder_;
  std::unique_ptr<ButtonStore> store_ = SqliteButtonStore::open(folder_.file("keys.db"), control).value();
};

class InPostgres {
 public:
  ButtonStore& store() { return *store_; }
  [[nodiscard]] static bool is_there() { return testing::PostgresServer::shared() != nullptr; }
  testing::ControlQueue control;

 private:
  std::unique_ptr<ButtonStore> store_ =
      is_there()
          ? PostgresButtonStore::open(testing::PostgresServer::shared()->url_of_new_schema(), control, {}).value()
          : nullptr;
};

/// The same with a fault-injecting twin before it.
class InPostgresWithoutFaults {
 public:
  ButtonStore& store() { return store_; }
  [[nodiscard]] static bool is_there() { return InPostgres::is_there(); }
  testing::ControlQueue& control = inner_.control;

 private:
  InPostgres inner_;
  control::testing::FaultyButtonStore store_{inner_.store(), inner_.control};
};

template <typename Kind>
class EveryButtonStore : public ::testing::Test {
 protected:
  void SetUp() override {
    if constexpr (requires { Kind::is_there(); }) {
      if (!Kind::is_there()) GTEST_SKIP() << "there is no PostgreSQL here";
    }
  }
  /// Saves and waits for the answer.
  ButtonStore::Result save(ButtonStore::Change change) {
    std::optional<ButtonStore::Result> answer;
    kind_.store().save(std::move(change), [&](ButtonStore::Result result) { answer = std::move(result); });
    if (!kind_.control.run_until([&] { return answer.has_value(); })) return tl::unexpected(std::string("no answer"));
    return *answer;
  }
  std::vector<WantedButton> all() { return testing::sorted(kind_.store().load().value()); }

  Kind kind_;
};

using Kinds = ::testing::Types<InMemory, WithoutFaults, InSqlite, InPostgres, InPostgresWithoutFaults>;
TYPED_TEST_SUITE(EveryButtonStore, Kinds, );

TYPED_TEST(EveryButtonStore, IsEmptyAtFirst) { EXPECT_TRUE(this->all().empty()); }

TYPED_TEST(EveryButtonStore, KeepsGroups) {
  auto& store = this->kind_.store();
  EXPECT_TRUE(store.load_groups().value().empty());
  const control::KeptGroup sales{"sales",
                                 {"1000", "1001@example.com",
                                  "Gr\xc3\xbc\xc3\x9f"
                                  "e"}};
  ASSERT_TRUE(this->save({{}, {}, {sales, {"board", {"1000"}}}}));
  ASSERT_TRUE(this->save({{}, {}, {{"board", {"1001"}}}}));
  EXPECT_EQ(store.load_groups().value().size(), 2U);
  ASSERT_TRUE(this->save({{}, {}, {{"board", {}}, {"nobody", {}}}}));
  EXPECT_EQ(store.load_groups().value(), std::vector<control::KeptGroup>{sales});
  EXPECT_TRUE(this->all().empty());
}

TYPED_TEST(EveryButtonStore, KeepsEveryPropertyOfAKey) {
  WantedButton full;
  full.address_of_record = "1000@example.com";
  full.button = {"P1",
                 language::Light::pickup,
                 language::Colour::orange,
                 "Grüße, \"T\xc3\xbcr\"; DROP TABLE wanted_button",
                 "<sip:1001@example.com>;x='1'",
                 language::Action::message,
                 "Ann"};
  full.reference = "snom-7f";
  full.cleared = true;
  full.revision = 0xfedcba9876543210U;
  full.set_at = decltype(full.set_at)(std::chrono::milliseconds(1'764'108'692'123));
  full.set_by = "press of 1000@example.com";
  WantedButton bare;
  bare.address_of_record = "1000@example.com";
  bare.button.key = "2";
  bare.revision = 1;
  ASSERT_TRUE(this->save({{full, bare}, {}}));
  EXPECT_EQ(this->all(), (std::vector<WantedButton>{bare, full}));
}

TYPED_TEST(EveryButtonStore, PutReplacesTheWholeKey) {
  WantedButton first = wanted("1000@example.com", "1", "DND");
  first.button.colour = language::Colour::red;
  first.button.number = "api+x";
  ASSERT_TRUE(this->save({{first}, {}}));
  WantedButton second;
  second.address_of_record = "1000@example.com";
  second.button.key = "1";
  second.revision = 2;
  ASSERT_TRUE(this->save({{second}, {}}));
  EXPECT_EQ(this->all(), std::vector<WantedButton>{second});
}

TYPED_TEST(EveryButtonStore, OfTheSameKeyTwiceInOneChangeTheLastCounts) {
  ASSERT_TRUE(this->save({{wanted("1000@example.com", "1", "a"), wanted("1000@example.com", "1", "b")}, {}}));
  EXPECT_EQ(this->all(), std::vector<WantedButton>{wanted("1000@example.com", "1", "b")});
}

TYPED_TEST(EveryButtonStore, KeysOfTheSameNameOnTwoPhonesAreTwo) {
  const auto one = wanted("1000@example.com", "1", "a");
  const auto other = wanted("1000@example.org", "1", "b");
  ASSERT_TRUE(this->save({{one, other}, {}}));
  EXPECT_EQ(this->all(), (std::vector<WantedButton>{one, other}));
}

TYPED_TEST(EveryButtonStore, ForgetsAndPassesOverWhatItDoesNotKeep) {
  const auto stays = wanted("1000@example.com", "2", "b");
  ASSERT_TRUE(this->save({{wanted("1000@example.com", "1", "a"), stays}, {}}));
  EXPECT_TRUE(this->save({{}, {{"1000@example.com", "1"}, {"1000@example.com", "77"}, {"nobody@example.com", "1"}}}));
  EXPECT_EQ(this->all(), std::vector<WantedButton>{stays});
}

TYPED_TEST(EveryButtonStore, AnEmptyChangeIsAnsweredToo) { EXPECT_TRUE(this->save({})); }

TYPED_TEST(EveryButtonStore, AnswersInTheOrderOfTheCalls) {
  std::vector<std::uint64_t> answered;
  for (std::uint64_t n = 1; n <= 500; ++n) {
    this->kind_.store().save(testing::sequence_change(n), [&answered, n](const ButtonStore::Result& result) {
      ASSERT_TRUE(result) << result.error().text;
      answered.push_back(n);
    });
  }
  ASSERT_TRUE(this->kind_.control.run_until([&] { return answered.size() == 500; }));
  EXPECT_TRUE(std::is_sorted(answered.begin(), answered.end()));
  EXPECT_EQ(this->all(), testing::sequence_state(500));
}

/// One of several nodes: revisions are the store's.
class InPostgresOfNodes {
 public:
  ButtonStore& store() { return *store_; }
  [[nodiscard]] static bool is_there() { return InPostgres::is_there(); }
  testing::ControlQueue control;

 private:
  std::unique_ptr<ButtonStore> store_ =
      is_there()
          ? PostgresButtonStore::open(testing::PostgresServer::shared()->url_of_new_schema(), control, {.node = "one"})
                .value()
          : nullptr;
};

const std::string alice = "1000@example.com";
const std::string bob = "1001@example.com";

/// Changes that are judged by what is kept, whoever gives the revisions.
template <typename Kind>
class EveryStoreOfJudgedChanges : public EveryButtonStore<Kind> {
 protected:
  using Keys = std::vector<control::JudgedBy::Key>;
  static ButtonStore::Change judged(ButtonStore::Change change, Keys keys, bool is_all = false) {
    change.judged_by = std::make_shared<control::JudgedBy>(control::JudgedBy{alice, std::move(keys), is_all});
    return change;
  }
  static ButtonStore::Change put(const std::string& key, const std::string& label) {
    return {{wanted(alice, key, label, ++given)}, {}};
  }
  static ButtonStore::Change clear(const std::string& key) {
    auto change = put(key, "");
    change.put[0].cleared = true;
    return change;
  }
  std::uint64_t revision(const std::string& key) {
    for (const auto& each : this->all()) {
      if (each.address_of_record == alice && each.button.key == key) return each.revision;
    }
    return 0;
  }
  /// "1 A, 2 B": of Alice.
  static std::string shown(const std::vector<WantedButton>& keys) {
    std::string text;
    for (const auto& each : keys) {
      if (each.address_of_record != alice) continue;
      text += (text.empty() ? "" : ", ") + each.button.key + " " + (each.cleared ? "(cleared)" : each.button.label);
    }
    return text;
  }
  std::string kept() { return shown(this->all()); }
  /// "kept", "overtaken by 1 A, 2 B", or what is wrong.
  static std::string said(const ButtonStore::Result& result) {
    if (result) return "kept";
    if (!result.error().overtaken_by) return result.error().text;
    EXPECT_NE(result.error().text.find("changed meanwhile"), std::string::npos) << result.error().text;
    return "overtaken by " + shown(testing::sorted(*result.error().overtaken_by));
  }
  std::string outcome(ButtonStore::Change change) { return said(this->save(std::move(change))); }

  static inline std::uint64_t given = 0;
};

using KindsOfJudgedChanges =
    ::testing::Types<InMemory, WithoutFaults, InSqlite, InPostgres, InPostgresWithoutFaults, InPostgresOfNodes>;
TYPED_TEST_SUITE(EveryStoreOfJudgedChanges, KindsOfJudgedChanges, );

TYPED_TEST(EveryStoreOfJudgedChanges, KeepsThemOverWhatTheyWereJudgedByAndNothingOfThemOverAnythingElse) {
  ASSERT_EQ(this->outcome(this->put("1", "A")), "kept");
  const auto before = this->revision("1");
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "B"), {{"1", before}})), "kept");
  EXPECT_EQ(this->kept(), "1 B");
  auto two = this->put("1", "C");
  two.put.push_back(this->put("2", "C").put[0]);
  two.forget.push_back({alice, "3"});
  EXPECT_EQ(this->outcome(this->judged(two, {{"1", before}})), "overtaken by 1 B");
  EXPECT_EQ(this->kept(), "1 B");
  ASSERT_EQ(this->outcome(this->put("3", "three")), "kept");
  EXPECT_EQ(this->outcome(this->judged(two, {{"1", before}, {"2", 0}})), "overtaken by 1 B, 3 three");
  EXPECT_EQ(this->outcome(this->judged(two, {{"1", this->revision("1")}, {"2", 0}})), "kept");
  EXPECT_EQ(this->kept(), "1 C, 2 C");
}

TYPED_TEST(EveryStoreOfJudgedChanges, AKeyIsNotThereWhenItWasNeverSetOrClearedOrForgotten) {
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "A"), {{"1", 0}})), "kept");
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "B"), {{"1", 0}})), "overtaken by 1 A");
  const auto before = this->revision("1");
  ASSERT_EQ(this->outcome(this->clear("1")), "kept");
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "B"), {{"1", before}})), "overtaken by 1 (cleared)");
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "B"), {{"1", this->revision("1")}})), "overtaken by 1 (cleared)");
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "B"), {{"1", 0}})), "kept");
  const auto last = this->revision("1");
  ASSERT_EQ(this->outcome({{}, {{alice, "1"}}}), "kept");
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "C"), {{"1", last}})), "overtaken by ");
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "C"), {{"1", 0}})), "kept");
}

TYPED_TEST(EveryStoreOfJudgedChanges, AWholePhoneIsAsItWasOnlyWithoutFurtherKeys) {
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "A"), {}, true)), "kept");
  EXPECT_EQ(this->outcome(this->judged(this->put("1", "B"), {}, true)), "overtaken by 1 A");
  const auto one = this->revision("1");
  ASSERT_EQ(this->outcome({{wanted(bob, "1", "Bob's"), wanted(bob, "2", "Bob's")}, {}}), "kept");
  EXPECT_EQ(this->outcome(this->judged(this->put("2", "A"), {{"1", one}}, true)), "kept");
  const auto two = this->revision("2");
  EXPECT_EQ(this->outcome(this->judged(this->put("3", "A"), {{"1", one}}, true)), "overtaken by 1 A, 2 A");
  EXPECT_EQ(this->outcome(this->judged(this->put("3", "A"), {{"1", one}, {"2", two + 1}}, true)),
            "overtaken by 1 A, 2 A");
  ASSERT_EQ(this->outcome(this->clear("2")), "kept");
  EXPECT_EQ(this->outcome(this->judged(this->put("3", "A"), {{"1", one}, {"2", 0}}, true)), "kept");
  EXPECT_EQ(this->kept(), "1 A, 2 (cleared), 3 A");
}

TYPED_TEST(EveryStoreOfJudgedChanges, WhatChangesNothingIsJudgedAllTheSame) {
  EXPECT_EQ(this->outcome(this->judged({}, {{"1", 0}})), "kept");
  ASSERT_EQ(this->outcome(this->put("1", "A")), "kept");
  EXPECT_EQ(this->outcome(this->judged({}, {{"1", 0}})), "overtaken by 1 A");
  EXPECT_EQ(this->outcome(this->judged({}, {{"1", this->revision("1")}}, true)), "kept");
}

TYPED_TEST(EveryStoreOfJudgedChanges, EachIsJudgedWhenItIsItsTurnAndOthersGoThrough) {
  ASSERT_EQ(this->outcome(this->put("1", "A")), "kept");
  const auto before = this->revision("1");
  std::vector<std::string> outcomes;
  const auto save = [&](ButtonStore::Change change) {
    this->kind_.store().save(std::move(change),
                             [&](const ButtonStore::Result& result) { outcomes.push_back(this->said(result)); });
  };
  // The first is being written while the others come, as one transaction as far as that can be.
  save({{wanted(bob, "1", "first")}, {}});
  save(this->judged(this->put("1", "B"), {{"1", before}}));
  save({{wanted(bob, "1", "second")}, {}});
  save(this->judged(this->put("1", "C"), {{"1", before}}));
  save(this->put("2", "D"));
  save(this->judged(this->put("2", "E"), {{"2", 0}}));
  save({{wanted(bob, "1", "it's \\ \"third\"; $1 {0}")}, {}});
  ASSERT_TRUE(this->kind_.control.run_until([&] { return outcomes.size() == 7; }));
  EXPECT_EQ(outcomes, (std::vector<std::string>{"kept", "kept", "kept", "overtaken by 1 B", "kept",
                                                "overtaken by 1 B, 2 D", "kept"}));
  EXPECT_EQ(this->kept(), "1 B, 2 D");
  EXPECT_EQ(this->all().back().button.label, "it's \\ \"third\"; $1 {0}");
}

TYPED_TEST(EveryStoreOfJudgedChanges, OneThatIsJudgedHasEveryPropertyThatItHadOtherwise) {
  WantedButton full = wanted(alice, "P1",
                             "Gr\xc3\xbc\xc3\x9f"
                             "e, \"T\xc3\xbcr\"; $1 {0} DROP TABLE x",
                             7);
  full.button.light = language::Light::pickup;
  full.button.colour = language::Colour::orange;
  full.button.number = "<sip:1001@example.com>;x='1'\\";
  full.button.action = language::Action::message;
  full.button.caller = "Ann";
  full.reference = "snom-7f";
  full.set_at = decltype(full.set_at)(std::chrono::milliseconds(1'764'108'692'123));
  full.set_by = "press of 1000@example.com";
  ASSERT_EQ(this->outcome(this->judged({{full}, {}}, {{"P1", 0}})), "kept");
  auto all = this->all();
  ASSERT_EQ(all.size(), 1U);
  full.revision = all[0].revision;
  EXPECT_EQ(all[0], full);
}

}  // namespace
}  // namespace snom::store
