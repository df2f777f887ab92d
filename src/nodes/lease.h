#pragma once

#include <chrono>
#include <cstdint>

#include "nodes/boot_clock.h"

namespace snom::nodes {

/// A life of a node: a number of the database's, never given twice, a later life has a greater one. 0: none.
using Epoch = std::uint64_t;

/// How long leases last and how long others wait: the same on all nodes (docs/decisions/ownership.md).
struct LeaseLimits {
  std::chrono::milliseconds time_to_live{5000};
  /// A node thinks its own lease over by so much earlier, so that its clock may be the slower one.
  std::chrono::milliseconds margin{250};
  /// Others wait so much longer, until nothing that was sent within the lease can arrive any more.
  std::chrono::milliseconds grace{1250};
};

/// A node's own lease, as the node may count on it: by its own clock, from before it asked for it. Pure; one thread at
/// a time.
class Lease final {
 public:
  using TimePoint = BootClock::time_point;

  explicit Lease(LeaseLimits limits) : limits_(limits) {}

  /// The database has begun this life; `asked`: the time before it was asked. An older life than the present one is
  /// passed over. True: it is a new one.
  bool began(Epoch epoch, TimePoint asked);
  /// The database has renewed the lease of this life.
  void renewed(Epoch epoch, TimePoint asked);
  /// The database does not know this life any more. True: it was the present one.
  bool ended(Epoch epoch);

  /// The present life, whether its lease holds or not; 0: none.
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  /// Whether the node may speak.
  [[nodiscard]] bool holds(TimePoint now) const { return epoch_ != 0 && now < until_; }

 private:
  LeaseLimits limits_;
  Epoch epoch_ = 0;
  Epoch latest_ = 0;  ///< of all that began
  TimePoint until_{};
};

}  // namespace snom::nodes
