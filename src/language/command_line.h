#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace snom::language {

/// Splits as FreeSWITCH's blank-delimited switch_separate_string does, so that a line means the same everywhere:
/// runs of blanks count as one; single quotes group and are taken off (a quote without a partner groups to the end of
/// the line and stays); double quotes do not group; `\n \r \t \s \' \" \\` become the character meant, any other
/// backslash stays; a backslash also keeps the next character, blank or quote, from ending or grouping the argument.
/// At most `limit` arguments: the last takes all that is left, inner blanks kept, quotes and escapes handled alike.
/// A line of blanks is one empty argument. A line that begins with `^^` and a character is split at that character
/// instead, each one counting: "^^,2,on,,1000" has an empty third argument, and `\,` is a comma.
[[nodiscard]] std::vector<std::string> split_command_line(std::string_view line, std::size_t limit);

/// Writes one argument so that split_command_line reads it back as it was, whatever is in it and wherever in the line
/// it stands.
[[nodiscard]] std::string quote_argument(std::string_view argument);

/// The same for the argument that takes the rest of the line (the action of snom_bind_key): only what would be changed
/// there is escaped, so that a plain action stays as a person would type it.
[[nodiscard]] std::string quote_last_argument(std::string_view argument);

}  // namespace snom::language
