#include "language/command_line.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

using Arguments = std::vector<std::string>;

Arguments split(std::string_view line) { return split_command_line(line, 8); }

// What is expected here was seen from FreeSWITCH 1.10.12's own switch_separate_string.

TEST(CommandLine, RunsOfBlanksCountAsOne) {
  EXPECT_EQ(split("2 on   DND  1000"), (Arguments{"2", "on", "DND", "1000"}));
  EXPECT_EQ(split("  a   b  "), (Arguments{"a", "b"}));
}

TEST(CommandLine, EmptyLineHasNoArguments) { EXPECT_EQ(split(""), Arguments{}); }

TEST(CommandLine, LineOfBlanksIsOneEmptyArgument) { EXPECT_EQ(split("   "), Arguments{""}); }

TEST(CommandLine, TabsAndLineEndsDoNotSplit) { EXPECT_EQ(split("a\tb\nc d"), (Arguments{"a\tb\nc", "d"})); }

TEST(CommandLine, SingleQuotesGroupAndAreTakenOff) {
  EXPECT_EQ(split("2 on 'Do not disturb' 1000"), (Arguments{"2", "on", "Do not disturb", "1000"}));
  EXPECT_EQ(split("a'b c'd e"), (Arguments{"ab cd", "e"}));
  EXPECT_EQ(split("' a ' b"), (Arguments{" a ", "b"}));
}

TEST(CommandLine, EmptyQuotesAreAnEmptyArgument) {
  EXPECT_EQ(split("'' x"), (Arguments{"", "x"}));
  EXPECT_EQ(split("a ''"), (Arguments{"a", ""}));
}

TEST(CommandLine, QuoteWithoutPartnerGroupsToTheEndAndStays) {
  EXPECT_EQ(split("it's mine now"), Arguments{"it's mine now"});
  EXPECT_EQ(split("'a "), Arguments{"'a"});
}

TEST(CommandLine, DoubleQuotesDoNotGroup) { EXPECT_EQ(split("\"x y\""), (Arguments{"\"x", "y\""})); }

TEST(CommandLine, BackslashKeepsABlankFromEndingTheArgumentAndStays) {
  EXPECT_EQ(split("a\\ b c"), (Arguments{"a\\ b", "c"}));
}

TEST(CommandLine, BackslashKeepsAQuoteFromGrouping) { EXPECT_EQ(split("don\\'t stop"), (Arguments{"don't", "stop"})); }

TEST(CommandLine, KnownEscapesBecomeTheCharacterMeant) {
  EXPECT_EQ(split("l=a\\nb\\r\\t\\s\\x\\\"\\\\"), Arguments{"l=a\nb\r\t \\x\"\\"});
}

TEST(CommandLine, BackslashAtTheEndStays) { EXPECT_EQ(split("a\\"), Arguments{"a\\"}); }

TEST(CommandLine, EscapedBlankAtTheEndStays) { EXPECT_EQ(split("a\\s b\\s"), (Arguments{"a ", "b "})); }

TEST(CommandLine, LastArgumentTakesTheRest) {
  EXPECT_EQ(split("1 2 3 4 5 6 7 8 9 10  "), (Arguments{"1", "2", "3", "4", "5", "6", "7", "8 9 10"}));
  EXPECT_EQ(split("1 2 3 4 5 6 7 api+uuid_transfer  x   9001"),
            (Arguments{"1", "2", "3", "4", "5", "6", "7", "api+uuid_transfer  x   9001"}));
}

TEST(CommandLine, QuotesAndEscapesOfTheRestAreHandledAlike) {
  EXPECT_EQ(split("1 2 3 4 5 6 7 'eight  a' 'b  '"), (Arguments{"1", "2", "3", "4", "5", "6", "7", "eight  a b  "}));
  EXPECT_EQ(split_command_line("a b\\nc\\ d", 2), (Arguments{"a", "b\nc\\ d"}));
}

TEST(CommandLine, BlankBeforeEmptyQuotesOfTheRestStays) {
  EXPECT_EQ(split_command_line("x a ''", 2), (Arguments{"x", "a "}));
}

TEST(CommandLine, LimitOfOneOnlyCleans) { EXPECT_EQ(split_command_line("  a  'b' ", 1), Arguments{"a  b"}); }

TEST(CommandLine, LimitOfNoneGivesNone) { EXPECT_EQ(split_command_line("a b", 0), Arguments{}); }

TEST(CommandLine, Utf8PassesThrough) { EXPECT_EQ(split("Küche 'Büro 勿'"), (Arguments{"Küche", "Büro 勿"})); }

TEST(CommandLine, CaretsNameAnotherDelimiter) {
  EXPECT_EQ(split("^^,2,on,Do not disturb,,1000"), (Arguments{"2", "on", "Do not disturb", "", "1000"}));
  EXPECT_EQ(split("^^:a\\:b: c :'d:e'"), (Arguments{"a:b", "c", "d:e"}));
  EXPECT_EQ(split("^^,it's,mine"), (Arguments{"it's", "mine"}));
  EXPECT_EQ(split("^^,a,"), Arguments{"a"});
}

TEST(CommandLine, CaretsWithNothingBehindTheDelimiterAreText) {
  EXPECT_EQ(split("^^"), Arguments{"^^"});
  EXPECT_EQ(split("^^,"), Arguments{"^^,"});
  EXPECT_EQ(split("^^ a b"), (Arguments{"a", "b"}));
}

TEST(CommandLine, DelimiterThatIsAnEscapeLetterComesFirst) { EXPECT_EQ(split("^^na\\nbnc"), (Arguments{"anb", "c"})); }

}  // namespace
}  // namespace snom::language
