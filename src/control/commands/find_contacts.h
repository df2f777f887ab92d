#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "control/registration.h"

namespace snom::control {

/// All contacts of one user, none when it is not registered: nobody has the name "" or "*", which in a directory's
/// query would be everybody. The error as from Directory::find().
[[nodiscard]] inline tl::expected<std::vector<RegistrationPointer>, std::string> contacts_of_user(
    const Directory& directory, const Directory::Query& query) {
  if (registration::means_any(query.user)) return std::vector<RegistrationPointer>{};
  return directory.find(query);
}

}  // namespace snom::control
