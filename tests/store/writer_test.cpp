// How saves are grouped, and what becomes of the others when one goes wrong.

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <new>
#include <optional>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/group_writer.h"
#include "store/sqlite.h"
#include "store/sqlite_button_store.h"
#include "store/sqlite_keeper.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

using control::ButtonStore;
using control::WantedButton;
using testing::wanted;
using namespace std::chrono_literals;

/// Another program's connection to the same file.
class Other final {
 public:
  explicit Other(const std::string& file) { EXPECT_EQ(sqlite3_open(file.c_str(), &handle_), SQLITE_OK); }
  ~Other() { sqlite3_close(handle_); }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;
  void run(const std::string& sql) const {
    EXPECT_EQ(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle_);
  }
  [[nodiscard]] sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

class GroupedSaves : public ::testing::Test {
 protected:
  void SetUp() override { open({20s, 20s}); }
  void open(Limits limits) {
    store_.reset();
    auto opened = SqliteButtonStore::open(file_, control_, limits);
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }
  void save(const std::string& key, const std::string& label = "x") {
    ++saved_;
    store_->save({{wanted("1000@example.com", key, label)}, {}}, [this, key](const ButtonStore::Result& result) {
      answers_.push_back(key + ": " + (result ? "kept" : result.error().text));
    });
  }
  bool all_answered() {
    return control_.run_until([this] { return answers_.size() == saved_; });
  }
  std::string keys() {
    std::string all;
    for (const WantedButton& each : testing::sorted(store_->load().value())) all += each.button.key;
    return all;
  }
  using Texts = std::vector<std::string>;

  testing::TemporaryFolder folder_;
  const std::string file_ = folder_.file("keys.db");
  testing::ControlQueue control_;
  Texts answers_;
  std::size_t saved_ = 0;
  std::unique_ptr<SqliteButtonStore> store_;
};

TEST_F(GroupedSaves, ThatWaitTogetherAreAnsweredWithOnePost) {
  const Other other(file_);
  other.run("BEGIN IMMEDIATE");
  save("0");
  for (int i = 1; i <= 1000; ++i) save(std::to_string(i));
  other.run("COMMIT");
  ASSERT_TRUE(all_answered());
  // One more for the first, if the writer had taken it before the others came.
  EXPECT_LE(control_.posts(), 2U);
  EXPECT_EQ(store_->load()->size(), 1001U);
}

TEST_F(GroupedSaves, AreGatheredForAWhileWhenTheLimitSaysSo) {
  auto limits = Limits{20s, 20s};
  limits.gather = 1h;
  open(limits);
  for (const char* key : {"1", "2", "3"}) save(key);
  EXPECT_EQ(control_.posts(), 0U);
  store_.reset();  // does not wait for more
  EXPECT_EQ(answers_, (Texts{"1: kept", "2: kept", "3: kept"}));
  EXPECT_EQ(control_.posts(), 1U);
  limits.gather = 20ms;
  open(limits);
  save("4");
  ASSERT_TRUE(all_answered());
  EXPECT_EQ(answers_.back(), "4: kept");
}

TEST_F(GroupedSaves, ComeAtTheirPaceBehindATransactionOfMany) {
  Limits limits{20s, 20s};
  limits.pace = {.least = 0ms, .most = 300ms, .many = 3};
  open(limits);
  const auto begun = std::chrono::steady_clock::now();
  store_->save({{wanted("1000@example.com", "1", "x"), wanted("1000@example.com", "2", "x"),
                 wanted("1000@example.com", "3", "x")},
                {}},
               [](const auto&) {});
  save("4");
  save("5");
  ASSERT_TRUE(all_answered());
  save("6");
  ASSERT_TRUE(all_answered());
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 300ms);
}

TEST_F(GroupedSaves, OneThatIsRefusedDoesNotFailTheOthers) {
  const Other other(file_);
  other.run(
      "CREATE TRIGGER picky BEFORE INSERT ON wanted_button WHEN NEW.label = 'bad' BEGIN SELECT RAISE(ABORT, 'not "
      "this'); END");
  other.run("BEGIN IMMEDIATE");
  for (const char* key : {"1", "2", "3", "4", "5"}) save(key, *key == '4' ? "bad" : "good");
  other.run("COMMIT");
  ASSERT_TRUE(all_answered());
  EXPECT_EQ(answers_,
            (Texts{"1: kept", "2: kept", "3: kept", "4: " + file_ + " does not take this: not this", "5: kept"}));
  EXPECT_EQ(keys(), "1235");
}

