#include <gtest/gtest.h>

#include "language/digest.h"
#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using std::chrono::seconds;

class RegisterOverAll : public ServerTest, public ::testing::WithParamInterface<Way> {};
INSTANTIATE_TEST_SUITE_P(Register, RegisterOverAll, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(RegisterOverAll, ChallengesThenRegistersAndListsTheContact) {
  TextPhone phone(address(GetParam().first, GetParam().second), "1000", "1234");
  const std::string contact = "Contact: <" + phone.contact() + ">;expires=600\r\n";
  const auto challenge = phone.ask(phone.register_request(contact));
  ASSERT_EQ(challenge.status(), 401) << challenge.text();
  const auto parsed = language::parse_digest_challenge(challenge.header("WWW-Authenticate"));
  ASSERT_TRUE(parsed) << challenge.text();
  EXPECT_EQ(parsed->realm, "example.com");
  EXPECT_FALSE(parsed->stale);
  EXPECT_TRUE(registrations().empty());

  const auto answer =
      phone.ask(phone.register_request(phone.authorization(challenge, "REGISTER", "sip:example.com") + contact));
  ASSERT_EQ(answer.status(), 200) << answer.text();
  EXPECT_EQ(answer.header("Contact"), "<" + phone.contact() + ">;expires=600");

  const auto all = registrations();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].address_of_record(), "1000@example.com");
  EXPECT_EQ(all[0].profile, "internal");
  EXPECT_EQ(all[0].contact, phone.contact());
  EXPECT_EQ(all[0].network_host, GetParam().second);
  EXPECT_EQ(all[0].network_port, phone.peer().port());
  EXPECT_EQ(all[0].transport, GetParam().first);
  EXPECT_EQ(all[0].user_agent, "snom370/8.7.5.35");
  EXPECT_EQ(all[0].call_id, phone.call_id);
  const auto now = std::chrono::steady_clock::now();
  EXPECT_GT(all[0].expires_in_s(now), 595);
  EXPECT_LE(all[0].expires_in_s(now), 600);
  EXPECT_EQ(log(), (std::vector<std::string>{"registered 1000@example.com " + phone.contact()}));
}

TEST_P(RegisterOverAll, ARefreshIsNoNewsButANewCallIdIs) {
  TextPhone phone(address(GetParam().first, GetParam().second), "1000", "1234");
  ASSERT_EQ(phone.register_contact().status(), 200);
  ASSERT_EQ(phone.register_contact().status(), 200);
  EXPECT_EQ(log().size(), 1u);
  phone.call_id = "after-a-reboot";
  phone.cseq = 0;
  ASSERT_EQ(phone.register_contact().status(), 200);
  EXPECT_EQ(log().size(), 2u);
  EXPECT_EQ(registrations().size(), 1u);
}

TEST_P(RegisterOverAll, KnowsByTheViaWhetherThePhoneIsWhereItRegisteredFrom) {
  TextPhone phone(address(GetParam().first, GetParam().second), "1000", "1234");
  const auto direct_with_vias = [&](const std::string& host, const std::string& second) {
    const std::string contact = "Contact: <" + phone.contact() + ">;expires=600\r\n";
    const auto challenge = phone.ask(phone.register_request(contact));
    auto text = phone.register_request(phone.authorization(challenge, "REGISTER", "sip:example.com") + contact);
    const auto own = text.find(phone.peer().address());
    text.replace(own, phone.peer().address().size(), host);
    text.insert(text.find("\r\n", own) + 2, second);
    const auto answer = phone.ask(text);
    EXPECT_EQ(answer.status(), 200) << answer.text();
    const auto all = registrations();
    return all.size() == 1 && all[0].direct;
  };
  const auto own = phone.peer().address();
  EXPECT_TRUE(direct_with_vias(own, ""));
  EXPECT_TRUE(direct_with_vias("phone.example:5060", ""));
  EXPECT_FALSE(direct_with_vias("192.168.5.20:5060", ""));
  EXPECT_FALSE(direct_with_vias("[2001:db8::7]", ""));
  EXPECT_TRUE(direct_with_vias(own, "Via: SIP/2.0/UDP " + own + ";branch=z9hG4bKa\r\n"));
  EXPECT_FALSE(direct_with_vias(own, "Via: SIP/2.0/UDP 192.168.5.20;branch=z9hG4bKa\r\n"));
}

