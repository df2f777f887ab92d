#include "sip/calls_at_text.h"

/// What the other end asks for while a call lasts: it is done, or it is refused in words.
namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

const std::string sdp_type = "Content-Type: application/sdp\r\n";
const std::string buttons_type = "Content-Type: application/x-buttons\r\n";

class InDialog : public CallsAtText {
 protected:
  /// It is called and answers; requests of ours in the dialog count up.
  void talk(const std::string& body = "sdp") {
    invite_ = ring(body == "sdp" ? server_.sdp() : body);
    phone_.answer(call_);
    answer_ = server_.next_answer("INVITE");
    ASSERT_EQ(answer_.status(), 200);
  }
  void talk_and_acknowledge() {
    talk();
    acknowledge(invite_, answer_);
    EXPECT_EQ(say("OPTIONS").status(), 200);  // the ACK was taken before
  }
  SipText request(const std::string& method, const std::string& headers = {}, const std::string& body = {}) {
    return SipText(server_.in_dialog(method, invite_, answer_, ++cseq_, headers, body));
  }
  SipText say(const std::string& method, const std::string& headers = {}, const std::string& body = {}) {
    return ask(request(method, headers, body).text());
  }
  void acknowledge_reinvite(const std::string& body = {}) {
    server_.send(server_.in_dialog("ACK", invite_, answer_, cseq_, {}, body));
  }

