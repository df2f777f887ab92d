#include "runtime/open_files.h"

#include <dirent.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>

#include "runtime/freed.h"

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

std::optional<int> find_open_file(const std::function<bool(int)>& is_it, const char* folder) {
  const std::unique_ptr<DIR, Freed<closedir>> open(opendir(folder));
  if (!open) {
    const int end = std::min(most_open_files(), 1 << 20);
    for (int descriptor = 0; descriptor < end; ++descriptor) {
      if (is_it(descriptor)) return descriptor;
    }
    return std::nullopt;
  }
  while (const dirent* entry = readdir(open.get())) {
    const int descriptor = std::atoi(entry->d_name);  // "." is 0, which may be asked of, too
    if (is_it(descriptor)) return descriptor;
  }
  return std::nullopt;
}

}  // namespace snom::runtime
