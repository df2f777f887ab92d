#include "snomd/api.h"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "snomd/api_fixture.h"
#include "snomd/event_json.h"
#include "tests_dir.h"

namespace snom::snomd {
namespace {

using control::testing::phone;
using testing::Answer;
using testing::Rest;
using testing::Rig;

struct ApiRoutes : Rest, ::testing::Test {};

TEST(Api, AListThatFailsHalfwayTakesNobodysPlace) {
  Rig rig;
  int asked = 0;
  rig.before_context = [&asked] {
    if (++asked % 2 == 0) throw std::bad_alloc();  // first for the request, then for the copy
  };
  for (int i = 0; i < 20; ++i) {
    rig.ask("/v1/buttons");
    rig.loop.run_and_wait([] {});
  }
  EXPECT_EQ(asked, 40);
  rig.before_context = [] {};
  EXPECT_EQ(rig.ask("/v1/buttons")->wait().status, 200);
}

TEST(Api, ListsBecomeTextElsewhereWhileTheLoopGoesOn) {
  Rig rig;
  rig.keep_busy(1);
  const auto phones = rig.ask("/v1/phones");
  const auto buttons = rig.ask("/v1/buttons");
  // Whatever the lists wait for, commands are run.
  EXPECT_EQ(rig.ask("/v1/command", "snom_clear 1000@example.com 2 3")->wait().body,
            "-ERR usage: snom_clear <user>@<host> [<key>|all]\n");
  rig.loop.run_and_wait([] {});
  EXPECT_FALSE(phones->is_given());
  EXPECT_FALSE(buttons->is_given());
  rig.busy.set_value();
  EXPECT_EQ(phones->wait().status, 200);
  EXPECT_EQ(buttons->wait().body, "{\"phones\":[]}\n");
}

TEST(Api, AListIsTheSameTextAsEver) {
  Rig rig;
  rig.fixture.messages.at_once = control::SipOutcome{200, "OK"};
  rig.fixture.directory.registrations = {phone("1000"), phone("1001")};
  for (const auto* user : {"1000", "1001"}) {
    rig.fixture.run(std::string("snom_button ") + user + "@example.com 2 light=on");
  }
  const auto phones = nlohmann::json::parse(rig.ask("/v1/phones")->wait().body);
  ASSERT_EQ(phones.at("phones").size(), 2U);
  EXPECT_EQ(phones.at("phones")[1], to_json(phone("1001")));
  const auto buttons = nlohmann::json::parse(rig.ask("/v1/buttons")->wait().body);
  ASSERT_EQ(buttons.at("phones").size(), 2U);
  EXPECT_EQ(buttons.at("phones")[0].at("address_of_record"), "1000@example.com");
  EXPECT_EQ(buttons.at("phones")[0].at("buttons")[0].at("light"), "on");
}

TEST(Api, ManyPhonesButtonsAreCopiedInSeveralTurns) {
  Rig rig;
  rig.fixture.messages.at_once = control::SipOutcome{200, "OK"};
  rig.fixture.directory.registrations.clear();
  for (int user = 2000; user < 2250; ++user) {
    rig.fixture.directory.registrations.push_back(phone(std::to_string(user)));
    rig.fixture.run("snom_button " + std::to_string(user) + "@example.com 2 light=on");
  }
  rig.keep_busy(1);
  std::shared_ptr<Answer> list;
  rig.loop.run_and_wait([&] {
    // Both wait for this turn to end: the list's first piece is copied, then this command runs, before the next piece.
    list = rig.ask("/v1/buttons");
    rig.loop.post([&] { rig.fixture.run("snom_clear 2249@example.com all"); });
  });
  rig.loop.run_and_wait([] {});
  rig.busy.set_value();
  const auto phones = nlohmann::json::parse(list->wait().body).at("phones");
  ASSERT_EQ(phones.size(), 249U);
  EXPECT_EQ(phones.back().at("address_of_record"), "2248@example.com");
}

TEST(Api, WhenTooMuchWaitsAListIsRefused) {
  Rig rig;
  rig.keep_busy(1UL << 40U);
  const auto refused = rig.ask("/v1/phones")->wait();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(nlohmann::json::parse(refused.body).at("detail"), "too much waits to be written already: try again later");
  rig.busy.set_value();
}

TEST(Api, ListsHavePlacesForEachAddressAndInAll) {
  Rig rig;
  rig.keep_busy(1);
  std::vector<std::shared_ptr<Answer>> lists;
  const auto refused = [&rig](const std::string& peer) {
    const auto heard = rig.ask("/v1/buttons", {}, peer)->wait();
    EXPECT_EQ(heard.status, 503);
    return nlohmann::json::parse(heard.body).at("detail").get<std::string>();
  };
  const auto ask_16 = [&](const std::string& host) {
    for (int i = 0; i < 16; ++i) {
      lists.push_back(rig.ask(i % 2 == 0 ? "/v1/phones" : "/v1/buttons", {}, host + ":" + std::to_string(40000 + i)));
    }
    rig.loop.run_and_wait([] {});
  };
  ask_16("192.0.2.1");
  EXPECT_EQ(refused("192.0.2.1:41000"),
            "too many lists from 192.0.2.1: 16 are open, which is the limit for one address: try again later");
  ask_16("[2001:db8::1]");
  EXPECT_NE(refused("[2001:db8::2]:41000").find("too many lists from 2001:db8::2"), std::string::npos) << "its /64";
  ask_16("192.0.2.3");
  ask_16("192.0.2.4");
  EXPECT_EQ(refused("192.0.2.5:41000"), "too many lists: 64 are open, which is the limit: try again later");
  for (const auto& list : lists) EXPECT_FALSE(list->is_given());
  rig.busy.set_value();
  for (const auto& list : lists) EXPECT_EQ(list->wait().status, 200);
  lists.clear();
  // A place is given back when the last has let go of the list, which may be just after its answer.
  for (int i = 0; i < 500 && rig.ask("/v1/phones", {}, "192.0.2.1:41000")->wait().status != 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(rig.ask("/v1/phones", {}, "192.0.2.1:41000")->wait().status, 200);
}

TEST(Api, APictureIsEncodedElsewhere) {
  Rig rig;
  rig.fixture.web.at_once = control::WebOutcome{200, {}, "no BMP"};
  rig.keep_busy(1);
  const auto picture = rig.ask("/v1/phones/1000@example.com/screen.png");
  rig.loop.run_and_wait([] {});
  EXPECT_EQ(rig.fixture.web.requests.size(), 1U);
  EXPECT_FALSE(picture->is_given());
  rig.busy.set_value();
  const auto answer = picture->wait();
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.body,
            "{\"detail\":\"the phone's picture is no BMP\",\"error\":\"the phone's picture is no BMP\",\"status\":502,"
            "\"title\":\"Bad Gateway\"}\n");
}

TEST(Api, WhatWaitsIsAnsweredWhenTheWorkroomStops) {
  Rig rig;
  rig.keep_busy(1);
  const auto phones = rig.ask("/v1/phones");
  rig.loop.run_and_wait([] {});
  std::thread stopping([&] { rig.workroom.stop(); });
  while (rig.workroom.run(0, [](std::string_view) {})) std::this_thread::yield();
  rig.busy.set_value();
  stopping.join();
  EXPECT_EQ(phones->wait().status, 503);
}

const std::string one_key = "/v1/phones/1000@example.com/buttons/2";

TEST(ApiResources, AKeyIsPutWholeChangedInPartShownAndDeleted) {
  Rest rest;
  auto heard = rest.say("PUT", one_key, R"({"light":"on","colour":"red","label":"it's \"night\"","number":"9001"})");
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.body.at("ok"), true);
  EXPECT_EQ(heard.body.at("button").at("label"), "it's \"night\"");
  EXPECT_EQ(heard.body.at("button").at("state"), "confirmed");
  heard = rest.say("PATCH", one_key, R"({"light":"off"})");
  EXPECT_EQ(heard.body.at("button").at("label"), "it's \"night\"");
  EXPECT_EQ(heard.body.at("button").at("light"), "off");
  heard = rest.say("PUT", one_key, R"({"light":"on","label":null})");
  EXPECT_EQ(heard.body.at("button").at("label"), nullptr) << "what is not named is emptied";
  EXPECT_EQ(heard.body.at("button").at("colour"), nullptr);
  EXPECT_EQ(rest.say("GET", one_key).body.at("key"), "2");
  EXPECT_EQ(rest.say("DELETE", one_key).status, 200);
  heard = rest.say("GET", one_key);
  EXPECT_EQ(heard.status, 404);
  EXPECT_EQ(heard.content_type, "application/problem+json");
  EXPECT_EQ(heard.body.at("detail"), "key '2' of '1000@example.com' is not set");
  EXPECT_EQ(heard.body.at("error"), heard.body.at("detail"));
  EXPECT_EQ(heard.body.at("title"), "Not Found");
}

TEST(ApiResources, SeveralKeysAtOnceAreOneMessage) {
  Rest rest;
  const std::string all = "/v1/phones/1000@example.com/buttons";
  EXPECT_EQ(rest.say("PATCH", all, R"({"1":{"light":"on"},"P2":{"label":"x"}})").status, 200);
  EXPECT_EQ(rest.fixture.messages.sent.size(), 1U);
  EXPECT_EQ(rest.say("GET", all).body.at("buttons").size(), 2U);
  EXPECT_EQ(rest.say("GET", "/v1/phones/1000@example.com").body.at("keys"), 2);
  EXPECT_EQ(rest.say("DELETE", all).status, 200);
  EXPECT_EQ(rest.say("GET", all).body.at("buttons").size(), 0U);
}

TEST(ApiResources, WhatIsWrongIsNamed) {
  Rest rest;
  const auto field = [&rest](const std::string& body) { return rest.say("PUT", one_key, body).body.at("field"); };
  EXPECT_EQ(field(R"({"lihgt":"on"})"), "lihgt");
  EXPECT_EQ(field(R"({"light":7})"), "light");
  EXPECT_EQ(rest.say("PUT", one_key, R"({"light":"bright"})").status, 400);
  EXPECT_EQ(rest.say("PUT", one_key, "[]").status, 400);
  EXPECT_EQ(rest.say("PUT", one_key, "{").status, 400);
  EXPECT_EQ(rest.say("PATCH", "/v1/phones/1000@example.com/buttons", "{}").status, 400);
  EXPECT_EQ(rest.say("PATCH", "/v1/phones/1000@example.com/buttons", R"({"2":"on"})").body.at("field"), "2");
  EXPECT_TRUE(rest.fixture.messages.sent.empty());
  EXPECT_EQ(rest.say("PUT", "/v1/phones/4711@example.com/buttons/2", R"({"light":"on"})").status, 404);
  rest.fixture.messages.at_once = control::SipOutcome{486, "Busy Here"};
  const auto refused = rest.say("PUT", one_key, R"({"light":"on"})");
  EXPECT_EQ(refused.status, 502);
  EXPECT_EQ(refused.body.at("detail"), "key 2 of 1000@example.com not set: phone answered 486 Busy Here");
}

TEST(ApiResources, AStreamOfEventsNamesSoManyPhones) {
  Rest rest;
  std::string phones = "1000@example.com";
  for (int i = 0; i < 100; ++i) phones += ",1000@example.com";
  auto heard = rest.say("GET", "/v1/events?phone=" + phones);
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.body.at("field"), "phone");
  EXPECT_EQ(heard.body.at("detail"), "phone: 101 are too many (expected 100 at most, or none for all phones)");
  heard = rest.say("GET", "/v1/events?phone=");
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.body.at("field"), "phone");
}

