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

}  // namespace
}  // namespace snom::control
