#include <gtest/gtest.h>

#include "language/digest.h"
#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

class RequestsOverAll : public ServerTest, public ::testing::WithParamInterface<Way> {
 protected:
  [[nodiscard]] std::string server() const { return address(GetParam().first, GetParam().second); }
};
INSTANTIATE_TEST_SUITE_P(Requests, RequestsOverAll, ::testing::ValuesIn(all_ways()), way_name);

constexpr const char* target = "sip:api+uuid_transfer%20abc%209001@example.com";

TEST_P(RequestsOverAll, AMessageIsChallengedAndThenTold) {
  TextPhone phone(server(), "1000", "1234");
  ASSERT_EQ(phone.register_contact().status(), 200);
  const std::string text = phone.request("MESSAGE", target, target, "Content-Type: application/x-buttons\r\n", "k=2");
  const auto challenge = phone.ask(text);
  ASSERT_EQ(challenge.status(), 401);
  EXPECT_TRUE(language::parse_digest_challenge(challenge.header("WWW-Authenticate")));
  EXPECT_TRUE(presses().empty());

  const auto answer =
      phone.ask_with_password("MESSAGE", target, target, "Content-Type: application/x-buttons\r\n", "k=2");
  EXPECT_EQ(answer.first_line(), "SIP/2.0 202 Accepted");
  const auto told = presses();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].target, "api+uuid_transfer abc 9001");
  EXPECT_EQ(told[0].target_host, "example.com");
  EXPECT_EQ(told[0].body, "k=2");
  EXPECT_EQ(told[0].from->address_of_record(), "1000@example.com");
  EXPECT_EQ(told[0].from->profile, "internal");
  EXPECT_EQ(told[0].from->contact, phone.contact());
  EXPECT_EQ(told[0].from->network_port, phone.peer().port());
}

TEST_P(RequestsOverAll, AnInviteForARegisteredPhoneIsRedirectedToItsContacts) {
  TextPhone caller(server(), "1000", "1234");
  TextPhone callee(server(), "1001", "5678");
  callee.register_with("Contact: <sip:1001@192.0.2.1:2048;line=a>, <sip:1001@192.0.2.2>\r\n");
  const std::string uri = "sip:1001@example.com";
  const auto unauthenticated = caller.ask(caller.request("INVITE", uri, uri));
  EXPECT_EQ(unauthenticated.status(), 401);
  const auto answer = caller.ask_with_password("INVITE", uri, uri);
  EXPECT_EQ(answer.status(), 302) << answer.text();
  EXPECT_EQ(answer.headers("Contact"),
            (std::vector<std::string>{"<sip:1001@192.0.2.1:2048;line=a>", "<sip:1001@192.0.2.2>"}));
  const auto repeated = caller.ask(caller.last_request());
  EXPECT_EQ(repeated.status(), 302);
  EXPECT_EQ(repeated.header("To"), answer.header("To"));
}

TEST_P(RequestsOverAll, OptionsAreAnswered) {
  TextPhone phone(server(), "1000", "1234");
  const auto answer = phone.ask(phone.request("OPTIONS", "sip:example.com", "sip:example.com"));
  EXPECT_EQ(answer.first_line(), "SIP/2.0 200 OK");
  EXPECT_EQ(answer.header("Allow"), "REGISTER, MESSAGE, INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE");
  EXPECT_EQ(answer.header("Accept"), "application/x-buttons, text/plain");
  EXPECT_TRUE(answer.header("Server").starts_with("snomd/")) << answer.text();
}

class Requests : public ServerTest {
 protected:
  int status_of(const std::string& method, const std::string& uri = "sip:example.com",
                const std::string& headers = {}) {
    return phone_.ask(phone_.request(method, uri, uri, headers)).status();
  }
  TextPhone phone_{address("udp"), "1000", "1234"};
};

TEST_F(Requests, ARefusedPressIs403) {
  observer_.accept_presses(false);
  EXPECT_EQ(phone_.ask_with_password("MESSAGE", target, target).first_line(), "SIP/2.0 403 Forbidden");
  EXPECT_EQ(presses().size(), 1u);
}

