#include "snomd/query.h"

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace snom::snomd {
namespace {

using Strings = std::vector<std::string>;

Query::Read<Query> read(const std::string& query) {
  http::Request request;
  request.query = query;
  return Query::of(request, {"limit", "type..."});
}
std::string field_of(const http::Response& problem) {
  EXPECT_EQ(problem.status, 400);
  return nlohmann::json::parse(problem.body).at("field");
}

TEST(Query, ParametersAreReadAsWhatTheyAre) {
  const auto query = read("limit=20&type=press,,button&type=ke%79s,");
  ASSERT_TRUE(query);
  EXPECT_FALSE(query->empty());
  EXPECT_EQ(query->text("limit"), "20");
  EXPECT_EQ(query->number("limit", 5, 1, 100), 20U);
  EXPECT_EQ(query->texts("type"), (Strings{"press", "button", "keys"}));
  EXPECT_EQ(query->words("type", std::array{"press", "button", "keys"}), (Strings{"press", "button", "keys"}));
  EXPECT_TRUE(read("")->empty());
  EXPECT_EQ(read("")->number("limit", 5, 1, 100), 5U);
  EXPECT_EQ(read("")->text("limit"), std::nullopt);
}

TEST(Query, WhatIsWrongIsNamed) {
  EXPECT_EQ(field_of(read("limt=20").error()), "limt");
  EXPECT_EQ(field_of(read("limit=20&=x").error()), "query");
  EXPECT_EQ(field_of(read("limit=20&limit=20").error()), "limit");
  for (const auto* value : {"type=", "type", "type=,", "type=press&type=%2c"}) {
    const auto without = read(value);
    ASSERT_FALSE(without) << value;
    EXPECT_EQ(field_of(without.error()), "type");
    EXPECT_EQ(nlohmann::json::parse(without.error().body).at("detail"), "type: expected a value");
  }
  for (const auto* value : {"limit=", "limit=0", "limit=101", "limit=-1", "limit=1x", "limit=99999999999999999999"}) {
    const auto number = read(value)->number("limit", 5, 1, 100);
    ASSERT_FALSE(number) << value;
    EXPECT_EQ(field_of(number.error()), "limit");
  }
  const auto words = read("type=press,pres")->words("type", std::array{"press"});
  ASSERT_FALSE(words);
  EXPECT_EQ(nlohmann::json::parse(words.error().body).at("detail"), "type: 'pres' is none (expected press)");
}

}  // namespace
}  // namespace snom::snomd
