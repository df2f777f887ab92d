#include "control/commands/phones_named.h"

#include <gtest/gtest.h>

namespace snom::control {
namespace {

std::vector<std::string> named(std::string_view line, const Groups& groups = {}) {
  std::vector<std::string> phones;
  const auto read = read_command(line);
  if (!read.command) return {"(cannot be read: " + read.command.error() + ")"};
  for (const auto& phone : phones_named(*read.command, groups)) {
    phones.push_back(phone.profile + "/" + phone.user + "@" + phone.domain);
  }
  return phones;
}

using Phones = std::vector<std::string>;

TEST(PhonesNamed, EveryCommandNamesWhomItLooksFor) {
  EXPECT_EQ(named("snom_bind_key 2 on DND 1000 example.com internal"), Phones{"internal/1000@example.com"});
  EXPECT_EQ(named("snom_button external/1000@example.com 1 light=on"), Phones{"external/1000@example.com"});
  EXPECT_EQ(named("snom_buttons 1000@example.com"), Phones{"/1000@example.com"});
  EXPECT_EQ(named("snom_clear 1000@example.com"), Phones{"/1000@example.com"});
  EXPECT_EQ(named("snom_command */1000,1001@example.com key enter"), (Phones{"*/1000@", "/1001@example.com"}));
  EXPECT_EQ(named("snom_command * key enter"), Phones{"/*@"});
}

TEST(PhonesNamed, OneWhoIsNobodyIsNotEverybody) {
  EXPECT_EQ(named("snom_bind_key 2 on DND * example.com internal"), Phones{});
}

TEST(PhonesNamed, AWebPageIsNoPhone) { EXPECT_EQ(named("snom_command 192.0.2.7:8080 key enter"), Phones{}); }

TEST(PhonesNamed, MembersStandInForTheirGroup) {
  EXPECT_EQ(named("snom_command sales,1000 key enter", {{"sales", {"1001", "1002@example.com"}}}),
            (Phones{"/1001@", "/1002@example.com", "/1000@"}));
  EXPECT_EQ(named("snom_button @sales 2 light=on", {{"sales", {"1001", "1002@example.com"}}}),
            (Phones{"/1001@", "/1002@example.com"}));
  EXPECT_EQ(named("snom_clear @sales", {}), Phones{});
}

TEST(PhonesNamed, WhoIsNamedOftenIsLookedForOnce) {
  const Groups groups{{"sales", {"1001", "1002"}}, {"all", {"1002", "1003"}}};
  EXPECT_EQ(named("snom_command 1001,sales,1001,sales,all,sales key enter", groups),
            (Phones{"/1001@", "/1002@", "/1003@"}));
}

}  // namespace
}  // namespace snom::control
