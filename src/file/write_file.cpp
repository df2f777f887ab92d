#include "file/write_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

namespace snom::file {
namespace {

bool write_all(int file, std::string_view rest) {
  while (!rest.empty()) {
    const auto written = ::write(file, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// What root writes into a folder of a service belongs to the service all the same: the new file has the owner of the
/// one that it replaces, or else of its folder.
bool give_to_owner(int file, const std::string& path) {
  struct stat owner {};
  const bool root = ::geteuid() == 0;
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::stat(path.c_str(), &owner) != 0 && (!root || ::stat(folder.c_str(), &owner) != 0)) return true;
  return ::fchown(file, owner.st_uid, owner.st_gid) == 0 || !root;
}

}  // namespace

tl::expected<void, std::string> replace(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  const auto failed = [&](int error) {
    ::unlink(fresh.c_str());
    return tl::unexpected(std::generic_category().message(error));
  };
  ::unlink(fresh.c_str());  // left behind by one that was killed
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (file < 0) return failed(errno);
  // Synced before the rename: else a power failure could leave an empty file.
  if (!give_to_owner(file, path) || !write_all(file, text) || ::fsync(file) != 0) {
    const int error = errno;
    ::close(file);
    return failed(error);
  }
  if (::close(file) != 0 || std::rename(fresh.c_str(), path.c_str()) != 0) return failed(errno);
  return {};
}

}  // namespace snom::file
