#include "language/snom_xml.h"

#include <gtest/gtest.h>

#include "language/golden.h"

namespace snom::language {
namespace {

using std::chrono::milliseconds;

std::string silent(const std::string& inside) { return "<SnomIPPhoneSilent>" + inside + "</SnomIPPhoneSilent>"; }

SilentDocument many() {
  SilentDocument document;
  document.id = "m";
  document.leds = {{5, LedState::on, Colour::red}, {0, LedState::off, {}}, {6, LedState::blink_fast, Colour::green}};
  document.fetches = {{milliseconds(0), {DialNumber{"+49301234#*"}, PressKey{"#"}}},
                      {milliseconds(1500),
                       {SetSetting{"user_realname1", "Müller & Söhne"}, ClearCallList{ClearedList::missed},
                        Reregister{}, Unregister{-1}, Reboot{true}, Reboot{false}}}};
  return document;
}

std::string error_of(std::string_view text) {
  const auto parsed = parse_snom_xml(text);
  EXPECT_FALSE(parsed.has_value()) << text;
  return parsed ? "" : parsed.error().text();
}

TEST(SnomXml, AKeyIsWrittenAsPhonesWereSeenToTakeIt) {
  EXPECT_EQ(write_snom_xml(SilentDocument{"hold-1", {{milliseconds(10), {PressKey{"F_HOLD"}}}}, {}}),
            golden("silent_key.snomxml"));
}

TEST(SnomXml, LedsAndFragmentsOfEveryKind) { EXPECT_EQ(write_snom_xml(many()), golden("silent_many.snomxml")); }

TEST(SnomXml, WhatIsWrittenIsReadBack) {
  EXPECT_EQ(parse_snom_xml(golden("silent_many.snomxml")), SnomDocument(many()));
  EXPECT_EQ(parse_snom_xml(golden("text.snomxml")), SnomDocument(TextDocument{"5 < 6", "Tea & cake, \"Müller\""}));
}

TEST(SnomXml, BrIsALineEndOfAText) {
  EXPECT_EQ(parse_snom_xml("<SnomIPPhoneText><Title>T</Title><Text>one<br/>two<BR></BR>three<!-- x -->,"
                           "<![CDATA[ four]]><br/></Text></SnomIPPhoneText>"),
            SnomDocument(TextDocument{"T", "one\ntwo\nthree, four"}));
  const auto written = write_snom_xml(TextDocument{"", "one\ntwo"});
  ASSERT_TRUE(written);
  EXPECT_NE(written->find("<Text>one<br/>two</Text>"), std::string::npos) << *written;
  EXPECT_EQ(parse_snom_xml(*written), SnomDocument(TextDocument{"", "one\ntwo"}));
  EXPECT_FALSE(write_snom_xml(TextDocument{"", "one\ttwo"}));
  EXPECT_FALSE(write_snom_xml(TextDocument{"one\ntwo", ""}));
}

TEST(SnomXml, ALineOfBlanksIsALine) {
  const TextDocument document{"Title", "first\n   \n\nlast"};
  const auto written = write_snom_xml(document);
  ASSERT_TRUE(written);
  EXPECT_EQ(parse_snom_xml(*written), SnomDocument(document)) << *written;
}

TEST(SnomXml, ATextOfMoreLinesThanAReaderTakesIsNotWritten) {
  const TextDocument most{"", "from" + std::string(500, '\n') + "to"};  // blanks around a text are not read
  EXPECT_EQ(parse_snom_xml(write_snom_xml(most).value()), SnomDocument(most));
  const auto refused = write_snom_xml(TextDocument{"", std::string(501, '\n')});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text(), "text: more than 500 line ends");
}

TEST(SnomXml, ATextPage) {
  EXPECT_EQ(write_snom_xml(TextDocument{"5 < 6", "Tea & cake, \"Müller\""}), golden("text.snomxml"));
}

TEST(SnomXml, SnomsOwnExampleIsRead) {
  const auto read = parse_snom_xml(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<IPPhoneSilent document_id=\"click_to_dial\">\n"
      "        <fetch mil=\"10\">phone://mb_exit#numberdial=12345</fetch>\n</IPPhoneSilent>\n");
  EXPECT_EQ(read, SnomDocument(SilentDocument{"click_to_dial", {{milliseconds(10), {DialNumber{"12345"}}}}, {}}));
}

TEST(SnomXml, LedsInAnyCaseAndWithoutColour) {
  const auto read =
      parse_snom_xml(silent("<LED number=\"6\" color=\"GREEN\"> BlinkSlow </LED><led number=\"1\">on</led>"));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(std::get<SilentDocument>(*read).leds,
            (std::vector<Led>{{6, LedState::blink_slow, Colour::green}, {1, LedState::on, {}}}));
}

TEST(SnomXml, WhatIsNotKnownIsPassedOver) {
  const auto read =
      parse_snom_xml(silent("<Title>x</Title><fetch>snom://mb_nop#reloadset&amp;key=ENTER&amp;var:x=1</fetch><fetch "
                            "mil=\"5\">http://h/x</fetch>"));
  EXPECT_EQ(read,
            SnomDocument(SilentDocument{"", {{milliseconds(0), {PressKey{"ENTER"}}}, {milliseconds(5), {}}}, {}}));
  EXPECT_EQ(parse_snom_xml("<SnomIPPhoneMenu><Menu/></SnomIPPhoneMenu>"),
            SnomDocument(OtherDocument{"SnomIPPhoneMenu"}));
}

TEST(SnomXml, WhatIsKnownButWrongIsNamed) {
  EXPECT_EQ(error_of(silent("<Led>on</Led>")), "xml: a Led without a number from 0 to 999");
  EXPECT_EQ(error_of(silent("<Led number=\"1\">purple</Led>")),
            "xml: 'purple' is not what a LED does (on, off, blink, blinkfast, blinkslow)");
  EXPECT_EQ(error_of(silent("<Led number=\"1\" color=\"pink\">on</Led>")),
            "xml: 'pink' is not a colour of a LED (red, green, orange)");
  EXPECT_EQ(error_of(silent("<fetch mil=\"-1\">snom://mb_nop#key=1</fetch>")),
            "xml: '-1' is not a time (mil: 0 to 600000 milliseconds)");
  EXPECT_EQ(error_of(silent("<fetch>snom://mb_nop#key=</fetch>")), "xml: key= names no key");
  EXPECT_EQ(error_of(silent("<fetch>snom://mb_nop#numberdial</fetch>")), "xml: numberdial= has no number");
  EXPECT_EQ(error_of(silent("<fetch>snom://mb_nop#reboot=now</fetch>")), "xml: reboot takes nothing or reset");
  EXPECT_EQ(error_of(silent("<fetch>snom://mb_nop#reregister=-1</fetch>")), "xml: '-1' is not an identity");
  EXPECT_EQ(error_of(silent("<fetch>snom://mb_nop#calllistclear=all</fetch>")),
            "xml: 'all' is not a call list (Missed, Dialed, Received)");
  EXPECT_EQ(error_of(silent("<fetch>snom://mb_nop#set:=1</fetch>")), "xml: set: names no setting");
}

TEST(SnomXml, OnlyPagesOfSnomsAreTaken) {
  EXPECT_EQ(error_of(""), "xml: No document element found at byte 0");
  EXPECT_EQ(error_of("k=1"), "xml: No document element found at byte 3");
  EXPECT_EQ(error_of("<html/>"), "xml: 'html' is not a page of Snom's (SnomIPPhone...)");
  EXPECT_EQ(error_of("<SnomIPPhoneText/><SnomIPPhoneText/>"), "xml: not one element");
  EXPECT_NE(error_of("<SnomIPPhoneSilent>"), "");
}

TEST(SnomXml, NoDocumentTypeSoNoEntities) {
  EXPECT_EQ(error_of("<!DOCTYPE a [<!ENTITY x SYSTEM "
                     "\"file:///etc/passwd\">]><SnomIPPhoneText><Text>&x;</Text></SnomIPPhoneText>"),
            "xml: a DOCTYPE is not taken");
  EXPECT_EQ(error_of("<?php x?><SnomIPPhoneText/>"), "xml: processing instructions are not taken");
  // Without a DOCTYPE an entity is the text that it is.
  EXPECT_EQ(parse_snom_xml("<SnomIPPhoneText><Text>&x;&lt;</Text></SnomIPPhoneText>"),
            SnomDocument(TextDocument{"", "&x;<"}));
}

TEST(SnomXml, SizeDepthAndNumberHaveLimits) {
  std::string deep = "<SnomIPPhoneSilent>";
  for (int level = 0; level < 5000; ++level) deep += "<a>";
  EXPECT_EQ(error_of(deep.substr(0, 12000)).substr(0, 4), "xml:") << "not closed, thousands of levels deep";
  std::string nine = "x";
  for (int level = 0; level < 9; ++level) nine.insert(0, "<a>").append("</a>");
  EXPECT_EQ(error_of(silent(nine)), "xml: nested deeper than 8 levels");
  EXPECT_EQ(error_of(silent(std::string(17 * 1024, ' '))), "xml: more than 16 KiB");
  std::string wide;
  for (int i = 0; i < 600; ++i) wide += "<a/>";
  EXPECT_EQ(error_of(silent(wide)), "xml: more than 512 elements");
  std::string fetches;
  for (int i = 0; i < 65; ++i) fetches += "<fetch/>";
  EXPECT_EQ(error_of(silent(fetches)), "xml: more than 64 fetches or LEDs");
  std::string keys = "<fetch>#";
  for (int i = 0; i < 65; ++i) keys += "key=1&amp;";
  EXPECT_EQ(error_of(silent(keys + "</fetch>")), "xml: more than 64 fragments");
  EXPECT_EQ(error_of("<SnomIPPhoneText><Text>\xFF</Text></SnomIPPhoneText>"), "xml: not UTF-8");
  EXPECT_EQ(error_of(std::string_view("<SnomIPPhoneText/>\0", 19)), "xml: not UTF-8");
}

TEST(SnomXml, AValueThatIsRefusedIsNotRepeated) {
  const std::string secret(2000, 's');
  EXPECT_EQ(error_of(silent("<fetch>snom://mb_nop#set:user_pass1=" + secret + "</fetch>")),
            "xml: the value of 'set:user_pass1' is no text of at most 1024 bytes");
  const auto written =
      write_snom_xml(SilentDocument{"x", {{milliseconds(10), {SetSetting{"user_pass1", "geheim\n"}}}}, {}});
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().text(), "value: a setting's value is UTF-8 without control characters, at most 1024 bytes");
}

