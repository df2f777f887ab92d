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
  registration::Registration phone;
  phone.contact = uri;
  phone.call_id = call_id;
  phone.expires = start + seconds(lifetime);
  Binding binding;
  binding.phone = std::move(phone);
  binding.cseq = cseq;
  binding.instance = instance;
  return binding;
}

LocationTable::Update setting(std::vector<Binding> bindings) {
  LocationTable::Update update;
  update.call_id = bindings.front().call_id();
  update.cseq = bindings.front().cseq;
  update.set = std::move(bindings);
  return update;
}

LocationTable::Update removing(std::vector<std::string> uris, const std::string& call_id, std::uint32_t cseq) {
  LocationTable::Update update;
  for (std::string& uri : uris) update.remove.push_back({std::move(uri), {}, 0});
  update.call_id = call_id;
  update.cseq = cseq;
  return update;
}

std::vector<std::string> contacts(const LocationTable& table, TimePoint now = start) {
  std::vector<std::string> uris;
  for (const Binding* binding : table.find("1000", now)) uris.push_back(binding->contact());
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
  ASSERT_NE(table.find_flow("1000", {"sip:b@h", {}, 0}), nullptr);
  EXPECT_EQ(table.find_flow("1000", {"sip:b@h", {}, 0})->call_id(), "c");
  EXPECT_EQ(table.find_flow("1000", {"sip:x@h", {}, 0}), nullptr);
  EXPECT_EQ(table.find_flow("1001", {"sip:b@h", {}, 0}), nullptr);
}

TEST(LocationTable, WhatOthersSeeOfAContactIsSharedAndARefreshIsAnotherOne) {
  LocationTable table(10);
  const auto applied = table.apply("1000", setting({contact("sip:a@h", "c", 1)}), start);
  ASSERT_EQ(applied->registered.size(), 1u);
  EXPECT_EQ(applied->registered[0].phone, table.find("1000", start)[0]->phone);
  const auto refreshed = table.apply("1000", setting({contact("sip:a@h", "c", 2, 600)}), start);
  ASSERT_EQ(refreshed->refreshed.size(), 1u);
  EXPECT_EQ(refreshed->refreshed[0].phone, table.find("1000", start)[0]->phone);
  EXPECT_NE(refreshed->refreshed[0].phone, applied->registered[0].phone);
}

TEST(LocationTable, FactsAreExchangedForThoseOfWhomThereAreOthers) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 1), contact("sip:b@h", "c", 1)}), start));
  const auto exchanged =
      table.exchange([](registration::Registration phone) -> std::optional<registration::Registration> {
        if (phone.contact != "sip:b@h") return std::nullopt;
        phone.web = "http://b";
        return phone;
      });
  ASSERT_EQ(exchanged.size(), 1u);
  EXPECT_EQ(exchanged[0]->web, "http://b");
  EXPECT_EQ(table.find("1000", start)[0]->phone->web, "");
  EXPECT_EQ(table.find("1000", start)[1]->phone, exchanged[0]);
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
  EXPECT_EQ(applied->removed[0].contact(), "sip:a@h");
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
  EXPECT_EQ(applied->removed[0].contact(), "sip:a@h:1");
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
  exchange.remove = {{"sip:a@h", {}, 0}};
  ASSERT_TRUE(table.apply("1000", exchange, start));
  EXPECT_EQ(contacts(table), (Strings{"sip:b@h", "sip:c@h"}));
}

Binding from(Binding binding, const std::string& host, std::uint16_t port,
             const std::string& agent = "snom370/8.7.5.35") {
  auto phone = *binding.phone;
  phone.network_host = host;
  phone.network_port = port;
  phone.transport = "udp";
  phone.user_agent = agent;
  binding.phone = std::move(phone);
  return binding;
}

TEST(LocationTable, APhoneWithoutAnInstanceThatStartsAgainReplacesWhatItLeft) {
  LocationTable table(3);
  for (int i = 0; i < 12; ++i) {
    const auto start_number = std::to_string(i);
    const auto applied = table.apply(
        "1000", setting({from(contact("sip:a@h;line=" + start_number, "call" + start_number, 1), "192.0.2.7", 2048)}),
        start);
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->removed.size(), i == 0 ? 0u : 1u);
    EXPECT_EQ(contacts(table), (Strings{"sip:a@h;line=" + start_number}));
  }
}

