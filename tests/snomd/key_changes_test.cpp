#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "snomd/api_fixture.h"

namespace snom::snomd {
namespace {

using control::testing::phone;
using testing::Rest;

const std::string all_keys = "/v1/phones/1000@example.com/buttons";
const std::string one_key = all_keys + "/2";

std::string tag_of(const Rest::Heard& heard) {
  for (const auto& [name, value] : heard.headers) {
    if (name == "ETag") return value;
  }
  return {};
}

/// What answers a request that somebody else's command comes in behind, before either is answered.
http::Response answer_beside(Rest& rest, const std::string& method, const std::string& path, const std::string& body,
                             const std::string& command) {
  http::Request request;
  request.method = method;
  request.path = request.raw_path = path;
  request.body = body;
  auto answer = std::make_shared<testing::Answer>();
  rest.loop.run_and_wait([&] {
    rest.api.handle(request, answer);
    rest.loop.post([&] { (*rest.fixture.command_service).run(command, {}, [](const std::string&) {}); });
  });
  for (int turn = 0; turn < 4; ++turn) rest.loop.run_and_wait([&] { rest.fixture.clock.run_posted(); });
  return answer->wait();
}

TEST(KeyChanges, TheSecondOfTwoWhoChangeAKeyIsTold) {
  Rest rest;
  rest.say("PUT", one_key, R"({"label":"as it was"})");
  const auto seen = tag_of(rest.say("GET", one_key));
  ASSERT_FALSE(seen.empty());
  const auto first = rest.say("PATCH", one_key, R"({"label":"first"})", {{"if-match", seen}});
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(tag_of(first), first.body.at("button").at("etag"));
  EXPECT_NE(tag_of(first), seen);
  const auto second = rest.say("PATCH", one_key, R"({"label":"second"})", {{"if-match", seen}});
  EXPECT_EQ(second.status, 412);
  EXPECT_EQ(second.content_type, "application/problem+json");
  EXPECT_EQ(second.body.at("field"), "If-Match");
  EXPECT_EQ(tag_of(second), tag_of(first)) << "what it is now";
  EXPECT_EQ(rest.say("GET", one_key).body.at("label"), "first");
  EXPECT_EQ(rest.say("DELETE", one_key, "", {{"if-match", seen}}).status, 412);
  EXPECT_EQ(rest.say("DELETE", one_key, "", {{"if-match", tag_of(first)}}).status, 200);
  EXPECT_EQ(rest.say("PUT", one_key, R"({"label":"x"})", {{"if-match", "*"}}).status, 412) << "it is not there";
  EXPECT_EQ(rest.say("PUT", one_key, R"({"label":"x"})", {{"if-none-match", "*"}}).status, 200);
  EXPECT_EQ(rest.say("PUT", one_key, R"({"label":"y"})", {{"if-none-match", "*"}}).status, 412);
}

TEST(KeyChanges, AChangeThatTheStoreHasNotGotYetCounts) {
  Rest rest;
  rest.say("PUT", one_key, R"({"label":"as it was"})");
  const auto seen = tag_of(rest.say("GET", one_key));
  // Both are in before the store has answered the first.
  auto second = std::make_shared<testing::Answer>();
  rest.loop.run_and_wait([&] {
    (*rest.fixture.command_service).run("snom_button 1000@example.com 2 label=first", {}, [](const std::string&) {});
    http::Request request;
    request.method = "PATCH";
    request.path = request.raw_path = one_key;
    request.body = R"({"label":"second"})";
    request.headers["if-match"] = seen;
    rest.api.handle(request, second);
  });
  for (int turn = 0; turn < 3; ++turn) rest.loop.run_and_wait([&] { rest.fixture.clock.run_posted(); });
  EXPECT_EQ(second->wait().status, 412);
  EXPECT_EQ(rest.say("GET", one_key).body.at("label"), "first");
}

TEST(KeyChanges, AllKeysOfAPhoneHaveOneTag) {
  Rest rest;
  rest.say("PATCH", all_keys, R"({"1":{"light":"on"},"2":{"light":"on"}})");
  const auto seen = tag_of(rest.say("GET", all_keys));
  const auto changed = rest.say("PATCH", all_keys, R"([{"key":"1","light":"off"}])", {{"if-match", seen}});
  EXPECT_EQ(changed.status, 200);
  const auto now = tag_of(rest.say("GET", all_keys));
  EXPECT_NE(now, seen);
  for (const auto* body : {R"([{"key":"1","light":"on"},{"key":"3","light":"on"}])", R"({"1":{"light":"on"}})"}) {
    EXPECT_EQ(rest.say("PATCH", all_keys, body, {{"if-match", seen}}).status, 412) << body;
  }
  EXPECT_EQ(rest.say("GET", all_keys).body.at("buttons").size(), 2U);
  EXPECT_EQ(rest.say("DELETE", all_keys, "", {{"if-match", seen}}).status, 412);
  EXPECT_EQ(rest.say("DELETE", all_keys, "", {{"if-match", now}}).status, 200);
}

TEST(KeyChanges, WhoChangesSomeKeysIsNotGivenATagOfThoseThatHeIsNotShown) {
  const std::vector<std::tuple<std::string, std::string>> changes{{"PATCH", R"([{"key":"2","light":"on"}])"},
                                                                  {"PATCH", R"({"2":{"light":"on"}})"},
                                                                  {"PUT", R"([{"key":"2","light":"on"}])"},
                                                                  {"DELETE", ""}};
  for (const auto& [method, body] : changes) {
    Rest rest;
    const auto response = answer_beside(rest, method, all_keys, body, "snom_button 1000@example.com 7 label=another");
    EXPECT_EQ(response.status, 200) << method << body << response.body;
    for (const auto& header : response.headers) EXPECT_NE(header.first, "ETag") << method << body;
    EXPECT_EQ(rest.say("GET", all_keys + "/7").body.at("label"), "another") << method << body;
  }
}

TEST(KeyChanges, EachKeyOfAListHasItsOutcome) {
  Rest rest;
  const auto heard = rest.say("PATCH", all_keys, R"([{"key":"1","light":"on"},{"key":"P2","label":"x"}])");
  ASSERT_EQ(heard.status, 200) << heard.body.dump();
  EXPECT_EQ(heard.body.at("ok"), true);
  ASSERT_EQ(heard.body.at("buttons").size(), 2U);
  EXPECT_EQ(heard.body.at("buttons")[1].at("key"), "P2");
  EXPECT_EQ(heard.body.at("buttons")[1].at("status"), 200);
  EXPECT_EQ(heard.body.at("buttons")[1].at("button").at("label"), "x");
  EXPECT_EQ(heard.body.at("buttons")[1].at("button").at("etag"), tag_of(rest.say("GET", all_keys + "/P2")));
}

TEST(KeyChanges, AListWhosePhoneIsAwayIsKept) {
  Rest rest;
  const std::string away = "/v1/phones/1009@example.com/buttons";
  const auto heard = rest.say("PATCH", away, R"([{"key":"1","light":"on"}])");
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.body.at("buttons")[0].at("status"), 202);
  EXPECT_EQ(heard.body.at("buttons")[0].at("button").at("state"), "pending");
}

TEST(KeyChanges, ARefusedKeyOfAListIsWhatItWas) {
  Rest rest;
  rest.say("PUT", one_key, R"({"label":"as it was"})");
  rest.fixture.messages.at_once = control::SipOutcome{404, "No Such Key"};
  const auto heard = rest.say("PATCH", all_keys, R"([{"key":"2","label":"new"}])");
  EXPECT_EQ(heard.status, 207);
  EXPECT_EQ(heard.body.at("ok"), false);
  const auto& one = heard.body.at("buttons")[0];
  EXPECT_EQ(one.at("status"), 502);
  EXPECT_EQ(one.at("detail"), "key 2 of 1000@example.com not set: phone answered 404 No Such Key");
  EXPECT_EQ(one.at("button").at("label"), "as it was");
}

TEST(KeyChanges, AKeyOfAListThatASilentPhoneIsSentIsKept) {
  Rest rest;
  rest.fixture.messages.at_once = control::SipOutcome{0, "no answer"};
  const auto heard = rest.say("PATCH", all_keys, R"([{"key":"2","label":"new"}])");
  EXPECT_EQ(heard.status, 207);
  EXPECT_EQ(heard.body.at("buttons")[0].at("status"), 504);
  EXPECT_EQ(heard.body.at("buttons")[0].at("button").at("label"), "new");
}

TEST(KeyChanges, PutOfAListIsAllThatThereIs) {
  Rest rest;
  rest.say("PATCH", all_keys, R"({"1":{"light":"on","label":"gone"},"2":{"label":"stays"}})");
  auto heard = rest.say("PUT", all_keys, R"([{"key":"2","light":"on"},{"key":"3","label":"new"}])");
  EXPECT_EQ(heard.status, 200) << heard.body.dump();
  EXPECT_EQ(heard.body.at("buttons").size(), 3U) << "the cleared one, too";
  heard = rest.say("GET", all_keys);
  ASSERT_EQ(heard.body.at("buttons").size(), 2U);
  EXPECT_EQ(heard.body.at("buttons")[0].at("label"), nullptr) << "each is whole";
  EXPECT_EQ(heard.body.at("buttons")[1].at("label"), "new");
  EXPECT_EQ(rest.say("PUT", all_keys, "[]").status, 200);
  EXPECT_EQ(rest.say("GET", all_keys).body.at("buttons").size(), 0U);
}

/// A list of `count` keys.
std::string keys_from(std::size_t first, std::size_t count) {
  std::string list;
  for (std::size_t key = first; key < first + count; ++key) {
    list += (list.empty() ? "[" : ",") + std::string(R"({"label":"x","key":")") + std::to_string(key) + "\"}";
  }
  return list + "]";
}

TEST(KeyChanges, WhatAListClearsMakesRoomForWhatItSets) {
  for (const bool has_condition : {false, true}) {
    Rest rest;
    for (const std::size_t first : {1U, 501U}) rest.say("PATCH", all_keys, keys_from(first, 500));
    const auto seen = rest.say("GET", all_keys);
    ASSERT_EQ(seen.body.at("buttons").size(), control::WantedKeys::max_keys);
    const auto answer = has_condition ? rest.say("PUT", all_keys, keys_from(1001, 500), {{"if-match", tag_of(seen)}})
                                      : rest.say("PUT", all_keys, keys_from(1001, 500));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body.at("buttons").at(0).at("key"), "1001") << "what is set is told first";
    const auto now = rest.say("GET", all_keys);
    EXPECT_EQ(now.body.at("buttons").size(), 500U);
    EXPECT_EQ(now.body.at("buttons").at(0).at("key"), "1001");
  }
}

