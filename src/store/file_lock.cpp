#include "store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace snom::store {
namespace {

std::string written_in(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  const std::string_view read(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return std::string(read.substr(0, read.find_first_not_of("0123456789")));
}

}  // namespace

tl::expected<FileLock, std::string> FileLock::take(const std::string& file) {
  const std::string name = file + ".lock";
  const int descriptor = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return tl::unexpected(fmt::format("{} cannot be opened: {}", name, std::strerror(errno)));
  FileLock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tl::unexpected(fmt::format("{} cannot be locked: {}", name, std::strerror(errno)));
    const std::string process = written_in(descriptor);
    return tl::unexpected(
        fmt::format("{} is in use by another program{}: two would lose each other's keys. Stop that one, "
                    "or give each a file of its own",
                    file, process.empty() ? "" : " (process " + process + ")"));
  }
  // For the message above only: a full disk is no reason to have no lock.
  const std::string process = std::to_string(getpid()) + "\n";
  if (ftruncate(descriptor, 0) == 0) {
    [[maybe_unused]] const ssize_t written = pwrite(descriptor, process.data(), process.size(), 0);
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace snom::store
