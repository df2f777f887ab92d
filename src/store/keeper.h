#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "control/keys/button_store.h"
#include "store/sql.h"

namespace snom::store {

/// One of several changes of which nothing was kept, since what it was judged by is not so any more.
struct Overtaken {
  std::size_t place = 0;                   ///< among the changes
  std::vector<control::WantedButton> now;  ///< all that is kept of its phone
};

/// What a GroupWriter writes to: an engine. On the writer's thread, where nothing else is said.
class Keeper {
 public:
  virtual ~Keeper() = default;

  /// All of these changes in their order, or nothing of them: one transaction. Returns when neither kill -9 nor a power
  /// cut can take it, with those that were left out. Beside a change with `judged_by` none is of the same phone.
  [[nodiscard]] virtual SqlResult<std::vector<Overtaken>> keep(
      std::span<const control::ButtonStore::Change* const> changes) = 0;

  /// After an error of kind `full`: gives up what is kept twice, so that more may fit.
  virtual void make_room() {}

  /// Any thread: why nothing can be kept at present, as far as that is known; empty: it is to be tried.
  [[nodiscard]] virtual std::string away() const { return {}; }

  /// Called while nothing waits, every `tend_every()` (0 = never): a server is watched.
  virtual void tend() {}
  [[nodiscard]] virtual std::chrono::milliseconds tend_every() const { return {}; }
};

}  // namespace snom::store
