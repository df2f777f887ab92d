#include "access/role.h"

namespace snom::access {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::anybody:
      return "anybody";
    case Role::read:
      return "read";
    case Role::operate:
      return "operate";
    case Role::admin:
      return "admin";
  }
  return "anybody";
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::read, Role::operate, Role::admin}) {
    if (text == to_string(role)) return role;
  }
  return std::nullopt;
}

}  // namespace snom::access
