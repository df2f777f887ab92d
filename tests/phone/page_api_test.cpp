#include "phone/page_api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fakes.h"

namespace snom::phone::testing {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

class FakeStream final : public http::Stream {
 public:
  bool write(std::string_view bytes) override {
    if (gone) return false;
    text += bytes;
    return true;
  }
  [[nodiscard]] bool open() const override { return !gone; }
  /// What was written since the last look.
  std::string take() { return std::exchange(text, {}); }
  bool gone = false;
  std::string text;
};

class FakeResponder final : public http::Responder {
 public:
  void send(http::Response sent) override { response = std::move(sent); }
  void send_in_pieces(http::Response first, http::NextPiece) override { response = std::move(first); }
  std::shared_ptr<http::Stream> stream(std::string content_type) override {
    response.content_type = std::move(content_type);
    return events;
  }
  http::Response response;
  std::shared_ptr<FakeStream> events = std::make_shared<FakeStream>();
};

http::Request request(const std::string& method, const std::string& target, const std::string& body = {}) {
  http::Request asked;
  asked.method = method;
  asked.target = target;
  asked.raw_path = asked.path = target.substr(0, target.find('?'));
  if (const auto mark = target.find('?'); mark != std::string::npos) asked.query = target.substr(mark + 1);
  asked.body = body;
  return asked;
}

/// A page of some phones, each with a line of its own; one clock.
class PageApiTest : public ::testing::Test, public VirtualPhone::Observer {
 protected:
  struct Member {
    FakeLine line;
    std::unique_ptr<VirtualPhone> phone;
  };
  explicit PageApiTest(const std::vector<std::string>& users = {"1000", "1001", "Empfang/1"}) {
    for (const std::string& user : users) {
      auto member = std::make_unique<Member>();
      auto options = Bench::defaults("D865");
      options.user = user;
      options.expansion_keys = 2;
      member->phone = std::make_unique<VirtualPhone>(options, member->line, clock, this);
      phones.add(*member->phone);
      members.push_back(std::move(member));
    }
  }
  void happened(const VirtualPhone&, const Event&) override {}
  void changed(const VirtualPhone& phone) override { live.changed(phone); }

  http::Response ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    const auto responder = std::make_shared<FakeResponder>();
    api.answer(request(method, target, body), responder);
    return responder->response;
  }
  std::shared_ptr<FakeStream> watch(const std::string& target) {
    const auto responder = std::make_shared<FakeResponder>();
    api.answer(request("GET", target), responder);
    EXPECT_EQ(responder->response.content_type, "text/event-stream");
    return responder->events;
  }
  VirtualPhone& phone(std::size_t place) { return *members[place]->phone; }
  void light(std::size_t place, const std::string& document) {
    ASSERT_EQ(phone(place).message("application/x-buttons", document, "sip:s@example.com").status, 200);
  }

  FakeClock clock;
  std::vector<std::unique_ptr<Member>> members;
  Phones phones;
  LiveStates live{clock, phones};
  PageApi api{phones, live};
};

TEST_F(PageApiTest, StateTellsWhatADrawingNeeds) {
  light(0, "k=1\r\nc=pickup\r\no=local\r\nl=Door\r\n\r\nk=2\r\nc=on\r\n\r\nk=41\r\nc=error\r\n");
  const auto answer = ask("GET", "/v1/phones/1000");
  EXPECT_EQ(answer.content_type, "application/json");
  const json state = json::parse(answer.body);
  EXPECT_EQ(state["user"], "1000");
  EXPECT_EQ(state["keys"][0]["shown"], (json{{"rhythm", "fast"}, {"colour", "green"}}));
  EXPECT_EQ(state["keys"][1]["shown"], (json{{"rhythm", "steady"}, {"colour", "red"}}));
  EXPECT_EQ(state["keys"][2]["shown"], (json{{"rhythm", "off"}, {"colour", ""}}));
  EXPECT_EQ(state["keys"][40]["place"], "EK0");
  EXPECT_EQ(state["keys"][40]["shown"], (json{{"rhythm", "slow"}, {"colour", "red"}}));
  EXPECT_EQ(state["face"]["columns"], json::array({5, 5}));
  EXPECT_EQ(state["face"]["pages"], 4);
  EXPECT_EQ(state["face"]["keys_a_module"], 60);
  EXPECT_EQ(state["face"]["labels"], "display");
  EXPECT_EQ(state["handset"], "down");
  EXPECT_EQ(state["ringing"], false);
}

TEST_F(PageApiTest, ALedOfSnomXmlIsShownInPlaceOfTheKeysLight) {
  light(0, "k=1\r\nc=on\r\no=green\r\n");
  ASSERT_EQ(phone(0)
                .notify("xml", "application/snomxml",
                        "<SnomIPPhoneSilent state=\"relevant\" document_id=\"a\"><Led number=\"5\" "
                        "color=\"orange\">blinkslow</Led></SnomIPPhoneSilent>")
                .status,
            200);
  const json state = json::parse(ask("GET", "/v1/phones/1000").body);
  EXPECT_EQ(state["keys"][0]["shown"], (json{{"rhythm", "slow"}, {"colour", "orange"}}));
}