TEST(LocationTable, OnlyOneSocketAndOneUserAgentAreOnePhone) {
  const auto kept_beside = [](Binding other) {
    LocationTable table(3);
    EXPECT_TRUE(table.apply("1000", setting({from(contact("sip:a@h;line=1", "c", 1), "192.0.2.7", 2048)}), start));
    EXPECT_TRUE(table.apply("1000", setting({std::move(other)}), start));
    return contacts(table).size() == 2;
  };
  const auto second = contact("sip:a@h;line=2", "d", 1);
  EXPECT_FALSE(kept_beside(from(second, "192.0.2.7", 2048)));
  EXPECT_TRUE(kept_beside(from(second, "192.0.2.8", 2048)));
  EXPECT_TRUE(kept_beside(from(second, "192.0.2.7", 2049)));
  EXPECT_TRUE(kept_beside(from(second, "192.0.2.7", 2048, "snom370/8.7.5.36")));
  EXPECT_TRUE(kept_beside(from(contact("sip:a@h;line=2", "c", 2), "192.0.2.7", 2048))) << "it holds both on purpose";
  EXPECT_TRUE(kept_beside(from(contact("sip:a@h;line=2", "d", 1, 60, "\"<urn:uuid:1>\""), "192.0.2.7", 2048)));
  auto over_tcp = from(second, "192.0.2.7", 2048);
  auto phone = *over_tcp.phone;
  phone.transport = "tcp";
  over_tcp.phone = std::move(phone);
  EXPECT_TRUE(kept_beside(over_tcp));
  auto through_proxy = from(second, "192.0.2.7", 2048);
  through_proxy.proxied = true;
  EXPECT_TRUE(kept_beside(through_proxy)) << "behind one proxy there are many phones";
}

/// A full list of three phones.
class FullList : public ::testing::Test {
 protected:
  FullList() {
    for (int i = 0; i < 3; ++i) {
      auto phone = contact("sip:a@h" + std::to_string(i), "call" + std::to_string(i), 1);
      phone.registered_at = start - seconds(10 - i);
      EXPECT_TRUE(table_.apply("1000", setting({phone}), start));
    }
  }
  void note(int i, Binding::Heard heard) { table_.note("1000", {"sip:a@h" + std::to_string(i), {}, 0}, heard); }
  tl::expected<LocationTable::Applied, Refused> register_one_more() {
    auto newest = contact("sip:new@h", "new", 1);
    newest.registered_at = start;
    return table_.apply("1000", setting({newest}), start);
  }
  LocationTable table_{3};
};

TEST_F(FullList, TheOneHeardOfTheLongestTimeAgoGivesWay) {
  const auto applied = register_one_more();
  ASSERT_TRUE(applied);
  ASSERT_EQ(applied->dropped.size(), 1u);
  EXPECT_EQ(applied->dropped[0].contact(), "sip:a@h0");
  EXPECT_EQ(contacts(table_), (Strings{"sip:a@h1", "sip:a@h2", "sip:new@h"}));
}

TEST_F(FullList, TheSilentGiveWayFirst) {
  note(2, Binding::Heard::silence);
  ASSERT_TRUE(register_one_more());
  EXPECT_EQ(contacts(table_), (Strings{"sip:a@h0", "sip:a@h1", "sip:new@h"}));
}

TEST_F(FullList, ThoseThatAnsweredStay) {
  note(0, Binding::Heard::answer);
  note(1, Binding::Heard::answer);
  ASSERT_TRUE(register_one_more());
  EXPECT_EQ(contacts(table_), (Strings{"sip:a@h0", "sip:a@h1", "sip:new@h"}));
  table_.note("1000", {"sip:new@h", {}, 0}, Binding::Heard::answer);
  EXPECT_EQ(table_.apply("1000", setting({contact("sip:newer@h", "newer", 1)}), start).error(), Refused::too_many);
  note(0, Binding::Heard::silence);
  EXPECT_TRUE(table_.apply("1000", setting({contact("sip:newer@h", "newer", 2)}), start));
}

TEST_F(FullList, ARefreshKeepsWhatWasHeard) {
  for (int i = 0; i < 3; ++i) note(i, Binding::Heard::answer);
  ASSERT_TRUE(table_.apply("1000", setting({contact("sip:a@h0", "call0", 2)}), start));
  EXPECT_EQ(register_one_more().error(), Refused::too_many);
}

/// Flows of one phone under one contact URI (RFC 5626).
Binding flow(unsigned reg_id, std::uint32_t cseq, int lifetime = 60, const std::string& uri = "sip:a@h") {
  auto binding = contact(uri, "flow" + std::to_string(reg_id), cseq, lifetime, "\"<urn:uuid:1>\"");
  binding.reg_id = reg_id;
  return binding;
}