  SipText invite_{""}, answer_{""};
  unsigned cseq_ = 1;
};
INSTANTIATE_TEST_SUITE_P(UserAgent, InDialog, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(InDialog, AnExtensionThatIsRequiredIsRefusedInEveryRequest) {
  const std::string require = "Require: magic, 100rel\r\n";
  for (const char* method : {"MESSAGE", "NOTIFY", "OPTIONS"}) {
    const SipText outside = ask(server_.request(method, contact_, require + "Event: check-sync\r\n"));
    EXPECT_EQ(outside.status(), 420) << method;
    EXPECT_EQ(outside.header("Unsupported"), "magic, 100rel") << method;
  }
  talk_and_acknowledge();
  for (const char* method : {"INVITE", "INFO", "MESSAGE", "NOTIFY", "OPTIONS", "REFER", "UPDATE", "BYE"}) {
    const SipText inside = say(method, require);
    EXPECT_EQ(inside.status(), 420) << method;
    EXPECT_EQ(inside.header("Unsupported"), "magic, 100rel") << method;
    if (method == std::string("INVITE")) acknowledge_reinvite();
  }
  EXPECT_EQ(say("BYE").status(), 200);
  EXPECT_EQ(phone_.line().count("message") + phone_.line().count("notify"), 0U);
}

TEST_P(InDialog, ABodyThatCannotBeUsedIsRefusedUnlessItMayBePassedOver) {
  const SipText encoded =
      ask(server_.request("MESSAGE", contact_, buttons_type + "Content-Encoding: zip\r\n", "k=1\r\n"));
  EXPECT_EQ(encoded.status(), 415);
  EXPECT_EQ(encoded.header("Accept-Encoding"), "identity");
  EXPECT_EQ(
      ask(server_.request("MESSAGE", contact_, buttons_type + "Content-Disposition: dance\r\n", "k=1\r\n")).status(),
      415);
  EXPECT_EQ(ask(server_.request("INVITE", contact_, "Content-Disposition: render\r\n", server_.sdp())).status(), 415);
  EXPECT_EQ(phone_.line().count("message") + phone_.line().count("incoming_call"), 0U);
  EXPECT_EQ(ask(server_.request("MESSAGE", contact_,
                                buttons_type + "Content-Encoding: identity\r\n" + "Content-Disposition: render\r\n",
                                "k=1\r\n"))
                .status(),
            200);
  // An offer that may be passed over is none: the phone makes one.
  (void)ring(server_.sdp(), "Content-Disposition: dance;handling=optional\r\n");
  phone_.answer(call_);
  EXPECT_NE(server_.next_answer("INVITE").body().find(" RTP/AVP 8 0 101\r\n"), std::string::npos);
}

TEST_P(InDialog, AnInviteWithoutADescriptionInItsBodyIsRefused) {
  const SipText refused = ask(server_.request("INVITE", contact_, "Content-Type: text/plain\r\n", "hello"));
  EXPECT_EQ(refused.status(), 415);
  EXPECT_EQ(refused.header("Accept"), "application/sdp");
}

TEST_P(InDialog, WhatIsNotDoneIsRefused) {
  talk_and_acknowledge();
  const SipText update = say("UPDATE", {}, server_.sdp());
  EXPECT_EQ(update.status(), 405);
  EXPECT_NE(update.header("Allow").find("INVITE"), std::string::npos);
  EXPECT_EQ(say("REFER", "Refer-To: <sip:1002@example.com>\r\n").status(), 603);
  const SipText info = say("INFO", "Content-Type: application/media_control+xml\r\n", "<media_control/>");
  EXPECT_EQ(info.status(), 415);
  EXPECT_NE(info.header("Accept").find("application/dtmf-relay"), std::string::npos);
  EXPECT_EQ(say("INFO", "Content-Type: application/dtmf-relay\r\n", "Duration=100\r\n").status(), 400);
  EXPECT_EQ(say("INFO", "Content-Type: application/dtmf\r\n", "7").status(), 200);
  EXPECT_EQ(phone_.line().wait_for("dtmf"), "dtmf_received " + call_ + " 7");
  EXPECT_EQ(say("NOTIFY", "Event: refer\r\nSubscription-State: active\r\nContent-Type: message/sipfrag\r\n",
                "SIP/2.0 200 OK\r\n")
                .status(),
            481)
      << "nothing was transferred";
  EXPECT_NE(say("OPTIONS").header("Allow").find("INVITE"), std::string::npos);
}

TEST_P(InDialog, NotifyTalkAndHoldAreDoneOrRefused) {
  const std::string state = "Subscription-State: active\r\n";
  invite_ = SipText(server_.request("INVITE", contact_, {}, server_.sdp()));
  server_.send(invite_.text());
  answer_ = server_.next_provisional();
  call_ = call_of(phone_.line().wait_for("incoming_call"));
  EXPECT_EQ(say("NOTIFY", "Event: talk\r\n" + state).status(), 200);
  EXPECT_EQ(phone_.line().wait_for("call_notify"), "call_notify " + call_ + " talk");
  phone_.line().answer_with(480);
  EXPECT_EQ(say("NOTIFY", "Event: Hold;x=y\r\n" + state).status(), 480);
  EXPECT_EQ(phone_.line().wait_for("call_notify"), "call_notify " + call_ + " hold");
}

TEST_P(InDialog, DocumentsAndOtherEventsActAsOutsideOfIt) {
  talk_and_acknowledge();
  EXPECT_EQ(say("MESSAGE", buttons_type, "k=1\r\nc=on\r\n").first_line(), "SIP/2.0 200 OK");
  EXPECT_EQ(phone_.line().wait_for("message"),
            "message application/x-buttons k=1\r\nc=on\r\n from sip:1001@example.com");
  phone_.line().answer_with(404);
  EXPECT_EQ(say("MESSAGE", buttons_type, "k=9\r\n").first_line(), "SIP/2.0 404 No Such Key");
  phone_.line().answer_with(200);
  EXPECT_EQ(say("NOTIFY", "Event: check-sync\r\nSubscription-State: active\r\n").status(), 200);
  EXPECT_EQ(phone_.line().wait_for("notify"), "notify check-sync  ");
  phone_.line().answer_with(489);
  const SipText unknown = say("NOTIFY", "Event: dance\r\nSubscription-State: active\r\n");
  EXPECT_EQ(unknown.status(), 489);
  EXPECT_NE(unknown.header("Allow-Events").find("talk"), std::string::npos);
}

TEST_P(InDialog, AfterATransferItsProgressIsTold) {
  talk_and_acknowledge();
  phone_.transfer(call_, "1002");
  server_.reply_to(server_.next("REFER"), 202, "Accepted");
  EXPECT_EQ(phone_.line().wait_for("transfer_done"), "transfer_done 202 Accepted");
  const std::string headers = "Event: refer\r\nSubscription-State: active\r\nContent-Type: message/sipfrag\r\n";
  EXPECT_EQ(say("NOTIFY", headers, "SIP/2.0 180 Ringing\r\n").status(), 200);
  EXPECT_EQ(phone_.line().wait_for("transfer_progress"), "transfer_progress " + call_ + " 180");
  EXPECT_EQ(say("NOTIFY", headers, "nonsense").status(), 400);
}

// -- offers and answers

TEST_P(InDialog, HoldsWithAnAddressOfNoughts) {
  talk_and_acknowledge();
  std::string nowhere = server_.sdp();
  const bool v6 = GetParam().second == "::1";
  nowhere.replace(nowhere.find("\r\nc=") + 2, std::string(v6 ? "c=IN IP6 ::1" : "c=IN IP4 127.0.0.1").size(),
                  v6 ? "c=IN IP6 ::" : "c=IN IP4 0.0.0.0");
  const SipText held = say("INVITE", {}, nowhere);
  EXPECT_TRUE(held.body().ends_with("a=recvonly\r\n")) << held.body();
  acknowledge_reinvite();
  EXPECT_EQ(phone_.line().wait_for("call_held"), "call_held_by_peer " + call_ + " on");
}

TEST_P(InDialog, ADescriptionInTheAckEndsOrBeginsAHold) {
  talk_and_acknowledge();
  EXPECT_EQ(say("INVITE", {}, server_.sdp("sendonly")).status(), 200);
  acknowledge_reinvite();
  EXPECT_EQ(phone_.line().wait_for("call_held"), "call_held_by_peer " + call_ + " on");
  const SipText offer = say("INVITE");
  EXPECT_TRUE(offer.body().ends_with("a=sendrecv\r\n")) << offer.body();
  acknowledge_reinvite(server_.sdp("sendonly"));
  (void)say("INVITE");
  acknowledge_reinvite(server_.sdp());
  EXPECT_EQ(phone_.line().wait_for("call_held"), "call_held_by_peer " + call_ + " off");
  EXPECT_EQ(phone_.line().count("call_held"), 2U) << "the hold that went on is not told again";
  (void)say("INVITE");
  acknowledge_reinvite(server_.sdp("inactive"));
  EXPECT_EQ(phone_.line().wait_for("call_held"), "call_held_by_peer " + call_ + " on");
}

TEST_P(InDialog, SoDoesTheFirstAck) {
  talk({});
  server_.send(server_.in_dialog("ACK", invite_, answer_, 1, {}, server_.sdp("sendonly")));
  EXPECT_EQ(phone_.line().wait_for("call_held"), "call_held_by_peer " + call_ + " on");
}

TEST_P(InDialog, AnAnswerThatHoldsIsToldToo) {
  call_ = phone_.call("1001");
  accept(server_.next("INVITE"), "sendonly");
  EXPECT_EQ(phone_.line().wait_for("call_answered"), "call_answered " + call_);
  EXPECT_EQ(phone_.line().wait_for("call_held"), "call_held_by_peer " + call_ + " on");
  phone_.hold(call_, true);
  accept(server_.next("INVITE"), "inactive");
  phone_.hold(call_, false);
  accept(server_.next("INVITE"), "sendrecv");
  EXPECT_EQ(phone_.line().wait_for("call_held"), "call_held_by_peer " + call_ + " off");
}

TEST_P(InDialog, OneReInviteAtATime) {
  talk();
  const SipText early = say("INVITE", {}, server_.sdp());
  EXPECT_EQ(early.status(), 500) << "the first is not acknowledged";
  EXPECT_NE(early.header("Retry-After"), "");
  acknowledge_reinvite();
  acknowledge(invite_, answer_);
  EXPECT_EQ(say("INVITE", {}, server_.sdp()).status(), 200);
  const unsigned accepted = cseq_;
  EXPECT_EQ(say("INVITE", {}, server_.sdp()).status(), 500) << "nor is the second";
  acknowledge_reinvite();
  phone_.hold(call_, true);
  EXPECT_EQ(server_.next("INVITE", milliseconds(200)).text(), "") << "ours waits, too";
  server_.send(server_.in_dialog("ACK", invite_, answer_, accepted));
  const SipText ours = server_.next("INVITE");
  EXPECT_TRUE(ours.body().ends_with("a=sendonly\r\n")) << ours.body();
  EXPECT_EQ(say("INVITE", {}, server_.sdp()).status(), 491) << "they cross";
  acknowledge_reinvite();
  server_.reply_to(ours, 491, "Request Pending");
  SipText again = server_.next("INVITE");
  while (again.header("CSeq") == ours.header("CSeq")) again = server_.next("INVITE");  // repeated before the 491
  EXPECT_TRUE(again.body().ends_with("a=sendonly\r\n")) << again.body();
  accept(again, "recvonly");
}

TEST(InDialogOfStranger, NotifyTalkIsForbidden) {
  EventLoop loop;
  TextServer server("udp", "127.0.0.1");
  TextServer stranger("udp", "127.0.0.2");
  TestPhone phone(loop, server.url());
  server.meet(phone);
  stranger.meet(phone);
  phone.log_on();
  const std::string contact = server.accept_registration();
  const SipText invite(stranger.request("INVITE", contact, {}, stranger.sdp()));
  stranger.send(invite.text());
  ASSERT_NE(phone.line().wait_for("incoming_call"), "");
  const SipText ringing = stranger.next_provisional();
  for (const std::string event : {"talk", "hold", "check-sync;reboot=true"}) {
    stranger.send(stranger.in_dialog("NOTIFY", invite, ringing, 2, "Event: " + event + "\r\n"));
    EXPECT_EQ(stranger.next_answer("NOTIFY").status(), 403) << event;
  }
  stranger.send(stranger.in_dialog("MESSAGE", invite, ringing, 3, buttons_type, "k=1\r\n"));
  EXPECT_EQ(stranger.next_answer("MESSAGE").status(), 403);
  EXPECT_EQ(phone.line().count("call_notify") + phone.line().count("notify") + phone.line().count("message"), 0U);
}

}  // namespace
}  // namespace snom::sip::test
