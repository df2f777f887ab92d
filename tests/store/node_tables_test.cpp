// The statements of docs/decisions/ownership.md, by several connections to a real PostgreSQL.

#include "store/node_tables.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/postgres_button_store.h"
#include "store/postgres_server.h"

namespace snom::store {
namespace {

using namespace std::chrono_literals;
using node_tables::Look;
using nodes::Epoch;
using Phones = std::vector<nodes::Ownership::Phone>;
using Names = std::vector<std::string>;
using Epochs = std::vector<Epoch>;

constexpr auto limit = 20s;
const std::string alice = "1000@example.com";
const std::string bob = "1001@example.com";

class NodeTables : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = testing::PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "there is no PostgreSQL here";
    url_ = server_->url_of_new_schema();
    auto opened = PostgresButtonStore::open(url_, control_, {});
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
    first_ = connected();
    second_ = connected();
  }
  std::unique_ptr<PostgresConnection> connected() {
    auto made = PostgresConnection::connect(url_, std::chrono::steady_clock::now() + limit);
    EXPECT_TRUE(made) << made.error().text;
    const auto prepared = node_tables::prepare(**made, limit);
    EXPECT_TRUE(prepared) << prepared.error().text;
    return std::move(*made);
  }
  void save(control::ButtonStore::Change change) {
    std::optional<control::ButtonStore::Result> answer;
    store_->save(std::move(change), [&](control::ButtonStore::Result result) { answer = std::move(result); });
    ASSERT_TRUE(control_.run_until([&] { return answer.has_value(); }));
    ASSERT_TRUE(*answer) << answer->error().text;
  }
  Epoch begun(PostgresConnection& connection, const std::string& name) {
    const auto epoch = node_tables::begin(connection, name, 0, limit);
    EXPECT_TRUE(epoch) << epoch.error().text;
    return epoch.value_or(0);
  }
  Look look(PostgresConnection& connection, Epoch epoch, nodes::Turn seen = 0, std::uint64_t number = 0,
            std::size_t most_keys = 100) {
    auto found = node_tables::look(connection, epoch, {seen, number, 0}, {}, most_keys, limit);
    EXPECT_TRUE(found) << found.error().text;
    return found.value_or(Look{});
  }
  static Names names(const Phones& phones) {
    Names all;
    for (const auto& phone : phones) all.push_back(phone.address_of_record);
    return all;
  }
  void claim(PostgresConnection& connection, Epoch epoch, const Names& phones, const Epochs& orphans = {}) {
    const auto claimed = node_tables::claim(connection, epoch, phones, orphans, limit);
    EXPECT_TRUE(claimed) << claimed.error().text;
  }

  testing::PostgresServer* server_ = nullptr;
  std::string url_;
  testing::ControlQueue control_;
  std::unique_ptr<PostgresButtonStore> store_;
  std::unique_ptr<PostgresConnection> first_;
  std::unique_ptr<PostgresConnection> second_;
};

TEST_F(NodeTables, LivesAreNeverGivenTwiceAndEndOnlyWithTheirBeat) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  EXPECT_GT(two, one);
  const auto before = look(*second_, two).lives;
  ASSERT_EQ(before.size(), 2U);
  EXPECT_EQ(node_tables::renew(*first_, one, 0, limit).value(), true);
  ASSERT_TRUE(node_tables::end(*second_, before[0], limit));
  EXPECT_TRUE(look(*first_, one).knows_life) << "it was renewed after it was seen";
  for (const auto& life : look(*second_, two).lives) {
    if (life.epoch != one) continue;
    ASSERT_TRUE(node_tables::end(*second_, life, limit));
  }
  EXPECT_FALSE(look(*first_, one).knows_life);
  EXPECT_EQ(node_tables::renew(*first_, one, 0, limit).value(), false);
  EXPECT_GT(begun(*first_, "one"), two);
}