TEST_F(GroupedSaves, AChangeIsKeptWholeOrNotAtAll) {
  const Other other(file_);
  other.run(
      "CREATE TRIGGER picky BEFORE INSERT ON wanted_button WHEN NEW.label = 'bad' BEGIN SELECT RAISE(ABORT, 'not "
      "this'); END");
  save("1");
  std::optional<ButtonStore::Result> answer;
  store_->save(
      {{wanted("1000@example.com", "2", "good"), wanted("1000@example.com", "3", "bad")}, {{"1000@example.com", "1"}}},
      [&](ButtonStore::Result result) { answer = std::move(result); });
  ASSERT_TRUE(control_.run_until([&] { return answer.has_value(); }));
  EXPECT_FALSE(*answer);
  EXPECT_EQ(keys(), "1");
}

TEST_F(GroupedSaves, WhileAnotherProgramHoldsTheLockFailAfterTheLimitAndWorkAfterwards) {
  open({200ms, 20s});
  const Other other(file_);
  other.run("BEGIN IMMEDIATE");
  save("1");
  ASSERT_TRUE(all_answered());
  EXPECT_EQ(answers_, Texts{"1: " + file_ +
                            " is locked by another program, for longer than 200 ms: end what it does there (sqlite3, a "
                            "backup), then try again"});
  other.run("COMMIT");
  EXPECT_EQ(keys(), "");
  save("2");
  ASSERT_TRUE(all_answered());
  EXPECT_EQ(answers_.back(), "2: kept");
  EXPECT_EQ(keys(), "2");
}

TEST_F(GroupedSaves, HandedOverBeforeTheEndAreKeptAndAnsweredByThen) {
  for (int i = 0; i < 2000; ++i) save(std::to_string(i));
  store_.reset();
  EXPECT_EQ(answers_.size(), 2000U);
  EXPECT_EQ(answers_.front(), "0: kept");
  EXPECT_EQ(answers_.back(), "1999: kept");
  control_.run_posted();
  EXPECT_EQ(answers_.size(), 2000U) << "what was posted before the end finds nothing to tell";
  open({});
  EXPECT_EQ(store_->load()->size(), 2000U);
}

TEST_F(GroupedSaves, TheEndComesWithinItsLimitWhenTheDiskDoesNotAnswer) {
  open({60s, 200ms});
  const Other other(file_);
  other.run("BEGIN IMMEDIATE");
  for (const char* key : {"1", "2", "3"}) save(key);
  const auto start = std::chrono::steady_clock::now();
  store_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
  ASSERT_EQ(answers_.size(), 3U);
  for (const std::string& answer : answers_) EXPECT_EQ(answer.find("kept"), std::string::npos) << answer;
  other.run("COMMIT");
  open({});
  EXPECT_EQ(keys(), "");
}

TEST_F(GroupedSaves, FromAnAnswerThatIsToldAtTheEndAreRefused) {
  std::string second;
  store_->save({{wanted("1000@example.com", "1", "x")}, {}}, [&](const ButtonStore::Result& first) {
    EXPECT_TRUE(first);
    store_->save({{wanted("1000@example.com", "2", "x")}, {}},
                 [&](const ButtonStore::Result& result) { second = result ? "kept" : result.error().text; });
  });
  // As the owner's reset() would, but with the name still known to the callback.
  store_->~SqliteButtonStore();
  EXPECT_EQ(second, file_ + " is being closed");
  ::operator delete(store_.release());
}

/// A connection whose transactions begin when they are let: until then the writer is known to be busy.
class GatedConnection final : public Connection {
 public:
  explicit GatedConnection(Connection& real) : real_(real) {}

