#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "language/error.h"

namespace snom::language {

/// One step of `Key[,Time[,Pause]][;...]` (Snom, remote control by command.htm?key=).
struct KeyPress {
  std::string key;                                 ///< as typed: "enter", "P1", "#"
  std::optional<std::chrono::milliseconds> hold;   ///< how long the key is held; 0 to 600000
  std::optional<std::chrono::milliseconds> pause;  ///< until the next key; 0 to 600000
  bool operator==(const KeyPress&) const = default;
};

/// An empty Time is taken ("ENTER,,1000"). Refused with argument "type": an empty key, more than two commas in a step,
/// a time that is no number or out of range, blanks or control characters, more than 256 steps. One trailing ';' is
/// taken.
[[nodiscard]] tl::expected<std::vector<KeyPress>, Error> parse_key_sequence(std::string_view text);

/// The inverse of parse_key_sequence.
[[nodiscard]] std::string to_string(const std::vector<KeyPress>& sequence);

}  // namespace snom::language