TEST_F(Requests, ARepeatedMessageIsAnsweredAgainAndNotToldAgain) {
  ASSERT_EQ(phone_.ask_with_password("MESSAGE", target, target).status(), 202);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(phone_.ask(phone_.last_request()).status(), 202);
  EXPECT_EQ(presses().size(), 1u);
  observer_.accept_presses(false);
  ASSERT_EQ(phone_.ask_with_password("MESSAGE", target, target).status(), 403);
  EXPECT_EQ(phone_.ask(phone_.last_request()).status(), 403);
  EXPECT_EQ(presses().size(), 2u);
}

TEST_F(Requests, CredentialsAreGoodForOneRequestOnly) {
  const auto challenge = phone_.ask(phone_.request("MESSAGE", target, target));
  const auto authorization = phone_.authorization(challenge, "MESSAGE", target);
  ASSERT_EQ(phone_.ask(phone_.request("MESSAGE", target, target, authorization)).status(), 202);
  const auto replay = phone_.ask(phone_.request("MESSAGE", target, target, authorization));
  ASSERT_EQ(replay.status(), 401);
  EXPECT_TRUE(language::parse_digest_challenge(replay.header("WWW-Authenticate"))->stale);
  EXPECT_EQ(presses().size(), 1u);
}

TEST_F(Requests, CredentialsForAnotherMethodOrTargetAreNone) {
  const auto challenge = phone_.ask(phone_.request("MESSAGE", target, target));
  EXPECT_EQ(phone_.ask(phone_.request("MESSAGE", target, target, phone_.authorization(challenge, "REGISTER", target)))
                .status(),
            401);
  EXPECT_EQ(phone_
                .ask(phone_.request("MESSAGE", target, target,
                                    phone_.authorization(challenge, "MESSAGE", "sip:api+other@example.com")))
                .status(),
            401);
  EXPECT_TRUE(presses().empty());
  // Written otherwise, the same target.
  EXPECT_EQ(phone_
                .ask(phone_.request("MESSAGE", target, target,
                                    phone_.authorization(challenge, "MESSAGE",
                                                         "sip:api%2Buuid_transfer%20abc%209001@example.com:5060")))
                .status(),
            202);
}

TEST_F(Requests, ADigestUriWithoutAUserIsTaken) {
  const auto challenge = phone_.ask(phone_.request("MESSAGE", target, target));
  const auto authorization = phone_.authorization(challenge, "MESSAGE", "sip:127.0.0.1:5060");
  EXPECT_EQ(phone_.ask(phone_.request("MESSAGE", target, target, authorization)).status(), 202);
}

TEST_F(Requests, FromIsTheUserOfTheCredentials) {
  TextPhone other(address("udp"), "1001", "5678");
  const auto challenge = other.ask(other.request("MESSAGE", target, target));
  const auto authorization = other.authorization(challenge, "MESSAGE", target);
  EXPECT_EQ(phone_.ask(phone_.request("MESSAGE", target, target, authorization)).status(), 401);
  EXPECT_TRUE(presses().empty());
}

TEST_F(Requests, AnUnregisteredUserMayPressAndHasNoContact) {
  ASSERT_EQ(phone_.ask_with_password("MESSAGE", target, target).status(), 202);
  EXPECT_EQ(presses().at(0).from->contact, "");
  EXPECT_EQ(presses().at(0).from->domain, "example.com");
  EXPECT_EQ(presses().at(0).from->network_port, phone_.peer().port());
}

TEST_F(Requests, AFromOfAnotherDomainIsRefused) {
  TextPhone stranger(address("udp"), "1000", "1234", "elsewhere.example");
  EXPECT_EQ(stranger.ask_with_password("MESSAGE", target, target).status(), 403);
  EXPECT_TRUE(presses().empty());
}

TEST_F(Requests, InvitesForTheUnregisteredAndTheUnknown) {
  EXPECT_EQ(phone_.ask_with_password("INVITE", "sip:1001@example.com", "sip:1001@example.com").status(), 480);
  EXPECT_EQ(phone_.ask_with_password("INVITE", "sip:4711@example.com", "sip:4711@example.com").status(), 404);
  EXPECT_EQ(phone_.ask_with_password("INVITE", "sip:1001@elsewhere.example", "sip:1001@elsewhere.example").status(),
            404);
}

