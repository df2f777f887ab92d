#include "mod_snom/sofia_source.h"

#include <deque>
#include <map>

#include <gtest/gtest.h>

#include "mod_snom/sofia_address.h"

namespace snom::freeswitch {
namespace {

using namespace std::chrono_literals;

/// mod_sofia's table as text, and a clock and two queues that are moved by hand.
struct Table final : registration::Watcher {
  SofiaSource::Clock::time_point now{};
  std::string user_1000;  ///< answer to `xmlstatus profile internal user 1000@`
  std::string everybody;
  std::string details = "<pres-hosts>pbx.example, office.example</pres-hosts>";
  int questions = 0;
  std::deque<std::function<void()>> posted;
  std::multimap<SofiaSource::Clock::time_point, std::function<void()>> later;
  std::vector<registration::RegistrationPointer> dropped;
  SofiaSource registrations{{[this](const std::string& arguments) { return answer(arguments); }, [this] { return now; },
                             [this](std::function<void()> work) { posted.push_back(std::move(work)); },
                             [this](std::chrono::milliseconds delay, std::function<void()> work) {
                               later.emplace(now + delay, std::move(work));
                             }},
                            *this};

  void registered(const registration::RegistrationPointer&) override {}
  void refreshed(const registration::RegistrationPointer&) override {}
  void unregistered(const registration::RegistrationPointer& registration, const std::string& why) override {
    if (why != "removed") dropped.push_back(registration);
  }
  /// Runs what is due behind everybody's back.
  void look() {
    while (!later.empty() && later.begin()->first <= now) later.extract(later.begin()).mapped()();
  }
  /// Those that the table was found not to have any more, since the last call.
  std::vector<registration::RegistrationPointer> take_dropped() {
    while (!posted.empty()) {
      const auto work = std::move(posted.front());
      posted.pop_front();
      work();
    }
    return std::exchange(dropped, {});
  }
  /// As who runs a command: asks first, then looks.
  auto find(const SofiaSource::Query& query) {
    registrations.bring_up_to_date({query});
    return registrations.find(query);
  }

  std::string answer(const std::string& arguments) {
    if (arguments == "xmlstatus") {
      return "<profile><name>internal</name></profile><profile><name>external</name></profile>"
             "<alias><name>example.test</name><data>internal</data></alias>";
    }
    if (arguments == "xmlstatus profile internal reg") return everybody;
    if (arguments == "xmlstatus profile internal") return details;
    if (arguments == "xmlstatus profile internal user 1000@") {
      ++questions;
      return user_1000;
    }
    return "";
  }
};

std::string row(const std::string& port, int expires = 600) {
  return "<registration><call-id>c" + port +
         "</call-id><user>1000@example.test</user><contact>&lt;sip:1000@192.0.2.7:" + port +
         "&gt;</contact><status>Registered(UDP) expsecs(" + std::to_string(expires) +
         ")</status><network-ip>192.0.2.7</network-ip></registration>";
}

registration::Registration told(const std::string& port, std::int64_t expires = 600) {
  registration::Registration registration;
  registration.user = "1000";
  registration.domain = "example.test";
  registration.profile = "internal";
  registration.contact = "sip:1000@192.0.2.7:" + port;
  registration.call_id = "c" + port;
  registration.expires += std::chrono::seconds(expires);
  return registration;
}

std::vector<std::string> contacts(Table& table, const std::string& profile = "internal",
                                  const std::string& domain = "example.test") {
  std::vector<std::string> found;
  const auto registrations = table.find({profile, "1000", domain});
  if (!registrations) return {registrations.error()};
  for (const auto& registration : *registrations) found.push_back(registration->contact);
  return found;
}

using Contacts = std::vector<std::string>;
const Contacts first{"sip:1000@192.0.2.7:1"};

TEST(SofiaSource, AskTheTableOnceForAUserTheyKnowNothingOf) {
  Table table;
  table.user_1000 = row("1");
  EXPECT_EQ(contacts(table), first);
  EXPECT_EQ(contacts(table), first);
  EXPECT_EQ(table.questions, 1);
  EXPECT_EQ(table.registrations.questions(), 1U);
}

TEST(SofiaSource, AskAgainForWhoIsNotThere) {
  Table table;
  EXPECT_EQ(contacts(table), Contacts{});
  table.user_1000 = row("1");
  EXPECT_EQ(contacts(table), first);
}

TEST(SofiaSource, TakeAnEventAtItsWordBeforeTheTableHasIt) {
  Table table;
  table.registrations.registered(told("1"), "");
  EXPECT_EQ(contacts(table), first);
  EXPECT_EQ(table.questions, 0);
}

TEST(SofiaSource, AskTheTableWhichOfTwoContactsIsLeftOnceItKnows) {
  Table table;
  table.registrations.registered(told("1"), "");
  table.registrations.registered(told("2"), "");
  EXPECT_EQ(contacts(table).size(), 2U);
  EXPECT_EQ(table.questions, 0);
  table.now += 3s;
  table.user_1000 = row("2");  // the profile allows one contact
  EXPECT_EQ(contacts(table), Contacts{"sip:1000@192.0.2.7:2"});
  EXPECT_EQ(table.questions, 1);
}

TEST(SofiaSource, TellOfAContactThatAnotherReplacedThoughNobodyAsksForTheUser) {
  Table table;
  EXPECT_FALSE(table.registrations.registered(told("1"), ""));
  EXPECT_TRUE(table.registrations.registered(told("2"), ""));
  table.user_1000 = row("2");
  table.now += 1s;
  table.look();
  EXPECT_EQ(table.questions, 0) << "the table may be older than the event";
  table.now += 1s;
  table.look();
  table.look();
  EXPECT_EQ(table.questions, 1);
  const auto dropped = table.take_dropped();
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0]->contact, told("1").contact);
  EXPECT_TRUE(table.take_dropped().empty());
  EXPECT_EQ(table.registrations.all().size(), 1U);
}

