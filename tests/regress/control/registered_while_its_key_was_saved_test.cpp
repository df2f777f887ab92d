#include <gtest/gtest.h>

#include "control/fake_ports.h"

// A phone that registered while the store was busy with its first key had none when it registered, and was not told of
// it when the store had it: it stayed dark until it registered again.
namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

TEST(RegisteredWhileItsKeyWasSaved, ItGetsTheKey) {
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.store.hold_answers();
  fixture.run("snom_button 1009@example.com 2 light=on");
  fixture.directory.registrations.push_back(phone("1009"));
  fixture.command_service->registered(phone("1009"));
  EXPECT_TRUE(fixture.messages.sent.empty());
  fixture.store.release();
  fixture.clock.run_posted();
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.messages.sent[0].to->user, "1009");
}

}  // namespace
}  // namespace snom::control
