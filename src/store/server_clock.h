#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "nodes/boot_clock.h"

namespace snom::store {

/// What time it is, or was, by the clock of the database, as far as its answers tell. Pure; one thread at a time.
class ServerClock final {
 public:
  using TimePoint = nodes::BootClock::time_point;

  /// It said `microseconds` since 1970, and that arrived at this time. What it said is corrected only by more than
  /// answers are late by, so that the order of what happened here stays.
  void heard(std::int64_t microseconds, TimePoint arrived) {
    const auto epoch = arrived - std::chrono::microseconds(microseconds);
    if (!epoch_ || std::chrono::abs(epoch - *epoch_) > tolerance) epoch_ = epoch;
  }
  void forget() { epoch_.reset(); }

  [[nodiscard]] std::int64_t microseconds(TimePoint at) const {
    return std::chrono::floor<std::chrono::microseconds>(at - epoch_.value_or(TimePoint())).count();
  }

 private:
  static constexpr std::chrono::milliseconds tolerance{200};
  std::optional<TimePoint> epoch_;  ///< 1970, by the clock of here
};

}  // namespace snom::store