TEST_F(Requests, AnAckIsNotAnswered) {
  phone_.peer().send(phone_.request("ACK", "sip:1001@example.com", "sip:1001@example.com"));
  EXPECT_FALSE(phone_.peer().receive(milliseconds(50)));
}

TEST_F(Requests, ACancelThatComesAfterTheAnswerIs200AndOneForNothingIs481) {
  EXPECT_EQ(status_of("CANCEL", "sip:1001@example.com"), 481);
  ASSERT_EQ(phone_.ask_with_password("INVITE", "sip:1001@example.com", "sip:1001@example.com").status(), 480);
  std::string cancel = phone_.last_request();
  cancel.replace(0, 6, "CANCEL");
  cancel.replace(cancel.find(" INVITE\r\n"), 9, " CANCEL\r\n");
  EXPECT_EQ(phone_.ask(cancel).status(), 200);
}

TEST_F(Requests, WhatIsNotDoneHereIsRefusedByItsName) {
  EXPECT_EQ(status_of("BYE"), 481);
  EXPECT_EQ(status_of("SUBSCRIBE", "sip:1000@example.com", "Event: message-summary\r\n"), 489);
  EXPECT_EQ(status_of("PUBLISH", "sip:1000@example.com", "Event: presence\r\n"), 489);
  EXPECT_EQ(status_of("BREW"), 501);
  const auto refer =
      phone_.ask(phone_.request("REFER", "sip:example.com", "sip:example.com", "Refer-To: <sip:a@b>\r\n"));
  EXPECT_EQ(refer.status(), 405);
  EXPECT_EQ(refer.header("Allow"), "REGISTER, MESSAGE, INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE");
  EXPECT_EQ(status_of("OPTIONS", "tel:+4930"), 416);
  const auto extension = phone_.ask(
      phone_.request("OPTIONS", "sip:example.com", "sip:example.com", "Require: 100rel\r\nRequire: foo, bar\r\n"));
  EXPECT_EQ(extension.status(), 420);
  EXPECT_EQ(extension.header("Unsupported"), "100rel, foo, bar");
}

TEST_F(Requests, ARequestInADialogThatDoesNotExistIs481) {
  std::string invite = phone_.request("INVITE", "sip:1001@example.com", "sip:1001@example.com");
  invite.replace(invite.find("To: <sip:1001@example.com>"), 26, "To: <sip:1001@example.com>;tag=x");
  EXPECT_EQ(phone_.ask(invite).status(), 481);
}

TEST_F(Requests, AMessageLargerThanTheLimitHarmsNobody) {
  TextPhone talker(address("tcp"), "1000", "1234");
  try {
    talker.peer().send(
        talker.request("MESSAGE", target, target, "Content-Type: text/plain\r\n", std::string(1 << 20, 'x')));
  } catch (const std::exception&) {
    // The server may close the connection before all is sent.
  }
  const auto answer = talker.peer().receive();
  if (answer) {
    EXPECT_EQ(answer->status(), 413) << answer->first_line();
  }
  EXPECT_TRUE(presses().empty());
  EXPECT_EQ(status_of("OPTIONS"), 200);
}