TEST(SofiaSource, NoticeByTheTableAloneThatAContactHasGone) {
  Table table;
  table.registrations.registered(told("1"), "");
  table.registrations.registered(told("2"), "");
  table.user_1000 = row("1") + row("2");
  table.now += 3s;
  EXPECT_EQ(contacts(table).size(), 2U);
  table.user_1000 = row("2");  // the first one's TCP connection ended, of which there is no event
  table.now += 59s;
  EXPECT_EQ(contacts(table).size(), 2U);
  EXPECT_EQ(table.questions, 1) << "a question for each of thousands of keys would be too many";
  table.now += 1s;
  EXPECT_EQ(contacts(table), Contacts{"sip:1000@192.0.2.7:2"});
  const auto dropped = table.take_dropped();
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0]->contact, told("1").contact);
}

TEST(SofiaSource, OneThatLogsOffMayTakeTheOthersOfItsUserWithIt) {
  Table table;
  table.registrations.registered(told("1"), "");
  table.registrations.registered(told("2"), "");
  table.registrations.unregistered(told("2"));
  table.now += 2s;
  table.look();
  ASSERT_EQ(table.take_dropped().size(), 1U);
  EXPECT_TRUE(table.registrations.all().empty());
}

TEST(SofiaSource, DoNotTellOfOneThatIsBackMeanwhile) {
  Table table;
  table.registrations.registered(told("1"), "");
  table.registrations.registered(told("2"), "");
  table.user_1000 = row("2");
  table.now += 2s;
  EXPECT_EQ(contacts(table), Contacts{"sip:1000@192.0.2.7:2"});
  table.registrations.registered(told("1"), "");
  EXPECT_TRUE(table.take_dropped().empty());
}

TEST(SofiaSource, DropWhoseTimeIsUp) {
  Table table;
  table.registrations.registered(told("1", 60), "");
  table.now += 61s;
  EXPECT_EQ(contacts(table), Contacts{});
  EXPECT_EQ(table.take_dropped().size(), 1U);
}

TEST(SofiaSource, DoNotBelieveATableThatStillHasWhoIsGone) {
  Table table;
  table.user_1000 = row("1");
  EXPECT_EQ(contacts(table), first);
  table.registrations.unregistered(told("1"));
  EXPECT_EQ(contacts(table), Contacts{});
  table.now += 3s;
  EXPECT_EQ(contacts(table), first) << "after that time the table is right: it is another registration";
}

TEST(SofiaSource, AnExpiryWithoutAContactIsKnownByItsCallId) {
  Table table;
  table.registrations.registered(told("1"), "");
  auto expired = told("1");
  expired.contact.clear();
  table.registrations.unregistered(expired);
  EXPECT_EQ(contacts(table), Contacts{});
}

TEST(SofiaSource, ForgetWhoseTimeIsUp) {
  Table table;
  table.registrations.registered(told("1", 60), "");
  table.now += 61s;
  EXPECT_EQ(contacts(table), Contacts{});
  EXPECT_EQ(table.questions, 1);
  EXPECT_TRUE(table.registrations.all().empty());
}

