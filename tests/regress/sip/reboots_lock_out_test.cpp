#include <gtest/gtest.h>

#include "sip/server_fixture.h"

// A phone without +sip.instance takes a new ;line= and a new Call-ID with each start. What it left behind filled its
// list: the eleventh start was answered 403 for the rest of the hour, and each key was sent to it ten times.
namespace snom::sip::test {
namespace {

class RebootsLockOut : public ServerTest, public ::testing::WithParamInterface<Way> {
 protected:
  [[nodiscard]] std::string server() const { return address(GetParam().first, GetParam().second); }
  /// One start of the phone: a new Call-ID and a new line.
  static SipText start_again(TextPhone& phone, int number) {
    phone.call_id = "start-" + std::to_string(number);
    return phone.register_with("Contact: <" + phone.contact() + ";line=" + std::to_string(number) + ">\r\n");
  }
};
INSTANTIATE_TEST_SUITE_P(Regress, RebootsLockOut, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(RebootsLockOut, FromOneSocketItIsOnePhone) {
  TextPhone phone(server(), "1000", "1234");
  for (int i = 0; i < 12; ++i) ASSERT_EQ(start_again(phone, i).headers("Contact").size(), 1u);
  ASSERT_EQ(registrations().size(), 1u);
  EXPECT_NE(registrations()[0].contact.find(";line=11"), std::string::npos);
}

TEST_P(RebootsLockOut, FromANewPortEachTimeTheOldestGivesWay) {
  for (int i = 0; i < 12; ++i) {
    TextPhone phone(server(), "1000", "1234");
    ASSERT_EQ(start_again(phone, i).status(), 200);
  }
  EXPECT_EQ(registrations().size(), ServerOptions{}.max_contacts);
  const auto told = log();
  EXPECT_EQ(std::count_if(told.begin(), told.end(),
                          [](const std::string& line) { return line.ends_with(": too many contacts"); }),
            2);
}

}  // namespace
}  // namespace snom::sip::test
