#include "store/sqlite_keeper.h"

namespace snom::store {

SqlResult<void> SqliteKeeper::keep(std::span<const control::ButtonStore::Change* const> changes) {
  const std::lock_guard lock(in_use_);
  if (auto begun = connection_.begin(); !begun) return begun;
  for (const auto* change : changes) {
    if (auto applied = table_.apply(*change); !applied) {
      connection_.rollback();
      return applied;
    }
  }
  return connection_.commit();
}

void SqliteKeeper::make_room() {
  const std::lock_guard lock(in_use_);
  connection_.make_room();
}

}  // namespace snom::store
