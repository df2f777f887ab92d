#include "sip/calls_at_text.h"

#include "sip/kept_lately.h"

// Each request inside a call was kept for 32 s, however many there were: 20,000 of them took 200 MB of snomphone's
// memory.
namespace snom::sip::test {
namespace {

class RequestsInACallWithoutEnd : public CallsAtText {
 protected:
  /// In the call that `invite` of the phone's made.
  SipText ask_in(const SipText& invite, const std::string& method = "INFO") {
    return ask(server_.in_dialog_of_phone(method, invite, ++cseq_));
  }
  static constexpr int kept = 256;
  unsigned cseq_ = 100;
};
INSTANTIATE_TEST_SUITE_P(OverUdp, RequestsInACallWithoutEnd, ::testing::Values(Way{"udp", "127.0.0.1"}));

TEST_P(RequestsInACallWithoutEnd, EndTheCall) {
  const SipText invite = answered_call();
  for (int i = 0; i < kept; ++i) ASSERT_EQ(ask_in(invite).status(), 200) << i;
  EXPECT_EQ(ask_in(invite).first_line(), "SIP/2.0 481 Too Many Requests");
  EXPECT_EQ(phone_.line().wait_for("call_ended"), "call_ended " + call_ + " 503 too many requests in the call");
  EXPECT_EQ(ask_in(invite).status(), 481);
  // Others do not suffer from it.
  const SipText other = answered_call();
  EXPECT_EQ(ask_in(other).status(), 200);
}

TEST_P(RequestsInACallWithoutEnd, CountOfEveryKind) {
  const SipText invite = answered_call();
  for (int i = 0; i < kept; ++i) server_.send(server_.in_dialog_of_phone("ACK", invite, ++cseq_));
  EXPECT_EQ(phone_.line().wait_for("call_ended", std::chrono::milliseconds(300)), "");
  server_.send(server_.in_dialog_of_phone("ACK", invite, ++cseq_));
  EXPECT_EQ(phone_.line().wait_for("call_ended"), "call_ended " + call_ + " 503 too many requests in the call");
}

TEST_P(RequestsInACallWithoutEnd, DoNotKeepItFromBeingHungUp) {
  const SipText invite = answered_call();
  for (int i = 0; i < kept; ++i) ASSERT_EQ(ask_in(invite).status(), 200) << i;
  EXPECT_EQ(ask_in(invite, "BYE").status(), 200);
  EXPECT_EQ(phone_.line().wait_for("call_ended"), "call_ended " + call_ + " 0 hung up there");
}

TEST(KeptLately, TakesSoManyInItsTime) {
  const KeptLately::TimePoint start{std::chrono::seconds(1000)};
  KeptLately two(2, std::chrono::seconds(32));
  EXPECT_TRUE(two.take(start));
  EXPECT_TRUE(two.take(start + std::chrono::seconds(10)));
  EXPECT_FALSE(two.take(start + std::chrono::seconds(32)));
  EXPECT_TRUE(two.take(start + std::chrono::seconds(33)));
  EXPECT_FALSE(two.take(start + std::chrono::seconds(42)));
  EXPECT_TRUE(two.take(start + std::chrono::seconds(43)));
}

}  // namespace
}  // namespace snom::sip::test