TEST(ServerOpen, SaysWhichProfileAndAddressCannotBeBound) {
  EventLoop loop;
  RecordingObserver observer;
  ServerOptions options;
  options.profiles = {{"internal", {"udp:127.0.0.1:0"}, "example.com"}};
  const auto first = Server::open(loop, options, {}, observer);
  ASSERT_TRUE(first);
  ASSERT_EQ((*first)->listening().size(), 1u);

  const std::string taken = (*first)->listening()[0];
  options.profiles = {{"free", {"udp:127.0.0.1:0"}, "a.example"}, {"second", {"tcp:127.0.0.1:0", taken}, "b.example"}};
  const auto second = Server::open(loop, options, {}, observer);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), "profile 'second': cannot listen on " + taken + ": Address already in use");

  options.profiles = {{"internal", {"127.0.0.1:5060"}, "example.com"}};
  EXPECT_EQ(
      Server::open(loop, options, {}, observer).error(),
      "profile 'internal': listen address '127.0.0.1:5060' names no transport that is known (expected udp:HOST:PORT, "
      "tcp:HOST:PORT or tls:HOST:PORT, an IPv6 host in brackets)");
  options.profiles = {{"internal", {"udp:192.0.2.1:0"}, "example.com"}};
  EXPECT_EQ(Server::open(loop, options, {}, observer).error(),
            "profile 'internal': cannot listen on udp:192.0.2.1:0: Cannot assign requested address");
  options.profiles = {{"internal", {}, "example.com"}};
  EXPECT_EQ(Server::open(loop, options, {}, observer).error(),
            "profile 'internal': listen names no address (expected e.g. udp:127.0.0.1:5060)");
  options.profiles = {{"a", {"udp:127.0.0.1:0"}, "a.example"}, {"a", {"udp:127.0.0.1:0"}, "b.example"}};
  EXPECT_EQ(Server::open(loop, options, {}, observer).error(), "profile 'a': the name is given twice");
}

TEST(ServerOpen, AddressesAreListedInTheOrderOfTheOptions) {
  EventLoop loop;
  RecordingObserver observer;
  ServerOptions options;
  options.profiles = {{"a", {"tcp:[::1]:0", "udp:127.0.0.1:0", "tcp:127.0.0.1:0", "udp:[::1]:0"}, "a.example"},
                      {"b", {"udp:127.0.0.1:0", "udp:127.0.0.1:0"}, "b.example"}};
  const auto server = Server::open(loop, options, {}, observer);
  ASSERT_TRUE(server) << server.error();
  std::vector<std::string> kinds;
  for (const std::string& address : (*server)->listening()) kinds.push_back(address.substr(0, address.rfind(':')));
  EXPECT_EQ(kinds, (std::vector<std::string>{"tcp:[::1]", "udp:127.0.0.1", "tcp:127.0.0.1", "udp:[::1]",
                                             "udp:127.0.0.1", "udp:127.0.0.1"}));
}

class Wildcard : public ServerTest, public ::testing::WithParamInterface<Way> {};
INSTANTIATE_TEST_SUITE_P(ServerOpen, Wildcard, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(Wildcard, ServesEachOfTheMachinesAddressesAndSendsFromTheOneThatWasAsked) {
  const auto& [transport, host] = GetParam();
  ServerOptions options;
  options.profiles = {{"internal", {transport + (host == "::1" ? ":[::]:0" : ":0.0.0.0:0")}, "example.com"}};
  start(options);
  // The phone's socket is connected: what comes from another address does not reach it.
  TextPhone phone(address(transport, host), "1000", "1234", host == "::1" ? "[::1]" : host);
  ASSERT_EQ(phone.register_contact().status(), 200);
  auto future = start_sending({registrations().at(0), "", "text/plain", "hello"});
  const auto message = phone.peer().receive();
  ASSERT_TRUE(message);
  phone.peer().send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST(ServerOpen, TheSamePortServesUdpAndTcp) {
  EventLoop loop;
  RecordingObserver observer;
  ServerOptions options;
  options.profiles = {{"internal", {"udp:127.0.0.1:0"}, "example.com"}};
  // A port that is free for UDP may be taken for TCP: a few are tried.
  tl::expected<std::unique_ptr<Server>, std::string> server = tl::unexpected(std::string("not tried"));
  for (int tries = 0; tries < 10 && !server; ++tries) {
    options.profiles[0].listen = {"udp:127.0.0.1:0"};
    std::string port;
    {
      const auto probe = Server::open(loop, options, {}, observer);
      port = (*probe)->listening()[0].substr(4);
    }
    options.profiles[0].listen = {"udp:" + port, "tcp:" + port};
    server = Server::open(loop, options, {}, observer);
  }
  ASSERT_TRUE(server) << server.error();
  EXPECT_EQ((*server)->listening(), options.profiles[0].listen);
}

}  // namespace
}  // namespace snom::sip::test
