#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

#include "control/commands/command_table.h"
#include "http/raw_server.h"
#include "language/command_line.h"
#include "mod_snom/loaded_module.h"

namespace snom::freeswitch::testing {
namespace {

using http::testing::RawServer;
using ModuleCommands = LoadedModule;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(ModuleCommands, AreSixWithTheirSyntax) {
  load();
  EXPECT_EQ(host_.api_names(), (std::vector<std::string>{"snom_status", "snom_bind_key", "snom_button", "snom_buttons",
                                                         "snom_clear", "snom_command"}));
  EXPECT_EQ(host_.syntax("snom_bind_key"), "<key> <light> <label> <user> <host> <profile> [<action_name> [<action>]]");
  EXPECT_EQ(host_.syntax("snom_command"), "<ip|user> <command> <type> [<username> <password>]");
  for (const auto& command : control::command_table) {
    EXPECT_EQ(host_.syntax(std::string(command.name)), command.usage) << command.name;
  }
}

TEST_F(ModuleCommands, ABoundKeyIsSentAndAnsweredAtOnceAndToldWhenThePhoneSaidYes) {
  load();
  const std::string line = "2 on DND 1000 example.test internal message notused";
  EXPECT_EQ(bind(line), "+OK " + line + "\n");
  const auto sent = sofia_.wait_messages(1);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, "internal/1000@example.test") << "so that mod_sofia sends to the contact as it has it";
  EXPECT_EQ(sent[0].from, "1000@example.test");
  EXPECT_EQ(sent[0].type, "application/x-buttons");
  EXPECT_TRUE(contains(sent[0].body, "k=2\r\nc=on\r\nl=DND\r\nn=notused\r\n")) << sent[0].body;
  const auto told = host_.wait_for("snom::button");
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)["Address-Of-Record"], "1000@example.test");
  EXPECT_EQ((*told)["User"], "1000");
  EXPECT_EQ((*told)["Domain"], "example.test");
  EXPECT_EQ((*told)["Key"], "2");
  EXPECT_EQ((*told)["Light"], "on");
  EXPECT_EQ((*told)["Label"], "DND");
  EXPECT_EQ((*told)["Confirmed"], "true");
  EXPECT_EQ((*told)["Contact-1-Status"], "200");
}

TEST_F(ModuleCommands, ARefusalIsToldAsAnEvent) {
  load();
  sofia_.answer("1000", 404);
  EXPECT_TRUE(bind("2 on DND 1000 example.test internal").starts_with("+OK "));
  const auto told = host_.wait_for("snom::button");
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)["Confirmed"], "false");
  EXPECT_EQ((*told)["Contact-1-Status"], "404");
}

TEST_F(ModuleCommands, WithConfirmDeliveryTheReplyIsThePhones) {
  load({{"confirm-delivery", "true"}, {"delivery-timeout", "300"}});
  EXPECT_EQ(bind("2 on DND 1000 example.test internal"), "+OK 2 on DND 1000 example.test internal\n");
  sofia_.answer("1000", 404);
  EXPECT_EQ(bind("2 on DND 1000 example.test internal"),
            "-ERR key 2 of 1000@example.test not set: phone answered 404\n");
  sofia_.answer("1000", 0);
  EXPECT_EQ(bind("2 on DND 1000 example.test internal"),
            "-ERR key 2 of 1000@example.test not set: no answer within 0.3 s\n");
}

TEST_F(ModuleCommands, WhatCannotBeSentIsRefused) {
  load();
  EXPECT_EQ(bind("2 on DND 3000 example.test internal"),
            "-ERR user '3000@example.test' not registered on profile 'internal'\n");
  EXPECT_EQ(bind("2 on DND 1000 elsewhere internal"),
            "-ERR user '1000@elsewhere' not registered on profile 'internal'\n");
  EXPECT_EQ(bind("2 on DND 1000 example.test nowhere"), "-ERR unknown profile 'nowhere' (profiles: internal)\n");
  EXPECT_EQ(bind(""),
            "-ERR usage: snom_bind_key <key> <light> <label> <user> <host> <profile> [<action_name> [<action>]]\n");
  EXPECT_TRUE(bind("2 purple DND 1000 example.test internal").starts_with("-ERR "));
  EXPECT_TRUE(sofia_.messages().empty());
}

