#pragma once

#include <string>
#include <vector>

#include "control/commands/command_context.h"
#include "registration/directory.h"

/// FreeSWITCH's user directory, as far as snom_command asks it. It may be served from far away (mod_xml_curl), so not
/// on control's thread; any other.
namespace snom::freeswitch {

/// `snom-web-user` and `snom-web-password` among the params or variables of the users' entries.
[[nodiscard]] control::CredentialsOf credentials_of(const std::vector<std::string>& addresses_of_record);

/// A name in a snom_command under which nobody is registered: it may be a group's.
struct NameOfNobody {
  std::string typed;
  registration::Directory::Query query;
  std::vector<std::string> domains;  ///< those to look for the group in
};

/// Of the names that are groups', the members of the group in all those domains, by what was typed.
[[nodiscard]] control::Groups groups_of(const std::vector<NameOfNobody>& names);

}  // namespace snom::freeswitch
