#pragma once

#include <cstddef>

namespace snom::runtime {

/// How many files this process may have open, its sockets among them (RLIMIT_NOFILE). Any thread.
[[nodiscard]] int most_open_files();

/// How many connections of one kind there may be where `wanted` are: at most a quarter of most_open_files(), so that a
/// flood of one kind leaves the doors of the others open; at least 8.
[[nodiscard]] std::size_t share_of_open_files(std::size_t wanted);

}  // namespace snom::runtime
