#include "store/waiting_letters.h"

#include <utility>

namespace snom::store {

WaitingLetters::Added WaitingLetters::add(node_tables::Letter letter) {
  if (letter.text.size() > limits_.largest) return Added::refused;
  const std::lock_guard lock(mutex_);
  if (letters_.size() >= limits_.count || bytes_ + letter.text.size() > limits_.bytes) return Added::refused;
  bytes_ += letter.text.size();
  letters_.push_back(std::move(letter));
  return letters_.size() == 1 ? Added::first : Added::behind;
}

std::vector<node_tables::Letter> WaitingLetters::take() {
  const std::lock_guard lock(mutex_);
  std::vector<node_tables::Letter> taken;
  std::size_t bytes = 0;
  while (!letters_.empty() && taken.size() < limits_.at_once && bytes < limits_.bytes_at_once) {
    bytes += letters_.front().text.size();
    taken.push_back(std::move(letters_.front()));
    letters_.pop_front();
  }
  bytes_ -= bytes;
  return taken;
}

bool WaitingLetters::empty() const {
  const std::lock_guard lock(mutex_);
  return letters_.empty();
}

void WaitingLetters::clear() {
  const std::lock_guard lock(mutex_);
  letters_.clear();
  bytes_ = 0;
}

}  // namespace snom::store
