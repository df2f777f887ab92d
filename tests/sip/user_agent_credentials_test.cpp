#include "language/digest.h"
#include "sip/calls_at_text.h"

/// Who gets an answer to a challenge: the server that the password was configured for, in its realm, and nobody else.
namespace snom::sip::test {
namespace {

const std::string no_answer;
constexpr std::chrono::milliseconds a_while{300};

std::string challenge(const std::string& realm, const std::string& name = "WWW-Authenticate") {
  return name + ": Digest realm=\"" + realm + "\", nonce=\"n-" + realm + "\", qop=\"auth\"\r\n";
}

/// A phone whose registrar asked for the realm "pbx", and a stranger on the same machine.
class Credentials : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.meet(phone_);
    stranger_.meet(phone_);
    phone_.log_on();
    server_.reply_to(server_.next("REGISTER"), 401, "Unauthorized", challenge("pbx"));
    const SipText request = server_.next("REGISTER");
    ASSERT_NE(request.header("Authorization"), "");
    contact_ = uri_in(request.header("Contact"));
    server_.reply_to(request, 200, "OK", "Contact: <" + contact_ + ">;expires=600\r\n");
    ASSERT_EQ(phone_.line().wait_for("registered"), "registered 600");
  }
  /// The stranger calls and is answered; his INVITE and the answer.
  std::pair<SipText, SipText> talk_to_stranger() {
    SipText invite(stranger_.request("INVITE", contact_, {}, stranger_.sdp()));
    stranger_.send(invite.text());
    call_ = call_of(phone_.line().wait_for("incoming_call"));
    phone_.answer(call_);
    SipText answer = stranger_.next_answer("INVITE");
    stranger_.send(stranger_.in_dialog("ACK", invite, answer, 1));
    return {std::move(invite), std::move(answer)};
  }
  /// Whatever comes yet is a repetition of what was sent unsigned, if anything.
  static void expect_none_signed(TextServer& at, std::string_view method) {
    for (SipText more = at.next(method, a_while); more.text() != no_answer; more = at.next(method, a_while)) {
      expect_unsigned(more);
    }
  }
  static void expect_unsigned(const SipText& request) {
    EXPECT_NE(request.text(), no_answer);
    EXPECT_EQ(request.header("Authorization"), "") << request.text();
    EXPECT_EQ(request.header("Proxy-Authorization"), "") << request.text();
  }

  EventLoop loop_;
  TextServer server_{"udp", "127.0.0.1"};
  TextServer stranger_{"udp", "127.0.0.1"};
  TestPhone phone_{loop_, server_.url()};
  std::string contact_, call_;
};

TEST_F(Credentials, AStrangersChallengeToTheByeIsNotAnswered) {
  (void)talk_to_stranger();
  phone_.hang_up(call_);
  const SipText bye = stranger_.next("BYE");
  expect_unsigned(bye);
  stranger_.reply_to(bye, 407, "Proxy Authentication Required", challenge("pbx", "Proxy-Authenticate"));
  expect_none_signed(stranger_, "BYE");
}

TEST_F(Credentials, NorToHoldDigitsAndTransfer) {
  (void)talk_to_stranger();
  phone_.hold(call_, true);
  const SipText reinvite = stranger_.next("INVITE");
  expect_unsigned(reinvite);
  stranger_.reply_to(reinvite, 401, "Unauthorized", challenge("pbx"));
  EXPECT_NE(stranger_.next("ACK").text(), no_answer);
  expect_none_signed(stranger_, "INVITE");
  phone_.send_dtmf(call_, '5');
  const SipText info = stranger_.next("INFO");
  expect_unsigned(info);
  stranger_.reply_to(info, 401, "Unauthorized", challenge("pbx"));
  expect_none_signed(stranger_, "INFO");
  phone_.transfer(call_, "1002");
  const SipText refer = stranger_.next("REFER");
  expect_unsigned(refer);
  stranger_.reply_to(refer, 401, "Unauthorized", challenge("pbx"));
  EXPECT_EQ(phone_.line().wait_for("transfer_done"), "transfer_done 401 Unauthorized");
}

