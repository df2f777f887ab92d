#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fakes.h"
#include "phone/state_json.h"

namespace snom::phone::testing {
namespace {

using language::LedState;
using Said = std::vector<std::string>;

/// A phone that takes Snom XML, and its present.
struct XmlBench : Bench {
  explicit XmlBench(std::string_view model = "D862") : Bench(defaults(model)) {}
  explicit XmlBench(const VirtualPhone::Options& options) : Bench(options) {}
  int xml(const std::string& body, std::string_view type = "application/snomxml") {
    return phone.notify("xml", type, body).status;
  }
  int silent(const std::string& inside) {
    return xml("<SnomIPPhoneSilent state=\"relevant\" document_id=\"t\">" + inside + "</SnomIPPhoneSilent>");
  }
  /// Runs fragments, and lets the time of their fetch pass.
  int run(const std::string& fragments) {
    const int status = silent("<fetch mil=\"10\">snom://mb_nop#" + fragments + "</fetch>");
    clock.pass(std::chrono::milliseconds(10));
    return status;
  }
  [[nodiscard]] nlohmann::json state() const { return nlohmann::json::parse(state_json(phone)); }
  [[nodiscard]] std::string last_event() const { return recorder.lines.empty() ? "" : recorder.lines.back(); }
};

TEST(PhoneXml, KeysActAfterTheirTime) {
  XmlBench bench;
  EXPECT_EQ(
      bench.silent(
          "<fetch mil=\"10\">snom://mb_nop#key=5</fetch><fetch mil=\"50\">snom://mb_nop#key=6&amp;key=%23</fetch>"),
      200);
  EXPECT_EQ(bench.phone.entry(), "");
  bench.clock.pass(std::chrono::milliseconds(10));
  EXPECT_EQ(bench.phone.entry(), "5");
  bench.clock.pass(std::chrono::milliseconds(40));
  EXPECT_EQ(bench.phone.entry(), "56#");
  EXPECT_EQ(bench.run("key=F_CANCEL"), 200);
  EXPECT_EQ(bench.phone.entry(), "");
}

TEST(PhoneXml, ACallIsAnsweredHeldTransferredAndEndedByKeys) {
  XmlBench bench;
  EXPECT_EQ(bench.phone.incoming_call(7, "1001"), 180);
  bench.run("key=OFFHOOK&amp;key=ANSWER&amp;key=OK");
  EXPECT_EQ(bench.line.take(), Said{}) << "phones do not act on these";
  bench.run("key=ENTER");
  bench.run("key=F_HOLD");
  bench.run("key=F_HOLD");
  EXPECT_EQ(bench.line.take(), (Said{"answer 7", "hold 7", "resume 7"}));
  bench.run("key=F_TRANSFER&amp;key=4&amp;key=2&amp;key=F_OK");
  EXPECT_EQ(bench.line.take(), (Said{"hold 7", "transfer 7 42"}));
  bench.run("key=F_CANCEL");
  EXPECT_EQ(bench.line.take(), (Said{"hang_up 7"}));
  bench.run("key=F_DND");
  EXPECT_TRUE(bench.phone.dnd());
}

TEST(PhoneXml, NamesOfTheWebPageAreNotThoseOfXml) {
  XmlBench bench;
  for (const char* name : {"CANCEL", "TRANSFER", "DND", "MUTE", "REDIAL", "UP", "BANANA", "F_CONFERENCE", "P33"}) {
    bench.run(std::string("key=") + name);
    EXPECT_EQ(bench.last_event(), std::string(R"({"event":"xml_key_ignored","user":"1000","key":")") + name + "\"}");
  }
  EXPECT_FALSE(bench.phone.dnd());
  bench.run("key=P32");
  EXPECT_EQ(bench.recorder.names.back(), "key");
}

TEST(PhoneXml, NumbersAreDialledAndListsCleared) {
  XmlBench bench;
  bench.run("numberdial=%2B4930");
  EXPECT_EQ(bench.line.take(), (Said{"call 1 +4930"}));
  EXPECT_EQ(bench.phone.list(CallList::dialled).size(), 1U);
  bench.run("calllistclear=Missed&amp;calllistclear=Received");
  EXPECT_EQ(bench.phone.list(CallList::dialled).size(), 1U);
  bench.run("calllistclear=Dialed");
  EXPECT_TRUE(bench.phone.list(CallList::dialled).empty());
}

TEST(PhoneXml, IdentitiesSettingsAndRestarts) {
  XmlBench bench;
  bench.run("reregister");
  bench.run("reregister=1");
  bench.run("unregister=0");
  EXPECT_EQ(bench.line.take(), (Said{"log_on", "log_off"})) << "it has one identity only";
  bench.run("set:tone_scheme=GER&amp;set:user_realname1=M%C3%BCller%20%26%20S%C3%B6hne");
  EXPECT_EQ(bench.phone.settings().at("tone_scheme"), "GER");
  EXPECT_EQ(bench.phone.settings().at("user_realname1"), "Müller & Söhne");
  bench.run("reboot&amp;set:tone_scheme=USA");
  EXPECT_TRUE(bench.phone.is_rebooting());
  EXPECT_EQ(bench.silent(""), 0) << "silent while it reboots";
  bench.clock.pass(std::chrono::seconds(2));
  EXPECT_EQ(bench.phone.settings().at("tone_scheme"), "GER");
  bench.run("reboot=reset");
  bench.clock.pass(std::chrono::seconds(2));
  EXPECT_TRUE(bench.phone.settings().empty());
}

TEST(PhoneXml, LedsOfKeysBeginAtTheModelsOffset) {
  XmlBench bench;
  EXPECT_EQ(bench.buttons("k=3\r\nc=on\r\nl=Door\r\nn=7\r\n").status, 200);
  EXPECT_EQ(bench.silent("<Led number=\"7\" color=\"green\">blinkfast</Led>"), 200);
  EXPECT_EQ(bench.last_event(),
            R"({"event":"led","user":"1000","number":7,"place":"P3","state":"blinkfast","colour":"green"})");
  const auto state = bench.state();
  EXPECT_EQ(state["keys"][2]["led"], "blinkfast");
  EXPECT_EQ(state["keys"][2]["led_colour"], "green");
  EXPECT_EQ(state["keys"][2]["light"], "on") << "label, action and lamp stay as they were";
  EXPECT_EQ(state["keys"][2]["label"], "Door");
  EXPECT_EQ(state["keys"][3]["led"], "");
  EXPECT_EQ(state["leds"],
            nlohmann::json::parse(R"([{"number":7,"place":"P3","state":"blinkfast","colour":"green"}])"));
  EXPECT_EQ(bench.silent("<Led number=\"7\">Off</Led><Led number=\"0\">on</Led>"), 200);
  EXPECT_EQ(bench.state()["keys"][2]["led"], "") << "the phone has it back";
  EXPECT_EQ(bench.state()["leds"][0]["place"], "") << "the message LED is no key's";
  bench.phone.restart(VirtualPhone::Restart::reboot);
  EXPECT_TRUE(bench.phone.leds().empty());
}

TEST(PhoneXml, AModelWhoseOffsetIsNotKnownKeepsTheNumberOnly) {
  XmlBench bench("D815");
  EXPECT_EQ(bench.silent("<Led number=\"7\" color=\"red\">On</Led>"), 200);
  EXPECT_EQ(bench.state()["leds"][0]["number"], 7);
  EXPECT_EQ(bench.state()["leds"][0]["place"], "");
}

TEST(PhoneXml, SilentXmlFromItsFirmwareOn) {
  EXPECT_EQ(XmlBench("snomD385/10.1.82.0").silent(""), 200);
  EXPECT_EQ(XmlBench("snomD785/10.1.140.18").silent(""), 200);
  XmlBench before("snomD385/10.1.81.99");
  EXPECT_EQ(before.silent(""), 415);
  EXPECT_EQ(before.last_event(), R"({"event":"xml_refused","user":"1000","status":415,)"
                                 R"("why":"this model or firmware does not run SnomIPPhoneSilent"})");
  EXPECT_EQ(before.xml("<SnomIPPhoneText><Text>Hi</Text></SnomIPPhoneText>"), 200);
}

TEST(PhoneXml, OldFirmwareTakesPagesWithXmlNotifyOnOnly) {
  XmlBench bench("370");
  const std::string page = "<SnomIPPhoneText><Title>Low credit</Title><Text>Recharge</Text></SnomIPPhoneText>";
  EXPECT_EQ(bench.xml(page), 489);
  bench.phone.set_setting("xml_notify", "on");
  EXPECT_EQ(bench.xml(page), 200);
  EXPECT_EQ(bench.phone.display().back(), "Low credit: Recharge");
  EXPECT_EQ(bench.silent(""), 415);
  XmlBench switched_off("D862");
  switched_off.phone.set_setting("xml_notify", "off");
  EXPECT_EQ(switched_off.silent(""), 489);
}

TEST(PhoneXml, WhatIsNoSnomXmlIsRefused) {
  XmlBench bench;
  EXPECT_EQ(bench.xml("<SnomIPPhoneSilent/>", "text/plain"), 415);
  EXPECT_EQ(bench.phone.notify("xml", "text/plain", "").accept, "application/snomxml");
  EXPECT_EQ(bench.xml("<SnomIPPhoneSilent/>", "Application/SnomXML ; charset=utf-8"), 200);
  EXPECT_EQ(bench.xml("k=1"), 400);
  EXPECT_EQ(bench.xml("<!DOCTYPE x><SnomIPPhoneSilent/>"), 400);
  EXPECT_EQ(bench.silent("<fetch>snom://mb_nop#key=</fetch><Led number=\"5\">on</Led>"), 400);
  EXPECT_TRUE(bench.phone.leds().empty()) << "all of it or nothing";
  EXPECT_EQ(bench.phone.xml_documents(), 1U);
}

TEST(PhoneXml, AMenuIsTakenAndNamed) {
  XmlBench bench;
  EXPECT_EQ(bench.xml("<SnomIPPhoneMenu/>"), 200);
  EXPECT_EQ(bench.state()["last_xml"], "SnomIPPhoneMenu");
}

TEST(PhoneXml, TheLastDocumentIsShownWithoutPasswords) {
  XmlBench bench;
  bench.run("set:user_pass1=geheim&amp;set:http_PIN=0000&amp;set:tone_scheme=GER");
  EXPECT_EQ(bench.phone.settings().at("user_pass1"), "geheim");
  const std::string shown = bench.state()["last_xml"];
  EXPECT_NE(shown.find("set:user_pass1=***&amp;set:http_PIN=***&amp;set:tone_scheme=GER"), std::string::npos) << shown;
  EXPECT_EQ(bench.state()["xml_documents"], 1);
  EXPECT_EQ(bench.state()["settings"].dump(), R"({"tone_scheme":"GER"})");
  for (const std::string& line : bench.recorder.lines) EXPECT_EQ(line.find("geheim"), std::string::npos) << line;
}

TEST(PhoneXml, ADocumentThatWeWouldNotWriteIsTakenAllTheSame) {
  XmlBench bench;
  EXPECT_EQ(bench.xml("<IPPhoneSilent document_id=\"a b\"><fetch>phone://mb_exit#numberdial=1</fetch></IPPhoneSilent>"),
            200);
  EXPECT_EQ(bench.state()["last_xml"], "SnomIPPhoneSilent");
  bench.clock.pass(std::chrono::milliseconds(0));
  EXPECT_EQ(bench.line.take(), (Said{"call 1 1"}));
}

TEST(PhoneXml, MoreThan1024WaitingFetchesAreRefused) {
  XmlBench bench;
  std::string many;
  for (int i = 0; i < 64; ++i) many += "<fetch mil=\"1000\">snom://mb_nop#key=1</fetch>";
  for (int i = 0; i < 16; ++i) EXPECT_EQ(bench.silent(many), 200);
  EXPECT_EQ(bench.silent("<fetch mil=\"1000\">snom://mb_nop#key=1</fetch>"), 503);
  bench.clock.pass(std::chrono::seconds(1));
  EXPECT_EQ(bench.silent(many), 200);
}

TEST(PhoneXml, ARebootForgetsWhatWaits) {
  XmlBench bench;
  EXPECT_EQ(bench.silent("<fetch mil=\"5000\">snom://mb_nop#key=1</fetch><fetch>snom://mb_nop#reboot</fetch>"), 200);
  bench.clock.pass(std::chrono::seconds(6));
  EXPECT_FALSE(bench.phone.is_rebooting());
  EXPECT_EQ(bench.phone.entry(), "");
}

TEST(PhoneXml, CanBeToldToRefuseXmlOrButtons) {
  auto options = Bench::defaults("D862");
  options.refuse_buttons = 415;
  options.refuse_xml = 501;
  XmlBench bench(options);
  const auto reply = bench.buttons("k=1\r\nc=on\r\n");
  EXPECT_EQ(reply.status, 415);
  EXPECT_EQ(reply.accept, "text/plain, text/html");
  EXPECT_FALSE(bench.button(1).light.has_value());
  EXPECT_EQ(bench.phone.message("text/plain", "Hi", "x").status, 200);
  EXPECT_EQ(bench.silent(""), 501);
}

}  // namespace
}  // namespace snom::phone::testing
