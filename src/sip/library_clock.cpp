#include "sip/library_clock.h"

#include <chrono>

#include <sofia-sip/su_time.h>

// su_time(), and su_now() through it, hands what it is about to return to this function. The header does not declare
// it; 1.12.11 and 1.13 both export it.
extern "C" {
extern void (*_su_time)(su_time_t* time);  // NOLINT: the library's name, and its variable
}

namespace snom::sip {
namespace {

using std::chrono::milliseconds;

template <typename Clock>
[[nodiscard]] milliseconds since_epoch() {
  return std::chrono::duration_cast<milliseconds>(Clock::now().time_since_epoch());
}

/// From the steady clock to NTP's era, which begins in 1900.
[[nodiscard]] milliseconds offset_to_ntp() {
  constexpr std::chrono::seconds from_1900_to_1970{2208988800};
  static const milliseconds offset =
      from_1900_to_1970 + since_epoch<std::chrono::system_clock>() - since_epoch<std::chrono::steady_clock>();
  return offset;
}

extern "C" void even_time(su_time_t* time) {
  if (time == nullptr) return;
  constexpr auto second = milliseconds(std::chrono::seconds(1));
  const auto now = offset_to_ntp() + since_epoch<std::chrono::steady_clock>();
  time->tv_sec = static_cast<unsigned long>(now / second);
  time->tv_usec = static_cast<unsigned long>((now % second).count()) * 1000;
}

}  // namespace

void give_sofia_an_even_clock() {
  static_cast<void>(offset_to_ntp());
  _su_time = &even_time;
}

}  // namespace snom::sip
