#include <atomic>
#include <future>

#include "sip/calls_at_text.h"

/// Names in what others send: they are looked up away from the SIP thread, with a limit, and only where it must be.
namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

/// A phone whose names are looked up in here.
class Names : public ::testing::Test {
 protected:
  ~Names() override { end_.set_value(); }
  void open(milliseconds limit = std::chrono::seconds(20)) {
    TestPhone::Wishes wishes;
    wishes.resolve_limit = limit;
    wishes.resolve = [end = end_.get_future().share(), asked = asked_](const std::string& host) -> HostLookup::Found {
      ++*asked;
      if (host == "slow.example.test") end.wait();  // a name server that says nothing
      if (host == "here.example.test") return std::vector<std::string>{"::1", "127.0.0.1"};
      return tl::make_unexpected(std::string("no such name"));
    };
    phone_ = std::make_unique<TestPhone>(loop_, server_.url(), wishes);
    server_.meet(*phone_);
    phone_->log_on();
    contact_ = server_.accept_registration();
    ASSERT_EQ(phone_->line().wait_for("registered"), "registered 600");
  }
  /// The server's address under another name.
  [[nodiscard]] std::string at(const std::string& host) {
    return "sip:pbx@" + host + ":" + std::to_string(server_.peer().port());
  }
  [[nodiscard]] RecordingLine& line() { return phone_->line(); }

  EventLoop loop_;
  TextServer server_{"udp", "127.0.0.1"};
  std::promise<void> end_;
  std::shared_ptr<std::atomic<int>> asked_ = std::make_shared<std::atomic<int>>(0);
  std::unique_ptr<TestPhone> phone_;
  std::string contact_;
};

TEST_F(Names, ARedirectionToANameIsFollowed) {
  open();
  const std::string call = phone_->call("1001");
  server_.reply_to(server_.next("INVITE"), 302, "Moved Temporarily", "Contact: <" + at("here.example.test") + ">\r\n");
  const SipText invite = server_.next("INVITE");
  EXPECT_EQ(invite.first_line(), "INVITE " + at("here.example.test") + " SIP/2.0");
  server_.reply_to(invite, 486, "Busy Here");
  EXPECT_EQ(line().wait_for("call_ended"), "call_ended " + call + " 486 Busy Here");
}

TEST_F(Names, ASilentNameServerHoldsNothingElseUp) {
  open();
  (void)phone_->call("1001");
  server_.reply_to(server_.next("INVITE"), 302, "Moved Temporarily", "Contact: <" + at("slow.example.test") + ">\r\n");
  EXPECT_NE(server_.next("ACK").text(), "");
  server_.send(server_.request("MESSAGE", contact_, "Content-Type: application/x-buttons\r\n", "k=1\r\n"));
  EXPECT_EQ(server_.next_answer("MESSAGE").status(), 200);
  EXPECT_EQ(line().count("call_ended"), 0U) << "the name is looked up yet";
}

TEST_F(Names, ACallWhoseNameIsNotAnsweredForEndsWhenTheTimeIsOver) {
  open(milliseconds(30));
  const std::string call = phone_->call("1001");
  server_.reply_to(server_.next("INVITE"), 302, "Moved Temporarily", "Contact: <" + at("slow.example.test") + ">\r\n");
  EXPECT_EQ(line().wait_for("call_ended"),
            "call_ended " + call + " 503 the name 'slow.example.test' could not be looked up within 30 ms");
}

TEST_F(Names, GivingUpWhileANameIsLookedUpEndsTheCall) {
  open();
  const std::string call = phone_->call("1001");
  server_.reply_to(server_.next("INVITE"), 302, "Moved Temporarily", "Contact: <" + at("slow.example.test") + ">\r\n");
  EXPECT_NE(server_.next("ACK").text(), "");
  phone_->hang_up(call);
  EXPECT_EQ(phone_->call("1002"), std::to_string(std::stoi(call) + 1));
  EXPECT_NE(server_.next("INVITE").text(), "");
  EXPECT_EQ(line().count("call_ended"), 0U);
}

TEST_F(Names, ATargetThatIsNotFoundIsFollowedByTheNext) {
  open();
  (void)phone_->call("1001");
  server_.reply_to(
      server_.next("INVITE"), 302, "Moved Temporarily",
      "Contact: <sip:x@nowhere.example.test>;q=0.9, <sips:x@127.0.0.1>;q=0.8, <" + server_.contact() + ">;q=0.1\r\n");
  EXPECT_EQ(server_.next("INVITE").first_line(), "INVITE " + server_.contact() + " SIP/2.0");
}

