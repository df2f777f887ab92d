// The statements by which nodes keep registrations, by two connections to a real PostgreSQL.

#include "store/registration_table.h"

#include <future>
#include <set>

#include <gtest/gtest.h>

#include "store/control_queue.h"
#include "store/node_tables.h"
#include "store/postgres_button_store.h"
#include "store/postgres_server.h"

namespace snom::store {
namespace {

using namespace std::chrono_literals;
using registration_table::Key;
using registration_table::Row;
using Keys = std::vector<Key>;
using Names = std::vector<std::string>;

constexpr auto limit = 20s;
constexpr std::int64_t second = 1'000'000;
const std::string alice = "1000@example.com";

class RegistrationTable : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = testing::PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "there is no PostgreSQL here";
    url_ = server_->url_of_new_schema();
    first_ = connected();
    second_ = connected();
    now_ = registration_table::now(*first_, limit).value();
  }
  std::unique_ptr<PostgresConnection> connected() {
    auto made = PostgresConnection::connect(url_, std::chrono::steady_clock::now() + limit);
    EXPECT_TRUE(made) << made.error().text;
    const auto prepared = registration_table::prepare(**made, limit);
    EXPECT_TRUE(prepared) << prepared.error().text;
    return std::move(*made);
  }
  /// Registered `ago` seconds ago, for ten minutes.
  [[nodiscard]] Row row(const std::string& call_id, std::uint32_t cseq, int ago, nodes::Epoch life = 1) const {
    Row row;
    row.address_of_record = alice;
    row.profile = "internal";
    row.contact = "sip:1000@10.0.0.5";
    row.name = registration_table::name_of(row.contact, "", 0);
    row.call_id = call_id;
    row.cseq = cseq;
    row.registered_at = now_ - ago * second;
    row.expires = row.registered_at + 600 * second;
    row.life = life;
    return row;
  }
  Keys write(const std::vector<Row>& rows) {
    auto written = registration_table::write(*first_, rows, limit);
    EXPECT_TRUE(written) << written.error().text;
    return written.value_or(Keys{});
  }
  std::vector<Row> read(const Names& names = {alice}) {
    auto page = registration_table::read(*second_, names, {}, 1000, limit);
    EXPECT_TRUE(page) << page.error().text;
    return page ? page->rows : std::vector<Row>{};
  }
  /// Call-ID and CSeq of the one that is there.
  std::string there() {
    const auto rows = read();
    if (rows.size() != 1) return std::to_string(rows.size()) + " rows";
    return rows[0].call_id + " " + std::to_string(rows[0].cseq);
  }

  testing::PostgresServer* server_ = nullptr;
  std::string url_;
  std::unique_ptr<PostgresConnection> first_;
  std::unique_ptr<PostgresConnection> second_;
  std::int64_t now_ = 0;
};