TEST_P(RegisterOverAll, RemovesOneContactAndAllContacts) {
  TextPhone phone(address(GetParam().first, GetParam().second), "1000", "1234");
  const auto two = phone.register_with("Contact: <sip:a@192.0.2.1>, <sip:b@192.0.2.2:5070>;expires=100\r\n");
  ASSERT_EQ(two.status(), 200);
  EXPECT_EQ(two.headers("Contact").size(), 2u) << two.text();
  const auto one = phone.register_with("Contact: <sip:a@192.0.2.1>;expires=0\r\n");
  ASSERT_EQ(one.status(), 200);
  EXPECT_EQ(one.headers("Contact"), (std::vector<std::string>{"<sip:b@192.0.2.2:5070>;expires=100"}));
  EXPECT_EQ(log().back(), "unregistered 1000@example.com sip:a@192.0.2.1: removed");
  const auto none = phone.register_with("Contact: *\r\nExpires: 0\r\n");
  ASSERT_EQ(none.status(), 200);
  EXPECT_TRUE(none.headers("Contact").empty());
  EXPECT_EQ(log().back(), "unregistered 1000@example.com sip:b@192.0.2.2:5070: removed");
  EXPECT_TRUE(registrations().empty());
}

class Register : public ServerTest {
 protected:
  TextPhone phone_{address("udp"), "1000", "1234"};
};

TEST_F(Register, WithoutAContactListsTheBindings) {
  ASSERT_EQ(phone_.register_with("").headers("Contact").size(), 0u);
  phone_.register_with("Contact: <sip:a@192.0.2.1>\r\nContact: <sip:b@192.0.2.2>;q=0.5\r\nExpires: 90\r\n");
  const auto listed = phone_.register_with("");
  EXPECT_EQ(listed.headers("Contact"),
            (std::vector<std::string>{"<sip:a@192.0.2.1>;expires=90", "<sip:b@192.0.2.2>;expires=90;q=0.5"}));
}

TEST_F(Register, StarNeedsExpiresZeroAndNothingElse) {
  phone_.register_contact();
  EXPECT_EQ(phone_.register_with("Contact: *\r\n").status(), 400);
  EXPECT_EQ(phone_.register_with("Contact: *\r\nExpires: 10\r\n").status(), 400);
  EXPECT_EQ(phone_.register_with("Contact: *, <sip:a@192.0.2.1>\r\nExpires: 0\r\n").status(), 400);
  EXPECT_EQ(registrations().size(), 1u);
}

TEST_F(Register, TooBriefIsAnswered423WithTheMinimumAndNothingIsKept) {
  const auto answer = phone_.register_with("Contact: <sip:a@192.0.2.1>, <sip:b@192.0.2.2>;expires=59\r\n");
  EXPECT_EQ(answer.first_line(), "SIP/2.0 423 Interval Too Brief");
  EXPECT_EQ(answer.header("Min-Expires"), "60");
  EXPECT_TRUE(registrations().empty());
}

TEST_F(Register, TheContactsOwnExpiresGoesBeforeTheHeaderAndBothAreCapped) {
  const auto answer = phone_.register_with(
      "Contact: <sip:a@192.0.2.1>;expires=100, <sip:b@192.0.2.2>;expires=99999999999, <sip:c@192.0.2.3>\r\n"
      "Expires: 200\r\n");
  EXPECT_EQ(answer.headers("Contact"),
            (std::vector<std::string>{"<sip:a@192.0.2.1>;expires=100", "<sip:b@192.0.2.2>;expires=7200",
                                      "<sip:c@192.0.2.3>;expires=200"}));
  EXPECT_EQ(phone_.register_with("Contact: <sip:d@192.0.2.4>\r\n").headers("Contact").back(),
            "<sip:d@192.0.2.4>;expires=3600");
}

