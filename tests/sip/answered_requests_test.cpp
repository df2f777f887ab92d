#include "sip/answered_requests.h"

#include <gtest/gtest.h>

namespace snom::sip {
namespace {

using std::chrono::seconds;
const AnsweredRequests::TimePoint start{seconds(1000)};

using Answered = AnsweredRequests::Answered;

const Fingerprint f{'f'};
const Fingerprint g{'g'};

int status(AnsweredRequests& answered, const std::string& key, AnsweredRequests::TimePoint now) {
  const Answered* found = answered.find(key, now);
  return found == nullptr ? 0 : found->status;
}

TEST(AnsweredRequests, AreKnownAsLongAsTheyMayBeRepeated) {
  AnsweredRequests answered;
  EXPECT_EQ(answered.find("a", start), nullptr);
  answered.remember("a", {202, f}, start);
  ASSERT_NE(answered.find("a", start + seconds(31)), nullptr);
  EXPECT_EQ(*answered.find("a", start + seconds(31)), (Answered{202, f}));
  EXPECT_EQ(answered.find("b", start + seconds(31)), nullptr);
  EXPECT_EQ(answered.find("a", start + seconds(32)), nullptr);
  EXPECT_EQ(answered.size(), 0u);
}

TEST(AnsweredRequests, TheLatestAnswerStands) {
  AnsweredRequests answered;
  answered.remember("a", {403, f}, start);
  answered.remember("a", {202, g}, start);
  EXPECT_EQ(*answered.find("a", start), (Answered{202, g}));
  EXPECT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered.find("a", start + seconds(40)), nullptr);
  EXPECT_EQ(answered.size(), 0u);
}

TEST(AnsweredRequests, ARequestAnsweredAgainIsKnownForItsFullTime) {
  AnsweredRequests answered;
  answered.remember("a", {403, f}, start);
  answered.remember("b", {200, f}, start + seconds(10));
  answered.remember("a", {202, g}, start + seconds(20));
  EXPECT_EQ(status(answered, "a", start + seconds(33)), 202);
  EXPECT_EQ(status(answered, "b", start + seconds(43)), 0);
  EXPECT_EQ(status(answered, "a", start + seconds(51)), 202);
  EXPECT_EQ(status(answered, "a", start + seconds(52)), 0);
  EXPECT_EQ(answered.size(), 0u);
}

TEST(AnsweredRequests, BeyondTheLimitTheOldestAreForgotten) {
  AnsweredRequests answered(2 * AnsweredRequests::bytes_each + 5);
  answered.remember("aaa", {200, f}, start);
  answered.remember("bbb", {200, f}, start);
  answered.remember("ccc", {200, f}, start);
  EXPECT_EQ(status(answered, "aaa", start), 0);
  EXPECT_EQ(status(answered, "bbb", start), 200);
  EXPECT_EQ(status(answered, "ccc", start), 200);
  const std::string longer_than_all_there_is(2 * AnsweredRequests::bytes_each + 6, 'c');
  answered.remember("ddd", {302, f, longer_than_all_there_is}, start);
  EXPECT_EQ(answered.size(), 2u);
  answered.remember("ccc", {302, f, longer_than_all_there_is}, start);
  EXPECT_EQ(answered.size(), 2u) << "what is too long changes nothing";
  answered.remember("ccc", {200, f, "cccccc"}, start);
  EXPECT_EQ(status(answered, "bbb", start), 0) << "a longer answer counts with its length";
  EXPECT_EQ(status(answered, "ccc", start), 200);
}

}  // namespace
}  // namespace snom::sip
