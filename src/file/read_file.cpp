#include "file/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace snom::file {
namespace {

std::string system_error(const std::string& path) {
  return fmt::format("{}: {}", path, std::generic_category().message(errno));
}

/// Closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

tl::expected<void, std::string> check(const std::string& path, const struct stat& status, std::size_t limit) {
  if (!S_ISREG(status.st_mode)) {
    const auto* kind = S_ISDIR(status.st_mode)    ? "a folder"
                       : S_ISFIFO(status.st_mode) ? "a FIFO"
                       : S_ISSOCK(status.st_mode) ? "a socket"
                                                  : "a device";
    return tl::unexpected(fmt::format("{}: is {} (expected a regular file)", path, kind));
  }
  if (status.st_size > static_cast<off_t>(limit)) {
    return tl::unexpected(fmt::format("{}: has {} bytes (at most {} are read)", path, status.st_size, limit));
  }
  return {};
}

}  // namespace

tl::expected<std::string, std::string> read(const std::string& path, std::size_t limit) {
  struct stat status {};
  // First without opening it: that alone does something to a device.
  if (::stat(path.c_str(), &status) != 0) return tl::unexpected(system_error(path));
  if (auto checked = check(path, status, limit); !checked) return tl::unexpected(std::move(checked.error()));
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (descriptor.number() < 0 || ::fstat(descriptor.number(), &status) != 0) return tl::unexpected(system_error(path));
  if (auto checked = check(path, status, limit); !checked) return tl::unexpected(std::move(checked.error()));

  std::string text;
  std::array<char, 65536> part;
  for (;;) {
    const ssize_t size = ::read(descriptor.number(), part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return tl::unexpected(system_error(path));
    if (size == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
    // Files of /proc do not tell their size, and one that is written to grows.
    if (text.size() > limit) return tl::unexpected(fmt::format("{}: has more than {} bytes", path, limit));
  }
}

tl::expected<std::string, std::string> read_first_line(const std::string& path) {
  auto text = read(path, secret_limit);
  if (!text) return text;
  if (text->empty()) return tl::unexpected(fmt::format("{}: is empty", path));
  text->resize(std::min(text->find('\n'), text->size()));
  if (text->ends_with('\r')) text->pop_back();
  return text;
}

}  // namespace snom::file
