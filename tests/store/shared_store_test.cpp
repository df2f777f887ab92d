// Several nodes with one PostgreSQL: whose change counts, and who they may be.

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/node_tables.h"
#include "store/postgres_button_store.h"
#include "store/postgres_server.h"

namespace snom::store {
namespace {

using namespace std::chrono_literals;
using control::ButtonStore;
using testing::wanted;

constexpr auto limit = 20s;
const std::string alice = "1000@example.com";

class PostgresShared : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = testing::PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "there is no PostgreSQL here";
    url_ = server_->url_of_new_schema();
  }
  tl::expected<std::unique_ptr<PostgresButtonStore>, std::string> opened(const std::string& node) {
    return PostgresButtonStore::open(url_, control_, {.node = node});
  }
  std::unique_ptr<PostgresButtonStore> node(const std::string& name) {
    auto made = opened(name);
    EXPECT_TRUE(made) << made.error();
    return std::move(*made);
  }
  /// The revisions that it got.
  std::vector<std::uint64_t> save(PostgresButtonStore& store, ButtonStore::Change change) {
    change.revisions = std::make_shared<std::vector<std::uint64_t>>();
    const auto revisions = change.revisions;
    std::optional<ButtonStore::Result> answer;
    store.save(std::move(change), [&](ButtonStore::Result result) { answer = std::move(result); });
    EXPECT_TRUE(control_.run_until([&] { return answer.has_value(); }));
    EXPECT_TRUE(*answer) << answer->error();
    return *revisions;
  }
  std::vector<std::string> kept(PostgresButtonStore& store) {
    std::vector<std::string> labels;
    const auto all = store.load();
    EXPECT_TRUE(all);
    for (const auto& one : *all) labels.push_back(one.button.key + " " + one.button.label);
    std::ranges::sort(labels);
    return labels;
  }

  testing::PostgresServer* server_ = nullptr;
  std::string url_;
  testing::ControlQueue control_;
};

using Labels = std::vector<std::string>;

TEST_F(PostgresShared, NodesWriteToOneSchemaAndRevisionsGrow) {
  const auto one = node("one");
  const auto two = node("two");
  EXPECT_TRUE(one->is_shared());
  const auto first = save(*one, {{wanted(alice, "1", "A", 7), wanted(alice, "2", "B", 9)}, {}});
  const auto second = save(*two, {{wanted(alice, "1", "C", 1)}, {}});
  ASSERT_EQ(first.size(), 2U);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_GT(second[0], std::max(first[0], first[1]));
  EXPECT_EQ(kept(*one), (Labels{"1 C", "2 B"}));
}

TEST_F(PostgresShared, RevisionsAreBehindThoseOfOneThatWasAlone) {
  {
    auto alone = PostgresButtonStore::open(url_, control_, {});
    ASSERT_TRUE(alone) << alone.error();
    EXPECT_FALSE((*alone)->is_shared());
    save(**alone, {{wanted(alice, "1", "A", 100000)}, {}});
  }
  const auto one = node("one");
  EXPECT_GT(save(*one, {{wanted(alice, "1", "B", 1)}, {}}).at(0), 100000U);
}

TEST_F(PostgresShared, ChangesTiedToARevisionAreMadeOnlyOverThatOne) {
  const auto one = node("one");
  const auto two = node("two");
  const auto before = save(*one, {{wanted(alice, "1", "A", 1), wanted(alice, "2", "A", 1)}, {}});
  ButtonStore::Change over{{wanted(alice, "1", "B", 1)}, {}};
  over.only_over = before[0];
  save(*two, over);
  EXPECT_EQ(kept(*one), (Labels{"1 B", "2 A"}));
  over.put[0].button.label = "C";
  save(*two, over);
  EXPECT_EQ(kept(*one), (Labels{"1 B", "2 A"})) << "it has another revision by now";
  ButtonStore::Change forget{{}, {{alice, "2"}}};
  forget.only_over = before[0];
  save(*two, forget);
  EXPECT_EQ(kept(*one), (Labels{"1 B", "2 A"}));
  forget.only_over = before[1];
  save(*two, forget);
  EXPECT_EQ(kept(*one), (Labels{"1 B"}));
  over.only_over = before[1];
  over.put[0].button.key = "2";
  save(*two, over);
  EXPECT_EQ(kept(*one), (Labels{"1 B"})) << "what is forgotten does not come back";
}

TEST_F(PostgresShared, WhatWaitsTogetherWithAChangeOfTheSameKeyIsNotWrittenOverIt) {
  const auto one = node("one");
  const auto before = save(*one, {{wanted(alice, "1", "A", 1)}, {}});
  ButtonStore::Change back{{wanted(alice, "1", "back", 1)}, {}};
  back.only_over = before[0];
  int answers = 0;
  const auto count = [&answers](const ButtonStore::Result& result) { answers += result ? 1 : 100; };
  // The first is being written while the others come.
  one->save({{wanted(alice, "9", "other", 1)}, {}}, count);
  one->save({{wanted(alice, "1", "acknowledged", 1)}, {}}, count);
  one->save(back, count);
  ASSERT_TRUE(control_.run_until([&] { return answers >= 3; }));
  EXPECT_EQ(answers, 3);
  EXPECT_EQ(kept(*one), (Labels{"1 acknowledged", "9 other"}));
}

TEST_F(PostgresShared, OneNameIsOneNode) {
  const auto one = node("one");
  const auto again = opened("one");
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().find("there is another node of the name 'one'"), std::string::npos) << again.error();
  EXPECT_NE(again.error().find("[nodes] name has to be one of its own"), std::string::npos) << again.error();
}

TEST_F(PostgresShared, NodesAndOneThatIsAloneAreNotTogether) {
  {
    const auto one = node("one");
    const auto alone = PostgresButtonStore::open(url_, control_, {});
    ASSERT_FALSE(alone);
    EXPECT_NE(alone.error().find("in use by another program"), std::string::npos) << alone.error();
  }
  const auto alone = PostgresButtonStore::open(url_, control_, {});
  ASSERT_TRUE(alone) << alone.error();
  const auto one = opened("one");
  ASSERT_FALSE(one);
  EXPECT_NE(one.error().find("which is no node ([nodes] name)"), std::string::npos) << one.error();
}

TEST_F(PostgresShared, NodesThatStartAtOnceMakeTheTablesOnce) {
  std::vector<std::thread> starts;
  std::atomic<int> opened_well = 0;
  std::mutex mutex;
  std::vector<std::unique_ptr<PostgresButtonStore>> stores;
  for (int i = 0; i < 4; ++i) {
    starts.emplace_back([&, i] {
      auto made = opened("node" + std::to_string(i));
      if (!made) return;
      ++opened_well;
      const std::lock_guard lock(mutex);
      stores.push_back(std::move(*made));
    });
  }
  for (auto& start : starts) start.join();
  EXPECT_EQ(opened_well, 4);
}

}  // namespace
}  // namespace snom::store
