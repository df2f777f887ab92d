#include "control/keys/restore_queue.h"

#include <algorithm>
#include <utility>

namespace snom::control {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

void RestoreQueue::add(Start start) {
  waiting_.push_back(std::move(start));
  start_those_whose_turn_it_is();
}

void RestoreQueue::ended(Place place, bool answered) {
  if (under_way_.erase(place) == 0) return;
  if (answered) {
    const auto found = std::lower_bound(started_.begin(), started_.end(), place,
                                        [](const Started& one, Place other) { return one.place < other; });
    if (found != started_.end() && found->place == place) {
      const nanoseconds took = clock_.now() - found->at;
      usual_answer_ = usual_answer_.count() == 0 ? took : usual_answer_ + (took - usual_answer_) / 8;
    }
  }
  start_those_whose_turn_it_is();
}

nanoseconds RestoreQueue::patience() const {
  return std::clamp<nanoseconds>(4 * usual_answer_, options_.least_patience, options_.most_patience);
}

void RestoreQueue::give_up_places(runtime::Clock::TimePoint now) {
  while (!started_.empty()) {
    const bool is_over = !under_way_.contains(started_.front().place);
    if (!is_over && started_.front().at + patience() > now) return;
    under_way_.erase(started_.front().place);
    started_.pop_front();
  }
}

void RestoreQueue::start_those_whose_turn_it_is() {
  const auto interval = std::chrono::duration_cast<runtime::Clock::TimePoint::duration>(
      std::chrono::duration<double>(1 / options_.per_second));
  const auto now = clock_.now();
  give_up_places(now);
  while (!waiting_.empty() && next_ <= now && under_way_.size() < options_.most_under_way) {
    const auto start = std::move(waiting_.front());
    waiting_.pop_front();
    const auto place = ++last_place_;
    if (!start(place)) continue;
    under_way_.insert(place);
    started_.push_back({place, now});
    next_ = std::max(next_, now - milliseconds(20)) + interval;
  }
  if (waiting_.empty()) return;
  wait_for(next_ > now ? next_ : started_.front().at + patience());
}

void RestoreQueue::wait_for(runtime::Clock::TimePoint at) {
  if (timer_ && timer_at_ <= at) return;
  if (timer_) clock_.cancel(*timer_);
  timer_at_ = at;
  const auto wait = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(at - clock_.now()));
  timer_ = clock_.after(wait, lifetime_.guard([this] {
    timer_.reset();
    start_those_whose_turn_it_is();
  }));
}

}  // namespace snom::control
