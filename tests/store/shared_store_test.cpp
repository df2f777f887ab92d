// Several nodes with one PostgreSQL: whose change counts, and who they may be.

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/node_tables.h"
#include "store/postgres_button_store.h"
#include "store/postgres_server.h"
#include "store/postgres_table.h"

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
    EXPECT_TRUE(*answer) << answer->error().text;
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

ButtonStore::Change judged(ButtonStore::Change change, std::vector<control::JudgedBy::Key> keys) {
  change.judged_by = std::make_shared<control::JudgedBy>(control::JudgedBy{alice, std::move(keys)});
  return change;
}

TEST_F(PostgresShared, OfTwoNodesThatJudgeByTheSameExactlyOneIsKept) {
  const auto one = node("one");
  const auto two = node("two");
  auto now = save(*one, {{wanted(alice, "1", "A", 1)}, {}}).at(0);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> kept_by;
    std::vector<control::WantedButton> told;
    std::size_t answers = 0;
    const auto revisions = std::make_shared<std::vector<std::uint64_t>>();
    for (auto* store : {one.get(), two.get()}) {
      const std::string label = (store == one.get() ? "one " : "two ") + std::to_string(round);
      auto change = judged({{wanted(alice, "1", label, 1)}, {}}, {{"1", now}});
      // With what others have, which goes through.
      store->save({{wanted("1001@example.com", label.substr(0, 3), label, 1)}, {}},
                  [&](const ButtonStore::Result& result) {
                    EXPECT_TRUE(result);
                    ++answers;
                  });
      change.revisions = std::make_shared<std::vector<std::uint64_t>>();
      const auto given = change.revisions;
      store->save(std::move(change), [&, label, given](const ButtonStore::Result& result) {
        ++answers;
        if (result) {
          kept_by.push_back(label);
          *revisions = *given;
        } else if (result.error().overtaken_by) {
          told = *result.error().overtaken_by;
        }
      });
    }
    ASSERT_TRUE(control_.run_until([&] { return answers == 4; }));
    ASSERT_EQ(kept_by.size(), 1U) << round;
    ASSERT_EQ(told.size(), 1U) << round;
    EXPECT_EQ(told[0].button.label, kept_by[0]);
    ASSERT_EQ(revisions->size(), 1U);
    EXPECT_EQ(told[0].revision, revisions->at(0));
    EXPECT_GT(revisions->at(0), now);
    now = revisions->at(0);
  }
}

TEST_F(PostgresShared, WhoWaitedForTheOrderIsJudgedByWhatHeWaitedFor) {
  const auto one = node("one");
  const auto before = save(*one, {{wanted(alice, "1", "A", 1)}, {}}).at(0);
  auto other = PostgresConnection::connect(url_, std::chrono::steady_clock::now() + limit).value();
  ASSERT_TRUE(
      other->run("BEGIN; INSERT INTO wanted_button SELECT address_of_record, '2', light, colour, 'theirs', number,"
                 " action, caller, reference, cleared, next_in_order(), set_at, set_by FROM wanted_button",
                 limit));
  std::optional<ButtonStore::Result> answer;
  one->save(judged({{wanted(alice, "2", "ours", 1)}, {}}, {{"1", before}, {"2", 0}}),
            [&](ButtonStore::Result result) { answer = std::move(result); });
  const auto waits = [&other] {
    bool found = false;
    EXPECT_TRUE(other->run("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", limit,
                           [&found](const PostgresConnection::Row&) {
                             found = true;
                             return SqlResult<void>{};
                           }));
    return found;
  };
  const auto by = std::chrono::steady_clock::now() + limit;
  while (!waits() && std::chrono::steady_clock::now() < by) std::this_thread::sleep_for(5ms);
  ASSERT_TRUE(waits());
  ASSERT_TRUE(other->run("COMMIT", limit));
  ASSERT_TRUE(control_.run_until([&] { return answer.has_value(); }));
  ASSERT_FALSE(*answer);
  ASSERT_TRUE(answer->error().overtaken_by) << answer->error().text;
  EXPECT_EQ(answer->error().overtaken_by->size(), 2U);
  EXPECT_EQ(kept(*one), (Labels{"1 A", "2 theirs"}));
}

TEST_F(PostgresShared, AKeyThatCannotBeReadIsJudgedByAndIsNotAmongWhatIsToldToBeThere) {
  const auto one = node("one");
  const auto now = save(*one, {{wanted(alice, "1", "A", 1), wanted(alice, "2", "B", 1)}, {}});
  auto other = PostgresConnection::connect(url_, std::chrono::steady_clock::now() + limit).value();
  ASSERT_TRUE(other->run("UPDATE wanted_button SET light = 'of tomorrow' WHERE key = '2'", limit));
  auto change = judged({{wanted(alice, "1", "ours", 1)}, {}}, {{"1", now.at(0)}, {"2", 0}});
  const auto by = change.judged_by;
  std::optional<ButtonStore::Result> answer;
  one->save(std::move(change), [&](ButtonStore::Result result) { answer = std::move(result); });
  ASSERT_TRUE(control_.run_until([&] { return answer.has_value(); }));
  ASSERT_FALSE(*answer);
  ASSERT_TRUE(answer->error().overtaken_by) << answer->error().text;
  EXPECT_EQ(answer->error().overtaken_by->size(), 1U);
  EXPECT_TRUE(by->holds(*answer->error().overtaken_by)) << "by which WantedKeys knows that it is so";
}

TEST_F(PostgresShared, WhatIsTriedOnceMoreIsNotOvertakenByItself) {
  auto there = wanted(alice, "1", "A", 7);
  auto change = judged({{there}, {{alice, "2"}}}, {{"1", 3}});
  change.put[0].revision = 1;
  change.revisions = std::make_shared<std::vector<std::uint64_t>>();
  const std::array<const ButtonStore::Change*, 1> changes{&change};
  const auto left = [&changes](std::vector<control::WantedButton> now) {
    std::vector<Overtaken> overtaken{{0, std::move(now)}};
    postgres_table::pass_over_what_is_there(changes, overtaken);
    return overtaken.size();
  };
  EXPECT_EQ(left({there, wanted(alice, "3", "else", 8)}), 0U);
  EXPECT_EQ(*change.revisions, std::vector<std::uint64_t>{7});
  EXPECT_EQ(left({there, wanted(alice, "2", "not forgotten", 8)}), 1U);
  EXPECT_EQ(left({}), 1U);
  there.set_at += 1ms;
  EXPECT_EQ(left({there}), 1U) << "it is somebody else's";
  change.put.clear();
  change.forget.clear();
  EXPECT_EQ(left({}), 1U) << "what sets nothing left nothing behind";
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
