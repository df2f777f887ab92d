#include "mod_snom/user_directory.h"

#include <utility>

#include <switch.h>

namespace snom::freeswitch {
namespace {

/// Users of the group, pointers to users too: `1000@example.com`, with the profile that was typed.
void add_members(const std::string& profile, const std::string& group, const std::string& domain,
                 std::vector<std::string>& members) {
  switch_xml_t root = nullptr;
  switch_xml_t domain_entry = nullptr;
  switch_xml_t entry = nullptr;
  if (switch_xml_locate_group(group.c_str(), domain.c_str(), &root, &domain_entry, &entry, nullptr) ==
      SWITCH_STATUS_SUCCESS) {
    auto* const users = switch_xml_child(entry, "users");
    for (auto* user = users != nullptr ? switch_xml_child(users, "user") : nullptr; user != nullptr;
         user = user->next) {
      const std::string id = switch_xml_attr_soft(user, "id");
      // What a command would take for a profile, for everybody or for another domain is no user's name.
      if (id.empty() || id.find_first_of("/*@") != std::string::npos) continue;
      members.push_back((profile.empty() ? "" : profile + "/") + id + "@" + domain);
    }
  }
  // There is one when the domain was found, though the group was not.
  if (root != nullptr) switch_xml_free(root);
}

}  // namespace

control::CredentialsOf credentials_of(const std::vector<std::string>& addresses_of_record) {
  control::CredentialsOf credentials;
  for (const auto& address : addresses_of_record) {
    const auto at = address.rfind('@');
    switch_xml_t entry = nullptr;
    if (switch_xml_locate_user_merged("id", address.substr(0, at).c_str(), address.substr(at + 1).c_str(), nullptr,
                                      &entry, nullptr) != SWITCH_STATUS_SUCCESS) {
      continue;
    }
    control::Credentials found;
    constexpr std::pair<const char*, const char*> places[] = {{"params", "param"}, {"variables", "variable"}};
    for (const auto& [list, item] : places) {
      auto* const all = switch_xml_child(entry, list);
      for (auto* one = all != nullptr ? switch_xml_child(all, item) : nullptr; one != nullptr; one = one->next) {
        const std::string name = switch_xml_attr_soft(one, "name");
        if (name == "snom-web-user") found.username = switch_xml_attr_soft(one, "value");
        if (name == "snom-web-password") found.password = switch_xml_attr_soft(one, "value");
      }
    }
    switch_xml_free(entry);
    if (!found.username.empty()) credentials.emplace(address, std::move(found));
  }
  return credentials;
}

control::Groups groups_of(const std::vector<NameOfNobody>& names) {
  control::Groups groups;
  for (const auto& name : names) {
    std::vector<std::string> members;
    for (const auto& domain : name.domains) add_members(name.query.profile, name.query.user, domain, members);
    if (!members.empty()) groups.emplace(name.typed, std::move(members));
  }
  return groups;
}

}  // namespace snom::freeswitch
