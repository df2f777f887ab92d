#pragma once

#include <string>
#include <string_view>

/// What every fuzz target is made of. A target reads one input as it would come from outside; it ends normally for
/// whatever is in it, and calls broken() when a promise of ours was not kept.
namespace snom::fuzz {

/// One input; defined by each target, once in a program.
using Target = void (*)(std::string_view input);

/// Ends the process: the input that is being tried is a finding. `promise`: what was promised and did not hold.
[[noreturn]] void broken(std::string_view promise);

inline void must(bool kept, std::string_view promise) {
  if (!kept) broken(promise);
}

/// For messages that people read: one line of UTF-8 without control characters.
void must_be_one_line(std::string_view message);

/// Takes what stands in front of the first line feed off the input; all of it when there is none.
[[nodiscard]] std::string_view take_line(std::string_view& input);

/// Takes one byte off the input; 0 when there is none left.
[[nodiscard]] unsigned take_byte(std::string_view& input);

}  // namespace snom::fuzz
