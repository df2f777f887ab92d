#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/allowance.h"
#include "sip/server.h"
#include "snomd/journal.h"

namespace snom::snomd {

/// The lines of the log about requests that were refused for who sent them, as fail2ban reads them
/// (packaging/fail2ban). Not more than a disk bears: of one address ten at once and one each ten seconds, of all
/// addresses a hundred at once and twenty a second; what is left out is counted. One owner thread.
class RefusalLog final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Writes what is to be written now.
  void write(const sip::RefusedRequest& refused, TimePoint now);

  /// What to write now, at level warning; empty when it is too much. All that the sender chose stands behind the
  /// address and in quotes.
  [[nodiscard]] std::vector<std::string> lines(const sip::RefusedRequest& refused, TimePoint now);

 private:
  /// Addresses that are remembered; beyond them the oldest starts anew.
  static constexpr std::size_t most_hosts = 1024;

  runtime::Allowance all_{100, 20, TimePoint{}};
  runtime::Allowances by_host_{10, 0.1, most_hosts};
  std::uint64_t left_out_ = 0;
};

/// Who was refused, for the journal.
[[nodiscard]] LogFields fields_of(const sip::RefusedRequest& refused);

}  // namespace snom::snomd