TEST_F(Register, AnOlderCSeqOfTheSameCallIsRefused) {
  phone_.cseq = 100;
  ASSERT_EQ(phone_.register_contact().status(), 200);
  phone_.cseq = 10;
  const auto late = phone_.register_with("Contact: <" + phone_.contact() + ">;expires=0\r\n");
  EXPECT_EQ(late.first_line(), "SIP/2.0 400 CSeq Out Of Order");
  EXPECT_EQ(registrations().size(), 1u);
}

TEST_F(Register, ARepeatedRequestGetsTheSameAnswerAgain) {
  ASSERT_EQ(phone_.register_contact().status(), 200);
  const auto again = phone_.ask(phone_.last_request());
  EXPECT_EQ(again.status(), 200) << again.text();
  EXPECT_EQ(again.headers("Contact").size(), 1u);
  EXPECT_EQ(log().size(), 1u);

  ASSERT_EQ(phone_.register_with("Contact: *\r\n").status(), 400);
  EXPECT_EQ(phone_.ask(phone_.last_request()).status(), 400);
}

TEST_F(Register, ARepetitionIsAnsweredWithTheSameToTag) {
  const std::string text = phone_.register_request("");
  EXPECT_EQ(phone_.ask(text).header("To"), phone_.ask(text).header("To"));
}

TEST_F(Register, AnotherDomainIs404AndTheListenHostsAreOurs) {
  TextPhone stranger(address("udp"), "1000", "1234", "elsewhere.example");
  EXPECT_EQ(stranger.register_contact().status(), 404);
  TextPhone by_address(address("udp"), "1000", "1234", "127.0.0.1");
  EXPECT_EQ(by_address.register_contact().status(), 200);
  ASSERT_EQ(registrations().size(), 1u);
  EXPECT_EQ(registrations()[0].domain, "example.com");
}

TEST_F(Register, AnUnknownUserAndAWrongPasswordGetTheSameAnswer) {
  TextPhone wrong(address("udp"), "1000", "9999");
  TextPhone unknown(address("udp"), "4711", "9999");
  TextPhone other(address("udp"), "1001", "5678");
  const auto first = wrong.register_contact();
  const auto second = unknown.register_contact();
  for (const SipText& answer : {first, second}) {
    EXPECT_EQ(answer.first_line(), "SIP/2.0 401 Unauthorized");
    const auto challenge = language::parse_digest_challenge(answer.header("WWW-Authenticate"));
    ASSERT_TRUE(challenge);
    EXPECT_FALSE(challenge->stale);
  }
  EXPECT_TRUE(registrations().empty());
}

TEST_F(Register, WhatIsRefusedIsToldWithItsReason) {
  TextPhone(address("udp"), "1000", "9999").register_contact();
  TextPhone(address("udp"), "4711", "9999").register_contact();
  TextPhone(address("udp"), "1000", "1234", "elsewhere.example").register_contact();
  TextPhone(address("udp"), "1000", "9999").ask_with_password("MESSAGE", "sip:a@example.com", "sip:a@example.com");
  TextPhone(address("udp"), "1000", "9999").ask_with_password("INVITE", "sip:a@example.com", "sip:a@example.com");
  phone_.register_with("Contact: *\r\n");
  ASSERT_EQ(phone_.register_contact().status(), 200);
  const auto challenge = phone_.ask(phone_.register_request(""));
  phone_.ask(phone_.register_request(phone_.authorization(challenge, "REGISTER", "sip:other@example.com")));
  TextPhone other(address("udp"), "1001", "5678");
  other.ask(phone_.register_request(other.authorization(challenge, "REGISTER", "sip:example.com")));
  loop_->run_and_wait([] {});
  EXPECT_EQ(observer_.refusals(),
            (std::vector<std::string>{
                "REGISTER of 1000 from 127.0.0.1: wrong password", "REGISTER of 4711 from 127.0.0.1: no such user",
                "REGISTER of 1000 from 127.0.0.1: no such domain", "MESSAGE of 1000 from 127.0.0.1: wrong password",
                "INVITE of 1000 from 127.0.0.1: wrong password",
                "REGISTER of 1000 from 127.0.0.1: 400 Contact * Needs Expires 0 And No Other Contact",
                "REGISTER of 1000 from 127.0.0.1: credentials for another request",
                "REGISTER of 1000 from 127.0.0.1: credentials of another user"}));
}

