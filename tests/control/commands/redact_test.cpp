#include "control/commands/redact.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "control/commands/bind_key.h"

namespace snom::control {
namespace {

TEST(Redact, OrdinaryActionsStay) {
  for (const auto* action :
       {"", "9001", "*14", "sip:9001@example.com:5070", "call the snom lab", "api+uuid_transfer 8f3 9001",
        "api+conference 3000 hangup 5", "api+sched_api +10 none echo x=y", "api+snom_command */1000 key enter",
        "api+snom_bind_key 2 on DND 1000 example.com internal",
        "api+snom_button 1000@h 2 light=on label='a b' 3 light=off", "api+snom_clear 1000@h all",
        "api+snom_buttons 1000@h"}) {
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
  EXPECT_EQ(action_without_password("api+snom_command a  key '' ^^"), "api+snom_command a  key ''");
  EXPECT_EQ(action_without_password("api+snom_command ^^,a,key,c,admin,secret"), "api+snom_command ^^,a,key,c");
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
}

TEST(Redact, WhatLooksLikeACommandAndCannotBeReadIsNotShownBeyondItsFirstWord) {
  const std::pair<std::string, std::string> actions[] = {
      {"api+SNOM_COMMAND 1001 key enter admin geheim", "api+SNOM_COMMAND"},
      {"api+Snom_Command 1001 key enter admin geheim", "api+Snom_Command"},
      {"api+snom_comand 1001 key enter admin geheim", "api+snom_comand"},
      {"api+sonm_command 1001 kee enter admin geheim", "api+sonm_command"},
      {"api+snomcommand 1001 kee enter admin geheim", "api+snomcommand"},
      {"api+command 1001 key enter admin geheim", "api+command"},
      {"api+x 1001 setting user_pass1 geheim", "api+x"},
      {"api+snom_command,1001,key,enter,admin,geheim", "api+snom_command"},
      {"api+snom_command\u00a01001\u00a0key\u00a0enter\u00a0admin\u00a0geheim", "api+snom_command"},
      {"api+snom_command\t1001\tkey\tenter\tadmin\tgeheim", "api+snom_command"},
      {"API+snom_command 1001 key enter admin geheim", "API+snom_command"},
      {"API+SNOM_COMMAND 1001 key enter admin geheim", "API+SNOM_COMMAND"},
      {" api+snom_command 1001 key enter admin geheim", "api+snom_command"},
      {"'api+snom_command 1001 key enter admin geheim'", "api+snom_command"},
      {"ap+snom_command 1001 key enter admin geheim", "ap+snom_command"},
      {"api+api+snom_command 1001 key enter admin geheim", "api+api+snom_command"},
      {"api+bgapi snom_command 1001 key enter admin geheim", "api+bgapi"},
      {"api+expand echo ${snom_command(1001 key enter admin geheim)}", "api+expand"},
      {"api+snom_command 1001 kee enter admin geheim", "api+snom_command"},
      {"api+snom_command 1001 admin geheim", "api+snom_command"},
      {"api+snom_command admin geheim 1001 key enter", "api+snom_command"},
      {"api+snom_command", "api+snom_command"},
      {"snom_command 1001 key enter admin geheim", "snom_command 1001 key enter"},
      {"SNOM_COMMAND 1001 key enter admin geheim", "SNOM_COMMAND"},
      {"api+snom_bind_key 2 on 1000 h internal message api+snom_command 1001 key enter admin geheim",
       "api+snom_bind_key"},
      {"api+snom_bind_key 2 on DND 1000 h internal api+snom_command 1001 key enter admin geheim", "api+snom_bind_key"},
      {"api+snom_bind_key 2 oon DND 1000 h internal message geheim", "api+snom_bind_key"},
      {"api+snom_bind_key 2 on DND 1000 h internal message API+SNOM_COMMAND 1001 key enter admin geheim",
       "api+snom_bind_key 2 on DND 1000 h internal message API+SNOM_COMMAND"},
      {"api+snom_bindkey 2 on DND 1000 h internal message api+snom_command 1001 key enter admin geheim",
       "api+snom_bindkey"},
      {"api+snom_button 1000@h 2 number=api+snom_command 1001 key enter admin geheim", "api+snom_button"},
      {"api+snom_button 1000@h 2 number='API+SNOM_COMMAND 1001 key enter admin geheim'", "api+snom_button"},
      {"api+snom_clear 1000@h 2 admin geheim", "api+snom_clear"},
      {"api+snom_buttons 1000@h admin geheim", "api+snom_buttons"},
  };
  for (const auto& [action, shown] : actions) EXPECT_EQ(action_without_password(action), shown) << action;
}

TEST(Redact, PasswordsInUrisAreLeftOut) {
  EXPECT_EQ(action_without_password("sip:9001:geheim@example.com"), "sip:9001@example.com");
  EXPECT_EQ(action_without_password("api+snom_command http://admin:geheim@192.0.2.7 key enter"),
            "api+snom_command http://admin@192.0.2.7 key enter");
  EXPECT_EQ(action_without_password("api+curl http://admin:geheim@192.0.2.7/x"), "api+curl http://admin@192.0.2.7/x");
}

}  // namespace
}  // namespace snom::control
