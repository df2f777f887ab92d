#include "control/commands/snom_command.h"

#include <gtest/gtest.h>

namespace snom::control {
namespace {

ContactOutcome answer(const std::string& page, int status, const std::string& reason = {}) {
  return {page, status, reason, Channel::http};
}

std::string request(std::string_view arguments) {
  const auto command = parse_snom_command(arguments);
  return command ? command->remote.web.value_or("") : command.error();
}

TEST(SnomCommand, KeysGoOutAsTypedAndPercentEncoded) {
  EXPECT_EQ(request("*/1000 key enter"), "/command.htm?key=enter");
  EXPECT_EQ(request("*/1000 KEY Enter"), "/command.htm?key=Enter");
  EXPECT_EQ(request("1000 key enter,50,5000;cancel,50,1000"),
            "/command.htm?key=enter%2C50%2C5000%3Bcancel%2C50%2C1000");
  EXPECT_EQ(request("1000 key ENTER,,1000;"), "/command.htm?key=ENTER%2C%2C1000%3B");
  EXPECT_EQ(request("1000 key #"), "/command.htm?key=%23");
  EXPECT_EQ(request("1000 key *"), "/command.htm?key=%2A");
}

TEST(SnomCommand, Actions) {
  EXPECT_EQ(request("1000 action reboot"), "/advanced_update.htm?reboot=Reboot");
  EXPECT_EQ(request("1000 Action RESET"), "/advanced_update.htm?reset=Reset");
  EXPECT_EQ(request("1000 action dialeddel"), "/index.htm?dialeddel=0");
  EXPECT_EQ(request("1000 action misseddel"), "/index.htm?misseddel=0");
  EXPECT_EQ(request("1000 action ReceivedDel"), "/index.htm?receiveddel=0");
}

TEST(SnomCommand, UnknownAction) {
  EXPECT_EQ(request("1000 action explode"),
            "action 'explode' not supported (supported actions are reboot, reset, dialeddel, misseddel, receiveddel)");
  EXPECT_EQ(request("1000 action ''"),
            "action '' not supported (supported actions are reboot, reset, dialeddel, misseddel, receiveddel)");
}

TEST(SnomCommand, OneTwoOrFourArguments) {
  for (const auto* arguments : {"", "1000", "1000 key", "1000 key enter admin"}) {
    EXPECT_EQ(request(arguments), "usage: snom_command <ip|user> <command> <type> [<username> <password>]");
  }
}

TEST(SnomCommand, OtherCommands) {
  for (const auto* arguments : {"1000 keys enter", "1000 '' enter", "1000 admin secret key enter"}) {
    EXPECT_EQ(request(arguments),
              "command: not known (expected key, action, dial, dtmf, hangup, hold, transfer, dnd, logoff, reregister, "
              "setting, message, screen or provision)");
  }
}

TEST(SnomCommand, BadKeySequences) {
  EXPECT_EQ(request("1000 key enter,x"), "type: 'x' is not a time (expected milliseconds, 0 to 600000)");
  EXPECT_TRUE(request("1000 key ''").starts_with("type: "));
  EXPECT_TRUE(request("1000 key enter;;cancel").starts_with("type: "));
  EXPECT_TRUE(request("1000 key 'enter cancel'").starts_with("type: "));
  EXPECT_TRUE(request("1000 key enter\\ncancel").starts_with("type: "));
}

TEST(SnomCommand, BadAddresses) {
  EXPECT_EQ(request("192.0.2.7:99999 key enter"), "ip|user: the port must be a number from 1 to 65535");
}

TEST(SnomCommand, CredentialsAreTakenAndNotShown) {
  const auto command = parse_snom_command("*/1000  key 'enter' admin 1234");
  ASSERT_TRUE(command);
  EXPECT_EQ(command->username, "admin");
  EXPECT_EQ(command->password, "1234");
  EXPECT_EQ(command->shown, "*/1000  key 'enter'");
}

TEST(SnomCommand, PasswordTakesAllThatIsLeftAndMayBeEmpty) {
  EXPECT_EQ(parse_snom_command("1000 key enter admin my pass  word")->password, "my pass  word");
  EXPECT_EQ(parse_snom_command("1000 key enter admin ''")->password, "");
}

TEST(SnomCommand, CredentialsThatCannotBeSent) {
  EXPECT_EQ(request("1000 key enter '' secret"), "username: empty (leave out both to send no credentials)");
  EXPECT_EQ(
      request("1000 key enter admin sec\\nret"),
      "password: holds a control character (a backslash before n, r or t makes one; type two backslashes for one)");
  EXPECT_EQ(
      request("1000 key enter ad\\nmin secret"),
      "username: holds a control character (a backslash before n, r or t makes one; type two backslashes for one)");
}

TEST(SnomCommandReply, TellsTheOutcome) {
  const auto command = *parse_snom_command("*/1000  key enter");
  const auto reply = [&command](const std::vector<ContactOutcome>& contacts) {
    return snom_command_reply(command.shown, false, contacts);
  };
  EXPECT_EQ(reply({answer("http://a", 200, "")}), "+OK */1000  key enter");
  EXPECT_EQ(reply({answer("http://a", 202, "")}),
            "-ERR */1000  key enter [HTTP:202]: the phone answered 202 instead of 200");
  EXPECT_EQ(reply({answer("http://a", 401, "")}),
            "-ERR */1000  key enter [HTTP:401]: the phone wants a user name and password");
  EXPECT_EQ(reply({answer("http://a", 403, "")}),
            "-ERR */1000  key enter [HTTP:403]: the phone forbids remote control");
  EXPECT_EQ(reply({answer("http://a", 404, "")}), "-ERR */1000  key enter [HTTP:404]: the phone has no such page");
  EXPECT_EQ(reply({answer("http://a", 0, "connection refused")}),
            "-ERR */1000  key enter [HTTP:0]: connection refused");
  EXPECT_EQ(reply({answer("http://a", 0, "")}), "-ERR */1000  key enter [HTTP:0]: no answer");
}

TEST(SnomCommandReply, WrongPasswordIsToldApartFromNone) {
  EXPECT_EQ(snom_command_reply("1000 key enter", true, {answer("http://a", 401)}),
            "-ERR 1000 key enter [HTTP:401]: the phone refused the user name and password");
}

TEST(SnomCommandReply, WhatTheWebClientKnowsBetterIsSaid) {
  EXPECT_EQ(snom_command_reply("1000 key enter", false,
                               {answer("http://a", 401, "the phone refused the configured user name and password")}),
            "-ERR 1000 key enter [HTTP:401]: the phone refused the configured user name and password");
}

TEST(SnomCommandReply, SeveralPhones) {
  const auto command = *parse_snom_command("1000 key enter");
  EXPECT_EQ(snom_command_reply(command.shown, false,
                               {answer("http://a", 0, "connection refused"), answer("http://b", 200, "")}),
            "+OK 1000 key enter");
  EXPECT_EQ(snom_command_reply(command.shown, false,
                               {answer("http://a", 0, "connection refused"), answer("http://b", 404, "")}),
            "-ERR 1000 key enter [HTTP:404]: http://a: connection refused; http://b: the phone has no such page");
}

}  // namespace
}  // namespace snom::control
