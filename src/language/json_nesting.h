#pragma once

#include <string_view>

namespace snom::language {

/// Levels of arrays and objects within each other that JSON of ours may have; what is sent to us needs four.
inline constexpr int deepest_json = 16;

/// Whether a JSON text goes deeper than that anywhere before its first fault. To be asked before the parser is: what is
/// deep takes as much of the stack to copy, to write and, with some libraries, to free again, so that deep enough a
/// text ends the program. Of a text that is no JSON it may say either. Pure.
[[nodiscard]] bool is_json_too_deep(std::string_view text);

}  // namespace snom::language
