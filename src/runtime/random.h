#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace snom::runtime {

/// Bytes that nobody can guess, of the kernel's (getrandom(2)): for secrets, references, tags. At most 256, which come
/// whole. Throws std::system_error when the kernel gives none, std::length_error for more. Any thread.
[[nodiscard]] std::vector<unsigned char> random_bytes(std::size_t count);

}  // namespace snom::runtime
