#include <gtest/gtest.h>

#include "language/digest.h"
#include "sip/calls_at_text.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

const std::string buttons_type = "Content-Type: application/x-buttons\r\n";

// -- with our own server at the other end

class MessagesOverAll : public ServerTest, public ::testing::WithParamInterface<Way> {
 protected:
  [[nodiscard]] std::string server() const { return address(GetParam().first, GetParam().second); }
};
INSTANTIATE_TEST_SUITE_P(UserAgent, MessagesOverAll, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(MessagesOverAll, TakesADocumentAndItsAnswerGoesBack) {
  TestPhone phone(*loop_, server());
  ASSERT_EQ(phone.register_now(), "registered 600");
  const control::OutgoingMessage message{registrations().at(0), "", "application/x-buttons", "k=2\r\nc=on\r\n"};
  EXPECT_EQ(send(message).status, 200);
  EXPECT_EQ(phone.line().wait_for("message"),
            "message application/x-buttons k=2\r\nc=on\r\n from sip:1000@example.com");
  phone.line().answer_with(404);
  const auto refused = send(message);
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.reason, "No Such Key");
}

TEST_P(MessagesOverAll, APressIsChallengedAndItsOutcomeTold) {
  TestPhone phone(*loop_, server());
  ASSERT_EQ(phone.register_now(), "registered 600");
  phone.message("api+uuid_transfer%20%3Cuuid%3E%209001", "k=2\r\n");
  EXPECT_EQ(phone.line().wait_for("message_done"), "message_done 202 Accepted");
  ASSERT_EQ(presses().size(), 1U);
  EXPECT_EQ(presses()[0].target, "api+uuid_transfer <uuid> 9001");
  EXPECT_EQ(presses()[0].body, "k=2\r\n");
  observer_.accept_presses(false);
  phone.message("9001", "k=3\r\n");
  EXPECT_EQ(phone.line().wait_for("message_done"), "message_done 403 Forbidden");
}

// -- with a server of our making

