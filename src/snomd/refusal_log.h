#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "sip/server.h"

namespace snom::snomd {

/// The lines of the log about requests that were refused for who sent them, as fail2ban reads them
/// (packaging/fail2ban). Not more than a disk bears: of one address ten at once and one each ten seconds, of all
/// addresses a hundred at once and twenty a second; what is left out is counted. Pure. One owner thread.
class RefusalLog final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// What to write now, at level warning; empty when it is too much. All that the sender chose stands behind the
  /// address and in quotes.
  [[nodiscard]] std::vector<std::string> lines(const sip::RefusedRequest& refused, TimePoint now);

 private:
  /// Lines that may be written; grows with time up to `most`.
  class Allowance {
   public:
    Allowance(double most, double per_second, TimePoint now)
        : most_(most), per_second_(per_second), left_(most), at_(now) {}
    [[nodiscard]] bool take(TimePoint now);

   private:
    double most_;
    double per_second_;
    double left_;
    TimePoint at_;
  };

  [[nodiscard]] bool allowed(const std::string& host, TimePoint now);

  Allowance all_{100, 20, TimePoint{}};
  std::unordered_map<std::string, Allowance> by_host_;
  std::deque<std::string> hosts_;  ///< of by_host_, the oldest first
  std::uint64_t left_out_ = 0;
};

}  // namespace snom::snomd
