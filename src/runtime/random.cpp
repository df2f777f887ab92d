#include "runtime/random.h"

#include <sys/random.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace snom::runtime {

std::vector<unsigned char> random_bytes(std::size_t count) {
  if (count > 256) throw std::length_error("more than 256 random bytes are asked for");
  std::vector<unsigned char> bytes(count);
  while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(count)) {
    // Only before the kernel's pool is filled can a signal come between.
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  return bytes;
}

}  // namespace snom::runtime
