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
  if (::fchown(file, owner.st_uid, owner.st_gid) == 0) return true;
  // Who is not root may give a file to a group that he is in.
  const bool has_group = !root && ::fchown(file, static_cast<uid_t>(-1), owner.st_gid) == 0;
  return has_group || !root;
}

/// To be called when the file has its owner.
bool take_mode(int file, const std::string& path) {
  struct stat before {};
  struct stat now {};
  if (::stat(path.c_str(), &before) != 0) return true;
  if (::fstat(file, &now) != 0) return false;
  mode_t mode = before.st_mode & 0777U;
  // What one group might read is not for another.
  if (now.st_gid != before.st_gid) mode &= ~static_cast<mode_t>(S_IRWXG) | ((mode & S_IRWXO) << 3U);
  return ::fchmod(file, mode) == 0;
}

std::string beside(const std::string& path) { return path + ".new"; }

tl::unexpected<std::string> refused(int error) { return tl::unexpected(std::generic_category().message(error)); }

tl::unexpected<std::string> failed(const std::string& path, int error) {
  remove_beside(path);
  return refused(error);
}

tl::expected<void, std::string> write_new(const std::string& path, std::string_view text, Access access, bool sync) {
  remove_beside(path);  // left behind by one that was killed
  const bool is_first = access == Access::as_before && ::access(path.c_str(), F_OK) != 0;
  const mode_t mode = is_first ? 0640 : 0600;
  const int file = ::open(beside(path).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file < 0) return failed(path, errno);
  if (!give_to_owner(file, path) || (access == Access::as_before && !take_mode(file, path)) || !write_all(file, text) ||
      (sync && ::fsync(file) != 0)) {
    const int error = errno;
    ::close(file);
    return failed(path, error);
  }
  if (::close(file) != 0) return failed(path, errno);
  return {};
}

}  // namespace

tl::expected<void, std::string> check_can_be_made(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return {};
  if (errno == ENAMETOOLONG) return refused(errno);
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return refused(errno);
  return {};
}

tl::expected<void, std::string> write_beside(const std::string& path, std::string_view text, Access access) {
  return write_new(path, text, access, false);
}

tl::expected<void, std::string> take_place(const std::string& path) {
  if (std::rename(beside(path).c_str(), path.c_str()) != 0) return failed(path, errno);
  return {};
}

void remove_beside(const std::string& path) { ::unlink(beside(path).c_str()); }

tl::expected<void, std::string> replace(const std::string& path, std::string_view text, Access access) {
  // Synced before the rename: else a power failure could leave an empty file.
  if (auto written = write_new(path, text, access, true); !written) return written;
  return take_place(path);
}

}  // namespace snom::file
