#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "registration/registration.h"

namespace snom::freeswitch {

/// How mod_sofia is told where to send, when the contact's URI alone would not do.
struct SofiaAddress final : registration::Address {
  enum class By {
    path,    ///< the contact with the way through NAT or a proxy that mod_sofia keeps of it
    itself,  ///< the contact with a path to itself: mod_sofia heeds a URI's parameters (transport=tcp) only in a path
    table,   ///< the user: mod_sofia's table leads to all contacts that it has of him
  };

  SofiaAddress(By how, std::string where) : by(how), target(std::move(where)) {}

  By by;
  std::string target;
};

/// nullptr: the contact's URI does.
[[nodiscard]] inline const SofiaAddress* sofia_address(const registration::Registration& registration) {
  return dynamic_cast<const SofiaAddress*>(registration.address.get());
}

/// What follows the profile in the target of a MESSAGE.
[[nodiscard]] inline const std::string& sofia_target(const registration::Registration& registration) {
  const auto* address = sofia_address(registration);
  return address != nullptr ? address->target : registration.contact;
}

}  // namespace snom::freeswitch
