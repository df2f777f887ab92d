#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "snomd/api_fixture.h"
#include "snomd/layout_jobs.h"

namespace snom::snomd {
namespace {

using control::testing::phone;
using testing::Rest;

const std::string compare_toml = "/v1/layouts/compare?format=toml";
const std::string apply_csv = "/v1/layouts/apply?format=csv";

struct Desk : Rest {
  Desk() {
    fixture.directory.registrations = {phone("1000"), phone("1001")};
    fixture.run("snom_button 1000@example.com 1 light=on label='Front door' number=4711 action=invite");
  }
  /// A job's description once it has ended.
  nlohmann::json ended(const Heard& begun, const std::string& query = {}) {
    EXPECT_EQ(begun.status, 202) << begun.body.dump();
    for (int turn = 0; turn < 2000; ++turn) {
      auto job = say("GET", "/v1/layouts/jobs/" + begun.body.at("id").get<std::string>() + query).body;
      if (job.at("state") != "running" && !job.at("ended_at").is_null()) return job;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return {};
  }
};

TEST(Layouts, CompareSaysWhatWouldChangeAndChangesNothing) {
  Desk desk;
  const auto before = desk.fixture.messages.sent.size();
  const auto heard = desk.say("POST", compare_toml, R"([[group]]
phones = ["1000@example.com", "1001@example.com"]
[[group.key]]
key = 1
label = "Back door"
color = "red"
number = "api+snom_command 1001 key enter admin s3cret"
action = "message"
)");
  ASSERT_EQ(heard.status, 200) << heard.body.dump();
  EXPECT_EQ(heard.body.at("changing"), (nlohmann::json{{"phones", 2}, {"keys", 2}}));
  const auto& known = heard.body.at("phones")[0];
  EXPECT_EQ(known.at("phone"), "1000@example.com");
  EXPECT_EQ(known.at("keys")[0].at("new"), false);
  EXPECT_EQ(known.at("keys")[0].at("changes")[0],
            (nlohmann::json{{"property", "colour"}, {"before", ""}, {"after", "red"}}));
  EXPECT_EQ(known.at("keys")[0].at("changes")[1],
            (nlohmann::json{{"property", "label"}, {"before", "Front door"}, {"after", "Back door"}}));
  EXPECT_EQ(known.at("keys")[0].at("changes")[2], (nlohmann::json{{"property", "number"},
                                                                  {"before", "4711"},
                                                                  {"after", "api+snom_command 1001 key enter"},
                                                                  {"after_hidden", true}}));
  EXPECT_EQ(heard.body.at("phones")[1].at("keys")[0].at("new"), true);
  EXPECT_EQ(heard.body.dump().find("s3cret"), std::string::npos);
  EXPECT_EQ(desk.fixture.messages.sent.size(), before);
  EXPECT_EQ(desk.say("GET", "/v1/phones/1000@example.com/buttons/1").body.at("label"), "Front door");
}

TEST(Layouts, CompareTellsOfSoManyPhones) {
  Desk desk;
  const auto heard = desk.say("POST", "/v1/layouts/compare?limit=1", "phone,key,light\n1..9@example.com,1,on\n",
                              {{"content-type", "text/csv; charset=utf-8"}});
  ASSERT_EQ(heard.status, 200) << heard.body.dump();
  EXPECT_EQ(heard.body.at("phones").size(), 1U);
  EXPECT_EQ(heard.body.at("changing").at("phones"), 9);
}

TEST(Layouts, AReadingEndsWithTheWorkroom) {
  std::string wide = "[[group]]\nphones = [\"0..19999@example.com\"]\n";
  for (int key = 0; key < 20; ++key) wide += "[[group.key]]\nkey = " + std::to_string(key) + "\nlabel = \"x\"\n";
  std::string why;
  // Once more where the machine was so slow that the reading had not begun.
  for (int attempt = 0; attempt < 10 && why != "snomd is stopping"; ++attempt) {
    Desk desk;
    std::thread later([&desk] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      desk.workroom.stop();
    });
    const auto heard = desk.say("POST", compare_toml, wide);
    later.join();
    EXPECT_EQ(heard.status, 503);
    why = heard.body.value("detail", "");
  }
  EXPECT_EQ(why, "snomd is stopping");
}

TEST(Layouts, WhatIsWrongWithALayoutIsAllTold) {
  Desk desk;
  const auto heard = desk.say("POST", "/v1/layouts/apply?format=csv&name=desk.csv",
                              "phone,key,light\n1000@example.com,1,bright\n1000,2,on\n");
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.content_type, "application/problem+json");
  EXPECT_EQ(heard.body.at("field"), "body");
  ASSERT_EQ(heard.body.at("errors").size(), 2U);
  EXPECT_TRUE(heard.body.at("errors")[0].get<std::string>().starts_with("desk.csv:2: light: ")) << heard.body.dump();
  EXPECT_EQ(
      desk.say("POST", "/v1/layouts/apply?format=csv", "phone,key,number,number_hidden\n1009@example.com,2,x,true\n")
          .status,
      400);
  EXPECT_EQ(desk.say("POST", "/v1/layouts/apply", "x").body.at("field"), "format");
  for (const auto* format : {"xml", "toml,csv", ""}) {
    const auto refused = desk.say("POST", "/v1/layouts/apply?format=" + std::string(format), "phone,key\n",
                                  {{"content-type", "text/csv"}});
    EXPECT_EQ(refused.status, 400) << format;
    EXPECT_EQ(refused.body.value("field", ""), "format") << format;
  }
  EXPECT_EQ(desk.say("POST", "/v1/layouts/apply?format=csv&parallel=0", "x").body.at("field"), "parallel");
  EXPECT_EQ(desk.say("POST", "/v1/layouts/apply?format=csv&name=%0a", "x").body.at("field"), "name");
  EXPECT_TRUE(desk.say("GET", "/v1/layouts/jobs").body.at("jobs").empty());
}

TEST(Layouts, ALayoutThatWouldFillTheMemoryIsRefused) {
  Desk desk;
  auto heard = desk.say("POST", compare_toml, "[[group]]\nphones = [\"10000..99999@h\"]\n[[group.key]]\nkey = 1\n");
  EXPECT_EQ(heard.status, 400) << heard.body.dump();
  std::string toml = "[[group]]\nphones = [\"10000..29999@h\"]\n";
  for (int key = 1; key <= 4; ++key) {
    toml += "[[group.key]]\nkey = " + std::to_string(key) + "\nlabel = \"" + std::string(1000, 'x') + "\"\n";
  }
  heard = desk.say("POST", compare_toml, toml);
  EXPECT_EQ(heard.status, 400);
  EXPECT_NE(heard.body.at("detail").get<std::string>().find("more than 67108864 bytes"), std::string::npos)
      << heard.body.dump();
}

TEST(Layouts, WhatWasOnlySentIsPendingAndSaidToBeSo) {
  Desk desk;
  desk.fixture.messages.at_once = control::SipOutcome{0, "sent by Asterisk", true};
  const auto job = desk.ended(desk.say("POST", apply_csv, "phone,key,label\n1000@example.com,2,Night\n"));
  EXPECT_EQ(job.at("keys").at("pending"), 1) << job.dump();
  EXPECT_EQ(job.at("outcomes")[0].at("why"), "sent, and nobody tells what the phone says of it");
}

TEST(Layouts, ApplyMakesAJobThatTellsEachKeysOutcome) {
  Desk desk;
  const auto job = desk.ended(
      desk.say("POST", apply_csv,
               "phone,key,label,number,action\n1000@example.com,1,Front door,4711,invite\n1000@example.com,2,Night,,\n"
               "1009@example.com,1,Away,,\n4711@example.com,1,Nobody,,\n"));
  EXPECT_EQ(job.at("state"), "done");
  EXPECT_EQ(job.at("phones"), (nlohmann::json{{"all", 3}, {"done", 3}}));
  EXPECT_EQ(job.at("keys"),
            (nlohmann::json{{"all", 3}, {"confirmed", 1}, {"pending", 1}, {"failed", 1}, {"waiting", 0}, {"same", 1}}));
  const auto& outcomes = job.at("outcomes");
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[0],
            (nlohmann::json{{"phone", "1000@example.com"}, {"keys", {{{"key", "2"}, {"outcome", "confirmed"}}}}}));
  EXPECT_EQ(outcomes[1].at("why"), "not registered");
  EXPECT_EQ(outcomes[1].at("keys")[0].at("outcome"), "pending");
  EXPECT_EQ(outcomes[2].at("keys")[0].at("outcome"), "failed");
  EXPECT_EQ(desk.say("GET", "/v1/phones/1000@example.com/buttons/2").body.at("label"), "Night");
}

