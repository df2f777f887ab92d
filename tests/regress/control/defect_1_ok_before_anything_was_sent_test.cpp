#include <gtest/gtest.h>

#include "control/fake_ports.h"

// The original said "+OK" before anything was sent, and never told of what went wrong.
namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

constexpr auto line = "snom_bind_key 2 on DND 1000 example.com internal";

TEST(Defect1OkBeforeAnythingWasSent, NothingIsSaidBeforeThePhoneAnswered) {
  Fixture fixture;
  fixture.run(line);
  EXPECT_TRUE(fixture.replies.empty());
  fixture.messages.answer(0, 200, "OK");
  EXPECT_EQ(fixture.replies.at(0), "+OK 2 on DND 1000 example.com internal");
}

TEST(Defect1OkBeforeAnythingWasSent, UnknownUserIsReported) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1001 example.com internal"),
            "-ERR user '1001@example.com' not registered on profile 'internal'");
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 wrong.example.com internal"),
            "-ERR user '1000@wrong.example.com' not registered on profile 'internal'");
}

TEST(Defect1OkBeforeAnythingWasSent, UnknownProfileIsReported) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 example.com sofia"),
            "-ERR unknown profile 'sofia' (profiles: internal, external)");
}

TEST(Defect1OkBeforeAnythingWasSent, RefusedMessageIsReported) {
  Fixture fixture;
  fixture.run(line);
  fixture.messages.answer(0, 404, "Not Found");
  EXPECT_EQ(fixture.replies.at(0), "-ERR key 2 of 1000@example.com not set: phone answered 404 Not Found");
  EXPECT_FALSE(fixture.events.of<ButtonSet>().at(0).confirmed);
}

TEST(Defect1OkBeforeAnythingWasSent, LostMessageIsReported) {
  Fixture fixture;
  fixture.run(line);
  fixture.messages.answer(0, 0, "no answer within 5 s");
  EXPECT_EQ(fixture.replies.at(0), "-ERR key 2 of 1000@example.com not set: no answer within 5 s");
}

}  // namespace
}  // namespace snom::control