TEST_F(RegistrationTable, GivesBackByteForByteWhatWasWritten) {
  Row all = row("a\"b\\c{d},%3A\xff\xfe'", 4'000'000'000U, 5, 7);
  all.contact = "sip:\xff%3a\\\"@10.0.0.5;x={}";
  all.instance = "\"<urn:uuid:\xe9>\"";
  all.reg_id = 4'000'000'000U;
  all.name = registration_table::name_of(all.contact, all.instance, all.reg_id);
  all.q = "0.7";
  all.path = "<sip:192.0.2.2;lr;received=sip:192.0.2.7:1024%3btransport%3dtcp>\n<sip:b;lr>";
  all.source_host = "2001:db8::7";
  all.source_port = 65535;
  all.transport = "tls";
  all.next_hop = "udp:192.0.2.2:5060";
  all.direct = false;
  all.proxied = true;
  all.user_agent = "Mozilla/4.0 (compatible; snom370-SIP \xfc 8.7.5.35)\t'\"";
  write({all});
  const auto rows = read();
  ASSERT_EQ(rows.size(), 1U);
  const Row& found = rows[0];
  EXPECT_EQ(found.address_of_record, all.address_of_record);
  EXPECT_EQ(found.profile, all.profile);
  EXPECT_EQ(found.name, all.name);
  EXPECT_EQ(found.contact, all.contact);
  EXPECT_EQ(found.instance, all.instance);
  EXPECT_EQ(found.reg_id, all.reg_id);
  EXPECT_EQ(found.q, all.q);
  EXPECT_EQ(found.path, all.path);
  EXPECT_EQ(found.call_id, all.call_id);
  EXPECT_EQ(found.cseq, all.cseq);
  EXPECT_EQ(found.source_host, all.source_host);
  EXPECT_EQ(found.source_port, all.source_port);
  EXPECT_EQ(found.transport, all.transport);
  EXPECT_EQ(found.next_hop, all.next_hop);
  EXPECT_FALSE(found.direct);
  EXPECT_TRUE(found.proxied);
  EXPECT_EQ(found.user_agent, all.user_agent);
  EXPECT_EQ(found.life, 7U);
  EXPECT_NEAR(static_cast<double>(found.registered_at), -5.0 * second, 4.0 * second) << "from the answer on";
  EXPECT_NEAR(static_cast<double>(found.expires - found.registered_at), 600.0 * second, 10.0);
}

TEST_F(RegistrationTable, TheNewerOfTwoRegistersStaysWhicheverComesLast) {
  write({row("a", 5, 300)});
  write({row("a", 4, 301)});
  EXPECT_EQ(there(), "a 5") << "a lower CSeq";
  write({row("a", 4, 295)});
  EXPECT_EQ(there(), "a 5") << "and though its clock says that it is later";
  write({row("a", 5, 300)});
  EXPECT_EQ(there(), "a 5") << "the same once more";
  write({row("a", 6, 340)});
  EXPECT_EQ(there(), "a 6") << "a higher CSeq, whatever the clock says";
  write({row("b", 1, 345)});
  EXPECT_EQ(there(), "a 6") << "another Call-ID, earlier";
  write({row("b", 1, 200)});
  EXPECT_EQ(there(), "b 1") << "another Call-ID, later: the phone rebooted";
  write({row("a", 7, 299)});
  EXPECT_EQ(there(), "b 1") << "what it did before";
  write({row("b", 9, 190)});
  write({row("b", 1, 100)});
  EXPECT_EQ(there(), "b 1") << "a phone that counts from the start again";
  write({row("b", 10, 180)});
  EXPECT_EQ(there(), "b 1") << "and what it did before";
}

TEST_F(RegistrationTable, ARowFromBeforeTheClockWasSetBackHoldsNothingUp) {
  write({row("a", 5, -3600)});
  write({row("b", 1, 0)});
  EXPECT_EQ(there(), "b 1");
}

TEST_F(RegistrationTable, OnlyWhatAnotherLifeHasNewerIsToldAsSuperseded) {
  EXPECT_EQ(write({row("a", 5, 20, 1)}), Keys{});
  EXPECT_EQ(write({row("a", 4, 20, 1)}), Keys{}) << "its own";
  EXPECT_EQ(write({row("b", 1, 10, 2)}), Keys{});
  EXPECT_EQ(write({row("a", 6, 19, 1)}), (Keys{{alice, "internal", "sip:1000@10.0.0.5"}}));
  EXPECT_EQ(there(), "b 1");
}

TEST_F(RegistrationTable, WhatIsRemovedStaysSoThoughAnOlderOneComesLate) {
  auto removed = row("a", 6, 10);
  removed.removed = true;
  write({row("a", 5, 30)});
  write({removed});
  EXPECT_EQ(there(), "0 rows");
  write({row("a", 5, 30)});
  EXPECT_EQ(there(), "0 rows");
  write({row("c", 1, 25)});
  EXPECT_EQ(there(), "0 rows");
  write({row("a", 7, 5)});
  EXPECT_EQ(there(), "a 7");
}

TEST_F(RegistrationTable, ARemovalOfAllGoesOverThoseThatAreNotKnownYet) {
  auto all = row("a", 6, 10);
  all.removed = true;
  all.name = registration_table::every_binding;
  auto other = row("x", 1, 15);
  other.contact = other.name = "sip:1000@10.0.0.6";
  write({row("a", 5, 12)});
  write({all});
  write({other});
  EXPECT_EQ(there(), "0 rows");
  other.registered_at = now_ - 5 * second;
  write({other});
  EXPECT_EQ(there(), "x 1");
  write({row("a", 7, 11)});
  EXPECT_EQ(read().size(), 2U) << "the same Call-ID: the CSeq counts";
  EXPECT_EQ(read({"1001@example.com"}).size(), 0U);
}

TEST_F(RegistrationTable, AnInstanceIsOneBindingForEachOfItsFlows) {
  const auto flow = [this](const std::string& contact, unsigned reg_id, std::uint32_t cseq) {
    auto one = row("a", cseq, 10);
    one.contact = contact;
    one.instance = "\"<urn:uuid:a>\"";
    one.reg_id = reg_id;
    one.name = registration_table::name_of(one.contact, one.instance, reg_id);
    return one;
  };
  write({flow("sip:1000@10.0.0.5", 1, 1), flow("sip:1000@10.0.0.5", 2, 1)});
  EXPECT_EQ(read().size(), 2U);
  write({flow("sip:1000@10.0.0.9", 1, 2)});
  const auto rows = read();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].contact, "sip:1000@10.0.0.9");
}