TEST(KeyChanges, AKeyNamedAllIsOneKey) {
  Rest rest;
  const auto keys = [&rest] {
    std::vector<std::string> names;
    const auto heard = rest.say("GET", all_keys);
    for (const auto& button : heard.body.at("buttons")) names.push_back(button.at("key"));
    return names;
  };
  using Names = std::vector<std::string>;
  const std::string set = R"({"1":{"light":"on"},"2":{"light":"on"},"all":{"light":"on"}})";
  rest.say("PATCH", all_keys, set);
  const auto tag = tag_of(rest.say("GET", all_keys + "/all"));
  EXPECT_EQ(rest.say("DELETE", all_keys + "/all", "", {{"if-match", tag}}).status, 200);
  EXPECT_EQ(keys(), (Names{"1", "2"}));
  rest.say("PATCH", all_keys, set);
  const auto heard = rest.say("PUT", all_keys, R"([{"key":"1","light":"on"},{"key":"3","light":"on"}])");
  EXPECT_EQ(heard.status, 200) << heard.body.dump();
  EXPECT_EQ(keys(), (Names{"1", "3"}));
  EXPECT_EQ(rest.say("DELETE", all_keys).status, 200);
  EXPECT_EQ(keys(), Names{});
}

TEST(KeyChanges, AKeyIsNoPropertyOfTheOneBeforeIt) {
  Rest rest;
  const auto heard = rest.say("PATCH", all_keys, R"({"2":{"light":"on"},"label=Door":{"light":"off"}})");
  EXPECT_EQ(heard.status, 400);
  EXPECT_EQ(heard.body.at("field"), "key");
  EXPECT_EQ(heard.body.at("detail"), "key 'label ...': expected the number or name of a key, without an equals sign");
  EXPECT_EQ(rest.say("PUT", all_keys + "/label=Door", "{}").body.at("field"), "key");
  EXPECT_TRUE(rest.fixture.messages.sent.empty());
}

