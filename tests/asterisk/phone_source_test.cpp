#include "asterisk/phone_source.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "asterisk/fake_ami.h"

namespace snom::asterisk {
namespace {

using registration::RegistrationPointer;
using testing::contact;
using testing::FakeAmi;
using testing::FakeClock;
using testing::stored_contact;
using namespace std::chrono_literals;

struct Notes : registration::Watcher {
  void registered(const RegistrationPointer& phone) override { note("registered", phone); }
  void refreshed(const RegistrationPointer& phone) override { note("refreshed", phone); }
  void unregistered(const RegistrationPointer& phone, const std::string& why) override { note(why, phone); }
  void note(const std::string& what, const RegistrationPointer& phone) {
    lines.push_back(what + " " + phone->user + " " + phone->contact + " " + phone->call_id);
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }
  std::vector<std::string> lines;
};

using Lines = std::vector<std::string>;

class PhoneSourceTest : public ::testing::Test {
 protected:
  PhoneSourceTest() { make({"office", "example.com"}); }
  void make(PhoneSource::Options options) {
    options.log = [this](const std::string& line) { log.push_back(line); };
    source.emplace(std::move(options), ami, clock, clock, watcher);
  }
  /// Answers the list that is asked for within this time.
  void list(std::vector<AmiMessage> contacts, std::chrono::milliseconds within = 10ms) {
    for (auto passed = 0ms; passed < within && ami.count("PJSIPShowContacts") == 0; ++passed) clock.pass(1ms);
    ASSERT_EQ(ami.count("PJSIPShowContacts"), 1U);
    if (contacts.empty()) {
      ami.fail("PJSIPShowContacts", "No Contacts found");
    } else {
      ami.succeed("PJSIPShowContacts", "A listing of Contacts follows", std::move(contacts));
    }
    clock.run_posted();
  }
  void appears(const std::string& aor, const std::string& uri, const std::string& status = "NonQualified") {
    happens("ContactStatus", {{"AOR", aor}, {"URI", uri}, {"ContactStatus", status}, {"EndpointName", aor}});
  }
  void stored(AmiMessage contact) {
    ami.succeed("DBGet", "Result will follow", {std::move(contact)});
    clock.run_posted();
  }
  void happens(std::string name, Fields more = {}) {
    more.insert(more.begin(), {"Event", std::move(name)});
    source->event({more});
  }

  FakeClock clock;
  FakeAmi ami;
  Notes watcher;
  std::vector<std::string> log;
  std::optional<PhoneSource> source;
};

TEST_F(PhoneSourceTest, ListsAtTheStart) {
  source->connected();
  list({contact("1000", "sip:1000@192.0.2.7:5060"), contact("1001", "sip:1001@192.0.2.8;transport=tcp")});
  EXPECT_EQ(watcher.take(), (Lines{"registered 1000 sip:1000@192.0.2.7:5060 c1",
                                   "registered 1001 sip:1001@192.0.2.8;transport=tcp c1"}));
  const auto found = source->find({"", "1000", ""}).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]->address_of_record(), "1000@example.com");
  EXPECT_EQ(found[0]->profile, "office");
  EXPECT_EQ(found[0]->user_agent, "snomD862/10.1.226.13");
  EXPECT_EQ(found[0]->network_host, "192.0.2.7");
  EXPECT_FALSE(found[0]->direct) << "what Asterisk lists is what the phone wrote into its Via";
  EXPECT_EQ(found[0]->expires_in_s(clock.now()), 4000);  // the wall clock of the test says 1000
  EXPECT_EQ(source->all().size(), 2U);
  EXPECT_EQ(source->find({"office", "", "example.com"}).value().size(), 2U);
  EXPECT_EQ(source->find({"", "1000", "Example.COM"}).value().size(), 1U);
  EXPECT_TRUE(source->find({"", "", "example.org"}).value().empty());
  EXPECT_FALSE(source->find({"internal", "", ""}));
}

