#include "runtime/rare_string.h"

#include <gtest/gtest.h>

namespace snom::runtime {
namespace {

TEST(RareString, IsAStringAndTakesTheRoomOfAPointer) {
  RareString none;
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(none == "");
  EXPECT_TRUE(none == RareString(std::string()));
  const RareString some = "a text";
  EXPECT_FALSE(some.empty());
  EXPECT_TRUE(some == std::string("a text"));
  EXPECT_FALSE(some == none);
  const std::string& text = some;
  EXPECT_EQ(text, "a text");
  none = some;
  EXPECT_TRUE(none == some);
  EXPECT_NE(&none.text(), &some.text()) << "a copy";
  none = "";
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(sizeof(RareString), sizeof(void*));
}

}  // namespace
}  // namespace snom::runtime
