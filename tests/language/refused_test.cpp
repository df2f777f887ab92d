#include "language/refused.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "language/button.h"
#include "language/buttons_document.h"
#include "language/key_sequence.h"
#include "language/phone_settings.h"
#include "language/reginfo.h"
#include "language/snom_xml.h"
#include "language/text.h"

namespace snom::language {
namespace {

TEST(Refused, IsRepeatedToItsFirstWord) {
  EXPECT_EQ(in_quotes_to_its_first_word("purple"), "'purple'");
  EXPECT_EQ(in_quotes_to_its_first_word("on geheim"), "'on ...'");
  EXPECT_EQ(in_quotes_to_its_first_word("api+snom_command 1001 key enter admin geheim"), "'api+snom_command ...'");
  EXPECT_EQ(in_quotes_to_its_first_word("^^,1001,key,enter,admin,geheim"), "'1001 ...'");
  EXPECT_EQ(in_quotes_to_its_first_word(""), "''");
  EXPECT_EQ(in_quotes_to_its_first_word("on "), "'on '");
}

TEST(Refused, IsRepeatedToItsBlankWhereMoreThanAWordIsExpected) {
  EXPECT_EQ(in_quotes_to_its_blank("1000@[2001:db8::1]"), "'1000@[2001:db8::1]'");
  EXPECT_EQ(in_quotes_to_its_blank("1000@h geheim"), "'1000@h ...'");
  EXPECT_EQ(in_quotes_to_its_blank(" geheim 1000@h"), "' ...'");
  EXPECT_EQ(in_quotes_to_its_blank("1000@h\n"), "'1000@h\\x0a'");
  EXPECT_EQ(in_quotes_to_its_blank("1000@h\tgeheim"), "'1000@h ...'");
  EXPECT_EQ(in_quotes_to_its_blank("sip:9001:geheim@example.com"), "'sip:9001@example.com'");
  EXPECT_EQ(in_quotes_to_its_blank("^^,1001,key,enter,admin,geheim"), "'1001 ...'");
  EXPECT_EQ(in_quotes_to_its_blank("API+snom_command%201001%20key%20enter%20admin%20geheim"), "'API+snom_command ...'");
  EXPECT_EQ(in_quotes_to_its_blank("B\xfcro"), "'B\\xfcro'");
}

TEST(Refused, NamesThatATomlFileHasTwiceAreRepeatedToTheirFirstWord) {
  EXPECT_EQ(
      shown_toml_error("Error while parsing key-value pair: cannot redefine existing integer 'my geheim's key' as "
                       "table"),
      "Error while parsing key-value pair: cannot redefine existing integer 'my ...' as table");
  EXPECT_EQ(shown_toml_error("Error while parsing key-value pair: expected '=', saw '\n'"),
            "Error while parsing key-value pair: expected '=', saw '\\n'");
}

/// What each parser says of a value that it does not understand.
TEST(Refused, ValuesAreRepeatedNoFurtherByAnyParser) {
  using Says = std::function<std::string(const std::string&)>;
  const auto error = [](const auto& read) { return read ? std::string() : read.error().text(); };
  const std::vector<std::pair<const char*, Says>> parsers = {
      {"light", [&](const auto& text) { return error(parse_light(text)); }},
      {"colour", [&](const auto& text) { return error(parse_colour(text)); }},
      {"action", [&](const auto& text) { return error(parse_action(text)); }},
      {"key", [&](const auto& text) { return error(check_key("key", text + "\n")); }},
      {"label", [&](const auto& text) { return error(check_text("label", text + "\x01", max_value_bytes)); }},
      {"caller", [&](const auto& text) { return error(check_text("caller", text + "\xff", max_value_bytes)); }},
      {"keys", [&](const auto& text) { return error(parse_key_sequence(text)); }},
      {"time", [&](const auto& text) { return error(parse_key_sequence("ENTER," + text)); }},
      {"step", [&](const auto&) { return error(parse_key_sequence("enter,50,admin,geheim")); }},
      {"x-buttons line", [&](const auto& text) { return error(parse_buttons_document(text)); }},
      {"x-buttons lamp", [&](const auto& text) { return error(parse_buttons_document(text + "=1")); }},
      {"x-buttons light", [&](const auto& text) { return error(parse_buttons_document("k=1\nc=" + text)); }},
      {"XML key",
       [&](const auto& text) {
         return error(write_snom_xml(SilentDocument{"1", {{std::chrono::milliseconds(0), {PressKey{text}}}}, {}}));
       }},
      {"XML setting",
       [&](const auto& text) {
         return error(
             write_snom_xml(SilentDocument{"1", {{std::chrono::milliseconds(0), {SetSetting{text, "1"}}}}, {}}));
       }},
      {"settings file",
       [&](const auto& text) {
         return error(
             parse_phone_settings("<settings><functionKeys><fkey idx=\"" + text + "\"/></functionKeys></settings>"));
       }},
      {"XML document",
       [&](const auto& text) {
         return error(write_snom_xml(SilentDocument{text, {}, {}}));
       }},
      {"reginfo", [&](const auto& text) { return error(parse_reginfo("<reginfo version=\"" + text + "\"/>")); }},
  };
  for (const auto& [name, says] : parsers) {
    for (const std::string value : {"api+snom_command 1001 key enter admin geheim", "^^,1001,key,enter,admin,geheim"}) {
      const auto said = says(value);
      EXPECT_NE(said, "") << name << " takes " << value;
      EXPECT_EQ(said.find("geheim"), std::string::npos) << name << ": " << said;
    }
  }
}

}  // namespace
}  // namespace snom::language
