#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "nodes/lease.h"

namespace snom::nodes {

/// The lives that the database knows, and which of them are over: those whose lease nobody has renewed for so long that
/// their nodes think it over, too, and nothing they sent can still arrive. By this node's own clock alone: no two
/// clocks have to agree on what time it is. Pure; one thread at a time.
class Neighbours final {
 public:
  using TimePoint = Lease::TimePoint;

  struct Life {
    Epoch epoch = 0;
    std::uint64_t beat = 0;  ///< another one after each renewal
    bool operator==(const Life&) const = default;
  };

  explicit Neighbours(LeaseLimits limits) : limits_(limits) {}

  /// All lives that the database knew; `arrived`: the time when the answer was there.
  void seen(std::span<const Life> all, TimePoint arrived);

  /// Those that may be ended, if their beat still is the one given here when that is done.
  [[nodiscard]] std::vector<Life> over(TimePoint now) const;

 private:
  struct Heard {
    std::uint64_t beat = 0;
    TimePoint at{};  ///< the beat was seen first
  };
  LeaseLimits limits_;
  std::map<Epoch, Heard> lives_;
};

}  // namespace snom::nodes
