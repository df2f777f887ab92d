#pragma once

#include <cstddef>
#include <string>

/// Names that nobody guesses, from the system's random device. Any thread.
namespace snom::asterisk {

/// 128 bits.
[[nodiscard]] std::string unguessable_hex();
/// Decimal digits, each of ten as likely as the others.
[[nodiscard]] std::string unguessable_digits(std::size_t count);

}  // namespace snom::asterisk
