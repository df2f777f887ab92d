#include "store/waiting_letters.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace snom::store {

WaitingLetters::Added WaitingLetters::add(node_tables::Letter letter) {
  if (letter.text.size() > limits_.largest) return Added::refused;
  const std::lock_guard lock(mutex_);
  if (letters_.size() >= limits_.count) return Added::refused;
  letters_.push_back(std::move(letter));
  return letters_.size() == 1 ? Added::first : Added::behind;
}

std::vector<node_tables::Letter> WaitingLetters::take() {
  const std::lock_guard lock(mutex_);
  const auto end = letters_.begin() + static_cast<std::ptrdiff_t>(std::min(letters_.size(), limits_.at_once));
  std::vector<node_tables::Letter> taken(std::make_move_iterator(letters_.begin()), std::make_move_iterator(end));
  letters_.erase(letters_.begin(), end);
  return taken;
}

bool WaitingLetters::empty() const {
  const std::lock_guard lock(mutex_);
  return letters_.empty();
}

void WaitingLetters::clear() {
  const std::lock_guard lock(mutex_);
  letters_.clear();
}

}  // namespace snom::store