TEST_F(NodeTables, ALivingOwnerIsAskedForItsPhone) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  claim(*first_, one, {alice, bob, alice});
  auto mine = look(*first_, one).found.mine;
  ASSERT_EQ(names(mine).size(), 2U);
  claim(*second_, two, {alice});
  EXPECT_EQ(look(*second_, two).found.mine, Phones{});
  const auto wished = look(*first_, one, mine.back().turn).found;
  EXPECT_EQ(wished.mine, Phones{});
  ASSERT_EQ(names(wished.wished), Names{alice});

  auto other_turn = wished.wished;
  ++other_turn[0].turn;
  ASSERT_TRUE(node_tables::release(*first_, one, other_turn, limit));
  EXPECT_EQ(look(*second_, two).found.mine, Phones{}) << "of another turn";
  ASSERT_TRUE(node_tables::release(*first_, one, wished.wished, limit));
  const auto given = look(*second_, two).found;
  EXPECT_EQ(names(given.mine), Names{alice});
  EXPECT_GT(given.mine[0].turn, mine.back().turn);
  EXPECT_EQ(look(*first_, one).found.wished, Phones{});
  ASSERT_TRUE(node_tables::release(*first_, one, wished.wished, limit));
  EXPECT_EQ(look(*second_, two).found.mine, given.mine) << "done twice it is the same";
}

TEST_F(NodeTables, APhoneThatRegistersWithItsOwnerAgainIsWishedForNoMore) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  claim(*first_, one, {alice});
  const auto turn = look(*first_, one).found.mine.at(0).turn;
  claim(*second_, two, {alice});
  claim(*first_, one, {alice});
  const auto found = look(*first_, one, turn).found;
  EXPECT_EQ(names(found.mine), Names{alice});
  EXPECT_EQ(found.wished, Phones{});
}

TEST_F(NodeTables, PhonesOfALifeThatIsOverAreTakenSomeAtATime) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  claim(*first_, one, {alice, bob, "1002@example.com"});
  EXPECT_EQ(look(*second_, two).orphans, Epochs{});
  ASSERT_TRUE(node_tables::leave(*first_, one, limit));
  EXPECT_EQ(look(*second_, two).orphans, Epochs{one});
  ASSERT_TRUE(node_tables::take(*second_, two, Epochs{one}, node_tables::Taken::any, 2, limit));
  EXPECT_EQ(look(*second_, two).found.mine.size(), 2U);
  ASSERT_TRUE(node_tables::take(*second_, two, Epochs{one}, node_tables::Taken::any, 2, limit));
  EXPECT_EQ(look(*second_, two).found.mine.size(), 3U);
  EXPECT_EQ(look(*second_, two).orphans, Epochs{});
}

TEST_F(NodeTables, OnlyThosePhonesThatRegisteredHereAreTakenIfOneWantsNoOthers) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  claim(*first_, one, {alice, bob});
  claim(*second_, two, {bob});
  ASSERT_TRUE(node_tables::leave(*first_, one, limit));
  EXPECT_EQ(node_tables::take(*second_, two, Epochs{one}, node_tables::Taken::wished, 9, limit).value(), 1U);
  EXPECT_EQ(names(look(*second_, two).found.mine), Names{bob});
  EXPECT_EQ(node_tables::take(*second_, two, Epochs{one}, node_tables::Taken::wished, 9, limit).value(), 0U);
  EXPECT_EQ(node_tables::take(*second_, two, Epochs{one}, node_tables::Taken::any, 9, limit).value(), 1U);
}

TEST_F(NodeTables, PhonesThatWereGivenToNobodyAreTaken) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  claim(*first_, one, {alice});
  ASSERT_TRUE(node_tables::release(*first_, one, look(*first_, one).found.mine, limit));
  const auto orphans = look(*second_, two).orphans;
  EXPECT_EQ(orphans, Epochs{0});
  claim(*second_, two, {alice}, orphans);
  EXPECT_EQ(names(look(*second_, two).found.mine), Names{alice});
}

TEST_F(NodeTables, KeysAreToldInOrderWithWhatIsForgotten) {
  save({{testing::wanted(alice, "1", "A", 1), testing::wanted(bob, "1", "B", 2)}, {}});
  auto keys = look(*first_, 0).keys.changes;
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_LT(keys[0].number, keys[1].number);
  ASSERT_TRUE(keys[0].wanted);
  EXPECT_EQ(keys[0].wanted->address_of_record, keys[0].address_of_record);
  const auto number = keys[1].number;
  save({{testing::wanted(bob, "1", "C", 3)}, {{alice, "1"}}});
  keys = look(*first_, 0, 0, number).keys.changes;
  ASSERT_EQ(keys.size(), 2U);
  for (const auto& key : keys) {
    EXPECT_EQ(key.wanted.has_value(), key.address_of_record == bob);
    if (!key.wanted) continue;
    EXPECT_EQ(*key.wanted, testing::wanted(bob, "1", "C", 3));
  }
  EXPECT_EQ(look(*first_, 0, 0, std::max(keys[0].number, keys[1].number)).keys.changes.size(), 0U);
}