TEST(KeyChanges, AKeyThatSomebodyClearsMeanwhileIsNotSaidToBeSet) {
  const std::vector<std::tuple<std::string, std::string, std::string>> changes{
      {"PUT", one_key, R"({"light":"on"})"}, {"PATCH", all_keys, R"([{"key":"2","light":"on"}])"}};
  for (const auto& [method, path, body] : changes) {
    Rest rest;
    const auto response = answer_beside(rest, method, path, body, "snom_clear 1000@example.com 2");
    const auto heard = nlohmann::json::parse(response.body);
    const std::string why = "key 2 of 1000@example.com was set, and cleared meanwhile by somebody else";
    if (method == "PUT") {
      EXPECT_EQ(response.status, 412) << response.body;
      EXPECT_EQ(heard.at("detail"), why);
    } else {
      EXPECT_EQ(response.status, 207) << response.body;
      EXPECT_EQ(heard.at("buttons")[0].at("status"), 412);
      EXPECT_EQ(heard.at("buttons")[0].at("ok"), false);
      EXPECT_EQ(heard.at("buttons")[0].at("detail"), why);
    }
  }
}

TEST(KeyChanges, NullEmptiesALightAsItDoesAnyOtherProperty) {
  Rest rest;
  rest.say("PUT", one_key, R"({"light":"on","label":"Door"})");
  const auto heard = rest.say("PATCH", one_key, R"({"light":null})");
  EXPECT_EQ(heard.status, 200) << heard.body.dump();
  EXPECT_EQ(heard.body.at("button").at("light"), "off");
  EXPECT_EQ(heard.body.at("button").at("label"), "Door");
}