TEST(Layouts, OutcomesHavePagesAndAFilter) {
  Desk desk;
  std::string csv = "phone,key,light\n1000@example.com,2,on\n1001@example.com,2,on\n";
  for (int user = 3000; user < 3120; ++user) csv += std::to_string(user) + "@example.com,2,on\n";
  const auto begun = desk.say("POST", apply_csv, csv);
  auto job = desk.ended(begun, "?outcome=failed&limit=100");
  EXPECT_EQ(job.at("keys").at("failed"), 120);
  EXPECT_EQ(job.at("outcomes").size(), 100U);
  job = desk.ended(begun, "?outcome=failed&limit=100&cursor=" + job.at("next").get<std::string>());
  EXPECT_EQ(job.at("outcomes").size(), 20U);
  EXPECT_EQ(job.at("next"), nullptr);
  EXPECT_EQ(desk.ended(begun, "?outcome=confirmed").at("outcomes").size(), 2U);
  EXPECT_EQ(
      desk.say("GET", "/v1/layouts/jobs/" + begun.body.at("id").get<std::string>() + "?outcome=lost").body.at("field"),
      "outcome");
  EXPECT_EQ(desk.say("GET", "/v1/layouts/jobs").body.at("jobs")[0].at("id"), begun.body.at("id"));
}