TEST_F(NodeTables, KeysThatWereThereBeforeTheTablesAreTold) {
  const auto url = server_->url_of_new_schema();
  auto opened = PostgresButtonStore::open(url, control_, {});
  ASSERT_TRUE(opened);
  store_ = std::move(*opened);
  save({{testing::wanted(alice, "1", "A", 1)}, {}});
  url_ = url;
  const auto late = connected();
  const auto all = node_tables::read_all(*late, limit);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->keys.changes.size(), 1U);
  EXPECT_EQ(*all->keys.changes[0].wanted, testing::wanted(alice, "1", "A", 1));
  EXPECT_EQ(look(*late, 0, 0, all->number).keys.changes.size(), 0U);
  save({{testing::wanted(alice, "2", "B", 2)}, {}});
  EXPECT_EQ(look(*late, 0, 0, all->number).keys.changes.size(), 1U);
}

TEST_F(NodeTables, ChangesAreForgottenWhenAllLivesHaveSeenThem) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  for (std::uint64_t key = 1; key <= 5; ++key) save({{testing::wanted(alice, std::to_string(key), "A", key)}, {}});
  const auto keys = look(*first_, one).keys.changes;
  ASSERT_EQ(keys.size(), 5U);
  ASSERT_TRUE(node_tables::renew(*first_, one, keys[4].number, limit));
  EXPECT_EQ(node_tables::trim(*first_, 100, 15s, limit).value(), false);
  EXPECT_EQ(look(*second_, two).keys.changes.size(), 5U) << "the other one has seen none";
  ASSERT_TRUE(node_tables::renew(*second_, two, keys[3].number, limit));
  EXPECT_EQ(node_tables::trim(*first_, 3, 15s, limit).value(), true) << "there are more than three";
  EXPECT_EQ(node_tables::trim(*first_, 3, 15s, limit).value(), false);
  const auto left = look(*second_, two);
  ASSERT_EQ(left.keys.changes.size(), 1U);
  EXPECT_EQ(left.keys.changes[0].number, keys[4].number);
  EXPECT_EQ(left.trimmed, keys[3].number) << "who knows less has to read all";
  EXPECT_EQ(node_tables::read_all(*second_, limit)->number, keys[4].number);
}

TEST_F(NodeTables, OfManyChangesTheOldestAreToldAndPhonesAndLettersOnlyWithTheLast) {
  const Epoch one = begun(*first_, "one");
  for (std::uint64_t key = 1; key <= 5; ++key) save({{testing::wanted(alice, std::to_string(key), "A", key)}, {}});
  claim(*first_, one, {bob});
  const std::vector<node_tables::Letter> sent{{one, "of key 5"}};
  ASSERT_TRUE(node_tables::look(*first_, 0, {}, sent, 1, limit));
  std::uint64_t number = 0;
  for (const std::uint64_t last : {2U, 4U}) {
    const auto part = look(*first_, one, 0, number, 2);
    EXPECT_FALSE(part.is_whole);
    ASSERT_EQ(part.keys.changes.size(), 2U);
    EXPECT_EQ(part.keys.changes[1].key, std::to_string(last));
    EXPECT_EQ(part.found.mine, Phones{});
    EXPECT_TRUE(part.places.empty());
    EXPECT_TRUE(part.letters.empty());
    number = part.keys.number;
  }
  const auto whole = look(*first_, one, 0, number, 2);
  EXPECT_TRUE(whole.is_whole);
  ASSERT_EQ(whole.keys.changes.size(), 1U);
  EXPECT_EQ(names(whole.found.mine), Names{bob});
  EXPECT_EQ(whole.places.size(), 1U);
  ASSERT_EQ(whole.letters.size(), 1U);
  EXPECT_TRUE(look(*first_, one, 0, 0, 5).is_whole) << "just as many as may be";
}

