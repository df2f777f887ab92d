#include "sip/answered_requests.h"

#include <gtest/gtest.h>

namespace snom::sip {
namespace {

using std::chrono::seconds;
const AnsweredRequests::TimePoint start{seconds(1000)};

TEST(AnsweredRequests, AreKnownAsLongAsTheyMayBeRepeated) {
  AnsweredRequests answered;
  EXPECT_EQ(answered.find("a", start), std::nullopt);
  answered.remember("a", 202, start);
  EXPECT_EQ(answered.find("a", start + seconds(31)), 202);
  EXPECT_EQ(answered.find("b", start + seconds(31)), std::nullopt);
  EXPECT_EQ(answered.find("a", start + seconds(32)), std::nullopt);
  EXPECT_EQ(answered.size(), 0u);
}

TEST(AnsweredRequests, TheFirstAnswerStandsUnlessReplaced) {
  AnsweredRequests answered;
  answered.remember("a", 403, start);
  answered.remember("a", 202, start);
  EXPECT_EQ(answered.find("a", start), 403);
  answered.replace("a", 202, start);
  EXPECT_EQ(answered.find("a", start), 202);
  answered.replace("b", 200, start);
  EXPECT_EQ(answered.find("b", start), 200);
  EXPECT_EQ(answered.find("a", start + seconds(40)), std::nullopt);
  EXPECT_EQ(answered.size(), 0u);
}

TEST(AnsweredRequests, BeyondTheLimitTheOldestAreForgotten) {
  AnsweredRequests answered(10);
  answered.remember("aaaa", 200, start);
  answered.remember("bbbb", 200, start);
  answered.remember("cccc", 200, start);
  EXPECT_EQ(answered.find("aaaa", start), std::nullopt);
  EXPECT_EQ(answered.find("bbbb", start), 200);
  EXPECT_EQ(answered.find("cccc", start), 200);
  answered.remember("longer than all there is", 200, start);
  EXPECT_EQ(answered.size(), 2u);
}

}  // namespace
}  // namespace snom::sip