TEST_F(Register, CredentialsOfAnotherUserAreRefused) {
  TextPhone other(address("udp"), "1001", "5678");
  const auto challenge = other.ask(other.register_request(""));
  const std::string text = other.request(
      "REGISTER", "sip:example.com", "sip:1000@example.com",
      other.authorization(challenge, "REGISTER", "sip:example.com") + "Contact: <sip:thief@192.0.2.66>\r\n");
  EXPECT_EQ(other.ask(text).status(), 401);
  EXPECT_TRUE(registrations().empty());
}

TEST_F(Register, AUsedNonceIsStaleAndTheChallengeSaysSo) {
  const auto challenge = phone_.ask(phone_.register_request(""));
  const auto authorization = phone_.authorization(challenge, "REGISTER", "sip:example.com");
  ASSERT_EQ(phone_.ask(phone_.register_request(authorization)).status(), 200);
  const auto replayed = phone_.ask(phone_.register_request(authorization));
  ASSERT_EQ(replayed.status(), 401);
  const auto again = language::parse_digest_challenge(replayed.header("WWW-Authenticate"));
  ASSERT_TRUE(again) << replayed.text();
  EXPECT_TRUE(again->stale);
  // The next count of the same nonce is good, and so is the new nonce.
  EXPECT_EQ(
      phone_.ask(phone_.register_request(phone_.authorization(challenge, "REGISTER", "sip:example.com", 2))).status(),
      200);
  EXPECT_EQ(phone_.ask(phone_.register_request(phone_.authorization(replayed, "REGISTER", "sip:example.com"))).status(),
            200);
}

TEST_F(Register, ANonceThatIsTooOldIsStale) {
  ServerOptions options;
  options.nonce_lifetime = seconds(0);
  start(options);
  TextPhone phone(address("udp"), "1000", "1234");
  const auto answer = phone.register_contact();
  ASSERT_EQ(answer.status(), 401);
  const auto challenge = language::parse_digest_challenge(answer.header("WWW-Authenticate"));
  ASSERT_TRUE(challenge) << answer.text();
  EXPECT_TRUE(challenge->stale);
}

TEST_F(Register, MoreContactsThanAllowedAreRefusedAsAWhole) {
  ServerOptions options;
  options.max_contacts = 2;
  start(options);
  TextPhone phone(address("udp"), "1000", "1234");
  ASSERT_EQ(phone.register_with("Contact: <sip:a@192.0.2.1>, <sip:b@192.0.2.2>\r\n").status(), 200);
  const auto answer =
      phone.register_with("Contact: <sip:a@192.0.2.1>;expires=0, <sip:c@192.0.2.3>, <sip:d@192.0.2.4>\r\n");
  EXPECT_EQ(answer.first_line(), "SIP/2.0 403 Too Many Contacts");
  EXPECT_EQ(registrations().size(), 2u);
  EXPECT_EQ(phone.register_with("").headers("Contact").size(), 2u);
}

TEST_F(Register, APhoneBackUnderAnotherPortLeavesNoDeadContactBehind) {
  const std::string instance = "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000413FFFFFF>\"";
  phone_.register_with("Contact: <sip:1000@192.0.2.1:2048;line=abc>;" + instance + ";reg-id=1\r\n");
  TextPhone rebooted(address("udp"), "1000", "1234");
  const auto answer =
      rebooted.register_with("Contact: <sip:1000@192.0.2.1:4096;line=xyz>;" + instance + ";reg-id=1\r\n");
  EXPECT_EQ(answer.headers("Contact"),
            (std::vector<std::string>{"<sip:1000@192.0.2.1:4096;line=xyz>;expires=3600;" + instance + ";reg-id=1"}));
  EXPECT_EQ(log(), (std::vector<std::string>{"registered 1000@example.com sip:1000@192.0.2.1:2048;line=abc",
                                             "unregistered 1000@example.com sip:1000@192.0.2.1:2048;line=abc: removed",
                                             "registered 1000@example.com sip:1000@192.0.2.1:4096;line=xyz"}));
}

