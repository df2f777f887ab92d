#include "snomd/recent_refusals.h"

#include <string>

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point noon = std::chrono::sys_days{std::chrono::January / 31 / 2026} + 12h;

TEST(RecentRefusals, AreToldTheLatestFirst) {
  RecentRefusals refusals;
  EXPECT_EQ(refusals.list(), nlohmann::json::array());
  refusals.add({"REGISTER", "1000", "192.0.2.7", 5060, "udp", "wrong password"}, noon);
  refusals.add({"MESSAGE", "1001", "2001:db8::1", 5061, "tcp", "no such user"}, noon + 1s);
  EXPECT_EQ(refusals.list(), nlohmann::json::parse(R"([
      {"time": "2026-01-31T12:00:01Z", "method": "MESSAGE", "user": "1001", "from": "[2001:db8::1]:5061",
       "transport": "tcp", "why": "no such user"},
      {"time": "2026-01-31T12:00:00Z", "method": "REGISTER", "user": "1000", "from": "192.0.2.7:5060",
       "transport": "udp", "why": "wrong password"}])"));
}

TEST(RecentRefusals, AreFewAndShortWhateverIsSent) {
  RecentRefusals refusals;
  for (int i = 0; i < 100; ++i) {
    refusals.add({"REGISTER", std::to_string(i) + "\n\xff" + std::string(60000, 'a'), "h", 1, "udp", "no such user"},
                 noon);
  }
  const auto list = refusals.list();
  EXPECT_EQ(list.size(), RecentRefusals::most);
  EXPECT_TRUE(list[0]["user"].get<std::string>().starts_with("99\\n\\xffaaa")) << list[0]["user"];
  EXPECT_LT(list.dump().size(), 6000U);
}

}  // namespace
}  // namespace snom::snomd
