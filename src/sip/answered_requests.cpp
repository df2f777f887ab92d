#include "sip/answered_requests.h"

#include <openssl/sha.h>

#include <cstring>
#include <utility>

namespace snom::sip {

std::size_t AnsweredRequests::KeyHash::operator()(const Key& key) const {
  std::size_t number = 0;
  std::memcpy(&number, key.data(), sizeof number);
  return number;
}

AnsweredRequests::Key AnsweredRequests::digest_of(std::string_view key) {
  Key digest{};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  return digest;
}

const AnsweredRequests::Answered* AnsweredRequests::find(std::string_view key, TimePoint now) {
  forget_until(now);
  const auto found = by_key_.find(digest_of(key));
  return found == by_key_.end() ? nullptr : &found->second.answered;
}

void AnsweredRequests::remember(std::string_view key, Answered answered, TimePoint now) {
  forget_until(now);
  if (size_of(answered) > most_bytes_) return;
  const auto [entry, added] = by_key_.try_emplace(digest_of(key));
  Remembered& remembered = entry->second;
  if (added) {
    remembered.age = by_age_.insert(by_age_.end(), {now + kept, &entry->first});
  } else {
    bytes_ -= size_of(remembered.answered);
    remembered.age->until = now + kept;
    by_age_.splice(by_age_.end(), by_age_, remembered.age);
  }
  remembered.answered = std::move(answered);
  bytes_ += size_of(remembered.answered);
  while (bytes_ > most_bytes_) forget_oldest();
}

void AnsweredRequests::forget_oldest() {
  const auto found = by_key_.find(*by_age_.front().key);
  bytes_ -= size_of(found->second.answered);
  by_age_.pop_front();
  by_key_.erase(found);
}

void AnsweredRequests::forget_until(TimePoint now) {
  while (!by_age_.empty() && by_age_.front().until <= now) forget_oldest();
}

}  // namespace snom::sip
