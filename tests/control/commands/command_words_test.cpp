#include "control/commands/command_words.h"

#include <gtest/gtest.h>

namespace snom::control {
namespace {

TEST(CommandWords, FirstWordIsSplitOffAndBlanksAroundAreTakenOff) {
  const auto line = read_line("  snom_bind_key   2 on  DND \r\n");
  EXPECT_EQ(line.word, "snom_bind_key");
  EXPECT_EQ(line.arguments, "2 on  DND");
}

TEST(CommandWords, WordWithoutArguments) {
  EXPECT_EQ(read_line("snom_command").word, "snom_command");
  EXPECT_EQ(read_line("snom_command").arguments, "");
}

TEST(CommandWords, EmptyLineAndLineOfBlanksHaveNoWord) {
  EXPECT_EQ(read_line("").word, "");
  EXPECT_EQ(read_line(" \t\r\n").word, "");
}

TEST(FirstArguments, KeepsWhatWasTyped) {
  EXPECT_EQ(first_arguments("*/1000   key enter  admin 1234", 3), "*/1000   key enter");
  EXPECT_EQ(first_arguments("'a b' \"c d\" e", 3), "'a b' \"c d\"");
  EXPECT_EQ(first_arguments(R"(a\ b c\'d 'e f' g)", 3), R"(a\ b c\'d 'e f')");
}

TEST(FirstArguments, WholeTextWhenThereAreNoMore) { EXPECT_EQ(first_arguments("a b c", 3), "a b c"); }

TEST(FirstArguments, OtherDelimiter) {
  EXPECT_EQ(first_arguments("^^,*/1000,key,enter,50,admin", 3), "^^,*/1000,key,enter");
  EXPECT_EQ(first_arguments("^^;*/1000;key;enter,50;admin;pass word", 3), "^^;*/1000;key;enter,50");
}

TEST(FirstArguments, EmptyRatherThanTooLong) {
  EXPECT_EQ(first_arguments("a b", 3), "");
  EXPECT_EQ(first_arguments("", 1), "");
  EXPECT_EQ(first_arguments("a 'b c d", 3), "");
}

}  // namespace
}  // namespace snom::control
