#include "snomphone/lost_events.h"

#include <gtest/gtest.h>

namespace snom::snomphone {
namespace {

TEST(LostEvents, AreAnEventOfTheirOwn) { EXPECT_EQ(lost_events(7), "{\"event\":\"gap\",\"user\":\"\",\"lost\":7}\n"); }

}  // namespace
}  // namespace snom::snomphone
