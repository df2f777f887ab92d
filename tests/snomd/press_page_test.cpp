#include "snomd/press_page.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::snomd {
namespace {

using control::Pressed;
using std::chrono::milliseconds;

class PressPageTest : public ::testing::Test {
 protected:
  PressPageTest() {
    page_.use({{"1000", "example.com", "internal", "192.0.2.7"},
               {"1001", "example.com", "internal", "192.0.2.8"},
               {"1002", "example.com", "internal", "2001:db8::7"}});
    fixture_.bind("snom_bind_key 2 on Door 1000 example.com internal message open");
  }
  [[nodiscard]] std::string path(const std::string& user, const std::string& key) const {
    return page_.path(user + "@example.com", key).value_or("");
  }
  int press(const std::string& path, const std::string& peer = "192.0.2.7:40000") {
    return page_.press({path, peer}, *fixture_.command_service, fixture_.directory, now_).status;
  }
  [[nodiscard]] std::vector<Pressed> pressed() const { return fixture_.events.of<Pressed>(); }

  control::testing::Fixture fixture_;
  PressPage page_{"a secret of 16 bytes and more"};
  PressPage::TimePoint now_{std::chrono::hours(1)};
};

TEST_F(PressPageTest, RunsWhatIsBoundToTheKey) {
  EXPECT_EQ(press(path("1000", "2")), 200);
  ASSERT_EQ(pressed().size(), 1u);
  EXPECT_EQ(pressed()[0].address_of_record, "1000@example.com");
  EXPECT_EQ(pressed()[0].key, "2");
  EXPECT_EQ(pressed()[0].action, "open");
  EXPECT_TRUE(pressed()[0].accepted);
}

TEST_F(PressPageTest, AReferenceIsOfOneKeyOfOnePhoneAndOneSecretAndStays) {
  const std::string reference = path("1000", "2");
  EXPECT_EQ(reference.size(), PressPage::prefix.size() + 32);
  EXPECT_TRUE(reference.starts_with("/press/"));
  EXPECT_EQ(path("1000", "2"), reference);
  EXPECT_NE(path("1000", "3"), reference);
  EXPECT_NE(path("1001", "2"), reference);
  PressPage other("another secret of 16 bytes");
  other.use({{"1000", "example.com", "internal", "192.0.2.7"}});
  EXPECT_NE(other.path("1000@example.com", "2"), reference);
  EXPECT_EQ(page_.path("1009@example.com", "2"), std::nullopt) << "not listed";
}

TEST_F(PressPageTest, CountsOnlyFromThePhonesOwnAddress) {
  EXPECT_EQ(press(path("1000", "2"), "192.0.2.8:40000"), 404) << "another phone's address";
  EXPECT_EQ(press(path("1000", "2"), "192.0.2.9:40000"), 403);
  EXPECT_EQ(press(path("1000", "2"), "[2001:db8::7]:40000"), 404);
  EXPECT_EQ(press(path("1000", "2"), ""), 403);
  EXPECT_TRUE(pressed().empty());
  fixture_.directory.registrations.push_back(control::testing::phone("1002"));
  fixture_.bind("snom_bind_key 2 on Door 1002 example.com internal message open");
  EXPECT_EQ(press(path("1002", "2"), "[2001:DB8:0::7]:40000"), 200) << "however the address is written";
}

TEST_F(PressPageTest, OnlyWhatIsBoundNow) {
  EXPECT_EQ(press(path("1000", "3")), 404) << "nothing is bound to it";
  fixture_.bind("snom_bind_key 3 on Call 1000 example.com internal invite 1001");
  EXPECT_EQ(press(path("1000", "3")), 404) << "the phone calls by itself";
  for (const std::string wrong : {"/press/", "/press", "/press/00000000000000000000000000000000"})
    EXPECT_EQ(press(wrong), 404) << wrong;
  EXPECT_EQ(press(path("1000", "2") + "0"), 404);
  EXPECT_TRUE(pressed().empty());
}

TEST_F(PressPageTest, TenAtOnceAndOneEachSecondFromOneAddress) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(press("/press/guess"), 404);
  const auto later =
      page_.press({path("1000", "2"), "192.0.2.7:1"}, *fixture_.command_service, fixture_.directory, now_);
  EXPECT_EQ(later.status, 429);
  EXPECT_EQ(later.headers, (std::vector<std::pair<std::string, std::string>>{{"Retry-After", "1"}}));
  EXPECT_EQ(press("/press/guess", "192.0.2.8:1"), 404) << "others are not held up";
  page_.use({{"1000", "example.com", "internal", "192.0.2.7"}});
  EXPECT_EQ(press(path("1000", "2")), 429) << "nor is it forgotten when the configuration is read again";
  now_ += milliseconds(999);
  EXPECT_EQ(press(path("1000", "2")), 429);
  now_ += milliseconds(2);
  EXPECT_EQ(press(path("1000", "2")), 200);
  now_ += std::chrono::hours(1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(press("/press/guess"), 404);
  EXPECT_EQ(press("/press/guess"), 429) << "no more than ten are saved up";
}

TEST_F(PressPageTest, APhoneThatIsSilentToOptionsIsStillWhoseKeyItIs) {
  fixture_.directory.registrations.clear();
  EXPECT_EQ(press(path("1000", "2")), 200);
}

}  // namespace
}  // namespace snom::snomd
