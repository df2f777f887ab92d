#include "store/sqlite_keeper.h"

#include <utility>

namespace snom::store {

SqlResult<std::vector<Overtaken>> SqliteKeeper::keep(Changes changes) {
  const std::lock_guard lock(in_use_);
  if (auto begun = connection_.begin(); !begun) return tl::unexpected(std::move(begun.error()));
  auto overtaken = apply(changes);
  if (!overtaken) {
    connection_.rollback();
    return overtaken;
  }
  if (auto committed = connection_.commit(); !committed) return tl::unexpected(std::move(committed.error()));
  return overtaken;
}

SqlResult<std::vector<Overtaken>> SqliteKeeper::apply(Changes changes) {
  std::vector<Overtaken> overtaken;
  for (std::size_t place = 0; place < changes.size(); ++place) {
    const auto& change = *changes[place];
    if (change.judged_by != nullptr) {
      auto now = table_.all_of(change.judged_by->address_of_record);
      if (!now) return tl::unexpected(std::move(now.error()));
      if (!change.judged_by->holds(*now)) {
        overtaken.push_back({place, std::move(*now)});
        continue;
      }
    }
    if (auto applied = table_.apply(change); !applied) return tl::unexpected(std::move(applied.error()));
  }
  return overtaken;
}

void SqliteKeeper::make_room() {
  const std::lock_guard lock(in_use_);
  connection_.make_room();
}

}  // namespace snom::store
