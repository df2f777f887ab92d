#pragma once

#include <vector>

#include "control/commands/command_context.h"
#include "control/commands/command_table.h"
#include "control/registration.h"

namespace snom::control {

/// Whom a command will look for in the directory, for who has to ask elsewhere first. A group's members stand in for
/// its name; one that is named again by the same text is in it once. Pure.
[[nodiscard]] std::vector<Directory::Query> phones_named(const Command& command, const Groups& groups);

}  // namespace snom::control