class MessagesAtText : public CallsAtText {};
INSTANTIATE_TEST_SUITE_P(UserAgent, MessagesAtText, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(MessagesAtText, ThePressIsAMessageToTheActionAtTheOwnDomain) {
  phone_.message("api+snom_command%20x", "k=2\r\n");
  const SipText press = server_.next("MESSAGE");
  EXPECT_EQ(press.first_line(), "MESSAGE sip:api+snom_command%20x@example.com SIP/2.0");
  EXPECT_EQ(press.header("To"), "<sip:api+snom_command%20x@example.com>");
  EXPECT_TRUE(press.header("From").starts_with("<sip:1000@example.com>;tag="));
  EXPECT_EQ(press.header("Content-Type"), "application/x-buttons");
  EXPECT_EQ(press.header("User-Agent"), "snom370/8.7.5.35");
  EXPECT_EQ(press.body(), "k=2\r\n");
  server_.reply_to(press, 407, "Proxy Authentication Required",
                   "Proxy-Authenticate: Digest realm=\"proxy\", nonce=\"n\", qop=\"auth\"\r\n");
  const SipText again = server_.next("MESSAGE");
  const auto given = language::parse_digest_credentials(again.header("Proxy-Authorization"));
  ASSERT_TRUE(given) << again.text();
  EXPECT_TRUE(language::response_matches(*given, "1234", "MESSAGE"));
  EXPECT_EQ(given->uri, "sip:api+snom_command%20x@example.com");
  EXPECT_EQ(again.header("Call-ID"), press.header("Call-ID"));
  server_.reply_to(again, 202, "Accepted");
  EXPECT_EQ(phone_.line().wait_for("message_done"), "message_done 202 Accepted");
}

// Real phones lost presses on servers that answered 401 without a challenge, or whose nonce had gone stale.
TEST_P(MessagesAtText, APressWhoseNonceWentStaleIsNotLost) {
  const auto challenge = [](const std::string& nonce, const std::string& more) {
    return "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"" + nonce + "\", qop=\"auth\"" + more + "\r\n";
  };
  phone_.message("9001", "k=2\r\n");
  server_.reply_to(server_.next("MESSAGE"), 401, "Unauthorized", challenge("first", ""));
  server_.reply_to(server_.next("MESSAGE"), 401, "Unauthorized", challenge("second", ", stale=true"));
  const SipText third = server_.next("MESSAGE");
  const auto given = language::parse_digest_credentials(third.header("Authorization"));
  ASSERT_TRUE(given) << third.text();
  EXPECT_EQ(given->nonce, "second");
  EXPECT_EQ(third.body(), "k=2\r\n");
  server_.reply_to(third, 202, "Accepted");
  EXPECT_EQ(phone_.line().wait_for("message_done"), "message_done 202 Accepted");
}

TEST_P(MessagesAtText, AWrongPasswordIsToldAfterOneTry) {
  phone_.message("9001", "k=2\r\n");
  for (int i = 0; i < 2; ++i) {
    server_.reply_to(server_.next("MESSAGE"), 401, "Unauthorized",
                     "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\"\r\n");
  }
  EXPECT_EQ(phone_.line().wait_for("message_done"), "message_done 401 Unauthorized");
}

TEST_P(MessagesAtText, EachOutcomeHasItsStatusAndWords) {
  EXPECT_EQ(ask(server_.request("MESSAGE", contact_, buttons_type, "k=1\r\n")).first_line(), "SIP/2.0 200 OK");
  phone_.line().answer_with(400);
  EXPECT_EQ(ask(server_.request("MESSAGE", contact_, buttons_type, "x")).first_line(),
            "SIP/2.0 400 Bad Buttons Document");
  phone_.line().answer_with(415);
  const SipText unsupported = ask(server_.request("MESSAGE", contact_, "Content-Type: text/css\r\n", "x"));
  EXPECT_EQ(unsupported.status(), 415);
  EXPECT_EQ(unsupported.header("Accept"), "application/x-buttons, application/snomxml, text/plain, text/html");
  phone_.line().answer_with(489);
  const SipText event = ask(server_.request("NOTIFY", contact_, "Event: dance\r\nSubscription-State: active\r\n"));
  EXPECT_EQ(event.status(), 489);
  EXPECT_NE(event.header("Allow-Events").find("check-sync"), std::string::npos) << event.text();
}

TEST_P(MessagesAtText, ANotifyArrivesWithItsEventAndBody) {
  EXPECT_EQ(ask(server_.request("NOTIFY", contact_, "Event: check-sync;reboot=true\r\nSubscription-State: active\r\n"))
                .status(),
            200);
  EXPECT_EQ(phone_.line().wait_for("notify"), "notify check-sync;reboot=true  ");
}

TEST_P(MessagesAtText, WhatIsForNobodyHereIsRefused) {
  const std::string host = contact_.substr(contact_.find('@') + 1);
  EXPECT_EQ(ask(server_.request("MESSAGE", "sip:1009@" + host, buttons_type, "k=1\r\n")).status(), 404);
  std::string other_line = contact_;
  other_line.replace(other_line.find(";line=") + 6, 8, "00000000");
  EXPECT_EQ(ask(server_.request("MESSAGE", other_line, buttons_type, "k=1\r\n")).status(), 404);
  EXPECT_EQ(ask(server_.request("BYE", contact_)).status(), 481);
  EXPECT_EQ(ask(server_.request("INFO", contact_)).status(), 481);
  const SipText subscribe = ask(server_.request("SUBSCRIBE", contact_, "Event: presence\r\n"));
  EXPECT_EQ(subscribe.status(), 405);
  EXPECT_NE(subscribe.header("Allow").find("MESSAGE"), std::string::npos) << subscribe.text();
  EXPECT_EQ(ask(server_.request("OPTIONS", contact_)).status(), 200);
  EXPECT_EQ(phone_.line().count("message"), 0U);
}

TEST_P(MessagesAtText, ARepetitionIsAnsweredAlikeAndTakenOnce) {
  const std::string text = server_.request("MESSAGE", contact_, buttons_type, "k=1\r\n");
  EXPECT_EQ(ask(text).status(), 200);
  phone_.line().answer_with(404);
  EXPECT_EQ(ask(text).status(), 200);
  EXPECT_EQ(phone_.line().count("message"), 1U);
}

TEST(UserAgentMessages, FromAnotherAddressThanTheServersAreForbidden) {
  EventLoop loop;
  TextServer server("udp", "127.0.0.1");
  TestPhone phone(loop, server.url());
  server.meet(phone);
  phone.log_on();
  const std::string contact = server.accept_registration();
  TextServer stranger("udp", "127.0.0.2");
  stranger.meet(phone);
  stranger.send(stranger.request("MESSAGE", contact, buttons_type, "k=1\r\n"));
  EXPECT_EQ(stranger.next_answer("MESSAGE").status(), 403);
  stranger.send(stranger.request("NOTIFY", contact, "Event: check-sync;reboot=true\r\n"));
  EXPECT_EQ(stranger.next_answer("NOTIFY").status(), 403);
  EXPECT_EQ(phone.line().count("message") + phone.line().count("notify"), 0U);
}

// -- faults

class FaultyPhone : public ::testing::Test {
 protected:
  void open(const RequestFaults& faults) {
    TestPhone::Wishes wishes;
    wishes.faults = faults;
    phone_ = std::make_unique<TestPhone>(loop_, server_.url(), wishes);
    server_.meet(*phone_);
    phone_->log_on();
    contact_ = server_.accept_registration();
    ASSERT_EQ(phone_->line().wait_for("registered"), "registered 600");
  }
  EventLoop loop_;
  TextServer server_{"udp", "127.0.0.1"};
  std::unique_ptr<TestPhone> phone_;
  std::string contact_;
};

TEST_F(FaultyPhone, ASlowOneLooksAtRequestsLater) {
  open({milliseconds(300), 0, 0});
  const auto began = std::chrono::steady_clock::now();
  server_.send(server_.request("MESSAGE", contact_, buttons_type, "k=1\r\n"));
  EXPECT_EQ(server_.next_answer("MESSAGE").status(), 200);
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(300));
}

