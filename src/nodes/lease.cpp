#include "nodes/lease.h"

#include <algorithm>

namespace snom::nodes {

bool Lease::began(Epoch epoch, TimePoint asked) {
  if (epoch <= latest_) return false;
  latest_ = epoch;
  epoch_ = epoch;
  until_ = asked + limits_.time_to_live - limits_.margin;
  return true;
}

void Lease::renewed(Epoch epoch, TimePoint asked) {
  if (epoch != epoch_) return;
  // Answers to two renewals may come in any order.
  until_ = std::max(until_, asked + limits_.time_to_live - limits_.margin);
}

bool Lease::ended(Epoch epoch) {
  if (epoch == 0 || epoch != epoch_) return false;
  epoch_ = 0;
  return true;
}

}  // namespace snom::nodes