TEST_F(PageApiTest, ASlashInAUsersNameIsPartOfIt) {
  EXPECT_EQ(json::parse(ask("GET", "/v1/phones/Empfang%2F1").body)["user"], "Empfang/1");
  const auto missing = ask("GET", "/v1/phones/1005");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.content_type, "application/problem+json");
  EXPECT_EQ(json::parse(missing.body)["detail"], "there is no phone of the user '1005' here");
}

TEST_F(PageApiTest, WhatHandsDoIsAnsweredWithTheState) {
  const auto done = ask("POST", "/v1/phones/1000/volume", R"({"level":3})");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(json::parse(done.body)["volume"], 3);
  const auto refused = ask("POST", "/v1/phones/1000/volume", R"({"level":99})");
  EXPECT_EQ(refused.status, 400);
  const json problem = json::parse(refused.body);
  EXPECT_EQ(problem["field"], "level");
  EXPECT_EQ(problem["title"], "Bad Request");
  EXPECT_EQ(problem["status"], 400);
  EXPECT_EQ(ask("POST", "/v1/phones/1000/fly", "{}").status, 404);
  EXPECT_EQ(ask("POST", "/v1/phones/1000/answer", "{}").status, 409);
}

TEST_F(PageApiTest, OtherMethodsAndPaths) {
  EXPECT_EQ(ask("GET", "/v1/phones/1000/volume").headers.back(), std::pair(std::string("Allow"), std::string("POST")));
  EXPECT_EQ(ask("GET", "/v1/phones/1000/volume").status, 405);
  EXPECT_EQ(ask("POST", "/v1/phones/1000").status, 405);
  EXPECT_EQ(ask("DELETE", "/v1/phones").status, 405);
  EXPECT_EQ(ask("POST", "/v1/events").status, 405);
  EXPECT_EQ(ask("GET", "/v1/").status, 404);
  EXPECT_EQ(ask("GET", "/v1/phones/1000/a/b").status, 404);
  EXPECT_EQ(ask("HEAD", "/v1/phones/1000").status, 200);
}

TEST_F(PageApiTest, TheListIsSearchedAndCut) {
  phone(1).registered(std::chrono::seconds(60));
  ASSERT_EQ(phone(1).incoming_call(1, "1000"), 180);
  light(1, "k=1\r\nc=on\r\n");
  const json all = json::parse(ask("GET", "/v1/phones").body);
  EXPECT_EQ(all["total"], 3);
  EXPECT_EQ(all["registered"], 1);
  EXPECT_EQ(all["ringing"], 1);
  EXPECT_EQ(all["in_calls"], 1);
  EXPECT_EQ(all["phones"][1], (json{{"user", "1001"},
                                    {"model", "D865"},
                                    {"registered", true},
                                    {"rebooting", false},
                                    {"state", "ringing"},
                                    {"ringing", true},
                                    {"lit", 1}}));
  const json found = json::parse(ask("GET", "/v1/phones?search=EMPFANG").body);
  EXPECT_EQ(found["total"], 1);
  EXPECT_EQ(found["all"], 3);
  EXPECT_EQ(found["phones"][0]["user"], "Empfang/1");
  const json cut = json::parse(ask("GET", "/v1/phones?offset=1&limit=1").body);
  EXPECT_EQ(cut["total"], 3);
  ASSERT_EQ(cut["phones"].size(), 1U);
  EXPECT_EQ(cut["phones"][0]["user"], "1001");
  EXPECT_EQ(json::parse(ask("GET", "/v1/phones?limit=501").body)["field"], "limit");
  EXPECT_EQ(json::parse(ask("GET", "/v1/phones?offset=x").body)["field"], "offset");
}

TEST_F(PageApiTest, AWatcherSeesTheStateAtOnceAndEachChangeSoon) {
  const auto stream = watch("/v1/events?phone=1000&phone=1000");
  const std::string first = stream->take();
  EXPECT_TRUE(first.starts_with("event: phone\ndata: {\"user\":\"1000\"")) << first;
  EXPECT_EQ(first.find("event", 1), std::string::npos) << "once, though it was named twice";
  clock.pass(milliseconds(100));
  light(0, "k=1\r\nc=on\r\nl=Hello\r\n");
  light(1, "k=1\r\nc=on\r\nl=Other\r\n");
  clock.pass(milliseconds(0));
  const std::string told = stream->take();
  EXPECT_NE(told.find("Hello"), std::string::npos);
  EXPECT_EQ(told.find("Other"), std::string::npos);
  for (int i = 0; i < 5; ++i) light(0, "k=1\r\nc=on\r\nl=Again" + std::to_string(i) + "\r\n");
  clock.pass(milliseconds(19));
  EXPECT_EQ(stream->take(), "") << "not more than fifty times a second";
  clock.pass(milliseconds(1));
  const std::string last = stream->take();
  EXPECT_NE(last.find("Again4"), std::string::npos) << "and the last of them is not missed";
  EXPECT_EQ(last.find("Again3"), std::string::npos);
}

