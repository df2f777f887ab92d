#include "store/waiting_letters.h"

#include <gtest/gtest.h>

namespace snom::store {
namespace {

using Added = WaitingLetters::Added;

TEST(WaitingLetters, AreTakenInTheirOrderSoManyAtOnce) {
  WaitingLetters waiting({.at_once = 2});
  EXPECT_TRUE(waiting.empty());
  EXPECT_EQ(waiting.add({1, "a"}), Added::first);
  EXPECT_EQ(waiting.add({2, "b"}), Added::behind);
  EXPECT_EQ(waiting.add({1, "c"}), Added::behind);
  auto taken = waiting.take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].text, "a");
  EXPECT_EQ(taken[1].text, "b");
  EXPECT_EQ(taken[1].other, 2U);
  EXPECT_FALSE(waiting.empty());
  taken = waiting.take();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].text, "c");
  EXPECT_TRUE(waiting.take().empty());
  EXPECT_EQ(waiting.add({1, "d"}), Added::first);
}

TEST(WaitingLetters, AreNoMoreAndNoLargerThanThereIsRoomFor) {
  WaitingLetters waiting({.count = 2, .largest = 10});
  EXPECT_EQ(waiting.add({1, "eleven byte"}), Added::refused);
  EXPECT_EQ(waiting.add({1, "ten bytes."}), Added::first);
  EXPECT_EQ(waiting.add({1, "x"}), Added::behind);
  EXPECT_EQ(waiting.add({1, "x"}), Added::refused);
  waiting.clear();
  EXPECT_TRUE(waiting.empty());
  EXPECT_EQ(waiting.add({1, "x"}), Added::first);
}

TEST(WaitingLetters, AreNoMoreBytesThanThereIsRoomForAndNoMoreAtOnce) {
  WaitingLetters waiting({.bytes = 10, .bytes_at_once = 5});
  EXPECT_EQ(waiting.add({1, "1234"}), Added::first);
  EXPECT_EQ(waiting.add({1, "5678"}), Added::behind);
  EXPECT_EQ(waiting.add({1, "9ab"}), Added::refused);
  EXPECT_EQ(waiting.add({1, "9a"}), Added::behind);
  EXPECT_EQ(waiting.take().size(), 2U) << "begun before there were five";
  EXPECT_EQ(waiting.add({1, "12345678"}), Added::behind);
  EXPECT_EQ(waiting.take().size(), 2U);
  EXPECT_TRUE(waiting.empty());
}

}  // namespace
}  // namespace snom::store