TEST_F(ModuleCommands, EveryContactIsSentTo) {
  sofia_.add({"1000", "<sip:1000@127.0.0.1:5063>", "example.test", "127.0.0.1", "call-2"});
  load();
  EXPECT_TRUE(bind("2 on DND 1000 example.test internal").starts_with("+OK "));
  EXPECT_EQ(sofia_.wait_messages(2).size(), 2U);
  const auto told = host_.wait_for("snom::button");
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)["Contact-Count"], "2");
  EXPECT_EQ((*told)["Contact-2-Status"], "200");
}

TEST_F(ModuleCommands, NobodyElseWaitsWhileMod_sofiaIsAskedForAUser) {
  load();
  EXPECT_TRUE(bind("2 on DND 1000 example.test internal").starts_with("+OK "));
  sofia_.stall("3000");
  auto unknown = std::async(std::launch::async, [this] { return bind("2 on DND 3000 example.test internal"); });
  ASSERT_TRUE(sofia_.wait_stalled());
  EXPECT_TRUE(bind("2 off DND 1000 example.test internal").starts_with("+OK "));
  EXPECT_NE(host_.api("snom_status", "").find("registered contacts: 2"), std::string::npos);
  sofia_.press(host_, "3000", "anything");
  EXPECT_TRUE(bind("2 on DND 2000 example.test internal").starts_with("+OK "));
  EXPECT_TRUE(sofia_.is_stalled());
  sofia_.add({"3000", "<sip:3000@127.0.0.1:5064>"}, false);
  sofia_.go_on();
  EXPECT_TRUE(unknown.get().starts_with("+OK ")) << "it is found by the table, as before";
}

TEST_F(ModuleCommands, AQuotedContactAndAFreshRegistrationAreFine) {
  load();
  EXPECT_TRUE(bind("2 on DND 2000 example.test internal").starts_with("+OK "));
  ASSERT_EQ(sofia_.wait_messages(1).size(), 1U);
  sofia_.add({"3000", "<sip:3000@127.0.0.1:5064>"});
  EXPECT_TRUE(bind("2 on DND 3000 example.test internal").starts_with("+OK "));
  const auto sent = sofia_.wait_messages(2);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].to, "internal/sip:2000@127.0.0.1:5062");
  EXPECT_EQ(sent[1].to, "internal/sip:3000@127.0.0.1:5064");
}

TEST_F(ModuleCommands, WithoutMod_sofiaNothingIsSentAndThatIsTold) {
  host_.sofia_chat = nullptr;
  load();
  EXPECT_TRUE(bind("2 on DND 1000 example.test internal").starts_with("+OK "));
  const auto told = host_.wait_for("snom::button");
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)["Confirmed"], "false");
  EXPECT_EQ((*told)["Contact-1-Reason"], "mod_sofia is not loaded");
}

TEST_F(ModuleCommands, BeyondMaxDeliveriesTheyAreSentButNotWaitedFor) {
  load({{"max-deliveries", "1"}});
  sofia_.answer("1000", 0);
  EXPECT_TRUE(bind("2 on DND 1000 example.test internal").starts_with("+OK "));
  ASSERT_TRUE(sofia_.wait_waiting(1));
  EXPECT_TRUE(bind("2 on DND 2000 example.test internal").starts_with("+OK "));
  const auto told = host_.wait_for("snom::button");
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)["User"], "2000");
  EXPECT_EQ((*told)["Confirmed"], "false");
  EXPECT_EQ((*told)["Contact-1-Reason"], "sent, but not waited for: too many are under way (max-deliveries)");
}

TEST_F(ModuleCommands, AKeyIsPressedByThePhonesWebPage) {
  std::atomic<int> answer = 200;
  RawServer page([&](RawServer::Peer& peer) {
    while (!peer.read_request().empty()) {
      if (!peer.send("HTTP/1.1 " + std::to_string(answer) + " X\r\nContent-Length: 0\r\n\r\n")) return;
    }
  });
  load();
  EXPECT_EQ(command(page.address() + " key enter"), "+OK " + page.address() + " key enter\n");
  answer = 500;
  EXPECT_EQ(command(page.address() + " key enter"),
            "-ERR " + page.address() + " key enter [HTTP:500]: the phone answered 500 instead of 200\n");
  EXPECT_EQ(command("*/3000 key enter"), "-ERR user '*/3000' not registered\n");
}

