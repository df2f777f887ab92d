#include "sip/calls_at_text.h"

// Each INVITE was kept for 32 s, since nobody acknowledged the refusal: 6,000 of them took 60 MB of snomphone's memory,
// and there was no end to it.
namespace snom::sip::test {
namespace {

class InvitesWithoutEnd : public CallsAtText {};
INSTANTIATE_TEST_SUITE_P(OverUdp, InvitesWithoutEnd, ::testing::Values(Way{"udp", "127.0.0.1"}));

TEST_P(InvitesWithoutEnd, AreRefusedWithoutBeingKept) {
  // The refusals before it are repeated all the while.
  const auto status = [this] {
    const SipText invite(server_.request("INVITE", contact_, "Require: nothing\r\n"));
    server_.send(invite.text());
    for (;;) {
      const SipText answer = server_.next_answer("INVITE");
      if (answer.status() == 0 || answer.header("Call-ID") == invite.header("Call-ID")) return answer.status();
    }
  };
  constexpr int kept = 4096;
  for (int i = 0; i < kept; ++i) ASSERT_EQ(status(), 420) << i;
  EXPECT_EQ(status(), 503);
  EXPECT_EQ(status(), 503);
  // What is no call is still answered.
  EXPECT_EQ(ask(server_.request("OPTIONS", contact_)).status(), 200);
}

}  // namespace
}  // namespace snom::sip::test