TEST(ApiResources, OtherMethodsAndPathsAreToldApart) {
  Rest rest;
  const auto heard = rest.say("POST", one_key);
  EXPECT_EQ(heard.status, 405);
  EXPECT_EQ(heard.headers,
            (std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, HEAD, PUT, PATCH, DELETE"}}));
  EXPECT_EQ(rest.say("GET", "/v1/phones//buttons").status, 404);
  EXPECT_EQ(rest.say("GET", "/v1/phones/1000@example.com/buttons/").status, 404);
  EXPECT_EQ(rest.say("GET", "/health/live").body.at("status"), "live");
  EXPECT_EQ(rest.say("GET", "/health/ready").body.at("status"), "ready");
}

TEST(ApiResources, HealthNeedsNoToken) {
  Rig rig;
  access::Gate gate({.token = "secret"});
  Api guarded(rig.loop, rig.workroom, {gate, rig.tokens, *rig.audit, rig.metrics}, [&rig] { return &rig.shown; });
  http::Request request;
  request.method = "GET";
  for (const auto* path : {"/health/live", "/health/ready"}) {
    request.path = request.raw_path = path;
    EXPECT_FALSE(guarded.refusal(request)) << path;
  }
  for (const auto* path : {"/health", "/v1/phones", "/v1/../health/live", "//health/live"}) {
    request.path = request.raw_path = path;
    ASSERT_TRUE(guarded.refusal(request)) << path;
    EXPECT_EQ(guarded.refusal(request)->status, 401) << path;
  }
}

TEST(ApiResources, WithoutATokenNothingIsDoneForAnotherWebPage) {
  Rig rig;
  const auto status = [&rig](const std::string& header, const std::string& value) {
    http::Request request;
    request.method = "GET";
    request.path = request.raw_path = "/v1/phones";
    request.headers = {{"host", "127.0.0.1:8080"}, {header, value}};
    const auto refusal = rig.api.refusal(request);
    return refusal ? refusal->status : 200;
  };
  EXPECT_EQ(status("origin", "http://127.0.0.1:8080"), 200);
  EXPECT_EQ(status("origin", "https://127.0.0.1:8080"), 403);
  EXPECT_EQ(status("origin", "http://evil.example"), 403);
  EXPECT_EQ(status("origin", "null"), 403);
  EXPECT_EQ(status("sec-fetch-site", "same-origin"), 200);
  EXPECT_EQ(status("sec-fetch-site", "none"), 200) << "typed into the browser";
  EXPECT_EQ(status("sec-fetch-site", "cross-site"), 403) << "an image of another page, without Origin";
  EXPECT_EQ(status("sec-fetch-site", "same-site"), 403);
}

TEST(ApiResources, WithoutATokenTheServerIsNamedByItsAddress) {
  Rig rig;
  const auto status = [&rig](const std::string& host) {
    http::Request request;
    request.method = "GET";
    request.path = request.raw_path = "/v1/phones";
    request.headers = {{"host", host}};
    const auto refusal = rig.api.refusal(request);
    return refusal ? refusal->status : 200;
  };
  for (const auto* host : {"127.0.0.1", "[::1]:8080", "LOCALHOST:8080"}) EXPECT_EQ(status(host), 200) << host;
  for (const auto* host :
       {"", ".", "evil.example", "[evil.example]", "[::1]evil.example", "127.0.0.1:80@evil.example"}) {
    EXPECT_EQ(status(host), 403) << host;
  }
}

/// Of each route, without its doing.
TEST_F(ApiRoutes, RefuseParametersThatTheyDoNotKnow) {
  for (const auto& route : api.router().routes()) {
    auto path = route.pattern;
    for (std::size_t open = 0; (open = path.find('{')) != std::string::npos;) {
      path.replace(open, path.find('}') - open + 1, "x");
    }
    const auto heard = say(route.method, path + "?nonsense=1", "{}");
    EXPECT_EQ(heard.status, 400) << route.method << ' ' << path;
    EXPECT_EQ(heard.body.value("field", ""), "nonsense") << route.method << ' ' << path;
    EXPECT_TRUE(heard.body.value("detail", "").starts_with("'nonsense' is no parameter of this")) << heard.body;
  }
}

/// docs/openapi.json describes each route, who may ask for it, and no other.
TEST(ApiResources, TheDescriptionIsOfThisServer) {
  Rig rig;
  std::ifstream file(snom::testing::tests_dir() + "/../docs/openapi.json");
  const auto described = nlohmann::json::parse(file);
  EXPECT_EQ(described.at("openapi"), "3.1.0");
  std::vector<std::string> theirs;
  for (const auto& [path, methods] : described.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (method == "parameters") continue;
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      theirs.push_back(upper + " " + path + " " + operation.at("x-role").get<std::string>());
      EXPECT_FALSE(operation.at("summary").get<std::string>().empty()) << path;
      EXPECT_FALSE(operation.at("responses").empty()) << path;
    }
  }
  std::vector<std::string> ours;
  for (const auto& route : rig.api.router().routes()) {
    ours.push_back(route.method + " " + route.pattern + " " + std::string(access::to_string(route.needs)));
  }
  std::sort(ours.begin(), ours.end());
  std::sort(theirs.begin(), theirs.end());
  EXPECT_EQ(ours, theirs);
}

}  // namespace
}  // namespace snom::snomd
