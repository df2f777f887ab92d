#include "control/redact.h"

#include <gtest/gtest.h>

namespace snom::control {
namespace {

TEST(Redact, OrdinaryActionsStay) {
  for (const auto* action :
       {"", "9001", "*14", "api+uuid_transfer 8f3 9001", "snom_command 1000 key enter admin secret",
        "api+snom_command */1000 key enter", "api+snom_bind_key 2 on DND 1000 example.com internal"}) {
    EXPECT_EQ(action_without_password(action), action);
  }
}

TEST(Redact, CredentialsOfSnomCommandAreCutOff) {
  EXPECT_EQ(action_without_password("api+snom_command */1000 key enter admin secret"),
            "api+snom_command */1000 key enter");
  EXPECT_EQ(action_without_password("api+ snom_command */1000  key enter admin pass word "),
            "api+snom_command */1000  key enter");
  EXPECT_EQ(action_without_password("api+snom_command */1000 key enter secret"), "api+snom_command */1000 key enter");
}

TEST(Redact, NothingIsShownWhereTheCutIsNotCertain) {
  EXPECT_EQ(action_without_password("api+snom_command a  b '' ^^"), "api+snom_command a  b ''");
  EXPECT_EQ(action_without_password("api+snom_command ^^,a,b,c,admin,secret"), "api+snom_command ^^,a,b,c");
}

TEST(Redact, ActionOfAnAction) {
  EXPECT_EQ(action_without_password("api+snom_bind_key 2 on 'A B' 1000 example.com internal message "
                                    "api+snom_command */1000 key enter admin secret"),
            "api+snom_bind_key 2 on 'A B' 1000 example.com internal message api+snom_command */1000 key enter");
}

TEST(Redact, DeepNestingEndsInTheCommandWord) {
  std::string action = "api+snom_command */1000 key enter admin secret";
  for (int level = 0; level < 100; ++level) action.insert(0, "api+snom_bind_key 2 on A 1 h p message ");
  const auto shown = action_without_password(action);
  EXPECT_EQ(shown.find("secret"), std::string::npos);
  EXPECT_TRUE(shown.ends_with("message api+snom_bind_key")) << shown;
}

TEST(Redact, ArgumentsOfBindKeyStayAsTypedBeforeTheCut) {
  EXPECT_EQ(bind_key_arguments_without_password(
                "2  on 'A B' 1000 example.com internal message api+snom_command 'x' key enter admin secret",
                "api+snom_command x key enter admin secret"),
            "2  on 'A B' 1000 example.com internal message api+snom_command x key enter");
  EXPECT_EQ(bind_key_arguments_without_password("2 on A 1000 h p message 'quoted  number'", "quoted  number"),
            "2 on A 1000 h p message 'quoted  number'");
}

TEST(Redact, EveryFormOfSnomCommand) {
  const auto shown = [](const std::string& arguments) {
    return action_without_password("api+snom_command 1000 " + arguments)
        .substr(std::string("api+snom_command 1000 ").size());
  };
  EXPECT_EQ(shown("dial 1001 admin geheim"), "dial 1001");
  EXPECT_EQ(shown("hangup"), "hangup");
  EXPECT_EQ(shown("hangup admin geheim"), "hangup");
  EXPECT_EQ(shown("HOLD admin my geheim"), "HOLD");
  EXPECT_EQ(shown("logoff 2"), "logoff 2");
  EXPECT_EQ(shown("logoff admin geheim"), "logoff");
  EXPECT_EQ(shown("logoff 12 geheim"), "logoff");
  EXPECT_EQ(shown("logoff 12 admin geheim"), "logoff 12");
  EXPECT_EQ(shown("logoff admin my geheim"), "logoff");
  EXPECT_EQ(shown("setting user_pass1 geheim"), "setting user_pass1");
  EXPECT_EQ(shown("setting user_pass1 geheim admin geheim"), "setting user_pass1");
  EXPECT_EQ(shown("message call me back at once"), "message call me back at once");
  EXPECT_EQ(shown("screen a.png admin geheim"), "screen a.png");
  EXPECT_EQ(shown("nonsense x geheim"), "nonsense x");
}

}  // namespace
}  // namespace snom::control
