#include "sip/answered_requests.h"

namespace snom::sip {

std::optional<int> AnsweredRequests::find(const std::string& key, TimePoint now) {
  forget_until(now);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  return found->second;
}

void AnsweredRequests::remember(const std::string& key, int status, TimePoint now) {
  forget_until(now);
  if (key.size() > most_bytes_) return;
  const auto [entry, added] = by_key_.try_emplace(key, status);
  if (!added) return;
  bytes_ += key.size();
  by_age_.push_back({now + kept, &entry->first});
  while (bytes_ > most_bytes_) forget_oldest();
}

void AnsweredRequests::replace(const std::string& key, int status, TimePoint now) {
  if (const auto found = by_key_.find(key); found != by_key_.end())
    found->second = status;
  else
    remember(key, status, now);
}

void AnsweredRequests::forget_oldest() {
  const auto found = by_key_.find(*by_age_.front().key);
  bytes_ -= found->first.size();
  by_age_.pop_front();
  by_key_.erase(found);
}

void AnsweredRequests::forget_until(TimePoint now) {
  while (!by_age_.empty() && by_age_.front().until <= now) forget_oldest();
}

}  // namespace snom::sip
