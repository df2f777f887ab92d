#include <gtest/gtest.h>

#include "control/fake_ports.h"

// The original checked neither key nor light, and a typed \\n put lines of its own into the document.
namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

class Defect2UncheckedArguments : public ::testing::TestWithParam<const char*> {};

TEST_P(Defect2UncheckedArguments, IsRefusedAndNothingIsSent) {
  Fixture fixture;
  const auto reply = fixture.reply_to(GetParam());
  EXPECT_TRUE(reply.starts_with("-ERR ")) << reply;
  EXPECT_TRUE(fixture.messages.sent.empty());
  EXPECT_TRUE(fixture.command_service->keys("1000@example.com").empty());
}

INSTANTIATE_TEST_SUITE_P(Lines, Defect2UncheckedArguments,
                         ::testing::Values("snom_bind_key 2 purple DND 1000 example.com internal",
                                           "snom_bind_key 2 '' DND 1000 example.com internal",
                                           "snom_bind_key '' on DND 1000 example.com internal",
                                           "snom_bind_key 2\\nc=off on DND 1000 example.com internal",
                                           "snom_bind_key 2 on DND\\nn=0900 1000 example.com internal",
                                           "snom_bind_key 2 on DND\\rn=0900 1000 example.com internal",
                                           "snom_bind_key 2 on D\\tND 1000 example.com internal",
                                           "snom_bind_key 2 on D\x01ND 1000 example.com internal",
                                           "snom_bind_key 2 on DND\xc3 1000 example.com internal",
                                           "snom_bind_key 2 on DND 1000 example.com internal invite 1\\nk=3",
                                           "snom_bind_key 2 on DND 1000 example.com internal call 1001"));

TEST(Defect2UncheckedArgumentsReply, NamesTheArgument) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 purple DND 1000 example.com internal"),
            "-ERR light: 'purple' is not a light (expected off, on, hold, pickup, park, message, offline, error, "
            "seized, record)");
  EXPECT_TRUE(
      fixture.reply_to("snom_bind_key 2 on DND\\nn=0900 1000 example.com internal").starts_with("-ERR label: "));
}

}  // namespace
}  // namespace snom::control
