#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

namespace snom::sip {

/// Counts what the SIP library keeps for a while of what others send, so that it is given no more than so many. Pure.
/// One owner thread.
class KeptLately final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  KeptLately(std::size_t most, std::chrono::seconds kept) : most_(most), kept_(kept) {}

  /// One more is kept from now on; false when there are as many already.
  [[nodiscard]] bool take(TimePoint now) {
    while (!since_.empty() && now - since_.front() > kept_) since_.pop_front();
    if (since_.size() >= most_) return false;
    since_.push_back(now);
    return true;
  }

 private:
  std::size_t most_;
  std::chrono::seconds kept_;
  std::deque<TimePoint> since_;
};

}  // namespace snom::sip
