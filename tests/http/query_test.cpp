#include <gtest/gtest.h>

#include "http/server.h"

namespace snom::http {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

TEST(Query, ParametersComeDecodedAndInOrder) {
  EXPECT_EQ(parse_query("key=enter%2C50%3B%23&number=1%262"), (Parameters{{"key", "enter,50;#"}, {"number", "1&2"}}));
}

TEST(Query, PlusStaysPlus) { EXPECT_EQ(parse_query("key=+1"), (Parameters{{"key", "+1"}})); }

TEST(Query, AParameterWithoutEqualsHasAnEmptyValue) {
  EXPECT_EQ(parse_query("RELEASE_ALL_CALLS"), (Parameters{{"RELEASE_ALL_CALLS", ""}}));
  EXPECT_EQ(parse_query("a&b=&=c"), (Parameters{{"a", ""}, {"b", ""}, {"", "c"}}));
}

TEST(Query, OnlyTheFirstEqualsDivides) { EXPECT_EQ(parse_query("a=b=c"), (Parameters{{"a", "b=c"}})); }

TEST(Query, EmptyPiecesArePassedOver) {
  EXPECT_EQ(parse_query("&&a=1&"), (Parameters{{"a", "1"}}));
  EXPECT_TRUE(parse_query("").empty());
}

}  // namespace
}  // namespace snom::http