TEST_F(PhoneSourceTest, KnowsAccountsThatAreNotRegistered) {
  source->connected();
  ami.succeed("PJSIPShowEndpoints", "",
              {{{{"Event", "EndpointList"}, {"ObjectName", "1000"}, {"Aor", "1000"}}},
               {{{"Event", "EndpointList"}, {"ObjectName", "desk"}, {"Aor", "1002, 1003"}}},
               {{{"Event", "EndpointList"}, {"ObjectName", "trunk"}, {"Aor", ""}}}});
  EXPECT_EQ(source->account({"", "1003", ""}), "1003@example.com");
  EXPECT_EQ(source->account({"office", "1000", "example.com"}), "1000@example.com");
  EXPECT_EQ(source->account({"office", "1000", "Example.COM"}), "1000@example.com");
  EXPECT_EQ(source->account({"", "trunk", ""}), std::nullopt);
  EXPECT_EQ(source->account({"", "", ""}), std::nullopt);
  EXPECT_EQ(source->account({"internal", "1000", ""}), std::nullopt);
}

TEST_F(PhoneSourceTest, AccountsAreAskedForAgainWithTheListsButNotWithEach) {
  source->connected();
  ami.succeed("PJSIPShowEndpoints", "", {{{{"Event", "EndpointList"}, {"Aor", "1000"}}}});
  list({});
  happens("ContactStatus");
  list({});
  EXPECT_EQ(ami.count("PJSIPShowEndpoints"), 0U) << "an event says nothing of accounts";
  list({}, 60s);
  ami.succeed("PJSIPShowEndpoints", "", {{{{"Event", "EndpointList"}, {"Aor", "1001"}}}});
  EXPECT_EQ(source->account({"", "1001", ""}), "1001@example.com");
  EXPECT_EQ(source->account({"", "1000", ""}), std::nullopt);
  list({}, 60s);
  clock.pass(100s);
  EXPECT_EQ(ami.count("PJSIPShowEndpoints"), 1U) << "not while it is not answered";
}

TEST_F(PhoneSourceTest, AccountsThatAreNotListedAreSaidOnceAndKept) {
  source->connected();
  ami.succeed("PJSIPShowEndpoints", "", {{{{"Event", "EndpointList"}, {"Aor", "1000"}}}});
  list({});
  for (int i = 0; i < 2; ++i) {
    list({}, 60s);
    ami.fail("PJSIPShowEndpoints", "Permission denied");
  }
  EXPECT_EQ(log,
            (Lines{"Asterisk does not list its endpoints (read and write = system are needed): Permission denied"}));
  EXPECT_EQ(source->account({"", "1000", ""}), "1000@example.com");
  list({}, 60s);
  ami.fail("PJSIPShowEndpoints", "No endpoints found");
  EXPECT_EQ(source->account({"", "1000", ""}), std::nullopt);
  EXPECT_EQ(log.size(), 1U);
}

TEST_F(PhoneSourceTest, AnEndpointHasAContactForEachOfItsUsers) {
  const auto of_desk = [](const std::string& aor, const std::string& uri) {
    auto made = contact(aor, uri);
    for (auto& [name, text] : made.fields) {
      if (name == "Endpoint") text = "desk";
    }
    return made;
  };
  source->connected();
  list({of_desk("1002", "sip:1002@192.0.2.7"), of_desk("1003", "sip:1003@192.0.2.8"),
        of_desk("1003", "sip:1003@192.0.2.9"), contact("1004", "sip:1004@192.0.2.10")});
  const auto contacts = source->contacts_of_endpoint("desk");
  ASSERT_EQ(contacts.size(), 2U);
  EXPECT_EQ(contacts[0]->user, "1002");
  EXPECT_EQ(contacts[1]->user, "1003");
  EXPECT_TRUE(source->contacts_of_endpoint("1002").empty());
}

TEST_F(PhoneSourceTest, WhatWasLostWithItsConnectionIsAskedForAnewAndNotComplainedOf) {
  source->connected();
  clock.pass(0ms);
  const auto contacts = ami.take("PJSIPShowContacts");
  const auto endpoints = ami.take("PJSIPShowEndpoints");
  source->disconnected();
  source->connected();
  Ami::Answer answer;
  answer.lost = true;
  answer.message = "the connection to Asterisk's manager was lost";
  contacts.done(answer);  // within the same turn
  endpoints.done(answer);
  EXPECT_TRUE(log.empty());
  list({contact("1000", "sip:1000@192.0.2.7")});
  EXPECT_EQ(source->all().size(), 1U);
  EXPECT_EQ(ami.count("PJSIPShowEndpoints"), 1U);
}

