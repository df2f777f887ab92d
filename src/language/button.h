#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "language/error.h"

namespace snom::language {

/// State of a function key's lamp: property `c` (Snom, "HowTo - LED Remote Control").
enum class Light { off, on, hold, pickup, park, message, offline, error, seized, record };

/// Colour of a function key's lamp: property `o` (same page). `local` and `remote` are the 820's names.
enum class Colour { red, green, orange, local, remote };

/// What a press does with the key's number: property `a` (same page).
enum class Action { invite, message };

[[nodiscard]] std::string_view to_string(Light light);
[[nodiscard]] std::string_view to_string(Colour colour);
[[nodiscard]] std::string_view to_string(Action action);

/// Case-sensitive, as on the wire. The error names the argument and lists what is possible.
[[nodiscard]] tl::expected<Light, Error> parse_light(std::string_view text);
[[nodiscard]] tl::expected<Colour, Error> parse_colour(std::string_view text);
/// An unknown action name is refused with argument "action_name".
[[nodiscard]] tl::expected<Action, Error> parse_action(std::string_view text);

/// One function key as a Snom is told about it: a lamp description replaces the whole key.
struct Button {
  std::string key;               ///< `k`: number or name, never empty
  std::optional<Light> light;    ///< `c`
  std::optional<Colour> colour;  ///< `o`
  std::string label;             ///< `l`: UTF-8; empty = none
  std::string number;            ///< `n`: what a press calls or sends to; empty = a press does nothing
  std::optional<Action> action;  ///< `a`: absent means invite
  std::string caller;            ///< `i`: shown beside a `pickup` lamp; empty = none
  bool operator==(const Button&) const = default;
};

/// Refuses an empty key, control characters (CR, LF, TAB, DEL, all below 0x20, C1) and broken UTF-8 in any value.
/// The error's argument is "key", "label", "action" (for the number) or "caller".
[[nodiscard]] tl::expected<void, Error> validate(const Button& button);

}  // namespace snom::language
