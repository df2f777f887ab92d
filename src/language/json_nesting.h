#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace snom::language {

/// Levels of arrays and objects within each other that JSON of ours may have; what is sent to us needs four.
inline constexpr int deepest_json = 16;

/// What a JSON text has too much of: levels, or values, counted by the commas and brackets between them.
enum class JsonExcess { depth, values };
/// Which limit a JSON text goes beyond first, anywhere before its first fault; nullopt: neither. To be asked before the
/// parser is: what is deep takes as much of the stack to copy, to write and, with some libraries, to free again, so
/// that deep enough a text ends the program. Of a text that is no JSON it may say anything. Pure.
[[nodiscard]] std::optional<JsonExcess> excess_of_json(std::string_view text, int deepest, std::size_t most_values);

/// The same of levels alone.
[[nodiscard]] bool is_json_too_deep(std::string_view text, int deepest = deepest_json);

}  // namespace snom::language
