#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "control/fake_ports.h"
#include "language/command_line.h"
#include "snomd/api_fixture.h"
#include "snomd/phone_groups.h"

namespace snom::snomd {
namespace {

using control::testing::phone;
using testing::Rest;
using Strings = std::vector<std::string>;

const std::string sales = "/v1/groups/sales";
constexpr auto two_members = R"({"members":["1000","1001@example.com","1000"]})";

struct Office : Rest {
  Office() {
    fixture.directory.registrations = {phone("1000"), phone("1001")};
    control::RemoteControl::Settings settings;
    settings.groups = {{"board", {"1001"}}};
    fixture.command_service->use(std::move(settings));
  }
};

TEST(Groups, OneIsMadeShownReplacedAndDeleted) {
  Office office;
  EXPECT_EQ(office.say("GET", sales).status, 404);
  auto heard = office.say("PUT", sales, two_members);
  EXPECT_EQ(heard.status, 201) << heard.body.dump();
  const nlohmann::json made{{"name", "sales"}, {"members", {"1000", "1001@example.com"}}, {"configured", false}};
  EXPECT_EQ(heard.body, made);
  EXPECT_EQ(office.say("GET", sales).body, made);
  EXPECT_EQ(office.say("PUT", sales, two_members).status, 200);
  EXPECT_EQ(office.say("GET", "/v1/groups").body.at("groups").size(), 2U);
  EXPECT_EQ(office.say("DELETE", sales).status, 200);
  EXPECT_EQ(office.say("GET", sales).status, 404);
  EXPECT_EQ(office.say("DELETE", sales).status, 404);
}

TEST(Groups, BecomeTextElsewhereWhileTheLoopGoesOn) {
  Office office;
  office.say("PUT", sales, two_members);
  office.keep_busy(1);
  const auto all = office.ask("/v1/groups");
  const auto one = office.ask(sales);
  EXPECT_EQ(office.ask("/v1/groups/nobody")->wait().status, 404);
  EXPECT_FALSE(all->is_given());
  EXPECT_FALSE(one->is_given());
  office.busy.set_value();
  EXPECT_EQ(nlohmann::json::parse(all->wait().body).at("groups").size(), 2U);
  EXPECT_EQ(nlohmann::json::parse(one->wait().body).at("members").size(), 2U);
}

TEST(Groups, ThoseOfTheConfigurationAreShownOnly) {
  Office office;
  EXPECT_EQ(office.say("GET", "/v1/groups/board").body.at("configured"), true);
  EXPECT_EQ(office.say("PUT", "/v1/groups/board", two_members).status, 409);
  EXPECT_EQ(office.say("DELETE", "/v1/groups/board").status, 409);
  EXPECT_EQ(office.say("PUT", "/v1/groups/1000", two_members).status, 409) << "a user's name";
}

TEST(Groups, WhatIsWrongIsNamed) {
  Office office;
  for (const auto& [body, field] :
       std::vector<std::pair<std::string, std::string>>{{"[]", ""},
                                                        {"{}", "members"},
                                                        {R"({"members":[]})", "members"},
                                                        {R"({"members":[7]})", "members"},
                                                        {R"({"members":["*"]})", "members"},
                                                        {R"({"members":["a b"]})", "members"},
                                                        {R"({"members":["@example.com"]})", "members"},
                                                        {R"({"members":["1000"],"colour":"red"})", "colour"}}) {
    const auto heard = office.say("PUT", sales, body);
    EXPECT_EQ(heard.status, 400) << body;
    EXPECT_EQ(heard.body.value("field", ""), field) << body;
  }
  EXPECT_EQ(office.say("PUT", "/v1/groups/a%20b", two_members).body.at("field"), "group");
}

TEST(Groups, ACommandIsRunForEachMember) {
  Office office;
  office.say("PUT", sales, two_members);
  auto heard = office.say("POST", sales + "/commands", "snom_button 2 light=on label='It''s night'");
  ASSERT_EQ(heard.status, 200) << heard.body.dump();
  EXPECT_EQ(heard.body.at("ok"), true);
  EXPECT_EQ(heard.body.at("replies").size(), 2U);
  EXPECT_TRUE(heard.body.at("replies")[1].get<std::string>().starts_with("+OK 1001@example.com 2 light=on"));
  EXPECT_EQ(office.say("GET", "/v1/phones/1001@example.com/buttons/2").body.at("light"), "on");
  heard = office.say("POST", sales + "/commands", "snom_clear 2\n");
  EXPECT_EQ(heard.body.at("replies"), (Strings{"+OK 1000 2", "+OK 1001@example.com 2"}));
  EXPECT_EQ(office.say("GET", "/v1/phones/1001@example.com/buttons/2").status, 404);
  EXPECT_EQ(office.say("POST", "/v1/groups/board/commands", "snom_button 2 light=on").body.at("ok"), true);
  EXPECT_EQ(office.say("POST", "/v1/groups/nobody/commands", "snom_button 2 light=on").status, 404);
  EXPECT_EQ(office.say("POST", sales + "/commands", "snom_button 2 light=bright").status, 400);
  for (const auto* line : {"snom_buttons", "snom_bind_key 2 on DND 1000 example.com internal", "", "a\nb"}) {
    EXPECT_EQ(office.say("POST", sales + "/commands", line).status, 400) << line;
  }
}

TEST(Groups, ACommandWhoseRepliesWouldBeTooMuchIsNotRun) {
  Office office;
  office.say("PUT", sales, R"({"members":["1000","1001","1002","1003","1004"]})");
  const std::string blanks(control::CommandService::most_group_reply / 5, ' ');
  const auto heard = office.say("POST", sales + "/commands", "snom_button " + blanks + "2 light=on");
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.body.at("ok"), false);
  ASSERT_EQ(heard.body.at("replies").size(), 1U);
  EXPECT_NE(heard.body.at("replies")[0].get<std::string>().find("for each of 5 phones are too much"), std::string::npos)
      << heard.body.dump();
  EXPECT_EQ(office.say("GET", "/v1/phones/1001@example.com/buttons/2").status, 404);
}

TEST(Groups, ANameIsOneWordOfItsCommand) {
  EXPECT_EQ(command_for_group("sales", "snom_button 2 light=on"), "snom_button @sales 2 light=on");
  const auto line = command_for_group("it's", "snom_command key P1");
  EXPECT_EQ(language::split_command_line(*line, 10), (Strings{"snom_command", "it's", "key", "P1"})) << *line;
  Office office;
  control::RemoteControl::Settings settings;
  settings.groups = {{"a\\sb", {"1001"}}, {"o'neill", {"1001"}}};
  office.fixture.command_service->use(std::move(settings));
  for (const auto* group : {"/v1/groups/a%5Csb", "/v1/groups/o'neill"}) {
    const auto heard = office.say("POST", std::string(group) + "/commands", "snom_button 2 light=on");
    EXPECT_EQ(heard.body.value("ok", false), true) << group << heard.body.dump();
    EXPECT_EQ(office.say("PUT", group, two_members).status, 400) << "no new one has such a name: " << group;
  }
}

TEST(Groups, ACommandLineMayNameAGroup) {
  Office office;
  office.say("PUT", sales, R"({"members":["1000","4711"]})");
  office.fixture.run("snom_button @sales 3 light=on");
  ASSERT_FALSE(office.fixture.replies.empty());
  const auto& reply = office.fixture.replies.back();
  EXPECT_TRUE(reply.starts_with("+OK 1000 3 light=on\n-ERR user '4711' not registered")) << reply;
  EXPECT_EQ(office.fixture.reply_to("snom_button @nobody 3 light=on"), "-ERR there is no group 'nobody'");
  EXPECT_EQ(office.fixture.reply_to("snom_buttons @sales"), "-ERR '@sales' is not a phone (expected <user>@<host>)");
}

/// Groups on a store whose answers a test gives.
struct Kept {
  explicit Kept(PhoneGroups::Limits limits = {})
      : groups(
            store, [this](control::Groups told) { used = std::move(told); }, limits) {}
  std::string put(const std::string& name, std::vector<std::string> members) {
    std::string why = "(not told)";
    groups.put(name, std::move(members), [&why](const auto& done) { why = done ? "" : done.error(); });
    clock.run_posted();
    return why;
  }
  control::testing::FakeClock clock;
  control::MemoryButtonStore kept{clock};
  control::testing::FaultyButtonStore store{kept, clock};
  control::Groups used;
  PhoneGroups groups;
};

TEST(PhoneGroups, OutliveTheProgram) {
  Kept kept;
  EXPECT_EQ(kept.put("sales", {"1000", "1001"}), "");
  EXPECT_EQ(kept.put("board", {"1000"}), "");
  EXPECT_EQ(kept.put("board", {}), "");
  control::Groups used;
  PhoneGroups anew(kept.store, [&used](control::Groups told) { used = std::move(told); });
  ASSERT_TRUE(anew.load());
  EXPECT_EQ(used, (control::Groups{{"sales", {"1000", "1001"}}}));
  EXPECT_EQ(used, kept.used);
}

TEST(PhoneGroups, OneThatTheStoreHasNotIsNone) {
  Kept kept;
  kept.store.fail_save(1, "disk full");
  EXPECT_EQ(kept.put("sales", {"1000"}), "disk full");
  EXPECT_TRUE(kept.groups.all().empty());
  EXPECT_EQ(kept.put("sales", {"1000"}), "");
}

TEST(PhoneGroups, HaveTheirLimits) {
  Kept kept({.groups = 2, .members = 3, .all_members = 4, .waiting = 2});
  EXPECT_EQ(kept.put("a", {"1", "2", "3", "4"}), "a group has at most 3 members");
  EXPECT_EQ(kept.put("a", {"1", "2", "3"}), "");
  EXPECT_EQ(kept.put("b", {"1", "2"}), "all groups have at most 4 members together");
  EXPECT_EQ(kept.put("b", {"1"}), "");
  EXPECT_EQ(kept.put("c", {}), "") << "what is not there is passed over";
  EXPECT_EQ(kept.put("a", {"1"}), "");
  EXPECT_EQ(kept.put("c", {"1"}), "there are 2 groups already");
  std::vector<std::string> told;
  const auto changed = [&told](const auto& done) { told.push_back(done ? "" : done.error()); };
  for (int i = 0; i < 3; ++i) kept.groups.put("a", {"1"}, changed);
  EXPECT_EQ(told, (Strings{"too many changes of groups wait for the disk: try again later"}));
  kept.clock.run_posted();
  EXPECT_EQ(told.size(), 3U);
}

}  // namespace
}  // namespace snom::snomd