TEST(SofiaSource, AnswerToTheProfilesAliasesAndPresenceHosts) {
  Table table;
  table.user_1000 = row("1");
  for (const auto* profile : {"internal", "example.test", "*", ""})
    EXPECT_EQ(contacts(table, profile), first) << profile;
  for (const auto* domain : {"EXAMPLE.TEST", "pbx.example", "office.example", "*", ""}) {
    EXPECT_EQ(contacts(table, "internal", domain), first) << domain;
  }
  EXPECT_EQ(contacts(table, "internal", "elsewhere"), Contacts{});
  EXPECT_EQ(contacts(table, "external"), Contacts{});
  EXPECT_EQ(contacts(table, "nowhere"), Contacts{"unknown profile 'nowhere' (profiles: external, internal)"});
}

std::vector<std::string> routes(Table& table) {
  std::vector<std::string> found;
  const auto registrations = table.find({"internal", "1000", ""});
  if (!registrations) return {registrations.error()};
  for (const auto& registration : *registrations)
    found.push_back(registration->address ? sofia_target(registration) : "");
  return found;
}

TEST(SofiaSource, SendByTheTableWhatHasParametersOnceItIsThere) {
  Table table;
  auto phone = told("1");
  phone.contact += ";line=a";
  phone.address = std::make_shared<SofiaAddress>(SofiaAddress::By::itself, path_to_itself(phone.contact));
  table.registrations.registered(phone, "");
  EXPECT_EQ(routes(table), Contacts{sofia_target(phone)}) << "the table does not have it yet";
  EXPECT_EQ(table.questions, 1);
  table.user_1000 = row("1;line=a");
  EXPECT_EQ(routes(table), Contacts{"1000@example.test"});
  table.registrations.registered(phone, "");
  EXPECT_EQ(routes(table), Contacts{"1000@example.test"}) << "a refreshed one is still there";
  EXPECT_EQ(table.questions, 2);
  table.registrations.registered(told("2"), "");
  EXPECT_EQ(routes(table), (Contacts{sofia_target(phone), ""})) << "the table would send to both, one after the other";
}

TEST(SofiaSource, LeaveAPathThatMod_sofiaKeeps) {
  Table table;
  auto phone = told("1");
  phone.address =
      std::make_shared<SofiaAddress>(SofiaAddress::By::path, phone.contact + ";fs_path=sip%3Aproxy.example");
  table.registrations.registered(phone, "");
  table.now += 3s;
  EXPECT_EQ(routes(table), Contacts{sofia_target(phone)});
}

TEST(SofiaSource, AskNothingOddOfMod_sofia) {
  Table table;
  const auto found = table.find({"internal", "1000 reg", "*"});
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->empty());
}

TEST(SofiaSource, FindEverybodyOfAProfileAndADomain) {
  Table table;
  table.registrations.registered(told("1"), "pbx.example");
  auto other = told("2");
  other.user = "1001";
  other.domain = "elsewhere.test";
  table.registrations.registered(other, "");
  const auto count = [&](const std::string& profile, const std::string& user, const std::string& domain) {
    const auto found = table.find({profile, user, domain});
    return found ? found->size() : 99;
  };
  EXPECT_EQ(count("", "", ""), 2U);
  EXPECT_EQ(count("*", "*", "*"), 2U);
  EXPECT_EQ(count("internal", "*", ""), 2U);
  EXPECT_EQ(count("external", "*", ""), 0U);
  EXPECT_EQ(count("", "*", "example.test"), 1U);
  EXPECT_EQ(count("", "*", "pbx.example"), 1U);
  EXPECT_EQ(count("", "*", "nowhere.test"), 0U);
  EXPECT_EQ(table.questions, 0);
  table.registrations.unregistered(other);
  EXPECT_EQ(count("", "*", ""), 1U);
}

TEST(SofiaSource, KnowEverybodyAfterReadingTheTable) {
  Table table;
  table.everybody = row("1") + row("2", 30);
  table.registrations.read_once();
  table.now += 10s;
  const auto all = table.registrations.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]->expires_in_s(table.now), 590);
  EXPECT_EQ(all[1]->expires_in_s(table.now), 20);
  EXPECT_EQ(table.registrations.profile_names(), (Contacts{"external", "internal"}));
}

}  // namespace
}  // namespace snom::freeswitch
