#include "store/placed_files.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace snom::store {

tl::expected<void, std::string> PlacedFiles::add(const std::string& name) {
  struct stat status {};
  if (::stat(name.c_str(), &status) != 0) {
    return tl::unexpected(fmt::format("{}: {}", name, std::generic_category().message(errno)));
  }
  files_.push_back({name, status.st_dev, status.st_ino});
  return {};
}

tl::expected<void, std::string> PlacedFiles::check() const {
  for (const File& file : files_) {
    struct stat status {};
    const bool is_there = ::stat(file.name.c_str(), &status) == 0;
    if (is_there && status.st_dev == file.device && status.st_ino == file.inode) continue;
    return tl::unexpected(
        fmt::format("{} was {} while it was in use, and what is kept there no start would find: put the "
                    "file back, or restart this program to go on with what is there now",
                    file.name, is_there ? "replaced" : "removed"));
  }
  return {};
}

}  // namespace snom::store
