// What is PostgreSQL's own: a server that goes and comes, texts without passwords, one program at a time.

#include "store/postgres.h"

#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/postgres_button_store.h"
#include "store/postgres_server.h"
#include "wait_until.h"

namespace snom::store {
namespace {

using control::ButtonStore;
using snom::testing::wait_until;
using testing::wanted;
using namespace std::chrono_literals;

TEST(PostgresNames, HaveHostsAndDatabaseAndNoPassword) {
  EXPECT_EQ(database_name("postgresql://snomd:sesame@db1:5432,db2/keys?target_session_attrs=read-write"),
            "postgresql://db1,db2/keys");
  EXPECT_EQ(database_name("host=10.0.0.1 dbname=keys password=sesame"), "postgresql://10.0.0.1/keys");
  EXPECT_EQ(database_name("hostaddr=10.0.0.1"), "postgresql://10.0.0.1/");
  const auto wrong = database_name("postgresql://snomd:sesame@db1/keys?sesame=1");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error(), "expected a connection URI of libpq, such as postgresql://snomd@db.example.com/snomd");
}

TEST(PostgresNames, ShowNothingOfAPasswordThatIsNoPartOfAUri) {
  for (const auto* url : {"postgresql://snomd:se@same@db1/keys", "postgresql://snomd:1/same@db1/keys"}) {
    const auto wrong = database_name(url);
    ASSERT_FALSE(wrong) << *wrong;
    EXPECT_EQ(wrong.error().find("same"), std::string::npos) << wrong.error();
    EXPECT_NE(wrong.error().find("'@' is written %40"), std::string::npos) << wrong.error();
  }
  EXPECT_EQ(database_name("postgresql://snomd:se%40same%2F@db1/keys"), "postgresql://db1/keys");
}

TEST(PostgresOptions, ThatNoConnectionBeginsWithAreRefused) {
  const auto wrong = [](const std::string& query) {
    const auto checked = check_options("postgresql://snomd:sesame@db1" + query);
    return checked ? std::string() : checked.error();
  };
  for (const auto* right : {"/keys", ":5432/keys", ":5432,db2,db3:1/keys",
                            "/keys?sslmode=verify-full&channel_binding=require", "/keys?connect_timeout=5",
                            "/keys?target_session_attrs=read-write&gssencmode=disable", "/keys?port=5432,5433"}) {
    EXPECT_EQ(wrong(right), "") << right;
  }
  EXPECT_EQ(wrong("/keys?sslmode=bogus"), "sslmode as one of disable, allow, prefer, require, verify-ca, verify-full");
  EXPECT_EQ(wrong("/keys?channel_binding=on"), "channel_binding as one of disable, prefer, require");
  EXPECT_EQ(wrong("/keys?gssencmode=x"), "gssencmode as one of disable, prefer, require");
  EXPECT_EQ(wrong("/keys?target_session_attrs=rw"),
            "target_session_attrs as one of any, read-write, read-only, primary, standby, prefer-standby");
  for (const auto* port : {":0/keys", ":65536/keys", ":x/keys", ":5432,db2:0/keys"}) {
    EXPECT_EQ(wrong(port), "port as a number from 1 to 65535") << port;
  }
}

TEST(PostgresArrays, QuoteWhatIsInThem) {
  PostgresArray array;
  EXPECT_EQ(array.text(), "{}");
  array.add_text("plain");
  array.add_text("");
  array.add_text("NULL");
  array.add_null();
  array.add_text(R"(a "quoted", {braced} \\ one)");
  EXPECT_EQ(array.text(), R"({"plain","","NULL",NULL,"a \"quoted\", {braced} \\\\ one"})");
  PostgresArray numbers;
  numbers.add_number(-1);
  numbers.add_number(7);
  EXPECT_EQ(numbers.text(), "{-1,7}");
  PostgresArray truths;
  truths.add_truth(true);
  truths.add_truth(false);
  EXPECT_EQ(truths.text(), "{t,f}");
}

