#pragma once

#include <string>
#include <string_view>

namespace snom::snomctl {

/// Writes one argument so that language::split_command_line reads it back as it was, whatever is in it.
[[nodiscard]] std::string quote_argument(std::string_view argument);

/// The same for the argument that takes the rest of the line (the action of snom_bind_key): only what would be changed
/// there is escaped, so that a plain action stays as a person would type it.
[[nodiscard]] std::string quote_last_argument(std::string_view argument);

}  // namespace snom::snomctl
