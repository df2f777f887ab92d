#include "snomctl/local_checks.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests_dir.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;
using How = Finding::How;

TEST(LocalChecks, AddressesNeedNoLookUpAndANameThatNobodyHasIsFound) {
  EXPECT_TRUE(check_names({"192.0.2.1", "2001:db8::1"}).empty());
  const auto findings = check_names({"nobody.invalid"});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].how, How::look);
  EXPECT_TRUE(findings[0].what.starts_with("the domain nobody.invalid has no address here: ")) << findings[0].what;
}

TEST(LocalChecks, RoomIsLookedForWhereTheKeysAre) {
  const auto findings = check_room(snom::testing::tests_dir() + "/keys.db");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(check_room("").empty());
  EXPECT_TRUE(check_room("/there/is/no/such/folder/keys.db").empty());
}

/// A page that somebody listens for, and then nobody.
TEST(LocalChecks, APageIsThereOrNot) {
  const int page = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(page, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(page, 1), 0);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::getsockname(page, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto web = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  const json phones{{"phones", {{{"address_of_record", "1000@h"}, {"contacts", {{{"web", web}}}}}}}};
  EXPECT_EQ(check_pages(phones), (std::vector<Finding>{{How::right, "the page of 1000@h answers at " + web, ""}}));
  ::close(page);
  const auto findings = check_pages(phones);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].how, How::look);
  EXPECT_TRUE(findings[0].what.starts_with("the page of 1000@h does not answer at " + web)) << findings[0].what;
}

TEST(LocalChecks, NotMoreThanAFewPagesAreAsked) {
  json phones{{"phones", json::array()}};
  for (int i = 0; i < 20; ++i) {
    phones["phones"].push_back(
        {{"address_of_record", std::to_string(i)}, {"contacts", {{{"web", "http://127.0.0.1:1"}}}}});
  }
  EXPECT_EQ(check_pages(phones).size(), 5U);
}

TEST(LocalChecks, TheClockIsJudgedByTheKernel) { EXPECT_NE(check_clock().how, How::wrong); }

}  // namespace
}  // namespace snom::snomctl