  /// A transaction waits to begin; false when none does within a long while.
  [[nodiscard]] bool wait_until_asked() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [this] { return asked_; });
  }
  void let_through() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

  [[nodiscard]] SqlResult<void> begin() override {
    std::unique_lock lock(mutex_);
    asked_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    return real_.begin();
  }
  [[nodiscard]] SqlResult<void> run(std::string_view sql) override { return real_.run(sql); }
  [[nodiscard]] SqlResult<std::unique_ptr<Statement>> prepare(std::string_view sql) override {
    return real_.prepare(sql);
  }
  [[nodiscard]] SqlResult<void> commit() override { return real_.commit(); }
  void rollback() override { real_.rollback(); }
  void make_room() override { real_.make_room(); }
  [[nodiscard]] SqlResult<int> schema_version() override { return real_.schema_version(); }
  [[nodiscard]] SqlResult<void> set_schema_version(int version) override { return real_.set_schema_version(version); }

 private:
  Connection& real_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_ = false;
  bool open_ = false;
};

TEST_F(GroupedSaves, AreNotTakenWithoutLimit) {
  store_.reset();  // has made the file
  const auto real = SqliteConnection::open(file_, {20s, {}});
  ASSERT_TRUE(real) << real.error().text;
  GatedConnection gate(**real);
  auto table = ButtonTable::open(gate);
  ASSERT_TRUE(table) << table.error().text;
  std::mutex in_use;
  SqliteKeeper keeper(gate, *table, in_use);
  GroupWriter writer(keeper, file_, control_, {20s, 20s, 10});
  const auto write = [&](const std::string& key) {
    ++saved_;
    writer.write({{wanted("1000@example.com", key, "x")}, {}}, [this, key](const ButtonStore::Result& result) {
      answers_.push_back(key + ": " + (result ? "kept" : result.error().text));
    });
  };
  write("first");
  const bool busy = gate.wait_until_asked();  // with the first, which waits no more
  for (int i = 0; i < 12; ++i) write(std::to_string(i));
  gate.let_through();
  ASSERT_TRUE(busy);
  ASSERT_TRUE(all_answered());
  const auto kept =
      std::count_if(answers_.begin(), answers_.end(), [](const auto& text) { return text.ends_with(": kept"); });
  EXPECT_EQ(kept, 11);
  for (const char* key : {"10", "11"}) {
    EXPECT_EQ(std::count(answers_.begin(), answers_.end(),
                         key + (": 10 keys wait for the disk already, it does not keep up (" + file_ + ")")),
              1);
  }
}

TEST_F(GroupedSaves, CanBeCopiedByABackupWhileTheStoreIsOpen) {
  save("1");
  save("2");
  ASSERT_TRUE(all_answered());
  {
    const Other from(file_);
    const Other to(folder_.file("copy.db"));
    sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
    ASSERT_NE(backup, nullptr);
    EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    EXPECT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
  }
  save("3");
  ASSERT_TRUE(all_answered());
  const auto copy = SqliteButtonStore::open(folder_.file("copy.db"), control_);
  ASSERT_TRUE(copy) << copy.error();
  EXPECT_EQ((*copy)->load()->size(), 2U);
  EXPECT_EQ(keys(), "123");
}

TEST_F(GroupedSaves, AnAnswerThatThrowsKeepsNoneFromTheOthers) {
  store_->save({{wanted("1000@example.com", "1", "x")}, {}},
               [](const ButtonStore::Result&) { throw std::bad_alloc(); });
  save("2");
  EXPECT_TRUE(all_answered());
  EXPECT_EQ(answers_, std::vector<std::string>{"2: kept"});
}

TEST(Store, APostThatThrowsDoesNotEndTheThreadThatWritesAndItsAnswersAreToldWithTheNext) {
  const testing::TemporaryFolder folder;
  struct ThrowsFirst final : runtime::Executor {
    bool post(std::function<void()> work) override {
      if (++posts == 1) {
        thrown.set_value();
        throw std::bad_alloc();
      }
      return queue.post(std::move(work));
    }
    testing::ControlQueue queue;
    std::promise<void> thrown;
    std::atomic<int> posts = 0;
  };
  ThrowsFirst control;
  auto opened = SqliteButtonStore::open(folder.file("keys.db"), control);
  ASSERT_TRUE(opened);
  int told = 0;
  const auto save = [&](const std::string& key) {
    (*opened)->save({{wanted("1000@example.com", key, "x")}, {}}, [&told](const ButtonStore::Result& result) {
      if (result) ++told;
    });
  };
  save("1");
  control.thrown.get_future().wait();
  save("2");
  EXPECT_TRUE(control.queue.run_until([&told] { return told == 2; }));
}

}  // namespace
}  // namespace snom::store
