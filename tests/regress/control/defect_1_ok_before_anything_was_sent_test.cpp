#include <gtest/gtest.h>

#include "control/fake_world.h"

// The original said "+OK" before anything was sent, and never told of what went wrong.
namespace snom::control {
namespace {

using testing::House;
using testing::phone;

constexpr auto line = "snom_bind_key 2 on DND 1000 example.com internal";

TEST(Defect1OkBeforeAnythingWasSent, NothingIsSaidBeforeThePhoneAnswered) {
  House house;
  house.run(line);
  EXPECT_TRUE(house.replies.empty());
  house.messages.answer(0, 200, "OK");
  EXPECT_EQ(house.replies.at(0), "+OK 2 on DND 1000 example.com internal");
}

TEST(Defect1OkBeforeAnythingWasSent, UnknownUserIsReported) {
  House house;
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1001 example.com internal"),
            "-ERR user '1001@example.com' not registered on profile 'internal'");
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1000 wrong.example.com internal"),
            "-ERR user '1000@wrong.example.com' not registered on profile 'internal'");
}

TEST(Defect1OkBeforeAnythingWasSent, UnknownProfileIsReported) {
  House house;
  EXPECT_EQ(house.reply_to("snom_bind_key 2 on DND 1000 example.com sofia"),
            "-ERR unknown profile 'sofia' (profiles: internal, external)");
}

TEST(Defect1OkBeforeAnythingWasSent, RefusedMessageIsReported) {
  House house;
  house.run(line);
  house.messages.answer(0, 404, "Not Found");
  EXPECT_EQ(house.replies.at(0), "-ERR key 2 of 1000@example.com not set: phone answered 404 Not Found");
  EXPECT_FALSE(house.events.of<ButtonSet>().at(0).confirmed);
}

TEST(Defect1OkBeforeAnythingWasSent, LostMessageIsReported) {
  House house;
  house.run(line);
  house.messages.answer(0, 0, "no answer within 5 s");
  EXPECT_EQ(house.replies.at(0), "-ERR key 2 of 1000@example.com not set: no answer within 5 s");
}

}  // namespace
}  // namespace snom::control
