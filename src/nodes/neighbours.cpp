#include "nodes/neighbours.h"

#include <utility>

namespace snom::nodes {

void Neighbours::seen(std::span<const Life> all, TimePoint arrived) {
  std::map<Epoch, Heard> now;
  for (const Life& life : all) {
    const auto before = lives_.find(life.epoch);
    const bool stands_still = before != lives_.end() && before->second.beat == life.beat;
    now[life.epoch] = stands_still ? before->second : Heard{life.beat, arrived};
  }
  lives_ = std::move(now);
}

std::vector<Neighbours::Life> Neighbours::over(TimePoint now) const {
  std::vector<Life> found;
  for (const auto& [epoch, heard] : lives_) {
    if (now >= heard.at + limits_.time_to_live + limits_.grace) found.push_back({epoch, heard.beat});
  }
  return found;
}

}  // namespace snom::nodes