class Postgres : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = testing::PostgresServer::make();
    if (!server_) GTEST_SKIP() << "there is no PostgreSQL here";
    url_ = server_->url_of_new_schema();
    open();
  }
  void TearDown() override { store_.reset(); }
  /// The server lets go of what the store before had, or one that gave up opening, when it has noticed.
  void open(PostgresButtonStore::Options options) {
    store_.reset();
    std::string error;
    const auto is_open = [&] {
      auto opened = PostgresButtonStore::open(url_, control_, options);
      if (!opened) {
        error = opened.error();
        return false;
      }
      store_ = std::move(*opened);
      return true;
    };
    ASSERT_TRUE(wait_until(is_open)) << error;
  }
  void open() { open(options()); }
  PostgresButtonStore::Options options() {
    return {{}, {.statement = 20s}, [this](const std::string& away) {
              const std::lock_guard lock(mutex_);
              told_.push_back(away);
            }};
  }
  std::vector<std::string> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  /// "kept", or why not.
  std::string save(ButtonStore::Change change) {
    std::optional<ButtonStore::Result> answer;
    store_->save(std::move(change), [&](ButtonStore::Result result) { answer = std::move(result); });
    if (!control_.run_until([&] { return answer.has_value(); })) return "no answer";
    return *answer ? "kept" : answer->error().text;
  }
  std::string save(const std::string& key) { return save({{wanted("1000@example.com", key, "x")}, {}}); }
  bool until_away() {
    return wait_until([this] { return !store_->away().empty(); });
  }
  bool until_back() {
    return wait_until([this] { return store_->away().empty(); });
  }

  std::unique_ptr<testing::PostgresServer> server_;
  std::string url_;
  testing::ControlQueue control_;
  std::mutex mutex_;
  std::vector<std::string> told_;
  std::unique_ptr<PostgresButtonStore> store_;
};

TEST_F(Postgres, WhenTheServerIsAwaySavesAreRefusedAtOnceAndThenGoOn) {
  EXPECT_EQ(save("1"), "kept");
  server_->stop_it();
  ASSERT_TRUE(until_away());
  const auto begun = std::chrono::steady_clock::now();
  const auto refused = save("2");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 500ms);
  EXPECT_TRUE(refused.starts_with("postgresql://")) << refused;
  server_->start();
  ASSERT_TRUE(until_back());
  EXPECT_EQ(save("3"), "kept");
  EXPECT_EQ(store_->load().value().size(), 2U);
  ASSERT_EQ(told().size(), 2U);
  EXPECT_EQ(told()[0].empty(), false);
  EXPECT_EQ(told()[1], "");
}

TEST_F(Postgres, ASaveUnderWayOutlivesARestartOfTheServer) {
  std::thread restart([this] {
    server_->kill_it();
    server_->start();
  });
  int kept = 0;
  for (int n = 0; n < 2000; ++n) {
    const auto outcome = save(std::to_string(n % 100));
    if (outcome == "kept") {
      ++kept;
    } else {
      EXPECT_TRUE(outcome.find("postgresql://") != std::string::npos) << outcome;
      std::this_thread::sleep_for(20ms);
    }
    if (n > 200 && kept > 100 && store_->away().empty()) break;
  }
  restart.join();
  EXPECT_GT(kept, 100);
}

TEST_F(Postgres, NothingAcknowledgedIsLostHoweverOftenTheServerIsKilled) {
  std::atomic<bool> over = false;
  std::thread killer([&] {
    std::mt19937 random(20261127);
    for (int n = 0; n < 5; ++n) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 200));
      server_->kill_it();
      server_->start();
    }
    over = true;
  });
  std::map<std::string, std::uint64_t> acknowledged;  // of each key the newest revision
  std::uint64_t revision = 0;
  std::size_t owed = 0;
  while (!over) {
    const auto key = std::to_string(revision % 50);
    ++owed;
    const auto mine = ++revision;
    store_->save({{wanted("1000@example.com", key, "x", mine)}, {}}, [&, key, mine](const ButtonStore::Result& result) {
      --owed;
      if (result) acknowledged[key] = mine;
    });
    ASSERT_TRUE(control_.run_until([&] { return owed < 20; }));
    if (!store_->away().empty()) std::this_thread::sleep_for(5ms);
  }
  killer.join();
  ASSERT_TRUE(control_.run_until([&] { return owed == 0; }));
  open();
  std::map<std::string, std::uint64_t> there;
  const auto all = store_->load().value();
  for (const auto& each : all) there[each.button.key] = each.revision;
  EXPECT_GT(acknowledged.size(), 20U);
  // A later one may be there of which nobody was told.
  for (const auto& [key, newest] : acknowledged) EXPECT_GE(there[key], newest) << key;
}

TEST_F(Postgres, ASecondProgramIsRefusedUntilTheFirstHasEnded) {
  const auto second = PostgresButtonStore::open(url_, control_, {});
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().find("in use by another program (snomd on this host, server process ") !=
              std::string::npos)
      << second.error();
  store_.reset();
  EXPECT_TRUE(wait_until([&] { return PostgresButtonStore::open(url_, control_, {}).has_value(); }));
}

TEST_F(Postgres, ManyThatWaitAreOneTransaction) {
  const auto transactions = [this] {
    std::int64_t count = 0;
    auto connection = PostgresConnection::connect(url_, std::chrono::steady_clock::now() + 5s).value();
    EXPECT_TRUE(
        connection->run("SELECT pg_current_xact_id()::text::bigint", 5s, [&](const PostgresConnection::Row& row) {
          count = row.integer(0);
          return SqlResult<void>{};
        }));
    return count;
  };
  const auto before = transactions();
  std::size_t answered = 0;
  for (int n = 0; n < 2000; ++n) {
    store_->save({{wanted("1000@example.com", std::to_string(n), "x")}, {}}, [&](const ButtonStore::Result& result) {
      EXPECT_TRUE(result) << result.error().text;
      ++answered;
    });
  }
  ASSERT_TRUE(control_.run_until([&] { return answered == 2000; }));
  EXPECT_LT(transactions() - before, 200);
}

