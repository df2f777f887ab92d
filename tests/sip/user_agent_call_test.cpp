#include <gtest/gtest.h>

#include <algorithm>

#include "language/digest.h"
#include "sip/calls_at_text.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

bool says(const std::string& sdp, const std::string& line) {
  return sdp.find("\r\n" + line + "\r\n") != std::string::npos;
}

// -- two phones, by way of our own server's redirection

class CallsOverAll : public ServerTest, public ::testing::WithParamInterface<Way> {
 protected:
  void SetUp() override {
    const std::string server = address(GetParam().first, GetParam().second);
    caller_ = std::make_unique<TestPhone>(*loop_, server);
    TestPhone::Wishes other;
    other.user = "1001";
    other.password = "5678";
    callee_ = std::make_unique<TestPhone>(*loop_, server, other);
    ASSERT_EQ(caller_->register_now(), "registered 600");
    ASSERT_EQ(callee_->register_now(), "registered 600");
  }
  /// Until it rings.
  void ring() {
    call_ = caller_->call("1001");
    const std::string rings = callee_->line().wait_for("incoming_call");
    ASSERT_NE(rings, "");
    EXPECT_TRUE(rings.ends_with(" 1000")) << rings;
    their_call_ = call_of(rings);
    EXPECT_EQ(caller_->line().wait_for("call_progress"), "call_progress " + call_ + " 180");
  }
  void talk() {
    ring();
    callee_->answer(their_call_);
    ASSERT_EQ(caller_->line().wait_for("call_answered"), "call_answered " + call_);
  }

