#pragma once

#include <cstddef>
#include <functional>
#include <optional>

namespace snom::runtime {

/// How many files this process may have open, its sockets among them (RLIMIT_NOFILE). Any thread.
[[nodiscard]] int most_open_files();

/// How many connections of one kind there may be where `wanted` are: at most a quarter of most_open_files(), so that a
/// flood of one kind leaves the doors of the others open; at least 8.
[[nodiscard]] std::size_t share_of_open_files(std::size_t wanted);

/// The first of this process' descriptors that `is_it` says is the one; nullopt: none is. Asked of those in `folder`;
/// where there is no such folder (a chroot without /proc) of all numbers that a descriptor may have, a million at most.
/// `is_it` may be asked of what is no open descriptor. Any thread.
[[nodiscard]] std::optional<int> find_open_file(const std::function<bool(int descriptor)>& is_it,
                                                const char* folder = "/proc/self/fd");

}  // namespace snom::runtime