TEST_F(PageApiTest, SeveralWatchersAndOneThatGoes) {
  const auto first = watch("/v1/events?phone=1000");
  const auto second = watch("/v1/events?phone=1001&phone=1000");
  first->take();
  second->take();
  first->gone = true;
  for (int i = 0; i < 2; ++i) {
    light(0, "k=1\r\nc=on\r\nl=A" + std::to_string(i) + "\r\n");
    light(1, "k=1\r\nc=on\r\nl=B" + std::to_string(i) + "\r\n");
    clock.pass(milliseconds(20));
    const std::string told = second->take();
    EXPECT_NE(told.find("\"A" + std::to_string(i)), std::string::npos);
    EXPECT_NE(told.find("\"B" + std::to_string(i)), std::string::npos);
  }
  EXPECT_EQ(first->text, "");
  clock.pass(std::chrono::seconds(15));
  EXPECT_EQ(second->take(), ": still here\n\n");
}

TEST_F(PageApiTest, WhoWatchesTheListIsToldOfPhonesThatChanged) {
  const auto stream = watch("/v1/events");
  EXPECT_EQ(stream->take(), "event: reload\ndata: {}\n\n");
  phone(1).registered(std::chrono::seconds(60));
  phone(1).registered(std::chrono::seconds(60));
  clock.pass(milliseconds(200));
  const std::string told = stream->take();
  ASSERT_TRUE(told.starts_with("event: phones\ndata: [")) << told;
  const json phones_told = json::parse(told.substr(told.find('[')));
  ASSERT_EQ(phones_told.size(), 1U);
  EXPECT_EQ(phones_told[0]["user"], "1001");
  EXPECT_EQ(phones_told[0]["registered"], true);
}

TEST_F(PageApiTest, AStreamIsOfSixteenPhonesThatThereAre) {
  EXPECT_EQ(ask("GET", "/v1/events?phone=nobody").status, 404);
}

class CrowdedPageTest : public PageApiTest {
 protected:
  static std::vector<std::string> crowd() {
    std::vector<std::string> users;
    for (int i = 0; i < 600; ++i) users.push_back(std::to_string(2000 + i));
    return users;
  }
  CrowdedPageTest() : PageApiTest(crowd()) {}
};

TEST_F(CrowdedPageTest, TooManyAtOnceAreReadAnew) {
  const auto stream = watch("/v1/events");
  stream->take();
  for (std::size_t i = 0; i < 600; ++i) phone(i).registered(std::chrono::seconds(60));
  clock.pass(milliseconds(200));
  EXPECT_EQ(stream->take(), "event: reload\ndata: {}\n\n");
  std::string target = "/v1/events?";
  for (int i = 0; i < 17; ++i) target += "phone=" + std::to_string(2000 + i) + "&";
  EXPECT_EQ(json::parse(ask("GET", target).body)["field"], "phone");
}

http::Request page_request(const std::string& host, const std::string& method = "GET") {
  http::Request asked = request(method, "/v1/phones");
  asked.headers["host"] = host;
  return asked;
}

TEST(PageHosts, AnswersToItsOwnNamesOnly) {
  const PageHosts hosts("127.0.0.1:8090");
  for (const char* host : {"127.0.0.1:8090", "localhost:8090", "LOCALHOST:8090", "[::1]:8090"}) {
    EXPECT_FALSE(hosts.refuse(page_request(host))) << host;
  }
  for (const char* host : {"evil.example:8090", "127.0.0.1", "127.0.0.1:8091", "", "localhost:8090.evil.example"}) {
    const auto refused = hosts.refuse(page_request(host));
    ASSERT_TRUE(refused) << host;
    EXPECT_EQ(refused->status, 421) << host;
  }
  EXPECT_FALSE(PageHosts("127.0.0.1:80").refuse(page_request("localhost")));
  EXPECT_FALSE(PageHosts("[::1]:8090").refuse(page_request("[::1]:8090")));
}

TEST(PageHosts, OtherOriginsAndFormsAreRefused) {
  const PageHosts hosts("127.0.0.1:8090");
  http::Request asked = page_request("127.0.0.1:8090", "POST");
  EXPECT_EQ(hosts.refuse(asked)->status, 415);
  asked.headers["content-type"] = "text/plain";
  EXPECT_EQ(hosts.refuse(asked)->status, 415);
  asked.headers["content-type"] = "application/x-www-form-urlencoded";
  EXPECT_EQ(hosts.refuse(asked)->status, 415);
  asked.headers["content-type"] = "Application/JSON ; charset=utf-8";
  EXPECT_FALSE(hosts.refuse(asked));
  asked.headers["origin"] = "http://127.0.0.1:8090";
  EXPECT_FALSE(hosts.refuse(asked));
  for (const char* origin : {"http://evil.example", "https://127.0.0.1:8090", "http://127.0.0.1:9999", "null"}) {
    asked.headers["origin"] = origin;
    const auto refused = hosts.refuse(asked);
    ASSERT_TRUE(refused) << origin;
    EXPECT_EQ(refused->status, 403) << origin;
  }
}

}  // namespace
}  // namespace snom::phone::testing
