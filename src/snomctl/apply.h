#pragma once

#include <cstddef>
#include <string>

#include "layout/layout.h"
#include "snomctl/client.h"

namespace snom::snomctl {

// What snomctl apply ends with, for scripts.
inline constexpr int all_confirmed = 0;    ///< or there was nothing to do
inline constexpr int some_pending = 1;     ///< --dry-run: something would change
inline constexpr int some_failed = 2;      ///< or snomd cannot be reached
inline constexpr int nothing_applied = 3;  ///< the file cannot be used

struct ApplyOptions {
  std::string file;
  bool dry_run = false;
  std::size_t parallel = 16;  ///< commands under way at a time
};

/// Makes the keys what the file says, tells on standard output what became of it and on a terminal (standard error) how
/// far it is. Returns the exit status.
[[nodiscard]] int apply(const Client& client, const ApplyOptions& options);

/// Writes all keys that snomd has to standard output, or to `file` if that is not empty.
[[nodiscard]] int export_layout(const Client& client, layout::LayoutFormat format, const std::string& file);

}  // namespace snom::snomctl
