#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mod_snom/loaded_module.h"

namespace snom::freeswitch::testing {
namespace {

/// Groups of FreeSWITCH's directory in snom_command.
class ModuleGroups : public LoadedModule {
 protected:
  static Element group(const std::vector<std::map<std::string, std::string>>& users) {
    Element list{"users", {}, {}};
    for (const auto& user : users) list.children.push_back({"user", user, {}});
    return {"group", {}, {std::move(list)}};
  }
};

TEST_F(ModuleGroups, AGroupIsItsMembersPointersToo) {
  host_.groups["sales@example.test"] =
      group({{{"id", "2000"}}, {{"id", "1000"}, {"type", "pointer"}}, {{"id", "3000"}}});
  load();
  EXPECT_EQ(command("sales message Lunch"),
            "+OK 2000@example.test message Lunch [notify sent]\n+OK 1000@example.test message Lunch [notify sent]\n"
            "-ERR user '3000@example.test' not registered\n");
  EXPECT_EQ(command("1000@example.test,sales@example.test message Lunch"),
            "+OK 1000@example.test message Lunch [notify sent]\n+OK 2000@example.test message Lunch [notify sent]\n"
            "-ERR user '3000@example.test' not registered\n");
  EXPECT_EQ(command("internal/sales message Lunch"),
            "+OK internal/2000@example.test message Lunch [notify sent]\n"
            "+OK internal/1000@example.test message Lunch [notify sent]\n"
            "-ERR user 'internal/3000@example.test' not registered\n");
}

TEST_F(ModuleGroups, AGroupOfEveryDomainThatHasPhonesUnlessOneIsNamed) {
  sofia_.add({"4000", "<sip:4000@127.0.0.1:5064>", "other.test"});
  host_.groups["sales@example.test"] = group({{{"id", "1000"}}});
  host_.groups["sales@other.test"] = group({{{"id", "4000"}}});
  host_.groups["sales@nobody.test"] = group({{{"id", "5000"}}});
  load();
  EXPECT_EQ(command("sales message Lunch"),
            "+OK 1000@example.test message Lunch [notify sent]\n+OK 4000@other.test message Lunch [notify sent]\n");
  EXPECT_EQ(command("sales@other.test message Lunch"), "+OK 4000@other.test message Lunch [notify sent]\n");
  EXPECT_EQ(command("sales@nobody.test message Lunch"), "-ERR user '5000@nobody.test' not registered\n");
}

TEST_F(ModuleGroups, AUserWhoIsRegisteredGoesBeforeAGroup) {
  host_.groups["1000@example.test"] = group({{{"id", "2000"}}});
  load();
  EXPECT_EQ(command("1000 message Lunch"), "+OK 1000 message Lunch [notify sent]\n");
}

TEST_F(ModuleGroups, ANameThatIsNobodysIsAUserWhoIsNotRegistered) {
  host_.groups["empty@example.test"] = group({});
  host_.groups["odd@example.test"] = group({{{"id", "*"}}, {{"id", "*/1000"}}, {{"id", "1000@elsewhere"}}, {}});
  load();
  for (const std::string name : {"nobody", "empty", "odd", "nobody@example.test", "sales@elsewhere.test"}) {
    EXPECT_EQ(command(name + " message Lunch"), "-ERR user '" + name + "' not registered\n");
  }
  EXPECT_EQ(command("nowhere/empty message Lunch"), "-ERR unknown profile 'nowhere' (profiles: internal)\n");
}

}  // namespace
}  // namespace snom::freeswitch::testing