TEST_F(NodeTables, AKeyThatCannotBeReadIsToldAsSuchAndTheOthersAreRead) {
  for (const auto* key : {"1", "2", "3"}) save({{testing::wanted(alice, key, "A", 1)}, {}});
  ASSERT_TRUE(first_->run("UPDATE wanted_button SET light = 'of tomorrow' WHERE key = '2'", limit));
  const auto found = look(*first_, 0);
  EXPECT_EQ(found.keys.changes.size(), 2U);
  ASSERT_EQ(found.keys.unreadable.size(), 1U);
  EXPECT_NE(found.keys.unreadable[0].find("key 2 of " + alice), std::string::npos) << found.keys.unreadable[0];
  EXPECT_TRUE(look(*first_, 0, 0, found.keys.number).keys.changes.empty()) << "it is not told again and again";
  const auto all = node_tables::read_all(*first_, limit);
  ASSERT_TRUE(all) << all.error().text;
  EXPECT_EQ(all->keys.changes.size(), 2U);
  EXPECT_EQ(all->keys.unreadable, found.keys.unreadable);
}

TEST_F(NodeTables, NothingIsForgottenWhileSomebodyReadsAllAndHasNoLifeYet) {
  const Epoch one = begun(*first_, "one");
  ASSERT_TRUE(node_tables::read_all(*second_, limit));
  save({{testing::wanted(alice, "1", "A", 1)}, {}});
  ASSERT_TRUE(node_tables::renew(*first_, one, look(*first_, one).keys.number, limit));
  EXPECT_EQ(node_tables::trim(*first_, 1, 15s, limit).value(), false);
  EXPECT_EQ(look(*first_, one).keys.changes.size(), 1U);
  begun(*second_, "two");
  ASSERT_TRUE(node_tables::let_changes_go(*second_, limit));
  EXPECT_EQ(node_tables::trim(*first_, 1, 15s, limit).value(), false);
  EXPECT_EQ(look(*first_, one).keys.changes.size(), 1U) << "the new life has not seen it";
}

TEST_F(NodeTables, WhatRegisteredWithOneThatLivesIsTakenByNobodyElse) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  const Epoch three = begun(*first_, "three");
  claim(*first_, one, {alice, bob});
  claim(*second_, two, {bob});
  ASSERT_TRUE(node_tables::leave(*first_, one, limit));
  EXPECT_EQ(node_tables::take(*first_, three, Epochs{one}, node_tables::Taken::any, 9, limit).value(), 1U);
  EXPECT_EQ(names(look(*first_, three).found.mine), Names{alice});
  ASSERT_TRUE(node_tables::leave(*second_, two, limit));
  EXPECT_EQ(node_tables::take(*first_, three, Epochs{one}, node_tables::Taken::any, 9, limit).value(), 1U)
      << "but when that one is over, too";
}

TEST_F(NodeTables, PlacesOfAllPhonesAreTold) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  claim(*first_, one, {alice});
  const auto found = look(*second_, two);
  ASSERT_EQ(found.places.size(), 1U);
  EXPECT_EQ(found.places[0].address_of_record, alice);
  EXPECT_EQ(found.places[0].epoch, one);
  ASSERT_EQ(found.names.size(), 2U);
  EXPECT_EQ(found.names[0].node, "one");
  EXPECT_EQ(node_tables::read_all(*first_, limit)->placed, found.places[0].turn);
}

TEST_F(NodeTables, NumbersAreInTheOrderOfCommits) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  const auto third = connected();
  ASSERT_TRUE(first_->run("BEGIN", limit));
  claim(*first_, one, {alice});
  auto other = std::async(std::launch::async, [&] { claim(*second_, two, {bob}); });
  EXPECT_EQ(other.wait_for(300ms), std::future_status::timeout) << "it waits for who has drawn a number before";
  EXPECT_EQ(look(*third, two).found.mine, Phones{});
  ASSERT_TRUE(first_->run("COMMIT", limit));
  other.get();
  EXPECT_LT(look(*third, one).found.mine.at(0).turn, look(*third, two).found.mine.at(0).turn);
}