TEST(SnomXml, WhatNoPhoneCanBeToldIsNotWritten) {
  const auto refused = [](const SilentDocument& document) {
    const auto written = write_snom_xml(document);
    return written ? std::string("written") : written.error().text();
  };
  const auto with = [](Fragment fragment) {
    return SilentDocument{"x", {{milliseconds(10), {std::move(fragment)}}}, {}};
  };
  EXPECT_EQ(refused({"", {}, {}}), "id: '' is not a document id");
  EXPECT_EQ(refused({"a b", {}, {}}), "id: 'a ...' is not a document id");
  EXPECT_EQ(refused({"x", {{milliseconds(10), {}}}, {}}), "fetch: nothing to do");
  EXPECT_EQ(refused({"x", {{milliseconds(600001), {Reboot{}}}}, {}}), "mil: 0 to 600000 milliseconds");
  EXPECT_EQ(refused({"x", {}, {{1000, LedState::on, {}}}}), "led: 1000 is not the number of a LED (0 to 999)");
  EXPECT_EQ(refused(with(PressKey{"F HOLD"})), "key: 'F ...' is not the name of a key");
  EXPECT_EQ(refused(with(DialNumber{""})), "number: nothing to dial");
  EXPECT_EQ(refused(with(Reregister{-1})), "identity: -1 is not an identity");
  EXPECT_EQ(refused(with(SetSetting{"a=b", "1"})), "name: 'a=b' is not the name of a setting");
  EXPECT_EQ(refused({"x", std::vector<Fetch>(65, {milliseconds(1), {Reboot{}}}), {}}),
            "document: more than 64 fetches or LEDs");
}