TEST_F(ModuleCommands, APictureOfTheScreenGoesIntoTheFolder) {
  using namespace std::string_literals;
  const auto bmp =
      "BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0"s + std::string(24, '\0') + "\0\0\xff\0"s;
  RawServer page([&](RawServer::Peer& peer) {
    while (!peer.read_request().empty()) {
      if (!peer.send("HTTP/1.1 200 X\r\nContent-Length: " + std::to_string(bmp.size()) + "\r\n\r\n" + bmp)) return;
    }
  });
  const auto folder = host_.db_folder() + "/pictures";
  std::filesystem::create_directory(folder);
  load({{"picture-folder", folder}});
  EXPECT_EQ(command(page.address() + " screen desk.png"), "+OK " + page.address() + " screen desk.png\n");
  std::ifstream file(folder + "/desk.png", std::ios::binary);
  const std::string kept{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(kept.starts_with("\x89PNG\r\n")) << kept.size() << " bytes";
  EXPECT_TRUE(host_.unload()) << "libpng keeps nothing of the module";
}

TEST_F(ModuleCommands, WithoutAFolderNoPictureIsKept) {
  load();
  EXPECT_EQ(command("127.0.0.1 screen desk.png"),
            "-ERR 127.0.0.1 screen desk.png: there is no folder for pictures (docs/commands.md)\n");
}

TEST_F(ModuleCommands, AFolderForPicturesThatIsNotThereRefusesTheLoad) {
  host_.settings = Settings{{"picture-folder", host_.db_folder() + "/nowhere"}};
  EXPECT_FALSE(host_.load(module));
  ASSERT_FALSE(host_.log().empty());
  EXPECT_TRUE(contains(host_.log().back(), "snom.conf.xml: picture-folder: '" + host_.db_folder() +
                                               "/nowhere' (expected a folder that is there, or nothing)"))
      << host_.log().back();
}

TEST_F(ModuleCommands, NoPasswordIsRepeated) {
  RawServer page([&](RawServer::Peer& peer) {
    while (!peer.read_request().empty()) {
      if (!peer.send("HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"snom\"\r\nContent-Length: 0\r\n\r\n")) return;
    }
  });
  load();
  const auto reply = command(page.address() + " key enter admin s3cret");
  EXPECT_TRUE(contains(reply, "[HTTP:401]")) << reply;
  EXPECT_FALSE(contains(reply, "s3cret"));
  for (const auto& line : host_.log()) EXPECT_FALSE(contains(line, "s3cret")) << line;
}

TEST_F(ModuleCommands, StatusTellsOfSettingsAndCounters) {
  load({{"press-mode", "direct"}});
  EXPECT_TRUE(bind("2 on DND 1000 example.test internal").starts_with("+OK "));
  ASSERT_TRUE(host_.wait_for("snom::button"));
  const auto status = host_.api("snom_status", "");
  EXPECT_TRUE(contains(status, "settings: press-mode direct, api-door open, confirm-delivery false")) << status;
  EXPECT_TRUE(contains(status, "registered contacts: 2\n")) << status;
  EXPECT_TRUE(contains(status, "keys: 1 set, 0 sent and not told, 0 not set\n")) << status;
  EXPECT_TRUE(contains(status, "messages: 1 sent, 1 accepted")) << status;
}

TEST_F(ModuleCommands, TabCompletionKnowsKeysLightsUsersAndProfiles) {
  load();
  EXPECT_EQ(host_.complete("::snom::list_keys").size(), 15U);
  EXPECT_EQ(host_.complete("::snom::list_lights").front(), "off");
  EXPECT_EQ(host_.complete("::snom::list_users"), (std::vector<std::string>{"1000", "2000"}));
  EXPECT_EQ(host_.complete("::snom::list_phones"), (std::vector<std::string>{"*/1000", "*/2000"}));
  EXPECT_EQ(host_.complete("::snom::list_domains"), std::vector<std::string>{"example.test"});
  EXPECT_EQ(host_.complete("::snom::list_profiles"), std::vector<std::string>{"internal"});
  EXPECT_EQ(host_.complete("::snom::list_addresses"),
            (std::vector<std::string>{"1000@example.test", "2000@example.test"}));
  const auto lines = host_.completed_lines();
  EXPECT_NE(std::find(lines.begin(), lines.end(), "snom_command ::snom::list_phones action reboot"), lines.end());
  for (const auto& command : control::command_table) {
    const auto begin = std::string(command.name) + " ";
    const auto completed = std::count_if(lines.begin(), lines.end(), [&begin](const std::string& line) {
      return line.starts_with(begin) && !contains(line, "<");
    });
    EXPECT_EQ(static_cast<std::size_t>(completed), command.complete().size()) << command.name;
  }
  for (const auto& line : lines) {
    for (const auto& word : language::split_command_line(line, 20)) {
      EXPECT_TRUE(!word.starts_with("::") || !host_.complete(word).empty()) << word;
    }
  }
}

TEST_F(ModuleCommands, WebCredentialsComeFromTheUsersDirectoryEntry) {
  // The phone's page is on port 80 of its address, which is not ours to open: what is asked shows that they were found.
  host_.directory["1000@example.test"] = {
      "user",
      {{"id", "1000"}},
      {{"params", {}, {{"param", {{"name", "snom-web-user"}, {"value", "admin"}}, {}}}},
       {"variables", {}, {{"variable", {{"name", "snom-web-password"}, {"value", "s3cret"}}, {}}}}}};
  load({{"http-connect-timeout", "200"}, {"http-total-timeout", "400"}});
  const auto reply = command("*/1000 key enter");
  EXPECT_TRUE(reply.starts_with("-ERR */1000 key enter")) << reply;
  EXPECT_FALSE(contains(reply, "s3cret"));
}

TEST_F(ModuleCommands, APhoneWithoutAWebPageIsSentANotifyAndTheReplySaysThatNobodyIsToldMore) {
  sofia_.add(
      {"3000", "<sip:3000@127.0.0.1:5063;line=abc>", "example.test", "127.0.0.1", "call-1", "snomD862/10.1.226.13"});
  load();
  EXPECT_EQ(command("3000 dnd"), "+OK 3000 dnd [notify sent]\n");
  const auto notify = host_.wait_for("");
  ASSERT_TRUE(notify);
  EXPECT_EQ(notify->type, SWITCH_EVENT_NOTIFY);
  EXPECT_EQ((*notify)["profile"], "internal");
  EXPECT_EQ((*notify)["contact-uri"], "sip:3000@127.0.0.1:5063;line=abc");
  EXPECT_EQ((*notify)["to-uri"], "<sip:3000@example.test>");
  EXPECT_EQ((*notify)["from-uri"], "<sip:3000@example.test>");
  EXPECT_EQ((*notify)["event-string"], "xml");
  EXPECT_EQ((*notify)["content-type"], "application/snomxml");
  EXPECT_TRUE(contains(notify->body.value_or(""), "snom://mb_nop#key=F_DND")) << notify->body.value_or("(none)");
  EXPECT_TRUE(sofia_.messages().empty());
}

TEST_F(ModuleCommands, APhoneThatRefusesButtonsIsSentItsLight) {
  sofia_.add({"3000", "<sip:3000@127.0.0.1:5063>", "example.test", "127.0.0.1", "call-1", "snomD862/10.1.226.13"});
  load({{"confirm-delivery", "true"}});
  sofia_.answer("3000", 415);
  EXPECT_EQ(bind("2 on DND 3000 example.test internal"), "+OK 2 on DND 3000 example.test internal [notify sent]\n");
  const auto told = host_.wait_for("snom::button");
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)["Contact-1-Channel"], "notify");
  EXPECT_EQ((*told)["Contact-1-Lost"], "label");
  const auto notify = host_.wait_for("");
  ASSERT_TRUE(notify);
  EXPECT_TRUE(contains(notify->body.value_or(""), "<Led number=\"6\">On</Led>"));
}

}  // namespace
}  // namespace snom::freeswitch::testing
