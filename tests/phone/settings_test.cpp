#include <gtest/gtest.h>

#include "phone/fakes.h"
#include "phone/state_json.h"

/// A phone that is provisioned: it has its keys from a settings file.
namespace snom::phone {
namespace {

using Strings = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Provisioned : testing::Bench {
  Provisioned() : Bench(options()) { phone.use(web); }
  static VirtualPhone::Options options() {
    auto options = defaults("370");
    options.is_provisioned = true;
    return options;
  }
  /// Answers the request that is under way.
  void answer(const tl::expected<std::string, std::string>& text) {
    auto done = std::exchange(web.texts.back(), {});
    done(text);
  }
  static std::string settings(const std::string& keys) {
    return "<settings><functionKeys>" + keys + "</functionKeys></settings>";
  }
  testing::FakeWeb web;
};

const std::string blf_2 = "<fkey idx=\"1\" label=\"Ada\">blf &lt;sip:1001@example.com&gt;|*8</fkey>";
const std::string button_7 = "<fkey idx=\"0\" label=\"Seven\">button 7</fkey>";

TEST(Settings, AreFetchedBeforeThePhoneLogsOn) {
  Provisioned bench;
  bench.phone.start();
  EXPECT_EQ(bench.web.asked, (Strings{"settings"}));
  EXPECT_EQ(bench.line.take(), Strings{});
  bench.answer(Provisioned::settings(button_7 + blf_2));
  EXPECT_EQ(bench.line.take(), (Strings{"log_on"}));
  EXPECT_EQ(bench.recorder.lines.back(), R"({"event":"settings","user":"1000","keys":2,"changed":2,"left_out":0})");
  bench.phone.registered(seconds(600));
  EXPECT_EQ(bench.line.take(), (Strings{"watch sip:1001@example.com"}));
  EXPECT_EQ(bench.button(1).key, "7");
  EXPECT_EQ(bench.button(1).label, "Seven");
  EXPECT_EQ(bench.buttons("k=7\r\nc=on\r\n").status, 200);
  EXPECT_EQ(bench.button(1).light, language::Light::on);
  EXPECT_EQ(bench.buttons("k=1\r\nc=on\r\n").status, 404) << "it is button 7 now";
  EXPECT_EQ(bench.button(2).label, "Ada");
}

TEST(Settings, ThatCannotBeHadLeaveThePhoneAsItIs) {
  Provisioned bench;
  bench.phone.start();
  bench.answer(tl::unexpected(std::string("no answer within 5 s")));
  EXPECT_EQ(bench.line.take(), (Strings{"log_on"}));
  EXPECT_EQ(bench.recorder.lines.back(), R"({"event":"settings_failed","user":"1000","why":"no answer within 5 s"})");
  EXPECT_EQ(bench.button(1).key, "1");
  bench.phone.registered(seconds(600));
  EXPECT_EQ(bench.phone.notify("check-sync;reboot=false", "", "").status, 200);
  bench.clock.pass(milliseconds(0));
  bench.answer(std::string("<html/>"));
  EXPECT_EQ(bench.recorder.lines.back(),
            R"x({"event":"settings_refused","user":"1000","why":"settings: 'html' is no settings file )x"
            R"x((expected settings or functionKeys)"})x");
  EXPECT_EQ(bench.button(1).key, "1");
}

TEST(Settings, AreFetchedAgainWithoutAReboot) {
  Provisioned bench;
  bench.phone.start();
  bench.answer(Provisioned::settings(button_7 + blf_2));
  bench.phone.registered(seconds(600));
  (void)bench.buttons("k=7\r\nc=on\r\nl=Lit\r\n");
  bench.line.take();
  EXPECT_EQ(bench.phone.notify("check-sync;reboot=false", "", "").status, 200);
  bench.clock.pass(milliseconds(0));
  bench.answer(Provisioned::settings(button_7 + "<fkey idx=\"1\">blf sip:1002@example.com</fkey>"));
  EXPECT_EQ(bench.line.take(), (Strings{"unwatch sip:1001@example.com", "watch sip:1002@example.com"}));
  EXPECT_EQ(bench.button(1).light, language::Light::on) << "what did not change stays lit";
  EXPECT_EQ(bench.button(1).label, "Lit");
  EXPECT_FALSE(bench.phone.is_rebooting());
}

TEST(Settings, AreFetchedAnewAfterAReboot) {
  Provisioned bench;
  bench.phone.start();
  bench.answer(Provisioned::settings(button_7));
  bench.line.take();
  bench.phone.restart(VirtualPhone::Restart::reboot);
  EXPECT_EQ(bench.button(1).key, "1") << "a restart forgets its keys";
  bench.clock.pass(milliseconds(1000));
  EXPECT_EQ(bench.web.asked, (Strings{"settings", "settings"}));
  bench.answer(Provisioned::settings(button_7));
  EXPECT_EQ(bench.line.take(), (Strings{"log_off", "start_afresh", "log_on"}));
  EXPECT_EQ(bench.button(1).key, "7");
}