TEST_F(Postgres, AValueThatIsRefusedDoesNotFailTheOthers) {
  std::vector<std::string> outcomes;
  int keys = 0;
  const auto save_all = [&](const std::string& label) {
    store_->save({{wanted("1000@example.com", std::to_string(++keys), label)}, {}},
                 [&](const ButtonStore::Result& result) { outcomes.push_back(result ? "kept" : result.error().text); });
  };
  save_all("good");
  save_all("not UTF-8: \xff");
  save_all(std::string("a\0b", 3));
  save_all("good");
  ASSERT_TRUE(control_.run_until([&] { return outcomes.size() == 4; }));
  EXPECT_EQ(outcomes[0], "kept");
  EXPECT_TRUE(outcomes[1].find("invalid byte sequence") != std::string::npos) << outcomes[1];
  EXPECT_TRUE(outcomes[2].find("a text with a byte 0 cannot be kept") != std::string::npos) << outcomes[2];
  EXPECT_EQ(outcomes[3], "kept");
}

TEST_F(Postgres, ANewerSchemaIsRefused) {
  store_.reset();
  server_->sql("UPDATE keys1.store_version SET version = 99");
  const auto refused = PostgresButtonStore::open(url_, control_, {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().find("written by a newer version of this program (schema 99, this one knows 1)") !=
              std::string::npos)
      << refused.error();
}

TEST_F(Postgres, ASchemaThatIsNotThereIsSaid) {
  auto url = url_;
  url.replace(url.find("keys1"), 5, "keys9");
  const auto refused = PostgresButtonStore::open(url, control_, {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().find("its search_path names no schema that is there") != std::string::npos)
      << refused.error();
}

TEST_F(Postgres, AStandbyThatItBecameIsLeft) {
  EXPECT_EQ(save("1"), "kept");
  // What a server that was failed over from says.
  server_->sql("ALTER DATABASE snomd SET default_transaction_read_only = on");
  server_->sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'snomd' AND usename = 'snomd'");
  ASSERT_TRUE(wait_until([this] { return save("2") != "kept"; }));
  ASSERT_TRUE(until_away());
  server_->sql("ALTER DATABASE snomd SET default_transaction_read_only = off");
  ASSERT_TRUE(until_back());
  EXPECT_EQ(save("3"), "kept");
}

TEST_F(Postgres, AStatementThatWaitsTooLongIsRefusedAndTheConnectionStays) {
  ASSERT_NO_FATAL_FAILURE(open({{}, {.statement = 300ms}, {}, {}}));
  EXPECT_EQ(save("1"), "kept");
  auto other = PostgresConnection::connect(url_, std::chrono::steady_clock::now() + 5s).value();
  ASSERT_TRUE(other->run("BEGIN; LOCK TABLE wanted_button", 5s));
  const auto refused = save("2");
  EXPECT_TRUE(refused.find("canceling statement due to statement timeout") != std::string::npos) << refused;
  EXPECT_EQ(store_->away(), "");
  ASSERT_TRUE(other->run("ROLLBACK", 5s));
  EXPECT_EQ(save("3"), "kept");
  EXPECT_EQ(store_->load().value().size(), 2U);
}

TEST_F(Postgres, TheEndDoesNotWaitForAServerThatDoesNotAnswer) {
  Limits limits;
  limits.close = 500ms;
  ASSERT_NO_FATAL_FAILURE(open({limits, {.statement = 20s}, {}, {}}));
  server_->pause_sessions();
  std::string outcome;
  store_->save({{wanted("1000@example.com", "1", "x")}, {}},
               [&](const ButtonStore::Result& result) { outcome = result ? "kept" : result.error().text; });
  const auto begun = std::chrono::steady_clock::now();
  store_->close();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  EXPECT_FALSE(outcome.empty());
  EXPECT_NE(outcome, "kept");
  server_->continue_sessions();
}

TEST_F(Postgres, AServerThatDoesNotAnswerIsNotWaitedForWithoutEnd) {
  ASSERT_NO_FATAL_FAILURE(open({{}, {.connect = 300ms, .statement = 300ms, .again = 300ms}, {}, {}}));
  server_->pause_sessions();
  const auto begun = std::chrono::steady_clock::now();
  const auto outcome = save("1");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  EXPECT_TRUE(outcome.starts_with("whether this is kept is not known: ")) << outcome;
  server_->continue_sessions();
  EXPECT_TRUE(until_back());
}

}  // namespace
}  // namespace snom::store
