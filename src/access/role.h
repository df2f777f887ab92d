#pragma once

#include <optional>
#include <string_view>

/// Who may do what over HTTP.
namespace snom::access {

/// What a token is good for, and what a route wants; each may do what those before it may.
enum class Role {
  anybody,  ///< of routes only: no token is asked for
  read,     ///< look at phones, keys and events
  operate,  ///< change keys, command phones
  admin,    ///< say who may
};

/// "anybody", "read", "operate", "admin".
[[nodiscard]] std::string_view to_string(Role role);

/// Of a token: "read", "operate" or "admin"; nullopt for anything else.
[[nodiscard]] std::optional<Role> parse_role(std::string_view text);

}  // namespace snom::access
