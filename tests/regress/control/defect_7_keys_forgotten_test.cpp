#include <gtest/gtest.h>

#include "control/fake_ports.h"

// The original forgot at once what it had bound.
namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

TEST(Defect7KeysForgotten, EveryKeyOfAPhoneIsKept) {
  Fixture fixture;
  fixture.bind("snom_bind_key 10 on Park 1000 example.com internal invite *14");
  fixture.bind("snom_bind_key 2 on DND 1000 example.com internal message api+uuid_transfer 8f3 9001");
  const auto buttons = fixture.command_service->keys("1000@example.com");
  ASSERT_EQ(buttons.size(), 2U);
  EXPECT_EQ(buttons[0].button.key, "2");
  EXPECT_EQ(buttons[0].button.label, "DND");
  EXPECT_EQ(buttons[0].button.number, "api+uuid_transfer 8f3 9001");
  EXPECT_EQ(buttons[0].button.action, language::Action::message);
  EXPECT_EQ(buttons[0].button.light, language::Light::on);
  EXPECT_EQ(buttons[0].state, KeySync::State::confirmed);
  EXPECT_EQ(buttons[1].button.key, "10");
  EXPECT_EQ(buttons[1].button.action, language::Action::invite);
}

TEST(Defect7KeysForgotten, KeptWhileThePhoneIsAway) {
  Fixture fixture;
  fixture.bind("snom_bind_key 2 on DND 1000 example.com internal message x");
  fixture.directory.registrations.clear();
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").size(), 1U);
  EXPECT_TRUE(fixture.press("x"));
}

}  // namespace
}  // namespace snom::control
