#include <gtest/gtest.h>

#include "fakes.h"

namespace snom::phone::testing {
namespace {

using language::Action;
using language::Colour;
using language::Light;
using Said = std::vector<std::string>;

TEST(PhoneButtons, DocumentLightsAndLabelsTheKeyWithThatArgument) {
  Bench bench;
  EXPECT_EQ(bench.buttons("k=2\r\nc=on\r\no=red\r\nl=DND\r\nn=1001\r\na=message\r\n").status, 200);
  EXPECT_EQ(bench.button(2).light, Light::on);
  EXPECT_EQ(bench.button(2).colour, Colour::red);
  EXPECT_EQ(bench.button(2).label, "DND");
  EXPECT_EQ(bench.button(2).number, "1001");
  EXPECT_EQ(bench.button(2).action, Action::message);
  EXPECT_FALSE(bench.button(1).light.has_value());
  ASSERT_EQ(bench.recorder.lines.size(), 1U);
  EXPECT_EQ(bench.recorder.lines[0],
            R"({"event":"button","user":"1000","key":"2","place":"P2","light":"on","colour":"red","label":"DND",)"
            R"("number":"1001","action":"message","caller":""})");
}

TEST(PhoneButtons, AnAbsentPropertyTakesItsDefault) {
  Bench bench;
  EXPECT_EQ(bench.buttons("k=2\nc=on\nl=DND\nn=1001\na=message\n").status, 200);
  EXPECT_EQ(bench.buttons("k=2\nc=off\n").status, 200);
  EXPECT_EQ(bench.button(2), (language::Button{"2", Light::off, {}, "", "", {}, ""}));
}

TEST(PhoneButtons, OneDocumentSetsManyKeys) {
  Bench bench;
  EXPECT_EQ(bench.buttons("k=1\r\nc=on\r\n\r\nk=12\r\nc=pickup\r\n").status, 200);
  EXPECT_EQ(bench.button(1).light, Light::on);
  EXPECT_EQ(bench.button(12).light, Light::pickup);
  EXPECT_EQ(bench.phone.documents(), 1U);
}

TEST(PhoneButtons, BrokenDocumentIsRefusedAndChangesNothing) {
  Bench bench;
  EXPECT_EQ(bench.buttons("k=1\r\nc=on\r\n\r\nk=2\r\nc=purple\r\n").status, 400);
  EXPECT_EQ(bench.buttons("").status, 400);
  EXPECT_FALSE(bench.button(1).light.has_value());
  EXPECT_EQ(bench.recorder.names, (Said{"buttons_refused", "buttons_refused"}));
}

TEST(PhoneButtons, AKeyThatThePhoneHasNotIs404AndNothingChanges) {
  Bench bench;
  const auto reply = bench.buttons("k=1\r\nc=on\r\n\r\nk=13\r\nc=on\r\n");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.reason, "No Such Key");
  EXPECT_FALSE(bench.button(1).light.has_value());
}

TEST(PhoneButtons, UnknownKeysCanBePassedOver) {
  auto options = Bench::defaults();
  options.refuse_unknown_keys = false;
  Bench bench(options);
  EXPECT_EQ(bench.buttons("k=1\r\nc=on\r\n\r\nk=13\r\nc=on\r\n").status, 200);
  EXPECT_EQ(bench.button(1).light, Light::on);
}

TEST(PhoneButtons, ModelsHaveTheirNumberOfKeysAndAnExpansionModuleGoesOn) {
  EXPECT_EQ(Bench(Bench::defaults("300")).phone.keys().size(), 4U);
  EXPECT_EQ(Bench(Bench::defaults("870")).phone.keys().size(), 15U);
  auto options = Bench::defaults("370");
  options.expansion_keys = 2;
  Bench bench(options);
  EXPECT_EQ(bench.buttons("k=13\r\nc=on\r\nn=7\r\n").status, 200);
  EXPECT_EQ(bench.phone.keys().at(12).name, "EK0");
  bench.press("EK0");
  EXPECT_EQ(bench.line.take(), (Said{"call 1 7"}));
}

TEST(PhoneButtons, OtherContentTypesAre415WithAccept) {
  Bench bench;
  const auto reply = bench.phone.message("application/sdp", "v=0", "x");
  EXPECT_EQ(reply.status, 415);
  EXPECT_EQ(reply.accept, "application/x-buttons, text/plain, text/html");
  EXPECT_EQ(bench.phone.message("Application/X-Buttons ; charset=utf-8", "k=1\nc=on\n", "x").status, 200);
}

TEST(PhoneButtons, TextIsShownUntilCancel) {
  Bench bench;
  EXPECT_EQ(bench.phone.message("text/html", "+OK done", "sip:api@example.com").status, 200);
  EXPECT_EQ(bench.phone.display().back(), "+OK done");
  bench.press("CANCEL");
  EXPECT_NE(bench.phone.display().back(), "+OK done");
}

TEST(PhonePress, MessageActionSendsTheEncodedNumberAndTheKey) {
  Bench bench;
  ASSERT_EQ(bench.buttons("k=2\r\nn=api+uuid_transfer abc 9001\r\na=message\r\n").status, 200);
  bench.press("P2");
  EXPECT_EQ(bench.line.take(), (Said{"message api+uuid_transfer%20abc%209001 application/x-buttons k=2\r\n"}));
  bench.line.answers.at(0)(202, "Accepted");
  EXPECT_EQ(bench.recorder.lines.back(),
            R"({"event":"press_answered","user":"1000","key":"2","number":"api+uuid_transfer abc 9001",)"
            R"("status":202,"reason":"Accepted"})");
}

TEST(PhonePress, TheTypeOfThatMessageIsWhatItWasToldToBe) {
  for (const auto* type : {"text/plain", ""}) {
    auto options = Bench::defaults();
    options.press_type = type;
    Bench bench(options);
    ASSERT_EQ(bench.buttons("k=2\r\nn=dnd\r\na=message\r\n").status, 200);
    bench.press("P2");
    const std::string text(type);
    EXPECT_EQ(bench.line.take(), (Said{"message dnd " + text + (text.empty() ? " " : " k=2\r\n")}));
  }
}

TEST(PhonePress, InviteActionCallsAndIsTheDefault) {
  Bench bench;
  ASSERT_EQ(bench.buttons("k=1\r\nn=42\r\na=invite\r\n\r\nk=2\r\nn=43\r\n").status, 200);
  bench.press("p1;p2");
  EXPECT_EQ(bench.line.take(), (Said{"call 1 42", "call 2 43"}));
}

TEST(PhonePress, WithoutNumberNothingIsSent) {
  Bench bench;
  ASSERT_EQ(bench.buttons("k=1\r\nc=on\r\na=message\r\n").status, 200);
  bench.press("P1;P2");
  EXPECT_TRUE(bench.line.said.empty());
  EXPECT_EQ(bench.phone.key_presses(), 2U);
}

TEST(PhonePress, AnAnswerAfterThePhoneIsGoneDoesNoHarm) {
  FakeLine line;
  FakeClock clock;
  {
    VirtualPhone phone(Bench::defaults(), line, clock, nullptr);
    ASSERT_EQ(phone.message("application/x-buttons", "k=1\nn=x\na=message\n", "").status, 200);
    ASSERT_TRUE(phone.press({{"P1", {}, {}}}).has_value());
  }
  line.answers.at(0)(200, "OK");
}

TEST(PhoneReboot, ForgetsKeysAndRegistersAnewAfterItsTime) {
  Bench bench;
  ASSERT_EQ(bench.buttons("k=2\r\nc=on\r\n").status, 200);
  bench.phone.restart(VirtualPhone::Restart::reboot);
  EXPECT_EQ(bench.line.take(), (Said{"log_off", "start_afresh"}));
  EXPECT_FALSE(bench.button(2).light.has_value());
  EXPECT_EQ(bench.buttons("k=2\r\nc=on\r\n").status, 0) << "silent while it reboots";
  bench.clock.pass(std::chrono::milliseconds(999));
  EXPECT_TRUE(bench.line.said.empty());
  bench.clock.pass(std::chrono::milliseconds(1));
  EXPECT_EQ(bench.line.take(), (Said{"log_on"}));
  EXPECT_EQ(bench.buttons("k=2\r\nc=on\r\n").status, 200);
}

TEST(PhoneReboot, OnlyAFactoryResetForgetsListsAndSettings) {
  Bench bench;
  bench.phone.dial("5");
  bench.phone.set_setting("tone_scheme", "GER");
  bench.phone.restart(VirtualPhone::Restart::reboot);
  bench.clock.pass(std::chrono::seconds(2));
  EXPECT_EQ(bench.phone.list(CallList::dialled).size(), 1U);
  EXPECT_EQ(bench.phone.settings().size(), 1U);
  bench.phone.restart(VirtualPhone::Restart::factory_reset);
  bench.clock.pass(std::chrono::seconds(2));
  EXPECT_TRUE(bench.phone.list(CallList::dialled).empty());
  EXPECT_TRUE(bench.phone.settings().empty());
}

TEST(PhoneNotify, CheckSyncRebootsWhenAsked) {
  Bench bench;
  EXPECT_EQ(bench.phone.notify("check-sync;reboot=false", "", "").status, 200);
  bench.clock.pass(std::chrono::milliseconds(0));
  EXPECT_FALSE(bench.phone.is_rebooting());
  EXPECT_EQ(bench.phone.notify("check-sync;reboot=true", "", "").status, 200);
  bench.clock.pass(std::chrono::milliseconds(0));
  EXPECT_TRUE(bench.phone.is_rebooting());
  EXPECT_EQ(Bench().phone.notify("dialog", "", "").status, 489);
}

}  // namespace
}  // namespace snom::phone::testing
