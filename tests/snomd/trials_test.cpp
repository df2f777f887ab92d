#include <string>

#include <gtest/gtest.h>

#include "snomd/api_fixture.h"

/// /v1/phones/{phone}/trials: what a probe asks of a phone.
namespace snom::snomd {
namespace {

using nlohmann::json;
using testing::Rest;

const std::string trials = "/v1/phones/1000@example.com/trials";

TEST(Trials, OneMessageGoesOutAndItsAnswersAreTold) {
  Rest rest;
  const auto heard = rest.say("POST", trials, R"({"channel":"buttons","key":"2","light":"on","label":"Probe"})");
  EXPECT_EQ(heard.status, 200);
  const auto& contact = heard.body.at("contacts").at(0);
  EXPECT_EQ(contact.at("status"), 200);
  EXPECT_EQ(contact.at("reason"), "OK");
  EXPECT_EQ(contact.at("contact"), rest.fixture.directory.registrations.front().contact);
  ASSERT_EQ(rest.fixture.messages.sent.size(), 1U);
  EXPECT_EQ(rest.fixture.messages.sent[0].content_type, "application/x-buttons");
  EXPECT_TRUE(rest.fixture.command_service->keys("1000@example.com").empty()) << "nothing is kept";
}

TEST(Trials, ALedAndASubscriptionAreTriedToo) {
  Rest rest;
  EXPECT_EQ(rest.say("POST", trials, R"({"channel":"notify","led":0,"light":"on","colour":"red"})").status, 200);
  EXPECT_EQ(rest.fixture.messages.sent.at(0).event, "xml");
  const auto heard = rest.say("POST", trials, R"({"channel":"subscription","key":"2","light":"hold"})");
  EXPECT_EQ(heard.body.at("contacts").at(0).at("status"), 0);
  EXPECT_EQ(heard.body.at("contacts").at(0).at("reason"), "it has not subscribed to this key");
}

TEST(Trials, WhatIsWrongIsNamed) {
  Rest rest;
  struct Row {
    const char* body;
    const char* field;
    const char* detail;
  };
  for (const Row& row : {
           Row{R"([])", "", "expected an object, as {\"channel\": \"buttons\", ...}"},
           Row{R"({"channel":"http","key":"2"})", "channel", "channel: expected buttons, notify or subscription"},
           Row{R"({"key":"2"})", "channel", "channel: expected buttons, notify or subscription"},
           Row{R"({"channel":7})", "channel", "channel: expected a text"},
           Row{R"({"channel":"buttons"})", "key", ""},
           Row{R"({"channel":"buttons","key":"2","light":"purple"})", "light", ""},
           Row{R"({"channel":"buttons","key":"2","colour":"on"})", "colour", ""},
           Row{R"({"channel":"buttons","key":"2","action":"jump"})", "action", ""},
           Row{R"({"channel":"buttons","key":"2","label":"a\nb"})", "label", ""},
           Row{R"({"channel":"buttons","key":"2","number":1001})", "number", "number: expected a text"},
           Row{R"({"channel":"notify"})", "led", "led: expected the number of a LED, 0 to 999"},
           Row{R"({"channel":"notify","led":1000})", "led", "led: expected the number of a LED, 0 to 999"},
           Row{R"({"channel":"notify","led":"7"})", "led", "led: expected the number of a LED, 0 to 999"},
           Row{R"({"channel":"buttons","key":"2","colour":"red","lamp":1})", "lamp", ""},
       }) {
    const auto heard = rest.say("POST", trials, row.body);
    EXPECT_EQ(heard.status, 400) << row.body;
    EXPECT_EQ(heard.content_type, "application/problem+json") << row.body;
    EXPECT_EQ(heard.body.value("field", ""), row.field) << row.body;
    if (*row.detail != '\0') {
      EXPECT_EQ(heard.body.at("detail"), row.detail) << row.body;
    }
  }
  EXPECT_TRUE(rest.fixture.messages.sent.empty());
}

TEST(Trials, APhoneThatIsNotThereIsTold) {
  Rest rest;
  const std::string other = "/v1/phones/1009@example.com/trials";
  EXPECT_EQ(rest.say("POST", other, R"({"channel":"buttons","key":"2"})").status, 409);
  EXPECT_EQ(rest.say("POST", "/v1/phones/nobody/trials", R"({"channel":"buttons","key":"2"})").status, 404);
  const std::string nobodys = "/v1/phones/nobody@example.test/trials";
  EXPECT_EQ(rest.say("GET", nobodys).status, 404);
  EXPECT_EQ(rest.say("DELETE", nobodys + "/2").status, 404);
  EXPECT_EQ(rest.say("GET", other).body, json::parse(R"({"press":null})")) << "it has an account";
  EXPECT_EQ(rest.say("DELETE", other + "/2").status, 200);
}

TEST(Trials, ThePressOfATriedKeyIsShown) {
  Rest rest;
  EXPECT_EQ(rest.say("GET", trials).body, json::parse(R"({"press":null})"));
  rest.say("POST", trials, R"({"channel":"buttons","key":"2","number":"trial-1","action":"message"})");
  EXPECT_EQ(rest.say("GET", trials).body.at("press"), nullptr);
  control::CommandService::Press press;
  press.from = rest.fixture.directory.registrations.front();
  press.target = "trial-1";
  press.target_host = "example.com";
  press.body = "k=2\r\n";
  press.content_type = "application/x-buttons";
  EXPECT_FALSE(rest.fixture.command_service->press(press)) << "nothing is bound to it";
  EXPECT_EQ(rest.say("GET", trials).body,
            json::parse(R"({"press":{"action":"trial-1","key":"2","content_type":"application/x-buttons",
                                     "body":"k=2\\r\\n"}})"));
}

TEST(Trials, AtItsEndThePhoneIsSentWhatIsWantedAsIfItHadNotGotIt) {
  Rest rest;
  ASSERT_EQ(rest.say("PUT", "/v1/phones/1000@example.com/buttons/2", R"({"light":"on"})").status, 200);
  rest.say("POST", trials, R"({"channel":"buttons","key":"2","light":"hold"})");
  const auto before = rest.fixture.messages.sent.size();
  EXPECT_EQ(rest.say("DELETE", trials + "/2").status, 200);
  ASSERT_EQ(rest.fixture.messages.sent.size(), before + 1);
  EXPECT_EQ(rest.fixture.messages.sent.back().body, rest.fixture.messages.sent.front().body);
  EXPECT_EQ(rest.say("DELETE", trials + "/3").status, 200);
  EXPECT_EQ(rest.fixture.messages.sent.size(), before + 1) << "what is not wanted is left as it is";
}

}  // namespace
}  // namespace snom::snomd
