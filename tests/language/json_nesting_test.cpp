#include "language/json_nesting.h"

#include <string>

#include <gtest/gtest.h>

namespace snom::language {
namespace {

std::string nested(std::size_t levels, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < levels; ++i) text += close;
  return text;
}

TEST(JsonNesting, SixteenLevelsAreNotTooDeep) {
  EXPECT_FALSE(is_json_too_deep(nested(16, "[", "]")));
  EXPECT_TRUE(is_json_too_deep(nested(17, "[", "]")));
  EXPECT_FALSE(is_json_too_deep(nested(16, R"({"a":)", "}")));
  EXPECT_TRUE(is_json_too_deep(nested(17, R"({"a": )", "}")));
  EXPECT_TRUE(is_json_too_deep(nested(100'000, R"([{"a":)", "}]")));
  EXPECT_TRUE(is_json_too_deep(std::string(17, '[')));
}

TEST(JsonNesting, WhatIsBesideAnotherIsNotInIt) {
  std::string many = "[";
  for (int i = 0; i < 100; ++i) many += "[{}],";
  EXPECT_FALSE(is_json_too_deep(many + "1]"));
}

TEST(JsonNesting, BracketsInTextAreText) {
  EXPECT_FALSE(is_json_too_deep('"' + std::string(100, '[') + '"'));
  EXPECT_FALSE(is_json_too_deep(R"("\"[[[[[[[[[[[[[[[[[[[[[[")"));
  EXPECT_TRUE(is_json_too_deep(R"(["\\",)" + nested(16, "[", "]") + "]"))
      << "the text ends behind an escaped backslash";
}

TEST(JsonExcess, IsWhateverIsTooMuchFirst) {
  EXPECT_EQ(excess_of_json("[1,2,3]", 1, 4), std::nullopt);
  EXPECT_EQ(excess_of_json("[1,2,3]", 1, 3), JsonExcess::values);
  EXPECT_EQ(excess_of_json("[[1]]", 1, 4), JsonExcess::depth);
  EXPECT_EQ(excess_of_json("[1,2,3,[[", 1, 3), JsonExcess::values);
  EXPECT_EQ(excess_of_json("[[1,2,3,4]]", 1, 3), JsonExcess::depth);
}

}  // namespace
}  // namespace snom::language
