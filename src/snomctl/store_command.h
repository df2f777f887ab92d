#pragma once

#include <string>

namespace snom::snomctl {

/// `snomctl store copy`: the keys and groups of one store into another, while no snomd uses either.
struct StoreCopy {
  std::string from;        ///< a file, or a connection URI of libpq
  std::string to;          ///< the same; a file is made if it is not there
  bool overwrite = false;  ///< what is in it already goes
};

// Exit statuses.
inline constexpr int copied = 0;
inline constexpr int not_copied = 2;  ///< one of the two cannot be read or written, or is in use
inline constexpr int not_empty = 3;   ///< there are keys in `to`

/// All or, when it fails, as much as standard error says. What was copied is read again and compared.
[[nodiscard]] int copy_store(const StoreCopy& command);

}  // namespace snom::snomctl