TEST_F(Names, TheLastReasonIsTold) {
  open();
  const std::string call = phone_->call("1001");
  server_.reply_to(server_.next("INVITE"), 302, "Moved Temporarily", "Contact: <sip:x@nowhere.example.test>\r\n");
  EXPECT_EQ(line().wait_for("call_ended"),
            "call_ended " + call + " 503 the name 'nowhere.example.test' cannot be looked up: no such name");
}

TEST_F(Names, TheAnswersContactAndRouteMayBeNames) {
  open();
  for (const std::string& record_route : {std::string(), "Record-Route: <" + at("here.example.test") + ";lr>\r\n"}) {
    const std::string call = phone_->call("1001");
    const std::string contact = record_route.empty() ? at("here.example.test") : "sip:x@nowhere.example.test";
    server_.reply_to(server_.next("INVITE"), 200, "OK", record_route + "Contact: <" + contact + ">\r\n", server_.sdp());
    EXPECT_EQ(server_.next("ACK").first_line(), "ACK " + contact + " SIP/2.0");
    EXPECT_EQ(line().wait_for("call_answered"), "call_answered " + call);
    phone_->hang_up(call);
    const SipText bye = server_.next("BYE");
    EXPECT_EQ(bye.first_line(), "BYE " + contact + " SIP/2.0");
    server_.reply_to(bye, 200, "OK");
  }
}

TEST_F(Names, AnAnswerWhoseContactIsNotFoundIsNoCall) {
  open();
  const std::string call = phone_->call("1001");
  server_.reply_to(server_.next("INVITE"), 200, "OK", "Contact: <sip:x@nowhere.example.test>\r\n", server_.sdp());
  EXPECT_EQ(line().wait_for("call_ended"),
            "call_ended " + call + " 503 the name 'nowhere.example.test' cannot be looked up: no such name");
}

TEST_F(Names, ACallerWhoCannotBeReachedIsRefused) {
  open();
  const auto from = [&](const std::string& contact) {
    std::string invite = server_.request("INVITE", contact_, {}, server_.sdp());
    return invite.replace(invite.find(server_.contact()), server_.contact().size(), contact);
  };
  server_.send(from("sip:x@nowhere.example.test"));
  const SipText refused = server_.next_answer("INVITE");
  EXPECT_EQ(refused.first_line(), "SIP/2.0 400 Contact Not Reachable");
  const std::string call = call_of(line().wait_for("incoming_call"));
  EXPECT_EQ(line().wait_for("call_ended"),
            "call_ended " + call + " 503 the name 'nowhere.example.test' cannot be looked up: no such name");
  server_.send(from("sip:x@127.0.0.1;transport=ws"));
  EXPECT_EQ(server_.next_answer("INVITE").first_line(), "SIP/2.0 400 Contact Not Reachable");
  EXPECT_EQ(line().wait_for("incoming_call", milliseconds(100)), "") << "what is known at once does not ring";
}

TEST_F(Names, ThoseOfTheServerAndOfTheDomainAreNotLookedUp) {
  open();
  const std::string call = phone_->call("1001");
  server_.reply_to(server_.next("INVITE"), 302, "Moved Temporarily", "Contact: <sip:1002@example.com>\r\n");
  EXPECT_EQ(server_.next("INVITE").first_line(), "INVITE sip:1002@example.com SIP/2.0");
  EXPECT_EQ(*asked_, 0);
  phone_->hang_up(call);
}

// RFC 3261 section 18: every element has UDP and TCP.
TEST(OtherTransport, APhoneByUdpCallsAContactByTcp) {
  EventLoop loop;
  TextServer server("udp", "127.0.0.1");
  TextServer callee("tcp", "127.0.0.1");
  TestPhone phone(loop, server.url());
  server.meet(phone);
  phone.log_on();
  const std::string contact = server.accept_registration();
  const std::string call = phone.call("1001");
  server.reply_to(server.next("INVITE"), 302, "Moved Temporarily", "Contact: <" + callee.contact() + ">\r\n");
  const SipText invite = callee.next("INVITE");
  callee.reply_to(invite, 200, "OK", "Contact: <" + callee.contact() + ">\r\n", callee.sdp());
  EXPECT_NE(callee.next("ACK").text(), "");
  EXPECT_EQ(phone.line().wait_for("call_answered"), "call_answered " + call);
  // And it listens to TCP at its contact's port.
  SipPeer caller("tcp", "127.0.0.1");
  caller.connect("tcp:" + phone.listening().substr(phone.listening().find(':') + 1));
  TextServer words("tcp", "127.0.0.1");
  caller.send(words.request("OPTIONS", contact));
  const auto answer = caller.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 200);
}

}  // namespace
}  // namespace snom::sip::test