TEST_F(PhoneSourceTest, AnEventCausesAQuestionAndNothingElse) {
  source->connected();
  list({});
  appears("1000", "sip:mallory@192.0.2.66");
  EXPECT_TRUE(watcher.take().empty());
  ami.fail("DBGet", "Database entry not found");
  list({contact("1001", "sip:1001@192.0.2.8")});
  EXPECT_EQ(watcher.take(), (Lines{"registered 1001 sip:1001@192.0.2.8 c1"}));
  EXPECT_TRUE(source->find({"", "1000", ""}).value().empty());
}

TEST_F(PhoneSourceTest, AContactThatIsNewIsAskedForByItself) {
  source->connected();
  list({contact("1000", "sip:1000@192.0.2.7")});
  (void)watcher.take();
  appears("1001", "sip:1001@192.0.2.8");
  ASSERT_EQ(ami.count("DBGet"), 1U);
  EXPECT_EQ(testing::value(ami.asked.back().fields, "Family"), "registrar/contact");
  EXPECT_EQ(testing::value(ami.asked.back().fields, "Key"), key_of_contact("1001", "sip:1001@192.0.2.8"));
  stored(stored_contact("1001", "sip:1001@192.0.2.8"));
  EXPECT_EQ(watcher.take(), (Lines{"registered 1001 sip:1001@192.0.2.8 c1"}));
  EXPECT_EQ(source->find({"", "1001", ""}).value()[0]->user_agent, "snomD862/10.1.226.13");
  EXPECT_EQ(source->contacts_of_endpoint("1001").at(0)->contact, "sip:1001@192.0.2.8");
  EXPECT_EQ(source->counters().looks, 1U);
  clock.pass(59s);
  EXPECT_EQ(ami.count("PJSIPShowContacts"), 0U) << "no list is needed";
  list({contact("1000", "sip:1000@192.0.2.7"), contact("1001", "sip:1001@192.0.2.8")}, 1s);
  EXPECT_TRUE(watcher.take().empty()) << "the list says the same";
}

TEST_F(PhoneSourceTest, AListThatIsOlderThanAContactDoesNotTakeItAway) {
  source->connected();
  list({});
  clock.pass(60s);
  appears("1001", "sip:1001@192.0.2.8");
  clock.pass(1ms);
  stored(stored_contact("1001", "sip:1001@192.0.2.8", "c2", "6000"));
  (void)watcher.take();
  list({contact("1001", "sip:1001@192.0.2.8", "c1", "5000")});
  EXPECT_TRUE(watcher.take().empty());
  list({}, 60s);
  EXPECT_EQ(watcher.take(), (Lines{"removed 1001 sip:1001@192.0.2.8 c2"}));
}

TEST_F(PhoneSourceTest, ASecondContactIsNotAloneAndTheFirstNoMore) {
  const auto alone = [this](std::size_t contact) {
    return dynamic_cast<const AsteriskAddress&>(*source->find({"", "1000", ""}).value().at(contact)->address).alone;
  };
  source->connected();
  list({contact("1000", "sip:1000@192.0.2.7")});
  EXPECT_TRUE(alone(0));
  (void)watcher.take();
  appears("1000", "sip:1000@192.0.2.8");
  stored(stored_contact("1000", "sip:1000@192.0.2.8"));
  EXPECT_EQ(watcher.take(), (Lines{"refreshed 1000 sip:1000@192.0.2.7 c1", "registered 1000 sip:1000@192.0.2.8 c1"}));
  EXPECT_FALSE(alone(0));
  EXPECT_FALSE(alone(1));
}

