#include <gtest/gtest.h>

#include "fakes.h"

namespace snom::phone::testing {
namespace {

using Said = std::vector<std::string>;

TEST(PhoneKeys, NamesInAnyCaseByModel) {
  const Model snom370 = model_by_name("370");
  for (const char* name :
       {"CANCEL", "enter", "OffHook",    "ONHOOK", "RIGHT", "LEFT", "UP", "DOWN",    "VOLUME_UP", "VOLUME_DOWN",
        "MENU",   "MUTE",  "REDIAL",     "DND",    "REC",   "F1",   "f4", "SPEAKER", "HEADSET",   "TRANSFER",
        "F_HOLD", "F_R",   "DISCONNECT", "0",      "9",     "*",    "#",  "P1",      "p12"}) {
    EXPECT_TRUE(find_key(name, snom370, 0).has_value()) << name;
  }
  for (const char* name : {"", "P0", "P13", "F0", "F5", "EK0", "CLEAR", "BANANA", "P", "P1x", "a"}) {
    EXPECT_FALSE(find_key(name, snom370, 0).has_value()) << name;
  }
  EXPECT_TRUE(find_key("P15", model_by_name("870"), 0).has_value());
  EXPECT_FALSE(find_key("P5", model_by_name("300"), 0).has_value());
  EXPECT_TRUE(find_key("EK3", snom370, 4).has_value());
  EXPECT_FALSE(find_key("EK4", snom370, 4).has_value());
  EXPECT_TRUE(find_key("CLEAR", model_by_name("190"), 0).has_value());
}

TEST(PhoneModels, NameThemselvesAsSnomsDo) {
  EXPECT_EQ(model_by_name("370").user_agent, "snom370/8.7.5.35");
  EXPECT_EQ(model_by_name("d862").user_agent, "snomD862/10.1.226.13");
  EXPECT_EQ(model_by_name("snom870").identity.name, "870");
  EXPECT_EQ(model_by_name("snom370/7.3.14").user_agent, "snom370/7.3.14");
  EXPECT_FALSE(model_by_name("snom370/7.3.14").redirects_after_dialling());
  EXPECT_TRUE(model_by_name("370").redirects_after_dialling());
  EXPECT_FALSE(model_by_name("D862").has_remote_control());
}

TEST(PhoneKeys, AKeyThatTheModelHasNotIsNamedAndNothingIsPressed) {
  Bench bench;
  const auto pressed = bench.phone.press({{"1", {}, {}}, {"BANANA", {}, {}}});
  ASSERT_FALSE(pressed.has_value());
  EXPECT_EQ(pressed.error().text(), "key: 'BANANA' is not a key of a snom370/8.7.5.35");
  EXPECT_EQ(bench.phone.key_presses(), 0U);
}

TEST(PhoneKeys, HoldAndPauseAreKept) {
  Bench bench;
  bench.press("1,50,5000;2,20");
  EXPECT_EQ(bench.phone.entry(), "1");
  EXPECT_TRUE(bench.recorder.lines.empty()) << "still held";
  bench.clock.pass(std::chrono::milliseconds(50));
  ASSERT_EQ(bench.recorder.lines.size(), 1U);
  EXPECT_EQ(bench.recorder.lines[0],
            R"({"event":"key","user":"1000","key":"1","pressed_ms":0,"released_ms":50,"held_ms":50})");
  bench.clock.pass(std::chrono::milliseconds(4999));
  EXPECT_EQ(bench.phone.entry(), "1");
  bench.clock.pass(std::chrono::milliseconds(1));
  EXPECT_EQ(bench.phone.entry(), "12");
  bench.clock.pass(std::chrono::milliseconds(20));
  EXPECT_EQ(bench.recorder.lines.at(1),
            R"({"event":"key","user":"1000","key":"2","pressed_ms":5050,"released_ms":5070,"held_ms":20})");
}

TEST(PhoneKeys, SequencesQueueUp) {
  Bench bench;
  bench.press("1,,100;2");
  bench.press("3");
  EXPECT_EQ(bench.phone.entry(), "1");
  bench.clock.pass(std::chrono::milliseconds(100));
  EXPECT_EQ(bench.phone.entry(), "123");
}

TEST(PhoneKeys, MoreThan4096WaitingPressesAreRefused) {
  Bench bench;
  bench.press("1,600000");
  const std::vector<language::KeyPress> many(4096, {"2", {}, {}});
  EXPECT_TRUE(bench.phone.press(many).has_value());
  EXPECT_FALSE(bench.phone.press({{"3", {}, {}}}).has_value());
}

TEST(PhoneKeys, DigitsAndEnterDialAndRedialRepeats) {
  Bench bench;
  bench.press("1;0;0;1");
  EXPECT_EQ(bench.phone.state(), "dialling");
  bench.press("enter");
  EXPECT_EQ(bench.line.take(), (Said{"call 1 1001"}));
  EXPECT_EQ(bench.phone.state(), "calling");
  bench.press("cancel;redial");
  EXPECT_EQ(bench.line.take(), (Said{"hang_up 1", "call 2 1001"}));
}

TEST(PhoneKeys, OffhookThenDigitsThenEnter) {
  Bench bench;
  bench.press("OFFHOOK");
  EXPECT_EQ(bench.phone.state(), "dialling");
  bench.press("5;ENTER");
  EXPECT_EQ(bench.line.take(), (Said{"call 1 5"}));
  bench.press("ONHOOK");
  EXPECT_EQ(bench.line.take(), (Said{"hang_up 1"}));
  EXPECT_EQ(bench.phone.state(), "idle");
}

TEST(PhoneCalls, EnterAnswersARingingCall) {
  Bench bench;
  EXPECT_EQ(bench.phone.incoming_call(7, "1001"), 180);
  EXPECT_EQ(bench.phone.state(), "ringing");
  EXPECT_EQ(bench.phone.display().back(), "1001 is calling");
  bench.press("enter");
  EXPECT_EQ(bench.line.take(), (Said{"answer 7"}));
  EXPECT_EQ(bench.phone.state(), "talking");
  EXPECT_EQ(bench.phone.list(CallList::received).front(), "1001");
  bench.press("CANCEL");
  EXPECT_EQ(bench.line.take(), (Said{"hang_up 7"}));
  EXPECT_EQ(bench.phone.state(), "idle");
}

TEST(PhoneCalls, SpeakerHeadsetAndOffhookAnswerToo) {
  for (const char* key : {"SPEAKER", "HEADSET", "OFFHOOK"}) {
    Bench bench;
    EXPECT_EQ(bench.phone.incoming_call(7, "1001"), 180);
    bench.press(key);
    EXPECT_EQ(bench.line.take(), (Said{"answer 7"})) << key;
  }
}

TEST(PhoneCalls, CancelRejectsAndTheCallIsMissed) {
  Bench bench;
  EXPECT_EQ(bench.phone.incoming_call(7, "1001"), 180);
  bench.press("cancel");
  EXPECT_EQ(bench.line.take(), (Said{"reject 7 486"}));
  EXPECT_EQ(bench.phone.list(CallList::missed).front(), "1001");
}

TEST(PhoneCalls, CallerGivesUpAndTheCallIsMissed) {
  Bench bench;
  EXPECT_EQ(bench.phone.incoming_call(7, "1001"), 180);
  bench.phone.call_ended(7, 487, "Request Terminated");
  EXPECT_EQ(bench.phone.state(), "idle");
  EXPECT_EQ(bench.phone.list(CallList::missed).size(), 1U);
}

TEST(PhoneCalls, DoNotDisturbIsBusy) {
  Bench bench;
  bench.press("DND");
  EXPECT_EQ(bench.phone.incoming_call(7, "1001"), 486);
  bench.press("DND");
  EXPECT_EQ(bench.phone.incoming_call(8, "1001"), 180);
}

TEST(PhoneCalls, AFifthCallIsBusy) {
  Bench bench;
  for (CallId call = 11; call < 15; ++call) EXPECT_EQ(bench.phone.incoming_call(call, "x"), 180);
  EXPECT_EQ(bench.phone.incoming_call(15, "x"), 486);
}

TEST(PhoneCalls, AnsweringASecondCallHoldsTheFirst) {
  Bench bench;
  EXPECT_EQ(bench.phone.incoming_call(7, "1001"), 180);
  bench.press("ENTER");
  EXPECT_EQ(bench.phone.incoming_call(8, "1002"), 180);
  EXPECT_EQ(bench.phone.state(), "ringing");
  bench.line.take();
  bench.press("ENTER");
  EXPECT_EQ(bench.line.take(), (Said{"hold 7", "answer 8"}));
  bench.press("CANCEL;F_HOLD");
  EXPECT_EQ(bench.line.take(), (Said{"hang_up 8", "resume 7"}));
}

TEST(PhoneCalls, HoldKeyHoldsAndResumes) {
  Bench bench;
  bench.phone.dial("5");
  bench.phone.call_answered(1);
  bench.line.take();
  bench.press("F_HOLD");
  EXPECT_EQ(bench.phone.state(), "held");
  bench.press("F_R");
  EXPECT_EQ(bench.phone.state(), "talking");
  EXPECT_EQ(bench.line.take(), (Said{"hold 1", "resume 1"}));
}

TEST(PhoneCalls, NotifyTalkAnswersAndResumesAndHoldHolds) {
  Bench bench;
  EXPECT_EQ(bench.phone.call_notify(7, "talk"), 480) << "there is no such call";
  (void)bench.phone.incoming_call(7, "1001");
  EXPECT_EQ(bench.phone.call_notify(7, "hold"), 480) << "it rings";
  EXPECT_EQ(bench.phone.call_notify(7, "talk"), 200);
  EXPECT_EQ(bench.phone.state(), "talking");
  EXPECT_EQ(bench.phone.call_notify(7, "talk"), 480) << "it talks already";
  EXPECT_EQ(bench.phone.call_notify(7, "hold"), 200);
  EXPECT_EQ(bench.phone.state(), "held");
  EXPECT_EQ(bench.phone.call_notify(7, "talk"), 200);
  EXPECT_EQ(bench.line.take(), (Said{"answer 7", "hold 7", "resume 7"}));
  EXPECT_EQ(bench.phone.notify("talk", "", "").status, 481) << "in no call";
}

TEST(PhoneCalls, DigitsInACallAreDtmf) {
  Bench bench;
  bench.phone.dial("5");
  bench.phone.call_answered(1);
  bench.line.take();
  bench.press("1;#,300");
  bench.phone.dtmf("9");
  EXPECT_EQ(bench.line.take(), (Said{"dtmf 1 1 160", "dtmf 1 # 300", "dtmf 1 9 160"}));
}

TEST(PhoneCalls, BlindTransferHoldsRefersAndHangsUp) {
  Bench bench;
  bench.phone.dial("5");
  bench.phone.call_answered(1);
  bench.line.take();
  bench.press("TRANSFER;6;7;ENTER");
  EXPECT_EQ(bench.line.take(), (Said{"hold 1", "transfer 1 67"}));
  bench.line.answers.at(0)(202, "Accepted");
  EXPECT_EQ(bench.line.take(), (Said{"hang_up 1"}));
}

TEST(PhoneCalls, AFailedTransferKeepsTheCallOnHold) {
  Bench bench;
  bench.phone.dial("5");
  bench.phone.call_answered(1);
  bench.press("TRANSFER;6;ENTER");
  bench.line.answers.at(0)(501, "Not Implemented");
  EXPECT_EQ(bench.phone.state(), "held");
}

TEST(PhoneCalls, AnswersByItselfAfterTheTimeSet) {
  auto options = Bench::defaults();
  options.answer_after = std::chrono::milliseconds(300);
  Bench bench(options);
  EXPECT_EQ(bench.phone.incoming_call(7, "1001"), 180);
  bench.clock.pass(std::chrono::milliseconds(299));
  EXPECT_EQ(bench.phone.state(), "ringing");
  bench.clock.pass(std::chrono::milliseconds(1));
  EXPECT_EQ(bench.line.take(), (Said{"answer 7"}));
}

TEST(PhoneCalls, ReleaseAllEndsEveryCallInItsWay) {
  Bench bench;
  bench.phone.dial("5");
  EXPECT_EQ(bench.phone.incoming_call(7, "1001"), 180);
  bench.line.take();
  bench.phone.release_all_calls();
  EXPECT_EQ(bench.line.take(), (Said{"hang_up 1", "reject 7 486"}));
  EXPECT_TRUE(bench.phone.calls().empty());
}

TEST(PhoneCalls, EventsTellEachState) {
  Bench bench;
  bench.phone.dial("1001");
  bench.phone.call_progress(1, 180);
  bench.phone.call_answered(1);
  bench.phone.call_ended(1, 0, "hung up there");
  ASSERT_EQ(bench.recorder.lines.size(), 4U);
  EXPECT_EQ(bench.recorder.lines[0],
            R"({"event":"call","user":"1000","call":1,"state":"calling","direction":"out","peer":"1001"})");
  EXPECT_EQ(bench.recorder.lines[3], R"({"event":"call","user":"1000","call":1,"state":"ended","direction":"out",)"
                                     R"("peer":"1001","reason":"hung up there"})");
}

}  // namespace
}  // namespace snom::phone::testing
