#include "runtime/paced_queue.h"

#include <algorithm>
#include <utility>

namespace snom::runtime {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

void PacedQueue::add(Start start) {
  waiting_.push_back(std::move(start));
  start_those_whose_turn_it_is();
}

void PacedQueue::ended(Place place, bool answered) {
  auto started = under_way_.extract(place);
  const bool had_its_place = !started.empty();
  if (!had_its_place) started = given_up_.extract(place);
  if (!started.empty() && answered) {
    const nanoseconds took = clock_.now() - started.mapped();
    usual_answer_ = usual_answer_.count() == 0 ? took : usual_answer_ + (took - usual_answer_) / 8;
  }
  if (had_its_place) start_those_whose_turn_it_is();
}

nanoseconds PacedQueue::patience() const {
  if (usual_answer_.count() == 0) return options_.first_patience;
  return std::clamp<nanoseconds>(4 * usual_answer_, options_.least_patience, options_.most_patience);
}

void PacedQueue::give_up_places(Clock::TimePoint now) {
  while (!under_way_.empty() && under_way_.begin()->second + patience() <= now) {
    given_up_.insert(given_up_.end(), under_way_.extract(under_way_.begin()));
  }
  while (!given_up_.empty() && given_up_.begin()->second + options_.most_patience <= now) {
    given_up_.erase(given_up_.begin());
  }
}

void PacedQueue::start_those_whose_turn_it_is() {
  const auto interval =
      std::chrono::duration_cast<Clock::TimePoint::duration>(std::chrono::duration<double>(1 / options_.per_second));
  const auto now = clock_.now();
  give_up_places(now);
  while (!waiting_.empty() && next_ <= now && under_way_.size() < std::max<std::size_t>(options_.most_under_way, 1)) {
    const auto start = std::move(waiting_.front());
    waiting_.pop_front();
    const auto place = ++last_place_;
    if (!start(place)) continue;
    under_way_.emplace(place, now);
    next_ = std::max(next_, now - milliseconds(20)) + interval;
  }
  if (waiting_.empty()) return;
  wait_for(next_ > now ? next_ : under_way_.begin()->second + patience());
}

void PacedQueue::wait_for(Clock::TimePoint at) {
  if (timer_ && timer_at_ <= at) return;
  if (timer_) clock_.cancel(*timer_);
  timer_at_ = at;
  const auto wait = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(at - clock_.now()));
  timer_ = clock_.after(wait, lifetime_.guard([this] {
    timer_.reset();
    start_those_whose_turn_it_is();
  }));
}

}  // namespace snom::runtime
