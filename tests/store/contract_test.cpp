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
      ASSERT_TRUE(result) << result.error();
      answered.push_back(n);
    });
  }
  ASSERT_TRUE(this->kind_.control.run_until([&] { return answered.size() == 500; }));
  EXPECT_TRUE(std::is_sorted(answered.begin(), answered.end()));
  EXPECT_EQ(this->all(), testing::sequence_state(500));
}

}  // namespace
}  // namespace snom::store
