#pragma once

#include <string>

#include "snomctl/client.h"

namespace snom::snomctl {

/// `snomctl probe`: finds out what a phone does, with somebody who looks at it.
struct ProbeOptions {
  std::string phone;      ///< "1000@example.com"
  std::string key = "1";  ///< of type Button on the phone, and not set in snomd
  std::string place;      ///< where that key is: "P2"; empty = it is not pressed by remote control
  std::string blf_key;    ///< of type BLF, at the address of that key; empty = none
  std::string output;     ///< of the report; empty = "probe-<model>-<firmware>.txt" here
  std::string answers;    ///< a file; empty = standard input
  std::string use;        ///< a configuration of snomd; empty = none is changed
  bool reboot = false;    ///< it may be rebooted
  int reboot_limit_s = 300;
};

// Exit statuses.
inline constexpr int probe_done = 0;
inline constexpr int probe_ended = 1;     ///< before its end, by whoever answers; what was changed is put back
inline constexpr int probe_no_phone = 2;  ///< snomd cannot be asked, or has no such phone
inline constexpr int probe_refused = 3;   ///< the command line, or a key that could not be put back

/// Sets keys and LEDs one after the other and asks what is seen; puts all back, however it ends. Writes the report.
[[nodiscard]] int probe(const Client& client, const ProbeOptions& options);

}  // namespace snom::snomctl