TEST_F(RegistrationTable, IsReadInPagesWithoutWhatHasExpired) {
  std::vector<Row> rows;
  Names names;
  for (int user = 100; user < 130; ++user) {
    auto one = row("a", 1, 10);
    one.address_of_record = std::to_string(user) + "@example.com";
    if (user % 3 == 0) one.expires = now_ - second;
    rows.push_back(one);
    if (user < 125) names.push_back(one.address_of_record);
  }
  write(rows);
  std::set<std::string> found;
  Key after;
  std::size_t pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = registration_table::read(*first_, names, after, 4, limit);
    ASSERT_TRUE(page) << page.error().text;
    EXPECT_LE(page->rows.size(), 4U);
    for (const Row& one : page->rows) EXPECT_TRUE(found.insert(one.address_of_record).second);
    more = page->next.has_value();
    if (more) after = *page->next;
  }
  EXPECT_EQ(found.size(), 17U) << "of 25 that were asked for";
  EXPECT_EQ(found.count("101@example.com"), 1U);
  EXPECT_EQ(found.count("102@example.com"), 0U);
  EXPECT_EQ(pages, 5U);
}

TEST_F(RegistrationTable, WhatHasExpiredIsDeletedAPartAtATime) {
  std::vector<Row> rows;
  for (int user = 100; user < 130; ++user) {
    auto one = row("a", 1, 3600);
    one.address_of_record = std::to_string(user) + "@example.com";
    if (user % 2 == 0) one.expires = now_ + 600 * second;
    if (user == 101) one.expires = now_ - 30 * second;  // not for a minute yet
    rows.push_back(one);
  }
  write(rows);
  std::size_t deleted = 0;
  Key after;
  std::size_t parts = 0;
  for (bool more = true; more; ++parts) {
    const auto swept = registration_table::sweep(*first_, after, 7, limit);
    ASSERT_TRUE(swept) << swept.error().text;
    EXPECT_LE(swept->deleted, 7U);
    deleted += swept->deleted;
    more = swept->next.has_value();
    if (more) after = *swept->next;
  }
  EXPECT_EQ(parts, 5U);
  EXPECT_EQ(deleted, 14U);
  std::int64_t left = 0;
  ASSERT_TRUE(second_->run("SELECT count(*) FROM registration", limit, [&](const PostgresConnection::Row& count) {
    left = count.integer(0);
    return SqlResult<void>{};
  }));
  EXPECT_EQ(left, 16);
  EXPECT_EQ(registration_table::sweep(*first_, {}, 100, limit)->deleted, 0U);
}

TEST_F(RegistrationTable, NodesThatWriteTheSamePhonesAtOnceDoNotWaitForEachOther) {
  const auto many = [this](const std::string& call_id, nodes::Epoch life, PostgresConnection& by) {
    for (std::uint32_t cseq = 1; cseq <= 20; ++cseq) {
      std::vector<Row> rows;
      for (int user = 1000; user < 1200; ++user) {
        rows.push_back(row(call_id, cseq, 5, life));
        rows.back().address_of_record = std::to_string(user) + "@example.com";
      }
      const auto written = registration_table::write(by, rows, limit);
      if (!written) return written.error().text;
    }
    return std::string();
  };
  auto other = std::async(std::launch::async, [&] { return many("b", 2, *second_); });
  EXPECT_EQ(many("a", 1, *first_), "");
  EXPECT_EQ(other.get(), "");
}

TEST_F(RegistrationTable, SeveralMakeItAtTheSameTime) {
  const auto url = server_->url_of_new_schema();
  std::vector<std::future<std::string>> all;
  for (int each = 0; each < 6; ++each) {
    all.push_back(std::async(std::launch::async, [&url] {
      auto made = PostgresConnection::connect(url, std::chrono::steady_clock::now() + limit);
      if (!made) return made.error().text;
      const auto prepared = registration_table::prepare(**made, limit);
      return prepared ? std::string() : prepared.error().text;
    }));
  }
  for (auto& each : all) EXPECT_EQ(each.get(), "");
}

}  // namespace
}  // namespace snom::store