TEST(Flows, AreOnePhoneUnderTheOldest) {
  LocationTable table(10);
  EXPECT_EQ(table.apply("1000", setting({flow(1, 1)}), start)->registered.size(), 1u);
  const auto second = table.apply("1000", setting({flow(2, 1)}), start);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->registered.empty() && second->removed.empty()) << "the phone is there already";
  EXPECT_EQ(table.find("1000", start).size(), 2u);
  const auto phones = table.find_phones("1000", start);
  ASSERT_EQ(phones.size(), 1u);
  EXPECT_EQ(phones[0]->reg_id, 1u);
  std::size_t seen = 0;
  table.for_each(start, [&](const std::string&, const Binding&) { ++seen; });
  EXPECT_EQ(seen, 1u);
}

TEST(Flows, ARefreshOfOneIsNoneOfTheOther) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({flow(1, 1, 60), flow(2, 1, 60)}), start));
  ASSERT_TRUE(table.apply("1000", setting({flow(2, 2, 600)}), start));
  const auto left = table.find("1000", start + seconds(100));
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0]->reg_id, 2u);
}

TEST(Flows, WhenTheOldestEndsTheNextStandsForThePhone) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({flow(1, 1, 10), flow(2, 1, 60, "sip:b@h")}), start));
  const auto changes = table.expire(start + seconds(20));
  ASSERT_EQ(changes.size(), 1u);
  ASSERT_EQ(changes[0].second.expired.size(), 1u);
  ASSERT_EQ(changes[0].second.registered.size(), 1u);
  EXPECT_EQ(changes[0].second.expired[0].contact(), "sip:a@h");
  EXPECT_EQ(changes[0].second.registered[0].contact(), "sip:b@h");

  LocationTable::Update remove_second;
  remove_second.remove = {{"sip:b@h", "\"<urn:uuid:1>\"", 2}};
  remove_second.call_id = "x";
  const auto applied = table.apply("1000", remove_second, start + seconds(20));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->removed.size(), 1u);
  EXPECT_TRUE(table.empty());
}

TEST(Flows, OneThatEndsUnnoticedIsNoNews) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({flow(1, 1), flow(2, 1)}), start));
  LocationTable::Update remove_second;
  remove_second.remove = {{"sip:a@h", "\"<urn:uuid:1>\"", 2}};
  remove_second.call_id = "x";
  const auto applied = table.apply("1000", remove_second, start);
  ASSERT_TRUE(applied);
  EXPECT_TRUE(applied->removed.empty() && applied->registered.empty());
  EXPECT_EQ(table.find("1000", start).size(), 1u);
}

TEST(Flows, TheOneThatWasSilentIsTriedLast) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({flow(1, 1), flow(2, 1), contact("sip:other@h", "d", 1)}), start));
  const auto order = [&] {
    std::vector<unsigned> reg_ids;
    for (const Binding* binding : table.find_flows("1000", "sip:a@h")) reg_ids.push_back(binding->reg_id);
    return reg_ids;
  };
  EXPECT_EQ(order(), (std::vector<unsigned>{1, 2}));
  table.note("1000", {"sip:a@h", "\"<urn:uuid:1>\"", 1}, Binding::Heard::silence);
  EXPECT_EQ(order(), (std::vector<unsigned>{2, 1}));
  EXPECT_TRUE(table.find_flows("1000", "sip:nobody@h").empty());
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
  ASSERT_EQ(gone[0].second.expired.size(), 1u);
  EXPECT_EQ(gone[0].second.expired[0].contact(), "sip:a@h");
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

Binding at(Binding binding, int second) {
  binding.registered_at = start + seconds(second);
  return binding;
}