TEST(KeyChanges, WhatIsWrongWithAListIsNamed) {
  Rest rest;
  const auto wrong = [&rest](const std::string& body, const std::string& field, const std::string& method = "PATCH") {
    const auto heard = rest.say(method, all_keys, body);
    EXPECT_EQ(heard.status, 400) << body;
    EXPECT_EQ(heard.body.value("field", ""), field) << body;
  };
  wrong("[]", "key");
  wrong(R"([{"light":"on"}])", "key");
  wrong(R"([{"key":2}])", "key");
  wrong(R"(["2"])", "key");
  wrong(R"([{"key":"2","light":"on"},{"key":"2","light":"on"}])", "key");
  wrong(R"([{"key":"2","lihgt":"on"}])", "lihgt");
  wrong(R"([{"key":"2","light":"bright"}])", "2");
  wrong("7", "");
  wrong(R"({"2":{"light":"on"}})", "", "PUT");
  std::string many = "[";
  for (int key = 0; key < 501; ++key) many += (key == 0 ? "" : ",") + (R"({"key":")" + std::to_string(key) + R"("})");
  wrong(many + "]", "key");
  EXPECT_TRUE(rest.fixture.messages.sent.empty());
  EXPECT_EQ(rest.say("PATCH", all_keys, R"([{"key":"2","light":"on"}])", {{"if-match", "x"}}).body.at("field"),
            "If-Match");
  EXPECT_EQ(rest.say("PATCH", "/v1/phones/4711@example.com/buttons", R"([{"key":"2","light":"on"}])").status, 404);
}

}  // namespace
}  // namespace snom::snomd
