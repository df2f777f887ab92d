#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "runtime/clock.h"
#include "runtime/lifetime.h"

namespace snom::runtime {

/// In which order, and how quickly, many are asked who answer in their own time (contacts that get all their keys,
/// say): as many at once as are answered, and never more a second than the rate. One that is silent for a few times of
/// what others need to answer gives up its place, so that it holds nobody up; an answer that comes later still says how
/// long others may need. One thread, the clock's.
class PacedQueue final {
 public:
  struct Options {
    double per_second = 10000;                      ///< upper bound
    std::size_t most_under_way = 500;               ///< that are not answered yet, at least 1
    std::chrono::milliseconds first_patience{200};  ///< with a silent one, as long as none has answered
    std::chrono::milliseconds least_patience{50};   ///< from then on, before another has its place
    std::chrono::milliseconds most_patience{2000};
  };
  /// The place of one that was started. 0 = none.
  using Place = std::uint64_t;
  /// Starts one. Returns false if there was nothing to do: it takes no place. Never calls back from within.
  using Start = std::function<bool(Place place)>;

  /// `clock` outlives this.
  PacedQueue(Clock& clock, Options options) : clock_(clock), options_(options) {}
  PacedQueue(const PacedQueue&) = delete;
  PacedQueue& operator=(const PacedQueue&) = delete;

  /// At once, or when its turn comes.
  void add(Start start);
  /// The one with this place was answered, or will not be. A place that was given up before is passed over.
  void ended(Place place, bool answered);

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  /// When each was started; in the order of both.
  using Started = std::map<Place, Clock::TimePoint>;

  void start_those_whose_turn_it_is();
  void wait_for(Clock::TimePoint at);
  void give_up_places(Clock::TimePoint now);
  [[nodiscard]] std::chrono::nanoseconds patience() const;

  Clock& clock_;
  const Options options_;
  std::deque<Start> waiting_;
  Started under_way_;
  Started given_up_;  ///< for most_patience: an answer is still measured
  Place last_place_ = 0;
  Clock::TimePoint next_{};                  ///< by the rate
  std::chrono::nanoseconds usual_answer_{};  ///< smoothed as RFC 6298 does; 0 = none yet
  std::optional<Clock::TimerId> timer_;
  Clock::TimePoint timer_at_{};
  Lifetime lifetime_;
};

}  // namespace snom::runtime