TEST(Settings, WhatWasAskedForBeforeARestartIsPassedOver) {
  Provisioned bench;
  bench.phone.start();
  bench.phone.restart(VirtualPhone::Restart::reboot);
  bench.answer(Provisioned::settings(button_7));
  EXPECT_EQ(bench.button(1).key, "1");
  bench.clock.pass(milliseconds(1000));
  ASSERT_EQ(bench.web.asked.size(), 2U);
  bench.answer(Provisioned::settings(button_7));
  EXPECT_EQ(bench.button(1).key, "7");
}

TEST(Settings, AnActionUrlIsAskedForWhenItsKeyIsPressed) {
  Provisioned bench;
  bench.phone.start();
  bench.answer(
      Provisioned::settings("<fkey idx=\"2\" label=\"Door\">url http://192.0.2.3:8080/press/0123</fkey>"
                            "<fkey idx=\"3\">line</fkey><fkey idx=\"4\">speed 4711</fkey>"
                            "<fkey idx=\"400\">button 9</fkey>"));
  EXPECT_EQ(bench.recorder.lines.back(), R"({"event":"settings","user":"1000","keys":3,"changed":3,"left_out":1})");
  bench.line.take();
  bench.press("p3");
  EXPECT_EQ(bench.web.asked.back(), "http://192.0.2.3:8080/press/0123");
  bench.web.answers.back()(403, "");
  EXPECT_EQ(bench.recorder.lines.back(),
            R"({"event":"press_answered","user":"1000","key":"P3","number":"","status":403,"reason":""})");
  bench.press("p4");
  EXPECT_EQ(bench.line.take(), Strings{}) << "a line key calls nobody by itself";
  bench.press("p5");
  EXPECT_EQ(bench.line.take(), (Strings{"call 1 4711"}));
  EXPECT_NE(state_json(bench.phone).find(R"("type":"url")"), std::string::npos);
  EXPECT_EQ(state_json(bench.phone).find("0123"), std::string::npos) << "whoever knows the address can press";
}

TEST(Settings, AnXmlDefinitionShowsLightAndLabelAndIsPressed) {
  Provisioned bench;
  bench.phone.start();
  const std::string uri = "sip:snom+1000-2@example.com";
  const language::FunctionKeySetting setting{1,  "active", "DND",
                                             "", "xml",    language::write_xml_definition({uri, "DND", {}})};
  bench.answer(language::write_phone_settings({{setting}}));
  bench.phone.registered(seconds(600));
  bench.line.take();
  EXPECT_EQ(bench.phone.keys()[1].watched, uri + ";show=all");
  auto info = language::dialog_of_light(language::Light::park, "");
  info.entity = uri;
  info.light = language::Light::park;
  info.label = "Night";
  bench.phone.watched(uri + ";show=all", info, language::write_dialog_info(info));
  EXPECT_EQ(bench.button(2).light, language::Light::park);
  EXPECT_EQ(bench.button(2).label, "Night");
  info.entity = "sip:snom+1000-3@example.com";
  info.label = "Other";
  bench.phone.watched(uri + ";show=all", info, language::write_dialog_info(info));
  EXPECT_EQ(bench.button(2).label, "Night") << "of another key";
  bench.press("p2");
  EXPECT_EQ(bench.line.take(), (Strings{"call 1 " + uri}));
  // Fetched again, it is the same key, and goes on showing what it was told.
  (void)bench.phone.notify("check-sync", "", "");
  bench.clock.pass(milliseconds(0));
  bench.answer(language::write_phone_settings({{setting}}));
  EXPECT_EQ(bench.button(2).label, "Night");
}

TEST(Settings, AnXmlDefinitionThatAsksForAPage) {
  Provisioned bench;
  bench.phone.start();
  const auto text = language::write_xml_definition({"sip:snom+1000-2@example.com", "", "http://192.0.2.3/press/0"});
  bench.answer(language::write_phone_settings({{{0, "active", "", "", "xml", text}}}));
  bench.press("p1");
  EXPECT_EQ(bench.web.asked.back(), "http://192.0.2.3/press/0");
}

TEST(Settings, AnXmlDefinitionThatCannotBeTakenLeavesTheKey) {
  Provisioned bench;
  bench.phone.start();
  bench.answer(Provisioned::settings("<fkey idx=\"0\">xml &lt;general</fkey>" + blf_2));
  EXPECT_EQ(bench.button(1).key, "1");
  EXPECT_EQ(bench.button(2).label, "Ada");
  EXPECT_NE(bench.recorder.lines[0].find(R"("event":"settings_refused","user":"1000","why":"P1: xml: )"),
            std::string::npos)
      << bench.recorder.lines[0];
  auto options = Provisioned::options();
  options.model = model_by_name("snom370/8.4.35");
  testing::Bench old(options);
  testing::FakeWeb web;
  old.phone.use(web);
  old.phone.start();
  web.texts.back()(Provisioned::settings("<fkey idx=\"0\">xml &lt;general/&gt;</fkey>"));
  EXPECT_NE(old.recorder.lines[0].find("firmware 8.7.3 and later has XML definitions"), std::string::npos);
}

TEST(Settings, APhoneWithoutThemDoesNothingOnCheckSync) {
  testing::Bench bench;
  EXPECT_EQ(bench.phone.notify("check-sync;reboot=false", "", "").status, 200);
  bench.clock.pass(milliseconds(1000));
  EXPECT_EQ(bench.line.take(), Strings{});
}

}  // namespace
}  // namespace snom::phone
