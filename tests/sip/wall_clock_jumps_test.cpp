#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include <sofia-sip/su_time.h>

#include "sip/nta_glue.h"
#include "sip/server_fixture.h"
#include "wall_clock/wall_clock.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;

/// Where the wall clock jumps to, in seconds from the real time. 20 days backwards and 30 forwards brought sofia-sip to
/// an assertion; others made transactions end at once or never.
class WallClockJumps : public ServerTest, public ::testing::WithParamInterface<std::int64_t> {
 protected:
  ~WallClockJumps() override { snom::test::set_wall_clock_ahead(0); }
};
INSTANTIATE_TEST_SUITE_P(By, WallClockJumps,
                         ::testing::Values(-7300 * day, -20 * day, -10 * day, -hour, hour, 10 * day, 30 * day,
                                           7300 * day),
                         [](const auto& jump) {
                           const auto hours = std::abs(jump.param) / hour;
                           return (jump.param < 0 ? "minus" : "plus") + std::to_string(hours) + "h";
                         });

TEST_P(WallClockJumps, SofiaSipsClockDoesNotFollow) {
  const auto before = su_now();
  snom::test::set_wall_clock_ahead(GetParam());
  EXPECT_GE(su_duration(su_now(), before), 0);
  EXPECT_LT(su_duration(su_now(), before), 60000);
}

TEST_P(WallClockJumps, AMessageUnderWayKeepsItsLimitAndTheNextOneIsAnswered) {
  ServerOptions options;
  options.answer_timeout = milliseconds(1700);  // sofia-sip 1.13 repeats after 1 s, 1.12 after 0.5
  start(options);
  TextPhone phone(address("udp"), "1000", "1234");
  ASSERT_EQ(phone.register_contact().status(), 200);
  const control::OutgoingMessage message{registrations().at(0), "", "application/x-buttons", "k=2\r\nc=on\r\n"};

  const auto begin = std::chrono::steady_clock::now();
  auto silent = start_sending(message);
  const auto request = phone.peer().receive();
  ASSERT_TRUE(request);
  snom::test::set_wall_clock_ahead(GetParam());
  // Also when it jumps there and back again.
  snom::test::set_wall_clock_ahead(0);
  ASSERT_TRUE(phone.peer().receive()) << "no retransmission";
  snom::test::set_wall_clock_ahead(GetParam());
  EXPECT_EQ(silent.get().reason, "no answer within 1.7 s");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(1690));

  while (phone.peer().receive(milliseconds(1))) {
  }
  auto answered = start_sending(message);
  const auto next = phone.peer().receive();
  ASSERT_TRUE(next);
  phone.peer().send(response_to(*next, 200, "OK"));
  EXPECT_EQ(answered.get().status, 200);
  EXPECT_EQ(phone.register_contact().status(), 200);
  EXPECT_EQ(registrations().size(), 1u);
}

}  // namespace
}  // namespace snom::sip::test