TEST(SnomXml, LedsLookAsLampsWould) {
  using State = LedState;
  const auto state = [](Light light) { return led_of_light(7, light, {}).state; };
  EXPECT_EQ(state(Light::off), State::off);
  EXPECT_EQ(state(Light::on), State::on);
  EXPECT_EQ(state(Light::hold), State::blink_slow);
  EXPECT_EQ(state(Light::pickup), State::blink_fast);
  EXPECT_EQ(state(Light::park), State::blink_slow);
  EXPECT_EQ(state(Light::message), State::blink);
  EXPECT_EQ(state(Light::seized), State::on);
  EXPECT_EQ(state(Light::record), State::blink);
  EXPECT_EQ(led_of_light(7, Light::offline, {}), (Led{7, State::on, Colour::red}));
  EXPECT_EQ(led_of_light(7, Light::error, {}), (Led{7, State::blink_slow, Colour::red}));
  EXPECT_EQ(led_of_light(7, Light::error, Colour::orange), (Led{7, State::blink_slow, Colour::orange}));
  EXPECT_EQ(led_of_light(7, Light::on, Colour::local), (Led{7, State::on, Colour::green}));
  EXPECT_EQ(led_of_light(7, Light::on, Colour::remote), (Led{7, State::on, Colour::red}));
}

TEST(SnomXml, KeysOfTheWebPageHaveTheirXmlNames) {
  for (const auto& [typed, xml] : {std::pair("cancel", "F_CANCEL"),
                                   {"ENTER", "ENTER"},
                                   {"F_HOLD", "F_HOLD"},
                                   {"f_r", "F_HOLD"},
                                   {"transfer", "F_TRANSFER"},
                                   {"MUTE", "F_MUTE"},
                                   {"DND", "F_DND"},
                                   {"conference", "F_CONFERENCE"},
                                   {"REDIAL", "F_REDIAL"},
                                   {"left", "F_LEFT"},
                                   {"5", "5"},
                                   {"#", "#"},
                                   {"*", "*"},
                                   {"p3", "P3"},
                                   {"F_OK", "F_OK"},
                                   {"f_anything", "F_ANYTHING"},
                                   {"SPEAKER", "SPEAKER"},
                                   {"onhook", "ONHOOK"},
                                   {"EK0", "EK0"}}) {
    EXPECT_EQ(xml_key_name(typed), std::string(xml));
  }
  EXPECT_EQ(xml_key_name("offhook").error().text(),
            "key: OFFHOOK does nothing when it comes as Snom XML (ENTER answers a call)");
  EXPECT_EQ(xml_key_name("").error().text(), "key: '' is not the name of a key (expected such as F_HOLD, ENTER, 5)");
  EXPECT_FALSE(xml_key_name("a&b").has_value());
  EXPECT_FALSE(xml_key_name(std::string(65, 'A')).has_value());
}

}  // namespace
}  // namespace snom::language
