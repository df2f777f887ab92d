#pragma once

#include <optional>
#include <string_view>

namespace snom::language {

/// Levels of arrays and inline tables within each other, and parts of a dotted key, that a file of ours may have. What
/// is written by people has three.
inline constexpr int deepest_toml = 16;

/// The line (from 1) in which a TOML text goes deeper than that; nullopt when it nowhere does. To be asked before the
/// parser is, which recurses over levels and takes them back by recursion: deep enough a text ends the program. Of a
/// text that is no TOML it may name a line, or none.
[[nodiscard]] std::optional<int> toml_line_too_deep(std::string_view text);

}  // namespace snom::language
