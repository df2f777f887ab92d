#include "sip/answered_requests.h"

#include <utility>

namespace snom::sip {

const AnsweredRequests::Answered* AnsweredRequests::find(const std::string& key, TimePoint now) {
  forget_until(now);
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &found->second.answered;
}

void AnsweredRequests::remember(const std::string& key, Answered answered, TimePoint now) {
  forget_until(now);
  if (size_of(key, answered) > most_bytes_) return;
  const auto [entry, added] = by_key_.try_emplace(key);
  Remembered& remembered = entry->second;
  if (added) {
    remembered.age = by_age_.insert(by_age_.end(), {now + kept, &entry->first});
  } else {
    bytes_ -= size_of(key, remembered.answered);
    remembered.age->until = now + kept;
    by_age_.splice(by_age_.end(), by_age_, remembered.age);
  }
  remembered.answered = std::move(answered);
  bytes_ += size_of(key, remembered.answered);
  while (bytes_ > most_bytes_) forget_oldest();
}

void AnsweredRequests::forget_oldest() {
  const auto found = by_key_.find(*by_age_.front().key);
  bytes_ -= size_of(found->first, found->second.answered);
  by_age_.pop_front();
  by_key_.erase(found);
}

void AnsweredRequests::forget_until(TimePoint now) {
  while (!by_age_.empty() && by_age_.front().until <= now) forget_oldest();
}

}  // namespace snom::sip
