#include "phone/hands.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fakes.h"

namespace snom::phone::testing {
namespace {

using Said = std::vector<std::string>;

/// "200", or "400 key: what is wrong".
std::string does(Bench& bench, std::string_view action, std::string_view body = "{}") {
  const auto done = do_with_hands(bench.phone, action, body);
  if (done) return "200";
  return std::to_string(done.error().status) + " " + done.error().field + ": " + done.error().detail;
}

int count(const Recorder& recorder, std::string_view name) {
  return static_cast<int>(std::ranges::count(recorder.names, name));
}

TEST(Hands, AKeyActsWhenItGoesDownAndIsToldWhenItComesUp) {
  Bench bench;
  ASSERT_EQ(bench.buttons("k=2\r\nn=1001\r\n").status, 200);
  EXPECT_EQ(does(bench, "key-down", R"({"key":"p2"})"), "200");
  EXPECT_EQ(bench.line.take(), (Said{"call 1 1001"}));
  EXPECT_EQ(bench.phone.keys_down(), (Said{"P2"}));
  EXPECT_EQ(count(bench.recorder, "key"), 0);
  bench.clock.pass(std::chrono::milliseconds(300));
  EXPECT_EQ(does(bench, "key-up", R"({"key":"P2"})"), "200");
  EXPECT_TRUE(bench.phone.keys_down().empty());
  EXPECT_NE(bench.recorder.lines.back().find(R"("held_ms":300)"), std::string::npos) << bench.recorder.lines.back();
}

TEST(Hands, AKeyThatIsDownDoesNotGoDownAgain) {
  Bench bench;
  EXPECT_EQ(does(bench, "key-down", R"({"key":"5"})"), "200");
  EXPECT_EQ(does(bench, "key-down", R"({"key":"5"})"), "200");
  EXPECT_EQ(bench.phone.entry(), "5");
  EXPECT_EQ(does(bench, "key-up", R"({"key":"6"})"), "200");
  EXPECT_EQ(count(bench.recorder, "key"), 0);
}

TEST(Hands, AFingerThatNobodyTakesAwayGetsTired) {
  Bench bench;
  EXPECT_EQ(does(bench, "key-down", R"({"key":"5"})"), "200");
  bench.clock.pass(std::chrono::milliseconds(9999));
  EXPECT_EQ(bench.phone.keys_down().size(), 1U);
  bench.clock.pass(std::chrono::milliseconds(1));
  EXPECT_TRUE(bench.phone.keys_down().empty());
  EXPECT_EQ(does(bench, "key-down", R"({"key":"5"})"), "200");
  bench.clock.pass(std::chrono::milliseconds(9999));
  EXPECT_EQ(bench.phone.keys_down().size(), 1U) << "its time counts from when it went down";
}

TEST(Hands, ARebootLiftsAllFingers) {
  Bench bench;
  EXPECT_EQ(does(bench, "key-down", R"({"key":"5"})"), "200");
  EXPECT_EQ(does(bench, "reboot"), "200");
  EXPECT_TRUE(bench.phone.keys_down().empty());
  EXPECT_EQ(does(bench, "key-down", R"({"key":"5"})"), "409 : the phone is rebooting");
  bench.clock.pass(std::chrono::seconds(20));
  EXPECT_EQ(does(bench, "press", R"({"key":"5","hold_ms":100})"), "200");
  EXPECT_EQ(bench.phone.entry(), "5");
}

TEST(Hands, DigitsAndDialling) {
  Bench bench;
  EXPECT_EQ(does(bench, "digits", R"({"digits":"12*#"})"), "200");
  EXPECT_EQ(bench.phone.entry(), "12*#");
  EXPECT_EQ(does(bench, "dial", R"({"number":"1001"})"), "200");
  EXPECT_EQ(bench.line.take(), (Said{"call 1 1001"}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(does(bench, "dial", R"({"number":"1001"})"), "200");
  EXPECT_EQ(does(bench, "dial", R"({"number":"1001"})"), "409 : the phone has four calls already");
}

TEST(Hands, TheHandsetAnswersAndHangsUp) {
  Bench bench;
  ASSERT_EQ(bench.phone.incoming_call(9, "1001"), 180);
  EXPECT_TRUE(bench.phone.is_ringing());
  EXPECT_EQ(does(bench, "handset", R"({"position":"up"})"), "200");
  EXPECT_TRUE(bench.phone.handset_is_up());
  EXPECT_EQ(does(bench, "handset", R"({"position":"up"})"), "200") << "it is up already";
  EXPECT_EQ(bench.line.take(), (Said{"answer 9"}));
  EXPECT_EQ(does(bench, "handset", R"({"position":"down"})"), "200");
  EXPECT_EQ(bench.line.take(), (Said{"hang_up 9"}));
  EXPECT_FALSE(bench.phone.handset_is_up());
}

TEST(Hands, AnswerHoldResumeAndHangUp) {
  Bench bench;
  EXPECT_EQ(does(bench, "answer"), "409 : the phone does not ring");
  EXPECT_EQ(does(bench, "hang-up"), "409 : there is no call");
  EXPECT_EQ(does(bench, "hold", R"({"on":true})"), "409 on: there is no call to hold");
  ASSERT_EQ(bench.phone.incoming_call(9, "1001"), 180);
  EXPECT_EQ(does(bench, "answer"), "200");
  EXPECT_EQ(does(bench, "hold", R"({"on":false})"), "409 on: no call is on hold");
  EXPECT_EQ(does(bench, "hold", R"({"on":true})"), "200");
  EXPECT_EQ(does(bench, "hold", R"({"on":false})"), "200");
  EXPECT_EQ(does(bench, "hang-up", ""), "200") << "an empty body is an empty object";
  EXPECT_EQ(bench.line.take(), (Said{"answer 9", "hold 9", "resume 9", "hang_up 9"}));
}

TEST(Hands, VolumeLineAndReset) {
  Bench bench;
  EXPECT_EQ(does(bench, "volume", R"({"level":15})"), "200");
  EXPECT_EQ(bench.phone.volume(), 15);
  EXPECT_EQ(does(bench, "line", R"({"on":false})"), "200");
  EXPECT_TRUE(bench.phone.is_logged_off());
  EXPECT_EQ(does(bench, "line", R"({"on":true})"), "200");
  EXPECT_FALSE(bench.phone.is_logged_off());
  EXPECT_EQ(bench.line.take(), (Said{"log_off", "log_on"}));
  bench.phone.set_setting("a", "b");
  EXPECT_EQ(does(bench, "reboot", R"({"factory_reset":true})"), "200");
  EXPECT_TRUE(bench.phone.settings().empty());
}

TEST(Hands, WhatIsWrongIsNamed) {
  Bench bench;
  EXPECT_EQ(does(bench, "press"), "400 key: is missing: expected the name of a key");
  EXPECT_EQ(does(bench, "press", R"({"key":2})"), "400 key: expected the name of a key as a string");
  EXPECT_EQ(does(bench, "press", R"({"key":"P99"})"), "400 key: 'P99' is not a key of a snom370/8.7.5.35");
  EXPECT_EQ(does(bench, "key-down", R"({"key":"P99"})"), "400 key: 'P99' is not a key of a snom370/8.7.5.35");
  EXPECT_EQ(does(bench, "press", R"({"key":"1","hold_ms":10001})"),
            "400 hold_ms: expected a whole number from 0 to 10000");
  EXPECT_EQ(does(bench, "press", R"({"key":"1","hold":1})"), "400 hold: is not known here (expected key, hold_ms)");
  EXPECT_EQ(does(bench, "answer", R"({"call":1})"), "400 call: is not known here (this action takes nothing)");
  EXPECT_EQ(does(bench, "digits", R"({"digits":"12a"})"), "400 digits: expected 1 to 128 digits, * or #");
  EXPECT_EQ(does(bench, "dial", R"({"number":""})"),
            "400 number: expected 1 to 128 bytes without blanks or control characters");
  EXPECT_EQ(does(bench, "dial", R"({"number":"1\r\n2"})"),
            "400 number: expected 1 to 128 bytes without blanks or control characters");
  EXPECT_EQ(does(bench, "handset", R"({"position":"left"})"), "400 position: expected up or down");
  for (const char* level : {"16", "-1", "1.5", "true", "\"8\"", "18446744073709551615"}) {
    EXPECT_EQ(does(bench, "volume", std::string(R"({"level":)") + level + "}"),
              "400 level: expected a whole number from 0 to 15")
        << level;
  }
  EXPECT_EQ(does(bench, "line", R"({"on":1})"), "400 on: expected true or false");
  for (const char* body : {"[]", "1", "{", "{}x", "null"}) {
    EXPECT_EQ(does(bench, "answer", body), "400 : the body is not a JSON object") << body;
  }
  EXPECT_EQ(does(bench, "line", R"({"on":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
            "400 : the body is nested more than 16 deep");
  EXPECT_EQ(does(bench, "fly"), "404 : no such action: expected " + hand_actions());
  EXPECT_TRUE(bench.line.said.empty());
  EXPECT_EQ(bench.phone.key_presses(), 0U);
}

TEST(Hands, WhateverCanBeSeenIsToldAsChanged) {
  class Counter final : public VirtualPhone::Observer {
   public:
    void happened(const VirtualPhone&, const Event&) override {}
    void changed(const VirtualPhone&) override { ++times; }
    int times = 0;
  };
  FakeLine line;
  FakeClock clock;
  Counter counter;
  VirtualPhone phone(Bench::defaults(), line, clock, &counter);
  for (const auto& [action, body] :
       std::vector<std::pair<const char*, const char*>>{{"volume", R"({"level":3})"},
                                                        {"digits", R"({"digits":"1"})"},
                                                        {"press", R"({"key":"MENU"})"},
                                                        {"press", R"({"key":"SPEAKER"})"},
                                                        {"key-down", R"({"key":"2"})"},
                                                        {"key-up", R"({"key":"2"})"},
                                                        {"handset", R"({"position":"up"})"},
                                                        {"line", R"({"on":false})"},
                                                        {"dial", R"({"number":"7"})"},
                                                        {"reboot", "{}"}}) {
    const int before = counter.times;
    ASSERT_TRUE(do_with_hands(phone, action, body)) << action;
    EXPECT_GT(counter.times, before) << action << " " << body;
  }
}

}  // namespace
}  // namespace snom::phone::testing
