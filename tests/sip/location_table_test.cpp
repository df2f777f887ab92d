#include "sip/location_table.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace snom::sip {
namespace {

using std::chrono::seconds;
using TimePoint = LocationTable::TimePoint;
using Refused = LocationTable::Refused;

const TimePoint start{seconds(1000)};

Binding contact(const std::string& uri, const std::string& call_id, std::uint32_t cseq, int lifetime = 60,
                const std::string& instance = {}) {
  Binding binding;
  binding.contact = uri;
  binding.call_id = call_id;
  binding.cseq = cseq;
  binding.expires = start + seconds(lifetime);
  binding.instance = instance;
  return binding;
}

LocationTable::Update setting(std::vector<Binding> bindings) {
  LocationTable::Update update;
  update.call_id = bindings.front().call_id;
  update.cseq = bindings.front().cseq;
  update.set = std::move(bindings);
  return update;
}

LocationTable::Update removing(std::vector<std::string> uris, const std::string& call_id, std::uint32_t cseq) {
  LocationTable::Update update;
  update.remove = std::move(uris);
  update.call_id = call_id;
  update.cseq = cseq;
  return update;
}

std::vector<std::string> contacts(const LocationTable& table, TimePoint now = start) {
  std::vector<std::string> uris;
  for (const Binding* binding : table.find("1000", now)) uris.push_back(binding->contact);
  return uris;
}

using Strings = std::vector<std::string>;

TEST(LocationTable, KeepsContactsInTheOrderTheyCame) {
  LocationTable table(10);
  const auto applied = table.apply("1000", setting({contact("sip:a@h", "c", 1), contact("sip:b@h", "c", 1)}), start);
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->registered.size(), 2u);
  EXPECT_EQ(contacts(table), (Strings{"sip:a@h", "sip:b@h"}));
  EXPECT_EQ(table.find("1001", start).size(), 0u);
  EXPECT_EQ(table.find_contact("1000", "sip:b@h")->call_id, "c");
  EXPECT_EQ(table.find_contact("1000", "sip:x@h"), nullptr);
  EXPECT_EQ(table.find_contact("1001", "sip:b@h"), nullptr);
}

TEST(LocationTable, ARefreshTakesTheNewTextAndIsNoNewRegistration) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@H;x=1", "c", 1)}), start));
  const auto applied = table.apply("1000", setting({contact("sip:a@h", "c", 2, 600)}), start);
  ASSERT_TRUE(applied);
  EXPECT_TRUE(applied->registered.empty());
  EXPECT_TRUE(applied->removed.empty());
  EXPECT_EQ(contacts(table, start + seconds(100)), (Strings{"sip:a@h"}));
}

TEST(LocationTable, UnderAnotherCallIdItIsNewWhateverTheCSeq) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "before", 500)}), start));
  const auto applied = table.apply("1000", setting({contact("sip:a@h", "after", 1)}), start);
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->registered.size(), 1u);
  EXPECT_EQ(contacts(table).size(), 1u);
}

TEST(LocationTable, AnOldOrRepeatedCSeqIsRefusedAsAWhole) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 5)}), start));
  for (const std::uint32_t cseq : {4u, 5u}) {
    EXPECT_EQ(
        table.apply("1000", setting({contact("sip:new@h", "c", cseq), contact("sip:a@h", "c", cseq)}), start).error(),
        Refused::out_of_order);
    EXPECT_EQ(table.apply("1000", removing({"sip:a@h"}, "c", cseq), start).error(), Refused::out_of_order);
    auto all = removing({}, "c", cseq);
    all.remove_all = true;
    EXPECT_EQ(table.apply("1000", all, start).error(), Refused::out_of_order);
  }
  EXPECT_EQ(contacts(table), (Strings{"sip:a@h"}));
}

TEST(LocationTable, OneContactTwiceInARequestIsOneContact) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 1), contact("sip:a@H", "c", 1)}), start));
  EXPECT_EQ(contacts(table).size(), 1u);
}