TEST_F(NodeTables, WhoWaitedTakesNothingThatWasTakenMeanwhile) {
  const Epoch gone = begun(*first_, "gone");
  claim(*first_, gone, {alice});
  ASSERT_TRUE(node_tables::leave(*first_, gone, limit));
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  ASSERT_TRUE(first_->run("BEGIN", limit));
  ASSERT_TRUE(node_tables::take(*first_, one, Epochs{gone}, node_tables::Taken::any, 9, limit));
  auto taken = std::async(std::launch::async, [&] {
    return node_tables::take(*second_, two, Epochs{gone}, node_tables::Taken::any, 9, limit);
  });
  EXPECT_EQ(taken.wait_for(300ms), std::future_status::timeout);
  ASSERT_TRUE(first_->run("COMMIT", limit));
  EXPECT_TRUE(taken.get());
  EXPECT_EQ(names(look(*first_, one).found.mine), Names{alice});
  EXPECT_EQ(look(*second_, two).found.mine, Phones{});
}

TEST_F(NodeTables, WhoWaitedClaimsNothingOfALifeThatBeganMeanwhile) {
  const Epoch two = begun(*second_, "two");
  ASSERT_TRUE(first_->run("BEGIN", limit));
  const Epoch one = begun(*first_, "one");
  claim(*first_, one, {alice});
  auto claimed = std::async(std::launch::async, [&] { claim(*second_, two, {alice}, Epochs{0}); });
  EXPECT_EQ(claimed.wait_for(300ms), std::future_status::timeout);
  ASSERT_TRUE(first_->run("COMMIT", limit));
  claimed.get();
  EXPECT_EQ(names(look(*first_, one).found.mine), Names{alice});
  EXPECT_EQ(names(look(*first_, one).found.wished), Names{alice});
}

TEST_F(NodeTables, ARenewalThatIsNotCommittedYetIsWaitedFor) {
  const Epoch one = begun(*first_, "one");
  const auto seen = look(*second_, 0).lives.at(0);
  ASSERT_TRUE(first_->run("BEGIN", limit));
  EXPECT_EQ(node_tables::renew(*first_, one, 0, limit).value(), true);
  auto ended = std::async(std::launch::async, [&] { return node_tables::end(*second_, seen, limit); });
  EXPECT_EQ(ended.wait_for(300ms), std::future_status::timeout);
  ASSERT_TRUE(first_->run("COMMIT", limit));
  EXPECT_TRUE(ended.get());
  EXPECT_TRUE(look(*first_, one).knows_life);
}

TEST_F(NodeTables, LettersComeOnceInTheirOrder) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  const std::vector<node_tables::Letter> sent{{two, "first"}, {one, "to myself"}, {two, "'second'\n{\"}"}};
  const auto none = node_tables::look(*first_, one, {}, sent, 100, limit);
  ASSERT_TRUE(none) << none.error().text;
  EXPECT_TRUE(none->letters.empty()) << "what a look sends is there for the next one";
  const auto found = look(*second_, two).letters;
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].text, "first");
  EXPECT_EQ(found[0].other, one);
  EXPECT_EQ(found[1].text, "'second'\n{\"}");
  EXPECT_TRUE(look(*second_, two).letters.empty());
  EXPECT_EQ(look(*first_, one).letters.size(), 1U);
}

TEST_F(NodeTables, AKeyThatALetterIsAboutIsFoundWithIt) {
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  for (std::uint64_t round = 1; round <= 50; ++round) {
    save({{testing::wanted(alice, "1", "K", round)}, {}});
    const std::vector<node_tables::Letter> sent{{two, std::to_string(round)}};
    ASSERT_TRUE(node_tables::look(*first_, one, {}, sent, 100, limit));
    const auto found = look(*second_, two);
    ASSERT_EQ(found.letters.size(), 1U);
    ASSERT_EQ(found.keys.changes.size(), 1U);
    EXPECT_EQ(found.keys.changes[0].wanted->revision, round);
  }
}