TEST_F(Credentials, WhoIsCalledAfterARedirectionGetsNone) {
  call_ = phone_.call("1001");
  SipText invite = server_.next("INVITE");
  EXPECT_NE(invite.header("Authorization"), "") << "the server does";
  server_.reply_to(invite, 302, "Moved Temporarily", "Contact: <" + stranger_.contact() + ">\r\n");
  invite = stranger_.next("INVITE");
  expect_unsigned(invite);
  stranger_.reply_to(invite, 401, "Unauthorized", challenge("pbx"));
  EXPECT_EQ(phone_.line().wait_for("call_ended"), "call_ended " + call_ + " 401 Unauthorized");
  expect_none_signed(stranger_, "INVITE");
}

TEST_F(Credentials, AcknowledgingAtAnotherMachineRepeatsNoneOfTheInvites) {
  call_ = phone_.call("1001");
  const SipText invite = server_.next("INVITE");
  ASSERT_NE(invite.header("Authorization"), "");
  server_.reply_to(invite, 200, "OK", "Contact: <" + stranger_.contact() + ">\r\n", server_.sdp());
  expect_unsigned(stranger_.next("ACK"));
  // A repetition of the answer gets the ACK again, from the library.
  server_.reply_to(invite, 200, "OK", "Contact: <" + stranger_.contact() + ">\r\n", server_.sdp());
  expect_unsigned(stranger_.next("ACK"));
  phone_.hang_up(call_);
  expect_unsigned(stranger_.next("BYE"));
}

TEST_F(Credentials, BehindAProxyTheOtherEndGetsNone) {
  const std::string proxy = "Record-Route: <sip:" + server_.peer().address() + ";lr>\r\n";
  call_ = phone_.call("1001");
  const SipText invite = server_.next("INVITE");
  server_.reply_to(invite, 200, "OK", proxy + "Contact: <" + stranger_.contact() + ">\r\n", server_.sdp());
  const SipText ack = server_.next("ACK");
  EXPECT_EQ(ack.first_line(), "ACK " + stranger_.contact() + " SIP/2.0");
  expect_unsigned(ack);
  phone_.hang_up(call_);
  const SipText bye = server_.next("BYE");
  expect_unsigned(bye);
  server_.reply_to(bye, 407, "Proxy Authentication Required", challenge("pbx", "Proxy-Authenticate"));
  expect_none_signed(server_, "BYE");
}

TEST_F(Credentials, ARealmThatIsNotTheRegistrarsGetsNoneThroughTheServerEither) {
  call_ = phone_.call("1001");
  server_.reply_to(server_.next("INVITE"), 401, "Unauthorized", challenge("elsewhere"));
  EXPECT_EQ(phone_.line().wait_for("call_ended"), "call_ended " + call_ + " 401 Unauthorized");
  phone_.message("9001", "k=2\r\n");
  server_.reply_to(server_.next("MESSAGE"), 407, "Proxy Authentication Required",
                   challenge("elsewhere", "Proxy-Authenticate"));
  EXPECT_EQ(phone_.line().wait_for("message_done"), "message_done 407 Proxy Authentication Required");
}

TEST_F(Credentials, TheServerItselfIsAnsweredInItsOwnCalls) {
  const SipText invite(server_.request("INVITE", contact_, {}, server_.sdp()));
  server_.send(invite.text());
  call_ = call_of(phone_.line().wait_for("incoming_call"));
  phone_.answer(call_);
  server_.send(server_.in_dialog("ACK", invite, server_.next_answer("INVITE"), 1));
  phone_.hang_up(call_);
  server_.reply_to(server_.next("BYE"), 401, "Unauthorized",
                   "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"new\", stale=true\r\n");
  const auto given = language::parse_digest_credentials(server_.next("BYE").header("Authorization"));
  ASSERT_TRUE(given);
  EXPECT_EQ(given->nonce, "new");
  EXPECT_TRUE(language::response_matches(*given, "1234", "BYE"));
}

}  // namespace
}  // namespace snom::sip::test