TEST_F(PhoneSourceTest, WhatQualifyFindsAtOnceIsNoNews) {
  source->connected();
  list({});
  appears("1000", "sip:1000@192.0.2.7");
  appears("1000", "sip:1000@192.0.2.7", "Reachable");  // before the first was answered
  stored(stored_contact("1000", "sip:1000@192.0.2.7"));
  stored(stored_contact("1000", "sip:1000@192.0.2.7"));
  appears("1000", "sip:1000@192.0.2.7", "Reachable");
  clock.pass(10s);
  EXPECT_EQ(watcher.take().size(), 1U);
  EXPECT_EQ(ami.count("DBGet") + ami.count("PJSIPShowContacts"), 0U);
  appears("1000", "sip:1000@192.0.2.7", "Unreachable");
  list({contact("1000", "sip:1000@192.0.2.7", "c1", "5000", "Unreachable")});
}

TEST_F(PhoneSourceTest, ForMoreAtOnceThanAreAskedForThereIsTheList) {
  PhoneSource::Options options{"office", "example.com"};
  options.most_looks = 2;
  make(std::move(options));
  source->connected();
  list({});
  for (int i = 0; i < 3; ++i) appears("1000", fmt::format("sip:1000@192.0.2.{}", i));
  EXPECT_EQ(ami.count("DBGet"), 2U);
  list({});
}

TEST_F(PhoneSourceTest, WhoAsksWaitsForTheContactsThatAreAskedFor) {
  int answered = 0;
  const auto ask = [&] {
    source->ask_again({}, [&] { ++answered; });
    clock.run_posted();
  };
  source->connected();
  list({});
  clock.pass(1s);
  appears("1000", "sip:1000@192.0.2.7");
  ask();
  appears("1001", "sip:1001@192.0.2.8");
  ask();
  EXPECT_EQ(answered, 0);
  stored(stored_contact("1000", "sip:1000@192.0.2.7"));
  EXPECT_EQ(answered, 1) << "not for those that came behind";
  ami.fail("DBGet", "Database entry not found");
  clock.run_posted();
  EXPECT_EQ(answered, 1) << "it may be on the list";
  list({contact("1000", "sip:1000@192.0.2.7")});
  EXPECT_EQ(answered, 2);
}

TEST_F(PhoneSourceTest, ManyEventsCauseOneListAndOneMoreForThoseDuringIt) {
  source->connected();
  list({});
  for (int i = 0; i < 100; ++i) happens("ContactStatus");
  clock.pass(10ms);
  EXPECT_EQ(ami.count("PJSIPShowContacts"), 1U);
  for (int i = 0; i < 100; ++i) happens("ContactStatus");
  clock.pass(1s);
  EXPECT_EQ(ami.count("PJSIPShowContacts"), 1U);
  ami.fail("PJSIPShowContacts", "No Contacts found");
  clock.pass(1998ms);  // a list that took a second leaves Asterisk in peace for two
  EXPECT_EQ(ami.count("PJSIPShowContacts"), 0U);
  clock.pass(2ms);
  EXPECT_EQ(ami.count("PJSIPShowContacts"), 1U);
}

TEST_F(PhoneSourceTest, ListsAgainByItself) {
  source->connected();
  list({contact("1000", "sip:1000@192.0.2.7")});
  (void)watcher.take();
  clock.pass(59s);
  EXPECT_EQ(ami.count("PJSIPShowContacts"), 0U);
  list({}, 1s);
  EXPECT_EQ(watcher.take(), (Lines{"removed 1000 sip:1000@192.0.2.7 c1"}));
  EXPECT_TRUE(source->all().empty());
}

TEST_F(PhoneSourceTest, ALaterExpirationMayBeARestart) {
  source->connected();
  list({contact("1000", "sip:1000@192.0.2.7", "c1", "5000")});
  (void)watcher.take();
  list({contact("1000", "sip:1000@192.0.2.7", "c1", "6000")}, 60s);
  EXPECT_EQ(watcher.take(), (Lines{"registered 1000 sip:1000@192.0.2.7 c1#1"}));
  list({contact("1000", "sip:1000@192.0.2.7", "c1", "6000")}, 60s);
  EXPECT_TRUE(watcher.take().empty());
}