TEST_F(NodeTables, LettersThatNobodyFetchesAreForgotten) {
  const Epoch one = begun(*first_, "one");
  const std::vector<node_tables::Letter> sent{{one + 1000, "to nobody"}, {one, "to myself"}};
  ASSERT_TRUE(node_tables::look(*first_, one, {}, sent, 100, limit));
  ASSERT_TRUE(node_tables::trim(*first_, 100, 15s, limit));
  std::uint64_t letters = 0;
  const auto count = [&letters](const PostgresConnection::Row& row) {
    letters = static_cast<std::uint64_t>(row.integer(0));
    return SqlResult<void>{};
  };
  ASSERT_TRUE(first_->run("SELECT count(*) FROM node_mail", limit, count));
  EXPECT_EQ(letters, 2U);
  ASSERT_TRUE(node_tables::trim(*first_, 100, 0s, limit));
  ASSERT_TRUE(first_->run("SELECT count(*) FROM node_mail", limit, count));
  EXPECT_EQ(letters, 0U);
}

TEST_F(NodeTables, LettersAreToldToThoseTheyAreTo) {
  const auto soon = [] { return std::chrono::steady_clock::now() + limit; };
  const Epoch one = begun(*first_, "one");
  const Epoch two = begun(*second_, "two");
  ASSERT_TRUE(node_tables::listen(*second_, two, limit));
  const std::vector<node_tables::Letter> to_other{{one, "x"}};
  const std::vector<node_tables::Letter> to_two{{two, "x"}};
  ASSERT_TRUE(node_tables::look(*first_, one, {}, to_other, 100, limit));
  EXPECT_EQ(second_->await_word(std::chrono::steady_clock::now() + 50ms, -1).value(), false);
  ASSERT_TRUE(node_tables::look(*first_, one, {}, to_two, 100, limit));
  EXPECT_EQ(second_->await_word(soon(), -1).value(), true);
  ASSERT_TRUE(node_tables::listen(*second_, std::nullopt, limit));
  ASSERT_TRUE(node_tables::look(*first_, one, {}, to_two, 100, limit));
  EXPECT_EQ(second_->await_word(std::chrono::steady_clock::now() + 50ms, -1).value(), false);
}

TEST_F(NodeTables, TablesAreReadByTheirKeysWhateverIsKnownOfThem) {
  // As if they were small, which they were when PostgreSQL looked last.
  ASSERT_TRUE(first_->run("ANALYZE", limit));
  ASSERT_TRUE(
      first_->run("INSERT INTO wanted_button SELECT i || '@example.com', '1', NULL, NULL, 'K', '', NULL, '', '', false,"
                  " nextval('node_number'), now(), '' FROM generate_series(1, 20000) i",
                  limit));
  const auto known = look(*second_, 0, 0, 0, 30000).keys.number;
  save({{testing::wanted(alice, "1", "K", 1)}, {}});
  const auto scanned = [this] {
    std::int64_t rows = 0;
    const auto asked = first_->run(
        "SELECT pg_stat_force_next_flush(); SELECT seq_tup_read FROM pg_stat_user_tables"
        " WHERE relid = 'wanted_button'::regclass",
        limit, [&rows](const PostgresConnection::Row& row) {
          rows = std::max(rows, row.integer(0));
          return SqlResult<void>{};
        });
    EXPECT_TRUE(asked) << asked.error().text;
    return rows;
  };
  ASSERT_TRUE(second_->run("SELECT pg_stat_force_next_flush()", limit));
  const auto before = scanned();
  EXPECT_EQ(look(*second_, 0, 0, known).keys.changes.size(), 1U);
  ASSERT_TRUE(second_->run("SELECT pg_stat_force_next_flush()", limit));
  EXPECT_EQ(scanned(), before);
}

TEST_F(NodeTables, ChangesAreToldToWhoListens) {
  const auto soon = [] { return std::chrono::steady_clock::now() + limit; };
  ASSERT_TRUE(node_tables::listen(*first_, 0, limit));
  save({{testing::wanted(alice, "1", "A", 1)}, {}});
  EXPECT_EQ(first_->await_word(soon(), -1).value(), true);
  claim(*second_, begun(*second_, "two"), {alice});
  EXPECT_EQ(first_->await_word(soon(), -1).value(), true);
  EXPECT_EQ(first_->await_word(std::chrono::steady_clock::now() + 50ms, -1).value(), false);
}

}  // namespace
}  // namespace snom::store
