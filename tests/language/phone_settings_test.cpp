#include "language/phone_settings.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

PhoneSettings parsed(std::string_view text) {
  const auto settings = parse_phone_settings(text);
  EXPECT_TRUE(settings) << (settings ? "" : settings.error().text());
  return settings.value_or(PhoneSettings{});
}
std::string error_of(std::string_view text) {
  const auto settings = parse_phone_settings(text);
  return settings ? "no error" : settings.error().text();
}
std::string with_key(const std::string& attributes, const std::string& value = "button 2") {
  return "<settings><functionKeys><fkey " + attributes + ">" + value + "</fkey></functionKeys></settings>";
}

TEST(PhoneSettings, AreWrittenAsSnomDocumentsThem) {
  PhoneSettings settings;
  settings.keys.push_back({1, "active", "DND", "", "button", "2"});
  settings.keys.push_back({16, "1", "Ada & \"Bob\"", "R", "blf", "<sip:snom+1000-2@example.com>"});
  settings.keys.push_back({17, "active", "", "", "none", ""});
  const std::string text =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<settings>\n"
      "  <functionKeys>\n"
      "    <fkey idx=\"1\" context=\"active\" label=\"DND\" perm=\"\">button 2</fkey>\n"
      "    <fkey idx=\"16\" context=\"1\" label=\"Ada &amp; &quot;Bob&quot;\" perm=\"R\">blf "
      "&lt;sip:snom+1000-2@example.com&gt;</fkey>\n"
      "    <fkey idx=\"17\" context=\"active\" label=\"\" perm=\"\">none</fkey>\n"
      "  </functionKeys>\n"
      "</settings>\n";
  EXPECT_EQ(write_phone_settings(settings), text);
  EXPECT_EQ(parsed(text), settings);
}

TEST(PhoneSettings, OtherSettingsArePassedOver) {
  const auto settings = parsed(
      "<settings><phone-settings e=\"2\"><language perm=\"\">English</language></phone-settings>"
      "<functionKeys e=\"2\"><fkey idx=\"0\" lp=\"on\" clp=\"1\">line</fkey><other/></functionKeys>"
      "<tbook/></settings>");
  ASSERT_EQ(settings.keys.size(), 1u);
  EXPECT_EQ(settings.keys[0], (FunctionKeySetting{0, "active", "", "", "line", ""}));
  EXPECT_TRUE(parsed("<settings/>").keys.empty());
}

TEST(PhoneSettings, FunctionKeysMayStandAlone) {
  EXPECT_EQ(parsed("<functionKeys><fkey idx=\"0\">BUTTON\n 7 </fkey></functionKeys>").keys.at(0).argument, "7");
  EXPECT_EQ(parsed("<function-keys><fkey idx=\"0\">BUTTON 7</fkey></function-keys>").keys.at(0).type, "button");
}

TEST(PhoneSettings, AnXmlDefinitionIsTheSameEscapedAsCdataAndAsXml) {
  for (const auto* const value : {"xml &lt;general type=\"Key\"/&gt;", "xml <![CDATA[<general type=\"Key\"/>]]>",
                                  "<![CDATA[xml <general type=\"Key\"/>]]>", "xml <general type='Key'/>"}) {
    const auto key = parsed(with_key("idx=\"3\"", value)).keys.at(0);
    EXPECT_EQ(key.type, "xml") << value;
    EXPECT_EQ(key.argument.substr(0, 23), "<general type=\"Key\"/>") << value;
  }
}

TEST(PhoneSettings, WhatCannotBeMeantIsRefusedWithTheKey) {
  EXPECT_EQ(error_of(with_key("idx=\"512\"")), "settings: idx: '512' is not the place of a key (expected 0 to 511)");
  EXPECT_EQ(error_of(with_key("label=\"x\"")), "settings: idx: '' is not the place of a key (expected 0 to 511)");
  EXPECT_EQ(error_of(with_key("idx=\"1\" context=\"13\"")),
            "settings: key 1: context: '13' is not an identity (expected active, or 1 to 12)");
  EXPECT_EQ(error_of(with_key("idx=\"1\" perm=\"RWX\"")),
            "settings: key 1: perm: 'RWX' is not a permission (expected RW, R, !, or nothing)");
  EXPECT_EQ(error_of("<settings><functionKeys><fkey idx=\"1\"/><fkey idx=\"1\"/></functionKeys></settings>"),
            "settings: idx: key 1 is set twice");
  EXPECT_EQ(error_of("<html/>"), "settings: 'html' is no settings file (expected settings or functionKeys)");
  EXPECT_EQ(error_of("<!DOCTYPE settings><settings/>"), "settings: a DOCTYPE is not taken");
  EXPECT_EQ(error_of("<settings>"), "settings: Start-end tags mismatch at byte 9");
  EXPECT_EQ(error_of(with_key("idx=\"1\"", "xml " + std::string(16 * 1024 + 1, 'x'))).substr(0, 24),
            "settings: key 1: value: ");
}

TEST(PhoneSettings, AFileHasItsLimits) {
  std::string many = "<settings>";
  for (int i = 0; i < 20000; ++i) many += "<a/>";
  EXPECT_EQ(error_of(many + "</settings>"), "settings: more than 20000 elements");
  EXPECT_EQ(error_of("<settings>" + std::string(largest_settings, ' ') + "</settings>"),
            "settings: more than 1024 KiB");
}

TEST(PhoneSettings, TheUriOfABlfKeyIsItsAddress) {
  EXPECT_EQ(uri_of_blf("<sip:1001@example.com;user=phone>|*8"), "sip:1001@example.com;user=phone");
  EXPECT_EQ(uri_of_blf("sip:1001@example.com|**"), "sip:1001@example.com");
  for (const auto* const none : {"", "1001", "<sip:1001@example.com", "sip:1001", "sip:a b@c"}) {
    EXPECT_EQ(uri_of_blf(none), "") << none;
  }
}

}  // namespace
}  // namespace snom::language