TEST_F(PhoneSourceTest, ThatCanBeSwitchedOff) {
  PhoneSource::Options options{"office", "example.com"};
  options.resend_at_refresh = false;
  make(std::move(options));
  source->connected();
  list({contact("1000", "sip:1000@192.0.2.7", "c1", "5000")});
  (void)watcher.take();
  list({contact("1000", "sip:1000@192.0.2.7", "c1", "6000")}, 60s);
  EXPECT_EQ(watcher.take(), (Lines{"refreshed 1000 sip:1000@192.0.2.7 c1"}));
  list({contact("1000", "sip:1000@192.0.2.7", "c2", "6000")}, 60s);
  EXPECT_EQ(watcher.take(), (Lines{"registered 1000 sip:1000@192.0.2.7 c2#1"}));
}

TEST_F(PhoneSourceTest, OneThatIsReachedAgainWasAway) {
  source->connected();
  list({contact("1000", "sip:1000@192.0.2.7", "c1", "5000", "Reachable")});
  (void)watcher.take();
  happens("ContactStatus");
  list({contact("1000", "sip:1000@192.0.2.7", "c1", "5000", "Unreachable")});
  EXPECT_EQ(watcher.take(), (Lines{"refreshed 1000 sip:1000@192.0.2.7 c1"}));
  happens("ContactStatus");
  list({contact("1000", "sip:1000@192.0.2.7", "c1", "5000", "Reachable")});
  EXPECT_EQ(watcher.take(), (Lines{"registered 1000 sip:1000@192.0.2.7 c1#1"}));
}

TEST_F(PhoneSourceTest, AfterTheConnectionWasLostAllCountAsAnewAndThoseWhoLeftHaveGone) {
  source->connected();
  list({contact("1000", "sip:1000@192.0.2.7"), contact("1001", "sip:1001@192.0.2.8")});
  (void)watcher.take();
  source->disconnected();
  clock.pass(10min);
  EXPECT_EQ(ami.count("PJSIPShowContacts"), 0U);
  EXPECT_EQ(source->all().size(), 2U);
  source->connected();
  list({contact("1001", "sip:1001@192.0.2.8")});
  EXPECT_EQ(watcher.take(), (Lines{"removed 1000 sip:1000@192.0.2.7 c1", "registered 1001 sip:1001@192.0.2.8 c1#1"}));
}

TEST_F(PhoneSourceTest, AListThatIsRefusedIsSaidOnceAndChangesNothing) {
  source->connected();
  list({contact("1000", "sip:1000@192.0.2.7")});
  for (int i = 0; i < 3; ++i) {
    clock.pass(60s);
    ami.fail("PJSIPShowContacts", "Permission denied");
    clock.run_posted();
  }
  EXPECT_EQ(source->all().size(), 1U);
  EXPECT_EQ(log,
            (Lines{"Asterisk does not list its contacts (read and write = system are needed): Permission denied"}));
}

TEST_F(PhoneSourceTest, WhoAsksWaitsForTheListThatIsUnderWay) {
  int answered = 0;
  source->ask_again({}, [&] { ++answered; });
  clock.run_posted();
  EXPECT_EQ(answered, 1) << "nobody is connected";
  source->connected();
  clock.pass(0ms);
  source->ask_again({}, [&] { ++answered; });
  clock.run_posted();
  EXPECT_EQ(answered, 1);
  list({});
  EXPECT_EQ(answered, 2);
  source->ask_again({}, [&] { ++answered; });
  clock.run_posted();
  EXPECT_EQ(answered, 3);
  happens("ContactStatus");
  source->ask_again({}, [&] { ++answered; });
  clock.run_posted();
  EXPECT_EQ(answered, 3);
  source->stop();
  clock.run_posted();
  EXPECT_EQ(answered, 4);
}

TEST_F(PhoneSourceTest, APasswordThatWasTakenIsAReasonToLook) {
  source->connected();
  list({});
  happens("SuccessfulAuth", {{"Service", "AMI"}});
  clock.pass(1s);
  EXPECT_EQ(ami.count("PJSIPShowContacts"), 0U);
  happens("SuccessfulAuth", {{"Service", "PJSIP"}});
  list({contact("1000", "sip:1000@192.0.2.7")}, 300ms);
  EXPECT_EQ(watcher.take().size(), 1U);
}

}  // namespace
}  // namespace snom::asterisk