  std::unique_ptr<TestPhone> caller_, callee_;
  std::string call_, their_call_;
};
INSTANTIATE_TEST_SUITE_P(UserAgent, CallsOverAll, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(CallsOverAll, IsAnsweredHeldResumedAndHungUpByTheCaller) {
  talk();
  caller_->hold(call_, true);
  EXPECT_EQ(callee_->line().wait_for("call_held"), "call_held_by_peer " + their_call_ + " on");
  caller_->hold(call_, false);
  EXPECT_EQ(callee_->line().wait_for("call_held"), "call_held_by_peer " + their_call_ + " off");
  callee_->hold(their_call_, true);
  EXPECT_EQ(caller_->line().wait_for("call_held"), "call_held_by_peer " + call_ + " on");
  callee_->hold(their_call_, false);
  EXPECT_EQ(caller_->line().wait_for("call_held"), "call_held_by_peer " + call_ + " off");
  caller_->send_dtmf(call_, '#');
  EXPECT_EQ(callee_->line().wait_for("dtmf"), "dtmf_received " + their_call_ + " #");
  caller_->hang_up(call_);
  EXPECT_EQ(callee_->line().wait_for("call_ended"), "call_ended " + their_call_ + " 0 hung up there");
  EXPECT_EQ(caller_->line().count("call_ended"), 0U) << "who ends a call is told nothing more";
}

TEST_P(CallsOverAll, IsHungUpByTheOneWhoWasCalled) {
  talk();
  callee_->hang_up(their_call_);
  EXPECT_EQ(caller_->line().wait_for("call_ended"), "call_ended " + call_ + " 0 hung up there");
}

TEST_P(CallsOverAll, IsRejected) {
  ring();
  callee_->reject(their_call_, 486);
  EXPECT_EQ(caller_->line().wait_for("call_ended"), "call_ended " + call_ + " 486 Busy Here");
}

TEST_P(CallsOverAll, IsRefusedWithoutRinging) {
  callee_->line().answer_calls_with(480);
  const std::string call = caller_->call("1001");
  EXPECT_EQ(caller_->line().wait_for("call_ended"), "call_ended " + call + " 480 Temporarily Unavailable");
}

TEST_P(CallsOverAll, TheCallerGivesUp) {
  ring();
  caller_->hang_up(call_);
  EXPECT_EQ(callee_->line().wait_for("call_ended"), "call_ended " + their_call_ + " 487 the caller gave up");
}

TEST_P(CallsOverAll, NobodyOfThatNameOrNobodyThere) {
  std::string call = caller_->call("1009");
  EXPECT_EQ(caller_->line().wait_for("call_ended"), "call_ended " + call + " 404 Not Found");
  callee_->log_off();
  ASSERT_NE(callee_->line().wait_for("unregistered"), "");
  call = caller_->call("1001@example.com");
  EXPECT_EQ(caller_->line().wait_for("call_ended"), "call_ended " + call + " 480 Temporarily Unavailable");
}

// -- a PBX of our making at the other end

INSTANTIATE_TEST_SUITE_P(UserAgent, CallsAtText, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(CallsAtText, TheInviteIsOneThatAnyPbxTakes) {
  const SipText invite = answered_call();
  EXPECT_EQ(invite.first_line(), "INVITE sip:1001@example.com SIP/2.0");
  EXPECT_TRUE(invite.header("From").starts_with("<sip:1000@example.com>;tag=")) << invite.header("From");
  EXPECT_EQ(invite.header("To"), "<sip:1001@example.com>");
  EXPECT_EQ(invite.header("Max-Forwards"), "70");
  EXPECT_EQ(invite.header("User-Agent"), "snom370/8.7.5.35");
  EXPECT_EQ(invite.header("Content-Type"), "application/sdp");
  EXPECT_EQ(uri_in(invite.header("Contact")), contact_);
  EXPECT_NE(invite.header("Allow").find("BYE"), std::string::npos);
  const std::string sdp = invite.body();
  const bool v6 = GetParam().second == "::1";
  EXPECT_TRUE(says(sdp, v6 ? "c=IN IP6 ::1" : "c=IN IP4 127.0.0.1")) << sdp;
  EXPECT_TRUE(says(sdp, "a=rtpmap:8 PCMA/8000")) << sdp;
  EXPECT_TRUE(sdp.ends_with("a=sendrecv\r\n")) << sdp;
}

TEST_P(CallsAtText, AChallengeIsAnsweredAndProgressTold) {
  call_ = phone_.call("1001");
  const SipText first = server_.next("INVITE");
  server_.reply_to(first, 407, "Proxy Authentication Required",
                   "Proxy-Authenticate: Digest realm=\"proxy\", nonce=\"n\", qop=\"auth\"\r\n");
  const SipText second = server_.next("INVITE", std::chrono::seconds(5));
  const auto given = language::parse_digest_credentials(second.header("Proxy-Authorization"));
  ASSERT_TRUE(given) << second.text();
  EXPECT_TRUE(language::response_matches(*given, "1234", "INVITE"));
  EXPECT_EQ(second.header("Call-ID"), first.header("Call-ID"));
  server_.reply_to(second, 100, "Trying");
  server_.reply_to(second, 183, "Session Progress");
  EXPECT_EQ(phone_.line().wait_for("call_progress"), "call_progress " + call_ + " 183");
  accept(second);
  EXPECT_EQ(phone_.line().wait_for("call_answered"), "call_answered " + call_);
}

TEST_P(CallsAtText, HangingUpIsAByeToTheContactOfTheAnswer) {
  const SipText invite = answered_call();
  phone_.hang_up(call_);
  const SipText bye = server_.next("BYE");
  EXPECT_EQ(bye.first_line(), "BYE " + server_.contact() + " SIP/2.0");
  EXPECT_EQ(bye.header("To"), "<sip:1001@example.com>;tag=server");
  EXPECT_EQ(bye.header("Call-ID"), invite.header("Call-ID"));
  server_.reply_to(bye, 200, "OK");
}

TEST_P(CallsAtText, ASecondAnswerToTheInviteIsAnsweredToNobody) {
  const SipText invite = answered_call();
  SipPeer third("udp", GetParam().second);
  std::string other = reply(invite, 200, "OK", "Contact: <sip:fork@" + third.address() + ">\r\n");
  other.replace(other.find(";tag=server"), 11, ";tag=another");
  server_.send(other);
  EXPECT_FALSE(third.receive(std::chrono::milliseconds(500))) << "wherever its Contact leads";
  phone_.hang_up(call_);
  EXPECT_EQ(server_.next("BYE").header("To"), "<sip:1001@example.com>;tag=server");
}

TEST_P(CallsAtText, TheOtherEndHangsUp) {
  const SipText invite = answered_call();
  EXPECT_EQ(ask(server_.in_dialog_of_phone("BYE", invite, 1)).status(), 200);
  EXPECT_EQ(phone_.line().wait_for("call_ended"), "call_ended " + call_ + " 0 hung up there");
}

TEST_P(CallsAtText, ARefusalIsToldWithItsStatus) {
  call_ = phone_.call("1001");
  const SipText invite = server_.next("INVITE");
  server_.reply_to(invite, 603, "Decline");
  EXPECT_EQ(server_.next("ACK").header("CSeq"), cseq_of(invite) + " ACK");
  EXPECT_EQ(phone_.line().wait_for("call_ended"), "call_ended " + call_ + " 603 Decline");
}

TEST_P(CallsAtText, ARedirectionSaysWhereToCallAndNothingElse) {
  call_ = phone_.call("1001");
  const SipText first = server_.next("INVITE");
  server_.reply_to(first, 302, "Moved Temporarily",
                   "Contact: <" + server_.contact() + "?X-Theirs=1&Authorization=Digest%20x&Call-ID=theirs>\r\n");
  const SipText second = server_.next("INVITE");
  EXPECT_EQ(second.first_line(), "INVITE " + server_.contact() + " SIP/2.0");
  EXPECT_EQ(second.header("X-Theirs"), "");
  EXPECT_EQ(second.header("Authorization"), "");
  EXPECT_EQ(second.header("Call-ID"), first.header("Call-ID"));
  EXPECT_EQ(second.body().substr(0, 3), "v=0");
}

TEST_P(CallsAtText, GivingUpWhileItRingsIsACancel) {
  call_ = phone_.call("1001");
  const SipText invite = server_.next("INVITE");
  server_.reply_to(invite, 180, "Ringing");
  ASSERT_NE(phone_.line().wait_for("call_progress"), "");
  phone_.hang_up(call_);
  const SipText cancel = server_.next("CANCEL");
  EXPECT_EQ(cancel.header("CSeq"), cseq_of(invite) + " CANCEL");
  server_.reply_to(cancel, 200, "OK");
  server_.reply_to(invite, 487, "Request Terminated");
  EXPECT_EQ(server_.next("ACK").header("CSeq"), cseq_of(invite) + " ACK");
  EXPECT_EQ(phone_.line().count("call_ended"), 0U);
}

TEST_P(CallsAtText, GivingUpBeforeThereIsAnAnswerIsACancelWhenThereIsOne) {
  call_ = phone_.call("1001");
  const SipText invite = server_.next("INVITE");
  phone_.hang_up(call_);
  EXPECT_EQ(server_.next("CANCEL", milliseconds(300)).text(), "");
  server_.reply_to(invite, 100, "Trying");
  const SipText cancel = server_.next("CANCEL");
  EXPECT_EQ(cancel.first_line(), "CANCEL sip:1001@example.com SIP/2.0");
  EXPECT_EQ(cancel.header("Via"), invite.header("Via"));
  EXPECT_EQ(cancel.header("To"), invite.header("To"));
  server_.reply_to(cancel, 200, "OK");
  server_.reply_to(invite, 180, "Ringing");
  EXPECT_EQ(server_.next("CANCEL", milliseconds(300)).text(), "") << "one is enough";
  server_.reply_to(invite, 487, "Request Terminated");
  EXPECT_EQ(server_.next("ACK").header("CSeq"), cseq_of(invite) + " ACK");
}

TEST_P(CallsAtText, AnAnswerThatCrossesTheCancelIsEndedWithABye) {
  call_ = phone_.call("1001");
  const SipText invite = server_.next("INVITE");
  server_.reply_to(invite, 180, "Ringing");
  ASSERT_NE(phone_.line().wait_for("call_progress"), "");
  phone_.hang_up(call_);
  server_.reply_to(server_.next("CANCEL"), 200, "OK");
  accept(invite);
  server_.reply_to(server_.next("BYE"), 200, "OK");
  EXPECT_EQ(phone_.line().count("call_answered"), 0U);
}

TEST_P(CallsAtText, HoldingIsAReInviteThatMayBeChallengedToo) {
  const SipText invite = answered_call();
  phone_.hold(call_, true);
  SipText reinvite = server_.next("INVITE");
  EXPECT_EQ(reinvite.first_line(), "INVITE " + server_.contact() + " SIP/2.0");
  EXPECT_EQ(reinvite.header("To"), "<sip:1001@example.com>;tag=server");
  EXPECT_TRUE(reinvite.body().ends_with("a=sendonly\r\n")) << reinvite.body();
  server_.reply_to(reinvite, 401, "Unauthorized", "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n\"\r\n");
  reinvite = server_.next("INVITE");
  EXPECT_NE(reinvite.header("Authorization"), "");
  accept(reinvite, "recvonly");
  phone_.hold(call_, false);
  reinvite = server_.next("INVITE");
  EXPECT_TRUE(reinvite.body().ends_with("a=sendrecv\r\n")) << reinvite.body();
  accept(reinvite);
  phone_.hang_up(call_);
  EXPECT_NE(server_.next("BYE").text(), "");
}

TEST_P(CallsAtText, ATransferIsAReferWhoseOutcomeIsTold) {
  (void)answered_call();
  phone_.transfer(call_, "1002");
  const SipText refer = server_.next("REFER");
  EXPECT_EQ(refer.header("Refer-To"), "<sip:1002@example.com>");
  EXPECT_EQ(refer.header("Referred-By"), "<sip:1000@example.com>");
  server_.reply_to(refer, 202, "Accepted");
  EXPECT_EQ(phone_.line().wait_for("transfer_done"), "transfer_done 202 Accepted");
  phone_.transfer("4711", "1002");
  EXPECT_EQ(phone_.line().wait_for("transfer_done"), "transfer_done 481 no such call");
}

TEST_P(CallsAtText, DigitsAreInfo) {
  const SipText invite = answered_call();
  phone_.send_dtmf(call_, '5');
  const SipText info = server_.next("INFO");
  EXPECT_EQ(info.header("Content-Type"), "application/dtmf-relay");
  EXPECT_EQ(info.body(), "Signal=5\r\nDuration=160\r\n");
  server_.reply_to(info, 200, "OK");
  EXPECT_EQ(ask(server_.in_dialog_of_phone("INFO", invite, 1, "Content-Type: application/dtmf-relay\r\n",
                                           "Signal= 7\r\nDuration=100\r\n"))
                .status(),
            200);
  EXPECT_EQ(phone_.line().wait_for("dtmf"), "dtmf_received " + call_ + " 7");
}

// -- it is called

TEST_P(CallsAtText, RingsAnswersAndIsHungUp) {
  const SipText invite = ring(server_.sdp());
  phone_.answer(call_);
  const SipText answer = server_.next_answer("INVITE");
  ASSERT_EQ(answer.status(), 200);
  EXPECT_EQ(uri_in(answer.header("Contact")), contact_);
  EXPECT_NE(answer.header("To").find(";tag="), std::string::npos);
  EXPECT_NE(answer.body().find(" RTP/AVP 0 8 101\r\n"), std::string::npos) << answer.body();
  acknowledge(invite, answer);
  EXPECT_EQ(ask(server_.in_dialog("BYE", invite, answer, 2)).status(), 200);
  EXPECT_EQ(phone_.line().wait_for("call_ended"), "call_ended " + call_ + " 0 hung up there");
  EXPECT_EQ(ask(server_.in_dialog("BYE", invite, answer, 3)).status(), 481);
}

TEST_P(CallsAtText, AnInviteWithoutAnOfferIsAnsweredWithOne) {
  const SipText invite = ring({});
  phone_.answer(call_);
  const SipText answer = server_.next_answer("INVITE");
  ASSERT_EQ(answer.status(), 200);
  EXPECT_NE(answer.body().find(" RTP/AVP 8 0 101\r\n"), std::string::npos) << answer.body();
}

TEST_P(CallsAtText, HungUpBeforeTheAckItEndsAfterIt) {
  const SipText invite = ring(server_.sdp());
  phone_.answer(call_);
  const SipText answer = server_.next_answer("INVITE");
  phone_.hang_up(call_);
  acknowledge(invite, answer);
  const SipText bye = server_.next("BYE");
  EXPECT_EQ(bye.first_line(), "BYE " + server_.contact() + " SIP/2.0");
  server_.reply_to(bye, 200, "OK");
}

TEST_P(CallsAtText, TheCallerCancels) {
  const SipText invite = ring(server_.sdp());
  std::string cancel = "CANCEL " + contact_ + " SIP/2.0\r\nVia: " + invite.header("Via") +
                       "\r\nMax-Forwards: 70\r\nFrom: " + invite.header("From") + "\r\nTo: " + invite.header("To") +
                       "\r\nCall-ID: " + invite.header("Call-ID") + "\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n";
  server_.send(cancel);
  std::vector<int> statuses;  // 200 for the CANCEL and 487 for the INVITE, in either order
  for (int i = 0; i < 2; ++i) {
    const auto answer = server_.peer().receive();
    ASSERT_TRUE(answer);
    statuses.push_back(answer->status());
  }
  std::sort(statuses.begin(), statuses.end());
  EXPECT_EQ(statuses, (std::vector<int>{200, 487}));
  EXPECT_EQ(phone_.line().wait_for("call_ended"), "call_ended " + call_ + " 487 the caller gave up");
}

TEST_P(CallsAtText, TheOtherEndHoldsAndResumes) {
  const SipText invite = ring(server_.sdp());
  phone_.answer(call_);
  const SipText answer = server_.next_answer("INVITE");
  acknowledge(invite, answer);
  const SipText held = ask(server_.in_dialog("INVITE", invite, answer, 2, {}, server_.sdp("sendonly")));
  ASSERT_EQ(held.status(), 200);
  EXPECT_TRUE(held.body().ends_with("a=recvonly\r\n")) << held.body();
  acknowledge(invite, answer, 2);
  EXPECT_EQ(phone_.line().wait_for("call_held"), "call_held_by_peer " + call_ + " on");
  const SipText resumed = ask(server_.in_dialog("INVITE", invite, answer, 3, {}, server_.sdp()));
  EXPECT_TRUE(resumed.body().ends_with("a=sendrecv\r\n")) << resumed.body();
  acknowledge(invite, answer, 3);
  EXPECT_EQ(phone_.line().wait_for("call_held"), "call_held_by_peer " + call_ + " off");
  EXPECT_EQ(ask(server_.in_dialog("INVITE", invite, answer, 4, {}, "v=0\r\nm=video 1 RTP/AVP 31\r\n")).status(), 488);
}

TEST_P(CallsAtText, CallsThatItCannotTakeAreRefusedInWords) {
  EXPECT_EQ(ask(server_.request("INVITE", contact_, {}, "v=0\r\nm=video 1 RTP/AVP 31\r\n")).status(), 488);
  const SipText extension = ask(server_.request("INVITE", contact_, "Require: 100rel\r\n", server_.sdp()));
  EXPECT_EQ(extension.status(), 420);
  EXPECT_EQ(extension.header("Unsupported"), "100rel");
  phone_.line().answer_calls_with(486);
  EXPECT_EQ(ask(server_.request("INVITE", contact_, {}, server_.sdp())).status(), 486);
}

TEST_P(CallsAtText, RequestsOfADialogThatIsNotThereAre481) {
  const SipText invite(server_.request("INVITE", contact_, {}, server_.sdp()));
  const SipText answer("SIP/2.0 200 OK\r\nTo: <sip:1000@example.com>;tag=none\r\nContact: <" + contact_ + ">\r\n\r\n");
  EXPECT_EQ(ask(server_.in_dialog("INVITE", invite, answer, 2, {}, server_.sdp())).status(), 481);
  EXPECT_EQ(ask(server_.in_dialog("BYE", invite, answer, 3)).status(), 481);
}

TEST_P(CallsAtText, NothingIsToldOfACallWhosePhoneIsGone) {
  // The user agent goes while a call is on and another rings: their ends must not reach it (the sanitizers watch).
  (void)answered_call();
  (void)ring(server_.sdp());
}

}  // namespace
}  // namespace snom::sip::test
