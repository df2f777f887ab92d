#include <gtest/gtest.h>

#include "control/fake_ports.h"

// The original said "-Error" where every other command says "-ERR", and nothing at all to an empty call.
namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

constexpr auto bind_usage =
    "-ERR usage: snom_bind_key <key> <light> <label> <user> <host> <profile> [<action_name> [<action>]]";
constexpr auto command_usage = "-ERR usage: snom_command <ip|user> <command> <type> [<username> <password>]";

TEST(Defect8ErrorWords, EmptyCallsAreAnswered) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key"), bind_usage);
  EXPECT_EQ(fixture.reply_to("snom_bind_key \n"), bind_usage);
  EXPECT_EQ(fixture.reply_to("snom_command"), command_usage);
  EXPECT_EQ(fixture.reply_to(""),
            "-ERR unknown command '' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, snom_clear)");
  EXPECT_EQ(fixture.reply_to("  \r\n"),
            "-ERR unknown command '' (commands: snom_bind_key, snom_command, snom_button, snom_buttons, snom_clear)");
}

TEST(Defect8ErrorWords, TooFewArguments) {
  Fixture fixture;
  EXPECT_EQ(fixture.reply_to("snom_bind_key 2 on DND 1000 example.com"), bind_usage);
  EXPECT_EQ(fixture.reply_to("snom_command 1000"), command_usage);
  EXPECT_EQ(fixture.reply_to("snom_command 1000 key"), command_usage);
  EXPECT_EQ(fixture.reply_to("snom_command 1000 key enter admin"), command_usage);
}

TEST(Defect8ErrorWords, OriginalSentencesThatAreTrueStay) {
  Fixture fixture;
  EXPECT_TRUE(fixture.reply_to("snom_command 1000 press enter").starts_with("-ERR command: not known (expected key, "));
  EXPECT_EQ(fixture.reply_to("snom_command 1000 action x"),
            "-ERR action 'x' not supported (supported actions are reboot, reset, dialeddel, misseddel, receiveddel)");
  EXPECT_EQ(fixture.reply_to("snom_command 1001 key enter"), "-ERR user '1001' not registered");
}

}  // namespace
}  // namespace snom::control
