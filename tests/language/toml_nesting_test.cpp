#include "language/toml_nesting.h"

#include <string>

#include <gtest/gtest.h>

namespace snom::language {
namespace {

std::string times(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(TomlNesting, WhatPeopleWriteIsNotTooDeep) {
  EXPECT_EQ(toml_line_too_deep(""), std::nullopt);
  EXPECT_EQ(
      toml_line_too_deep("[[group]]\nphones = [\"1000@a.b\"]\n[[group.key]]\nkey = [{ a.b = 1.5 }, { c = [[]] }]\n"),
      std::nullopt);
  EXPECT_EQ(toml_line_too_deep("a = " + times("[", deepest_toml) + times("]", deepest_toml)), std::nullopt);
  EXPECT_EQ(toml_line_too_deep(times("a = [ { b = 1 } ]\n", 1000)), std::nullopt) << "beside each other";
}

TEST(TomlNesting, TheLineOfTheFirstLevelThatIsTooDeepIsNamed) {
  const int many = deepest_toml + 1;
  EXPECT_EQ(toml_line_too_deep("\na = " + times("[", many)), 2);
  EXPECT_EQ(toml_line_too_deep("# x\n\na = " + times("{ a = ", many)), 3);
  EXPECT_EQ(toml_line_too_deep("a = " + times("[\n", many)), many);
  EXPECT_EQ(toml_line_too_deep("[" + times("a.", 50000) + "a]"), 1);
  EXPECT_EQ(toml_line_too_deep("[[" + times("\"a\" . ", many) + "a]]"), 1);
  EXPECT_EQ(toml_line_too_deep(times("a.", many) + "a = 1"), 1);
  EXPECT_EQ(toml_line_too_deep("x = { " + times("'a'.", many) + "a = 1 }"), 1);
}

TEST(TomlNesting, StringsAndCommentsHoldNoLevels) {
  const auto deep = times("[", 99) + times(".", 99);
  for (const std::string& text :
       {"# " + deep, "a = \"" + deep + "\"", "a = '" + deep + "'", "a = \"\\\"" + deep + "\"",
        "a = \"\"\"\n" + deep + "\"x\"\"" + deep + "\"\"\"\"\"", "a = '''" + deep + "''" + deep + "'''"}) {
    EXPECT_EQ(toml_line_too_deep(text), std::nullopt) << text;
    EXPECT_EQ(toml_line_too_deep(text + "\nb = " + deep), std::count(text.begin(), text.end(), '\n') + 2) << text;
  }
  EXPECT_EQ(toml_line_too_deep("a = \"\"\"x\"\"\"\"\nb = " + deep), 2) << "the fourth quote is no new string";
  EXPECT_EQ(toml_line_too_deep("a = \"\"\"\"\"\"" + deep), 1) << "an empty string of many lines";
  EXPECT_EQ(toml_line_too_deep("a = 'x\nb = " + deep), 2) << "a string ends with its line";
  EXPECT_EQ(toml_line_too_deep("a = '\\'" + deep), 1) << "no escapes in there";
}

}  // namespace
}  // namespace snom::language
