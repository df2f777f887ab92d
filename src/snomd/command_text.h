#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

/// Commands as requests have them, and their replies. Pure functions.
namespace snom::snomd {

/// The one line of a request's body, without its end. The error, for a person: there are more.
[[nodiscard]] tl::expected<std::string, std::string> command_line_of(std::string_view body);
/// The lines of a reply: of a command for several phones, one for each.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view reply);
/// Whether each line is a +OK.
[[nodiscard]] bool is_all_ok(std::string_view reply);

}  // namespace snom::snomd
