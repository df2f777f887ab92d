#include "wall_clock/wall_clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

// Stands in for the C library's clock_gettime(), gettimeofday() and time(), in a test program or preloaded into one of
// ours. Preloaded, it takes the seconds from a file of eight bytes that SNOM_WALL_CLOCK names: who writes there moves
// the clock of the running program.

namespace {

using Seconds = std::atomic<std::int64_t>;
static_assert(sizeof(Seconds) == 8 && Seconds::is_always_lock_free);

/// The file's, or this process's own.
Seconds& ahead() {
  static Seconds own = 0;
  static Seconds* const seconds = [] {
    const char* path = std::getenv("SNOM_WALL_CLOCK");
    if (path == nullptr) return &own;
    const int file = open(path, O_RDONLY | O_CLOEXEC);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    void* const mapped = mmap(nullptr, sizeof(Seconds), PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) std::abort();
    close(file);
    return static_cast<Seconds*>(mapped);
  }();
  return *seconds;
}

}  // namespace

namespace snom::test {

void set_wall_clock_ahead(std::int64_t seconds) { ahead() = seconds; }

}  // namespace snom::test

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += ahead().load();
  return result;
}

int gettimeofday(timeval* time, void* /*zone*/) noexcept {
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* result) noexcept {
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}
}