TEST_F(Register, ExpiresByItself) {
  ServerOptions options;
  options.min_expires = seconds(1);
  start(options);
  TextPhone phone(address("udp"), "1000", "1234");
  ASSERT_EQ(phone.register_contact(1).status(), 200);
  ASSERT_TRUE(observer_.wait_for_entries(2));
  EXPECT_EQ(log().back(), "unregistered 1000@example.com " + phone.contact() + ": expired");
  EXPECT_TRUE(registrations().empty());
}

TEST_F(Register, UsersThatAreGoneLoseTheirRegistrationsAndNewOnesMayCome) {
  TextPhone other(address("udp"), "1001", "5678");
  phone_.register_contact();
  other.register_contact();
  loop_->run_and_wait([&] { server_->set_users({{"1001", "5678", ""}, {"2000", "new", ""}}); });
  EXPECT_EQ(log().back(), "unregistered 1000@example.com " + phone_.contact() + ": user removed");
  ASSERT_EQ(registrations().size(), 1u);
  EXPECT_EQ(registrations()[0].user, "1001");
  EXPECT_EQ(phone_.register_contact().status(), 401);
  TextPhone fresh(address("udp"), "2000", "new");
  EXPECT_EQ(fresh.register_contact().status(), 200);
}

TEST_F(Register, UsersNamesMayHoldBlanks) {
  TextPhone desk(address("udp"), "front desk", "secret");
  ASSERT_EQ(desk.register_contact().status(), 200);
  EXPECT_EQ(registrations().at(0).user, "front desk");
}

TEST_F(Register, ContactsThatAreNoSipUrisAndOverlongOnesAreRefused) {
  EXPECT_EQ(phone_.register_with("Contact: <mailto:a@example.com>\r\n").status(), 400);
  EXPECT_EQ(phone_.register_with("Contact: <sip:" + std::string(2000, 'a') + "@192.0.2.1>\r\n").status(), 400);
  EXPECT_TRUE(registrations().empty());
}

TEST_F(Register, TheDirectoryFindsByUserDomainAndProfile) {
  TextPhone other(address("udp"), "1001", "5678");
  phone_.register_contact();
  other.register_contact();
  const auto count = [&](const std::string& profile, const std::string& user, const std::string& domain) {
    std::size_t size = 0;
    loop_->run_and_wait([&] { size = server_->find({profile, user, domain})->size(); });
    return size;
  };
  EXPECT_EQ(count("internal", "1000", "example.com"), 1u);
  EXPECT_EQ(count("*", "1000", "*"), 1u);
  EXPECT_EQ(count("", "1000", ""), 1u);
  EXPECT_EQ(count("", "1000", "127.0.0.1"), 1u);
  EXPECT_EQ(count("", "1000", "[::1]"), 1u);
  EXPECT_EQ(count("", "1000", "EXAMPLE.com"), 1u);
  EXPECT_EQ(count("", "1000", "elsewhere.example"), 0u);
  EXPECT_EQ(count("", "1002", ""), 0u);
  EXPECT_EQ(count("*", "*", "*"), 2u);
  std::string error;
  loop_->run_and_wait([&] { error = server_->find({"external", "1000", ""}).error(); });
  EXPECT_EQ(error, "profile 'external' does not exist (there is: internal)");
  ASSERT_EQ(registrations().size(), 2u);
  EXPECT_EQ(registrations()[1].web, "http://127.0.0.1:8081");
}

}  // namespace
}  // namespace snom::sip::test
