#include "runtime/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace snom::runtime {

int most_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<int>::max()));
}

std::size_t share_of_open_files(std::size_t wanted) {
  constexpr std::size_t least = 8;
  return std::min(wanted, std::max(least, static_cast<std::size_t>(most_open_files()) / 4));
}

}  // namespace snom::runtime
