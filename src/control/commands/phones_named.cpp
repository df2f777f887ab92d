#include "control/commands/phones_named.h"

#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>

#include "control/remote/phone_address.h"

namespace snom::control {
namespace {

using Queries = std::vector<Directory::Query>;

Queries one(Directory::Query phone) {
  // "*" is nobody's name where one phone is meant.
  if (registration::means_any(phone.user)) return {};
  return {std::move(phone)};
}

struct Named {
  const Groups& groups;

  Queries operator()(const BindKey& command) const { return one({command.profile, command.user, command.host}); }
  Queries operator()(const SetButtons& command) const { return one_or_members(command.phone); }
  Queries operator()(const ListButtons& command) const { return one(command.phone); }
  Queries operator()(const ClearButtons& command) const { return one_or_members(command.phone); }
  Queries operator()(const SnomCommand& command) const {
    Queries phones;
    // Texts of the command and of the groups: the same means the same phone.
    std::unordered_set<std::string_view> named;
    std::unordered_set<std::string_view> expanded;
    const auto add = [&phones](Directory::Query phone) {
      if (!phone.user.empty()) phones.push_back(std::move(phone));
    };
    for (const auto& target : command.targets) {
      if (const auto group = groups.find(target.typed); group != groups.end()) {
        if (!expanded.insert(target.typed).second) continue;
        for (const auto& member : group->second) {
          if (named.insert(member).second) add(parse_user(member));
        }
      } else if (!named.insert(target.typed).second) {
        continue;
      } else if (const auto* phone = std::get_if<Directory::Query>(&target.phone)) {
        add(*phone);
      }
    }
    return phones;
  }

 private:
  [[nodiscard]] Queries one_or_members(const Directory::Query& phone) const {
    const auto name = group_of(phone);
    if (!name) return one(phone);
    Queries phones;
    if (const auto group = groups.find(*name); group != groups.end()) {
      for (const auto& member : group->second) phones.push_back(parse_user(member));
    }
    return phones;
  }
};

}  // namespace

std::vector<Directory::Query> phones_named(const Command& command, const Groups& groups) {
  return std::visit(Named{groups}, command);
}

}  // namespace snom::control
