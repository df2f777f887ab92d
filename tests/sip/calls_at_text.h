#pragma once

#include <gtest/gtest.h>

#include <string>

#include "sip/user_agent_fixture.h"

namespace snom::sip::test {

/// A phone that is registered at a PBX of our making, which sees and writes every message.
class CallsAtText : public ::testing::TestWithParam<Way> {
 protected:
  explicit CallsAtText(const TestPhone::Wishes& wishes = {}) : phone_(loop_, server_.url(), wishes) {}
  void SetUp() override {
    server_.meet(phone_);
    phone_.log_on();
    contact_ = server_.accept_registration();
    ASSERT_EQ(phone_.line().wait_for("registered"), "registered 600");
  }
  /// The phone calls and is answered; its INVITE.
  SipText answered_call() {
    call_ = phone_.call("1001");
    SipText invite = server_.next("INVITE");
    accept(invite);
    EXPECT_EQ(phone_.line().wait_for("call_answered"), "call_answered " + call_);
    return invite;
  }
  void accept(const SipText& invite, const std::string& direction = "sendrecv") {
    server_.reply_to(invite, 200, "OK", "Contact: <" + server_.contact() + ">\r\n", server_.sdp(direction));
    EXPECT_EQ(server_.next("ACK").header("CSeq"), cseq_of(invite) + " ACK");
  }
  static std::string cseq_of(const SipText& request) {
    const std::string value = request.header("CSeq");
    return value.substr(0, value.find(' '));
  }
  /// Rings; the INVITE as sent.
  SipText ring(const std::string& body, const std::string& more_headers = {}) {
    SipText invite(server_.request("INVITE", contact_, more_headers, body));
    server_.send(invite.text());
    EXPECT_EQ(server_.next_provisional().status(), 180);
    const std::string entry = phone_.line().wait_for("incoming_call");
    EXPECT_TRUE(entry.ends_with(" 1001")) << entry;
    call_ = call_of(entry);
    return invite;
  }
  SipText ask(const std::string& text) {
    server_.send(text);
    const std::string line = SipText(text).first_line();
    return server_.next_answer(line.substr(0, line.find(' ')));
  }
  void acknowledge(const SipText& invite, const SipText& answer, unsigned cseq = 1) {
    server_.send(server_.in_dialog("ACK", invite, answer, cseq));
  }

  EventLoop loop_;
  TextServer server_{GetParam().first, GetParam().second};
  TestPhone phone_;
  std::string contact_, call_;
};

}  // namespace snom::sip::test