TEST(LocationTable, RemovesOneOrAllAndPassesOverWhatIsNotThere) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 1), contact("sip:b@h", "c", 1)}), start));
  auto applied = table.apply("1000", removing({"sip:A@elsewhere", "sip:a@h"}, "c", 2), start);
  ASSERT_TRUE(applied);
  ASSERT_EQ(applied->removed.size(), 1u);
  EXPECT_EQ(applied->removed[0].contact, "sip:a@h");
  auto all = removing({}, "other", 1);
  all.remove_all = true;
  applied = table.apply("1000", all, start);
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->removed.size(), 1u);
  EXPECT_TRUE(table.empty());
}

TEST(LocationTable, TheSameInstanceReplacesItsOlderContact) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h:1", "c", 1, 60, "\"<urn:uuid:1>\"")}), start));
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h:2", "d", 1, 60, "\"<urn:uuid:2>\"")}), start));
  const auto applied = table.apply("1000", setting({contact("sip:a@h:3", "e", 1, 60, "\"<urn:uuid:1>\"")}), start);
  ASSERT_TRUE(applied);
  ASSERT_EQ(applied->removed.size(), 1u);
  EXPECT_EQ(applied->removed[0].contact, "sip:a@h:1");
  EXPECT_EQ(contacts(table), (Strings{"sip:a@h:2", "sip:a@h:3"}));

  auto second_flow = contact("sip:a@h:4", "f", 1, 60, "\"<urn:uuid:1>\"");
  second_flow.reg_id = 2;
  ASSERT_TRUE(table.apply("1000", setting({second_flow}), start));
  EXPECT_EQ(contacts(table).size(), 3u) << "another reg-id is another flow (RFC 5626)";
}

TEST(LocationTable, TooManyContactsAreRefusedAndReplacingIsNotOneMore) {
  LocationTable table(2);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 1), contact("sip:b@h", "c", 1)}), start));
  EXPECT_EQ(table.apply("1000", setting({contact("sip:c@h", "c", 2)}), start).error(), Refused::too_many);
  EXPECT_EQ(contacts(table), (Strings{"sip:a@h", "sip:b@h"}));
  auto exchange = setting({contact("sip:c@h", "c", 3)});
  exchange.remove = {"sip:a@h"};
  ASSERT_TRUE(table.apply("1000", exchange, start));
  EXPECT_EQ(contacts(table), (Strings{"sip:b@h", "sip:c@h"}));
}

TEST(LocationTable, ExpiredContactsAreGoneAtOnceAndToldOnce) {
  LocationTable table(1);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 1, 10)}), start));
  ASSERT_TRUE(table.apply("1001", setting({contact("sip:b@h", "c", 1, 20)}), start));
  EXPECT_EQ(contacts(table, start + seconds(9)).size(), 1u);
  EXPECT_EQ(contacts(table, start + seconds(10)).size(), 0u);
  std::size_t seen = 0;
  table.for_each(start + seconds(10), [&](const std::string&, const Binding&) { ++seen; });
  EXPECT_EQ(seen, 1u);
  EXPECT_TRUE(table.expire(start + seconds(9)).empty());
  const auto gone = table.expire(start + seconds(15));
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].first, "1000");
  EXPECT_EQ(gone[0].second.contact, "sip:a@h");
  EXPECT_TRUE(table.expire(start + seconds(15)).empty());
  EXPECT_EQ(table.size(), 1u);
}

TEST(LocationTable, AnExpiredContactTakesNoPlaceAndItsReturnIsNew) {
  LocationTable table(1);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 1, 10)}), start));
  const auto applied = table.apply("1000", setting({contact("sip:a@h", "c", 1, 600)}), start + seconds(30));
  ASSERT_TRUE(applied) << "what expired has no CSeq any more";
  EXPECT_EQ(applied->expired.size(), 1u);
  EXPECT_EQ(applied->registered.size(), 1u);
  EXPECT_TRUE(table.expire(start + seconds(31)).empty());
}

TEST(LocationTable, UsersMayBeTakenOut) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 1)}), start));
  ASSERT_TRUE(table.apply("1001", setting({contact("sip:b@h", "c", 1), contact("sip:c@h", "c", 1)}), start));
  const auto gone = table.remove_users([](const std::string& user) { return user == "1000"; });
  EXPECT_EQ(gone.size(), 2u);
  EXPECT_EQ(table.size(), 1u);
}

}  // namespace
}  // namespace snom::sip
