#pragma once

#include <chrono>
#include <string>

#include "snomctl/client.h"

namespace snom::snomctl {

/// `snomctl top`: how snomd and its phones are, live.
struct TopOptions {
  std::string server;  ///< as it is shown
  std::chrono::milliseconds interval{1000};
  bool once = false;  ///< two looks, one text on standard output; so it is, too, where that is no terminal
};

/// The exit status: 0, 2 if snomd cannot be reached to begin with (once it was, it is waited for).
[[nodiscard]] int top(const Client& client, const TopOptions& options);

/// "12:00:01", here.
[[nodiscard]] std::string clock_time();

}  // namespace snom::snomctl
