#include "language/key_sequence.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

using std::chrono::milliseconds;

std::string refusal(std::string_view text) {
  const auto sequence = parse_key_sequence(text);
  return sequence ? "" : sequence.error().text();
}

TEST(KeySequence, OneKeyAsTyped) {
  EXPECT_EQ(parse_key_sequence("enter"), (std::vector<KeyPress>{{"enter", {}, {}}}));
  EXPECT_EQ(parse_key_sequence("#"), (std::vector<KeyPress>{{"#", {}, {}}}));
}

TEST(KeySequence, TimesAndPausesAreMilliseconds) {
  EXPECT_EQ(parse_key_sequence("enter,50,5000;cancel,50,1000"),
            (std::vector<KeyPress>{{"enter", milliseconds(50), milliseconds(5000)},
                                   {"cancel", milliseconds(50), milliseconds(1000)}}));
}

TEST(KeySequence, PauseMayBeAbsent) {
  EXPECT_EQ(parse_key_sequence("P1,600000"), (std::vector<KeyPress>{{"P1", milliseconds(600000), {}}}));
}

TEST(KeySequence, EmptyTimeIsTaken) {
  EXPECT_EQ(parse_key_sequence("ENTER,,1000"), (std::vector<KeyPress>{{"ENTER", {}, milliseconds(1000)}}));
  EXPECT_EQ(parse_key_sequence("ENTER,,"), (std::vector<KeyPress>{{"ENTER", {}, {}}}));
}

TEST(KeySequence, OneTrailingSemicolonIsTaken) {
  EXPECT_EQ(parse_key_sequence("1;2;")->size(), 2U);
  EXPECT_FALSE(parse_key_sequence("1;2;;"));
}

TEST(KeySequence, EmptyKeyIsRefused) {
  for (const auto* text : {"", ";", ",50", "1;;2", ";1"}) {
    EXPECT_EQ(refusal(text), "type: a step names no key (expected Key[,Time[,Pause]][;...])") << text;
  }
}

TEST(KeySequence, MoreThanTwoCommasAreRefused) {
  EXPECT_EQ(refusal("1;ENTER,1,2,3"), "type: 'ENTER ...' has more than two commas (expected Key[,Time[,Pause]])");
}

TEST(KeySequence, TimeThatIsNoNumberIsRefused) {
  EXPECT_EQ(refusal("ENTER,soon"), "type: 'soon' is not a time (expected milliseconds, 0 to 600000)");
  for (const auto* text : {"ENTER,-1", "ENTER,+1", "ENTER,1.5", "ENTER,0x10", "ENTER,1,1s"}) {
    EXPECT_FALSE(parse_key_sequence(text)) << text;
  }
}

TEST(KeySequence, TimeOutOfRangeIsRefused) {
  EXPECT_EQ(refusal("ENTER,600001"), "type: '600001' is too long a time (at most 600000 milliseconds)");
  EXPECT_EQ(refusal("ENTER,1,99999999999999999999"),
            "type: '99999999999999999999' is too long a time (at most 600000 milliseconds)");
}

TEST(KeySequence, BlanksAreRefused) {
  EXPECT_EQ(refusal("ENTER, 50"),
            "type: 'ENTER, ...' holds a blank (expected Key[,Time[,Pause]][;...] without blanks)");
  EXPECT_EQ(refusal("ENTER,50\tadmin\tgeheim"),
            "type: 'ENTER,50 ...' holds a TAB (expected Key[,Time[,Pause]][;...] without blanks)");
  EXPECT_EQ(refusal("ENTER\tadmin\tgeheim"),
            "type: 'ENTER ...' holds a TAB (expected Key[,Time[,Pause]][;...] without blanks)");
}

TEST(KeySequence, ControlCharactersBrokenUtf8AndLongNamesAreRefused) {
  EXPECT_EQ(refusal("ENT\nER"),
            "type: 'ENT ...' holds a control character (line ends, tabs and the like are not possible)");
  EXPECT_FALSE(parse_key_sequence("ENTER,5\t"));
  EXPECT_EQ(refusal("\xFF"), "type: '\\xff' is not well-formed UTF-8");
  EXPECT_EQ(refusal(std::string(65, 'A')), "type: is 65 bytes long (at most 64 are possible)");
}

TEST(KeySequence, AtMost256Steps) {
  std::string text;
  for (int i = 0; i < 256; ++i) text += "1;";
  EXPECT_EQ(parse_key_sequence(text)->size(), 256U);
  EXPECT_EQ(refusal(text + "1"), "type: more than 256 steps");
}

TEST(KeySequence, IsWrittenAsItWasRead) {
  for (const auto* text : {"enter", "enter,50", "enter,50,5000", "ENTER,,1000", "1;2,0,0;#,,0;*"}) {
    EXPECT_EQ(to_string(*parse_key_sequence(text)), text);
  }
  EXPECT_EQ(to_string(*parse_key_sequence("1,;2,,;")), "1;2");
}

}  // namespace
}  // namespace snom::language
