#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

#include "store/node_tables.h"

namespace snom::store {

/// Letters to other nodes that wait to be sent, within bounds. Any thread.
class WaitingLetters final {
 public:
  struct Limits {
    std::size_t count = 20000;           ///< one more is not taken
    std::size_t bytes = 16UL << 20;      ///< of all texts; likewise
    std::size_t largest = 256UL * 1024;  ///< bytes of a text
    std::size_t at_once = 2000;          ///< that take() gives
    std::size_t bytes_at_once = 1UL << 20;
  };
  enum class Added { first, behind, refused };

  explicit WaitingLetters(Limits limits) : limits_(limits) {}

  /// `first`: none waited before. `refused`: it is too large, or too many wait already.
  [[nodiscard]] Added add(node_tables::Letter letter);
  /// The oldest, in their order.
  [[nodiscard]] std::vector<node_tables::Letter> take();
  [[nodiscard]] bool empty() const;
  void clear();

 private:
  const Limits limits_;
  mutable std::mutex mutex_;
  std::deque<node_tables::Letter> letters_;  ///< under the mutex
  std::size_t bytes_ = 0;                    ///< of them
};

}  // namespace snom::store