TEST_F(FaultyPhone, ASilentOneSaysNothing) {
  open({milliseconds(0), 100, 0});
  server_.send(server_.request("MESSAGE", contact_, buttons_type, "k=1\r\n"));
  EXPECT_EQ(server_.next_answer("MESSAGE", milliseconds(300)).text(), "");
  EXPECT_EQ(phone_->line().count("message"), 0U);
}

TEST_F(FaultyPhone, ARudeOneRefusesEverything) {
  open({milliseconds(0), 0, 486});
  server_.send(server_.request("MESSAGE", contact_, buttons_type, "k=1\r\n"));
  EXPECT_EQ(server_.next_answer("MESSAGE").first_line(), "SIP/2.0 486 Busy Here");
  server_.send(server_.request("INVITE", contact_, {}, server_.sdp()));
  EXPECT_EQ(server_.next_answer("INVITE").status(), 486);
  EXPECT_EQ(phone_->line().log(), std::vector<std::string>{"registered 600"});
}

class Throws : public ServerTest {};

TEST_F(Throws, WhatIsThrownWhereThePhoneIsToldEndsNothing) {
  TestPhone phone(*loop_, address("udp"));
  phone.line().throw_up(true);
  ASSERT_EQ(phone.register_now(), "registered 600");
  const control::OutgoingMessage message{registrations().at(0), "", "application/x-buttons", "k=2\r\nc=on\r\n"};
  auto silent = start_sending(message);
  loop_->run_and_wait([] {});
  phone.line().throw_up(false);
  EXPECT_EQ(send(message).status, 200);
  EXPECT_EQ(silent.get().status, 200) << "repeated, and taken then";
}

}  // namespace
}  // namespace snom::sip::test