TEST(Layouts, AJobsOutcomesBecomeTextElsewhere) {
  Desk desk;
  const auto begun = desk.say("POST", apply_csv, "phone,key,light\n1000@example.com,2,on\n");
  desk.ended(begun);
  desk.keep_busy(1);
  const auto answer = desk.ask("/v1/layouts/jobs/" + begun.body.at("id").get<std::string>());
  desk.loop.run_and_wait([] {});
  EXPECT_FALSE(answer->is_given());
  desk.busy.set_value();
  const auto heard = answer->wait();
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(nlohmann::json::parse(heard.body).at("outcomes").size(), 1U);
}

TEST(Layouts, AJobIsCancelledAndThenForgotten) {
  Desk desk;
  desk.fixture.messages.at_once.reset();  // phones answer when they are told to
  const auto begun =
      desk.say("POST", apply_csv + "&parallel=1", "phone,key,light\n1000@example.com,2,on\n1001@example.com,2,on\n");
  ASSERT_EQ(begun.status, 202);
  const auto path = "/v1/layouts/jobs/" + begun.body.at("id").get<std::string>();
  EXPECT_EQ(desk.say("GET", path).body.at("state"), "running");
  EXPECT_EQ(desk.say("DELETE", path).body.at("state"), "cancelled");
  EXPECT_EQ(desk.say("GET", path).body.at("ended_at"), nullptr) << "what is under way ends";
  desk.loop.run_and_wait([&] { desk.fixture.messages.answer(desk.fixture.messages.sent.size() - 1, 200, "OK"); });
  const auto job = desk.ended(begun);
  EXPECT_EQ(job.at("keys").at("confirmed"), 1);
  EXPECT_EQ(job.at("keys").at("waiting"), 1);
  EXPECT_EQ(job.at("outcomes")[1].at("keys")[0].at("outcome"), "waiting");
  EXPECT_EQ(desk.say("DELETE", path).status, 200);
  EXPECT_EQ(desk.say("GET", path).status, 404);
  EXPECT_EQ(desk.say("DELETE", path).status, 404);
}

/// Jobs of one phone each, whose phone does not answer before it is told to.
struct Jobs : Desk {
  explicit Jobs(LayoutJobs::Limits limits) : jobs([this] { return &shown; }, limits) {
    fixture.messages.at_once.reset();
  }
  tl::expected<std::string, std::string> start(const std::string& user) {
    layout::Difference difference;
    difference.phones = {{user + "@example.com", {{"2", true, {{"light", "", "on"}}}}}};
    const auto job = jobs.start("desk", "desk clerk", std::move(difference), 1);
    fixture.clock.run_posted();
    if (!job) return tl::unexpected(job.error());
    return (*job)->id;
  }
  LayoutJobs jobs;
};

TEST(LayoutJobs, SoManyRunAtATimeAndSoManyAreKept) {
  Jobs world({.running = 1, .kept = 2, .kept_keys = 100});
  const auto first = world.start("1000");
  ASSERT_TRUE(first);
  EXPECT_EQ(world.start("1001").error(), "1 layouts are being applied already: wait until one has ended");
  world.fixture.messages.at_once = control::SipOutcome{200, "OK"};
  world.fixture.messages.answer(world.fixture.messages.sent.size() - 1, 200, "OK");
  ASSERT_EQ(world.jobs.find(*first)->state, LayoutJobs::State::done);
  const auto second = world.start("1001");
  const auto third = world.start("1000");
  EXPECT_EQ(world.jobs.find(*first), nullptr) << "the oldest that has ended goes";
  EXPECT_NE(world.jobs.find(*second), nullptr);
  EXPECT_EQ(world.jobs.all().front()->id, *third);
}

TEST(LayoutJobs, SoManyKeysAreKept) {
  Jobs world({.running = 4, .kept = 10, .kept_keys = 1});
  world.fixture.messages.at_once = control::SipOutcome{200, "OK"};
  const auto first = world.start("1000");
  EXPECT_NE(world.jobs.find(*first), nullptr);
  const auto second = world.start("1001");
  EXPECT_EQ(world.jobs.find(*first), nullptr);
  EXPECT_NE(world.jobs.find(*second), nullptr);
}

}  // namespace
}  // namespace snom::snomd
