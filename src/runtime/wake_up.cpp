#include "runtime/wake_up.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace snom::runtime {

WakeUp::WakeUp() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

WakeUp::~WakeUp() { close(descriptor_); }

void WakeUp::wake() const noexcept {
  const std::uint64_t one = 1;
  // It fails only where it can be read already.
  [[maybe_unused]] const auto size = write(descriptor_, &one, sizeof one);
}

void WakeUp::clear() const noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto size = read(descriptor_, &count, sizeof count);
}

}  // namespace snom::runtime
