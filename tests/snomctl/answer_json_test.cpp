#include "snomctl/answer_json.h"

#include <gtest/gtest.h>

namespace snom::snomctl {
namespace {

using nlohmann::json;

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(AnswerJson, WhatSnomdAnswersIsRead) {
  EXPECT_EQ(parse_answer(R"({"phones":[{"a":"]}\"[["}]})").value(), json::parse(R"({"phones":[{"a":"]}\"[["}]})"));
  EXPECT_EQ(parse_answer("{").error(), "is no JSON");
  EXPECT_EQ(parse_answer("").error(), "is no JSON");
}

TEST(AnswerJson, DepthHasALimit) {
  EXPECT_TRUE(parse_answer(repeated("[", 32) + repeated("]", 32)));
  EXPECT_EQ(parse_answer(repeated("[", 33) + repeated("]", 33)).error(), "is nested more than 32 deep");
  EXPECT_EQ(parse_answer(repeated("[", 100'000)).error(), "is nested more than 32 deep");
  EXPECT_EQ(parse_answer(repeated(R"({"a":)", 100'000) + "1" + repeated("}", 100'000)).error(),
            "is nested more than 32 deep");
  EXPECT_TRUE(parse_answer("[" + repeated("[],", 1000) + "[]]"));
}

TEST(AnswerJson, TheNumberOfValuesHasALimit) {
  EXPECT_EQ(parse_answer("[" + repeated("1,", 9'000'000) + "1]").error(), "has more than 8000000 values");
}

TEST(AnswerJson, WhatIsWrittenForProgramsIsExact) {
  EXPECT_EQ(json_text({{"label", "Tür"}}), R"({"label":"Tür"})");
  EXPECT_EQ(json_text(json{{"a", 1}}, 2), "{\n  \"a\": 1\n}");
  EXPECT_EQ(json_text(json("ü\u202e\u009b")), "\"ü\u202e\u009b\"");
  EXPECT_EQ(json_text(json("\x1b")), R"("\u001b")");
}

TEST(AnswerJson, MembersOfAnotherKindAreNone) {
  const auto object = json::parse(R"({"text":"a","number":7,"flag":true,"list":[1],"null":null,"object":{"a":1}})");
  EXPECT_EQ(text_of(object, "text"), "a");
  EXPECT_EQ(text_of(object, "number"), "7");
  EXPECT_EQ(text_of(object, "object"), R"({"a":1})");
  EXPECT_EQ(text_of(object, "null"), "");
  EXPECT_EQ(text_of(object, "absent"), "");
  EXPECT_EQ(number_of(object, "number"), 7);
  EXPECT_EQ(number_of(object, "text"), 0);
  EXPECT_TRUE(flag_of(object, "flag"));
  EXPECT_FALSE(flag_of(object, "number"));
  EXPECT_EQ(list_of(object, "list").size(), 1U);
  EXPECT_EQ(list_of(object, "object").size(), 0U);
  for (const auto& none : {json(nullptr), json("text"), json(1), json::array({1})}) {
    EXPECT_EQ(text_of(none, "a"), "");
    EXPECT_EQ(number_of(none, "a"), 0);
    EXPECT_FALSE(flag_of(none, "a"));
    EXPECT_TRUE(list_of(none, "a").empty());
  }
}

}  // namespace
}  // namespace snom::snomctl
