#include "language/text.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

TEST(Utf8, FirstAndLastOfEveryLengthAreWellFormed) {
  for (const auto* text : {"", "\x01", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << in_quotes(text);
  }
}

TEST(Utf8, OverlongFormsAreRefused) {
  for (const auto* text :
       {"\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF", "\xC0\x80"}) {
    EXPECT_FALSE(is_utf8(text)) << in_quotes(text);
  }
}

TEST(Utf8, SurrogatesAreRefused) {
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_utf8("\xED\xBF\xBF"));
}

TEST(Utf8, NothingLiesAboveTheLastPlane) {
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xF8\x88\x80\x80\x80"));
  EXPECT_FALSE(is_utf8("\xFF"));
}

TEST(Utf8, CutAndStrayBytesAreRefused) {
  for (const auto* text : {"a\xC3", "\xE2\x82", "\xF0\x9F\x93", "\x80", "a\xBFz", "\xC3(", "\xE2(\xA1", "\xE2\x82("}) {
    EXPECT_FALSE(is_utf8(text)) << in_quotes(text);
  }
}

TEST(ControlCharacters, C1IsOneButAContinuationByteOfAnotherLetterIsNot) {
  EXPECT_TRUE(has_control_character("a\xC2\x85"));
  EXPECT_FALSE(has_control_character("a\xC2\xA0"));
  EXPECT_FALSE(has_control_character("\xC3\x85"));         // Å: its second byte alone would be C1
  EXPECT_FALSE(has_control_character("\xE2\x80\xA8 ok"));  // U+2028 is no control character
}

TEST(InQuotes, ControlCharactersAndStrayBytesAreShownInHex) {
  EXPECT_EQ(in_quotes("a\tb\x7F\xC2\x9F\xFFü"), "'a\\x09b\\x7f\\xc2\\x9f\\xffü'");
  EXPECT_EQ(in_quotes(std::string_view("\0", 1)), "'\\x00'");
}

TEST(Printable, WhatSteersATerminalIsShownInHex) {
  for (const auto* text : {"\x01", "\x07", "\x1B", "\x7F", "\xC2\x80", "\xC2\x9B", "\xC2\x9F"}) {
    EXPECT_EQ(printable(text).find_first_not_of("\\x0123456789abcdef"), std::string::npos) << printable(text);
  }
  EXPECT_EQ(printable("a\x1B[2J\x07"), "a\\x1b[2J\\x07");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, WhatTurnsTheDirectionOfWritingIsShownInHex) {
  EXPECT_EQ(printable("\xE2\x80\xAE"), "\\xe2\\x80\\xae");  // U+202E
  for (const auto* text : {"\xD8\x9C", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xAA", "\xE2\x80\xAB", "\xE2\x80\xAC",
                           "\xE2\x80\xAD", "\xE2\x81\xA6", "\xE2\x81\xA7", "\xE2\x81\xA8", "\xE2\x81\xA9",
                           "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(printable(text).size(), 4 * std::string_view(text).size()) << printable(text);
  }
}

TEST(Printable, LettersOfAllPeoplesStay) {
  for (const auto* text : {"", "Grün", "日本", "עברית", "العربية", "👩‍👩‍👧", "a\xC2\xA0z"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, StrayBytesAreShownInHexAndTheRestStays) {
  EXPECT_EQ(printable("a\x9Bz\xC3"), "a\\x9bz\\xc3");
  EXPECT_EQ(printable("\xE2\x80\xE2\x82\xAC"), "\\xe2\\x80€");
}

TEST(Printable, OneLineStaysOneAndLinesStayLines) {
  EXPECT_EQ(printable("a\r\n\tb"), "a\\r\\n\\tb");
  EXPECT_EQ(printable_lines("a\r\n\tb\n\x1B"), "a\\r\n\\tb\n\\x1b");
}

TEST(InQuotes, LongTextIsCutBetweenCharacters) {
  std::string text(79, 'x');
  for (int i = 0; i < 20; ++i) text += "ü";
  EXPECT_EQ(in_quotes(text), "'" + std::string(79, 'x') + "ü...'");
}

TEST(Text, WhatXmlCannotWriteIsNoText) {
  EXPECT_EQ(check_text("label", "a\xef\xbf\xbe", 100).error().text(),
            "label: 'a\xef\xbf\xbe' holds U+FFFE or U+FFFF, which are no characters");
  EXPECT_FALSE(check_text("label", "\xef\xbf\xbf", 100).has_value());
  EXPECT_TRUE(check_text("label", "\xef\xbf\xbd \xef\xbb\xbf \xf0\x9f\xbf\xbe", 100).has_value());
}

TEST(Text, AFileThatIsNoUtf8IsNamedAsWhatItIs) {
  EXPECT_FALSE(why_not_utf8(""));
  EXPECT_FALSE(why_not_utf8("\xef\xbb\xbfphone\nT\xc3\xbcr\n"));
  const auto latin = why_not_utf8("phone\nkey\nT\xfcr\n");
  ASSERT_TRUE(latin);
  EXPECT_EQ(latin->line, 3);
  EXPECT_EQ(latin->what,
            "the byte 0xfc is not UTF-8 (a file in Windows-1252 or ISO 8859-1 has such: save it in UTF-8)");
  using namespace std::string_view_literals;
  for (const auto file : {"\xff\xfep\0h\0"sv, "\xfe\xff\0p\0h"sv, "p\0h\0"sv, "\0p\0h"sv}) {
    const auto wide = why_not_utf8(file);
    ASSERT_TRUE(wide);
    EXPECT_EQ(wide->line, 1);
    EXPECT_EQ(wide->what, "the file is UTF-16 (expected UTF-8: save it as text or CSV in UTF-8)");
  }
  for (const auto file : {"PK\x03\x04\x14\x00\x06\x00"sv, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv}) {
    const auto spreadsheet = why_not_utf8(file);
    ASSERT_TRUE(spreadsheet);
    EXPECT_EQ(spreadsheet->what,
              "the file is a spreadsheet, as .xlsx, .xls and .ods are (expected text: save it as CSV in UTF-8)");
  }
}

TEST(LowerCase, ChangesAsciiLettersOnly) {
  EXPECT_EQ(lower_case("Text/Plain; A=\"\xc3\x84\" @[`{"), "text/plain; a=\"\xc3\x84\" @[`{");
  EXPECT_EQ(lower_case(""), "");
}

TEST(EqualIgnoringCase, ComparesLettersOnly) {
  EXPECT_TRUE(equal_ignoring_case("KeY", "key"));
  EXPECT_FALSE(equal_ignoring_case("keys", "key"));
  EXPECT_FALSE(equal_ignoring_case("k", "key"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
}

TEST(Trimmed, HasNoBlanksAroundIt) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \r\n\t"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(FirstBytes, EndWhereACharacterEnds) {
  EXPECT_EQ(first_bytes("T\u00fcr", 2), "T");
  EXPECT_EQ(first_bytes("T\u00fcr", 3), "T\u00fc");
  EXPECT_EQ(first_bytes("T\u00fcr", 4), "T\u00fcr");
  EXPECT_EQ(first_bytes("\u00fc", 0), "");
  EXPECT_EQ(first_bytes("", 7), "");
}

}  // namespace
}  // namespace snom::language
