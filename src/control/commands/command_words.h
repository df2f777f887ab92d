#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What was typed, before it is split into arguments. Pure functions.
namespace snom::control {

/// A command line's first word and what follows it, both without the blanks and line ends around them.
struct CommandWords {
  std::string_view word;
  std::string_view arguments;
};
[[nodiscard]] CommandWords read_line(std::string_view line);

/// The text of the first `count` arguments as typed: quotes, inner blanks and all. Used to cut off what must not be
/// shown, so when the end of those arguments cannot be told for certain the answer is empty, never too long.
[[nodiscard]] std::string_view first_arguments(std::string_view arguments, std::size_t count);

}  // namespace snom::control
