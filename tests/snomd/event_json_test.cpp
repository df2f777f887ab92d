#include "snomd/event_json.h"

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

language::Button dnd() {
  language::Button button;
  button.key = "2";
  button.light = language::Light::on;
  button.label = "DND";
  button.number = "api+x";
  button.action = language::Action::message;
  return button;
}

TEST(EventJson, ButtonTellsEveryContact) {
  const control::Event event =
      control::ButtonSet{"1000@example.com",
                         dnd(),
                         true,
                         {{"sip:1000@192.0.2.7", 200, "OK", control::Channel::buttons},
                          {"sip:1000@192.0.2.8", 200, "OK", control::Channel::notify, false, "label, action"},
                          {"sip:1000@192.0.2.5", 200, "OK", control::Channel::subscription, false, "label"},
                          {"sip:1000@192.0.2.9", 0, "not registered any more"}},
                         {}};
  EXPECT_EQ(event_name(event), "button");
  EXPECT_EQ(to_json(event), nlohmann::json::parse(R"({"address_of_record":"1000@example.com","key":"2","light":"on",
      "colour":null,"label":"DND","number":"api+x","action":"message","caller":null,"confirmed":true,
      "contacts":[{"contact":"sip:1000@192.0.2.7","status":200,"reason":"OK","channel":"buttons"},
                  {"contact":"sip:1000@192.0.2.8","status":200,"reason":"OK","channel":"notify","lost":"label, action"},
                  {"contact":"sip:1000@192.0.2.5","status":200,"reason":"OK","channel":"subscription","lost":"label"},
                  {"contact":"sip:1000@192.0.2.9","status":0,"reason":"not registered any more","channel":null}]})"));
}

TEST(EventJson, ButtonTellsWhyItWasSentToNobody) {
  const auto value = to_json(control::ButtonSet{"1000@example.com", dnd(), false, {}, "disk full (keys.db)"});
  EXPECT_EQ(value["error"], "disk full (keys.db)");
  EXPECT_EQ(value["confirmed"], false);
  EXPECT_EQ(value["contacts"], nlohmann::json::array());
}

TEST(EventJson, AnIpv6PhoneIsWrittenInBrackets) {
  registration::Registration registration;
  registration.network_host = "2001:db8::7";
  registration.network_port = 5060;
  EXPECT_EQ(to_json(registration)["network"], "[2001:db8::7]:5060");
}

TEST(EventJson, ARegistrationTellsWhetherItIsAnotherNodes) {
  registration::Registration registration;
  registration.user = "1000";
  EXPECT_EQ(to_json(control::Registered{registration})["taken_over"], false);
  const auto taken = to_json(control::Registered{registration, true});
  EXPECT_EQ(taken["taken_over"], true);
  EXPECT_EQ(taken["user"], "1000");
}

TEST(EventJson, AKeyTellsItsStateAndThatOfEachContact) {
  using State = control::KeySync::State;
  control::CommandService::KeyStatus key{
      dnd(),
      true,
      State::confirmed,
      runtime::Clock::WallTime(std::chrono::seconds(60)),
      "http",
      {{"sip:1000@192.0.2.7", State::confirmed, 200, "OK"},
       {"sip:1000@192.0.2.8", State::failed, 404, "Not Found", control::Channel::buttons}}};
  auto json = to_json(key);
  EXPECT_EQ(json["state"], "confirmed");
  EXPECT_EQ(json["number_hidden"], true);
  EXPECT_EQ(json["set_at"], "1970-01-01T00:01:00Z");
  EXPECT_EQ(json["set_by"], "http");
  EXPECT_EQ(
      json["contacts"][1],
      nlohmann::json::parse(
          R"({"contact":"sip:1000@192.0.2.8","state":"failed","status":404,"reason":"Not Found","channel":"buttons"})"));
  key.state = State::pending;
  EXPECT_EQ(to_json(key)["state"], "pending");
}

TEST(EventJson, BrokenUtf8FromAPhoneStaysOneLineOfJson) {
  const control::Event event = control::Pressed{"1000@example.com", "", "\xff\n", false, "why", ""};
  EXPECT_EQ(event_name(event), "press");
  const std::string line = dump(to_json(event));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(line)["action"], "\xEF\xBF\xBD\n");
}

}  // namespace
}  // namespace snom::snomd