TEST(LocationTable, WhatAnotherRegistrarTookComesInUnlessItIsOlderThanWhatIsHere) {
  LocationTable table(10);
  const auto taken = table.take_over("1000", at(contact("sip:a@h", "c", 5), 10), start);
  ASSERT_TRUE(taken);
  ASSERT_EQ(taken->registered.size(), 1u);
  EXPECT_FALSE(table.take_over("1000", at(contact("sip:a@h", "c", 5), 10), start)) << "it is here";
  EXPECT_FALSE(table.take_over("1000", at(contact("sip:a@h", "c", 4), 20), start)) << "the CSeq is lower";
  EXPECT_FALSE(table.take_over("1000", at(contact("sip:a@h", "before", 9), 9), start)) << "another Call-ID, earlier";
  const auto refreshed = table.take_over("1000", at(contact("sip:a@h", "c", 6), 10), start);
  ASSERT_TRUE(refreshed);
  EXPECT_EQ(refreshed->registered.size(), 0u);
  EXPECT_EQ(refreshed->refreshed.size(), 1u);
  const auto rebooted = table.take_over("1000", at(contact("sip:a@h", "then", 1), 11), start);
  ASSERT_TRUE(rebooted);
  EXPECT_EQ(rebooted->registered.size(), 1u);
  EXPECT_FALSE(table.take_over("1000", at(contact("sip:b@h", "c", 5, 0), 20), start)) << "its time is over";
  EXPECT_EQ(contacts(table), Strings{"sip:a@h"});
  // As if its REGISTER had come here.
  EXPECT_EQ(table.apply("1000", setting({contact("sip:a@h", "then", 1)}), start).error(), Refused::out_of_order);
  EXPECT_EQ(table.apply("1000", setting({contact("sip:a@h", "then", 2)}), start)->refreshed.size(), 1u);
}

TEST(LocationTable, AnInstanceIsOnePhoneWhereverItRegistered) {
  LocationTable table(10);
  ASSERT_TRUE(table.take_over("1000", at(contact("sip:a@h", "c", 1, 60, "<i>"), 10), start));
  EXPECT_FALSE(table.take_over("1000", at(contact("sip:b@h", "b", 1, 60, "<i>"), 9), start));
  const auto moved = table.take_over("1000", at(contact("sip:d@h", "d", 1, 60, "<i>"), 11), start);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->removed.size(), 1u);
  EXPECT_EQ(contacts(table), Strings{"sip:d@h"});
}

TEST(LocationTable, FromAnotherRegistrarAFullListTakesOnlyWhatASilentOneMakesRoomFor) {
  LocationTable table(1);
  ASSERT_TRUE(table.take_over("1000", at(contact("sip:a@h", "a", 1), 10), start));
  table.note("1000", {"sip:a@h", {}, 0}, Binding::Heard::answer);
  EXPECT_FALSE(table.take_over("1000", at(contact("sip:b@h", "b", 1), 11), start));
  table.note("1000", {"sip:a@h", {}, 0}, Binding::Heard::silence);
  EXPECT_TRUE(table.take_over("1000", at(contact("sip:b@h", "b", 1), 11), start));
  EXPECT_EQ(contacts(table), Strings{"sip:b@h"});
}

TEST(LocationTable, SaysOfEachBindingThatWentWhichItWas) {
  using Flows = std::vector<LocationTable::Flow>;
  LocationTable table(3);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 1), contact("sip:b@h", "c", 1)}), start));
  EXPECT_EQ(table.apply("1000", setting({contact("sip:a@h", "c", 2)}), start)->gone, Flows{});
  EXPECT_EQ(table.apply("1000", setting({contact("sip:a@H", "c", 3)}), start)->gone, (Flows{{"sip:a@h", {}, 0}}))
      << "the same address in other letters";
  EXPECT_EQ(table.apply("1000", removing({"sip:b@h", "sip:none@h"}, "c", 4), start)->gone, (Flows{{"sip:b@h", {}, 0}}));
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:d@h", "d", 1, 60, "<i>")}), start));
  EXPECT_EQ(table.apply("1000", setting({contact("sip:e@h", "e", 1, 60, "<i>")}), start)->gone,
            (Flows{{"sip:d@h", "<i>", 0}}));
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:f@h", "f", 1)}), start));
  EXPECT_EQ(table.apply("1000", setting({contact("sip:g@h", "g", 1)}), start)->gone, (Flows{{"sip:a@H", {}, 0}}))
      << "it made room";
}

TEST(LocationTable, OneUserIsTakenOutWhole) {
  LocationTable table(10);
  ASSERT_TRUE(table.apply("1000", setting({contact("sip:a@h", "c", 1), contact("sip:b@h", "c", 1)}), start));
  ASSERT_TRUE(table.apply("1001", setting({contact("sip:x@h", "x", 1)}), start));
  EXPECT_EQ(table.remove_user("1000").size(), 2u);
  EXPECT_EQ(table.remove_user("1000").size(), 0u);
  EXPECT_EQ(table.size(), 1u);
}

}  // namespace
}  // namespace snom::sip
