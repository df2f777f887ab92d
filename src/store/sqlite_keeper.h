#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "store/button_table.h"
#include "store/keeper.h"

namespace snom::store {

/// Keeps in tables of one connection, which others use too: under `in_use`.
class SqliteKeeper final : public Keeper {
 public:
  SqliteKeeper(Connection& connection, ButtonTable& table, std::mutex& in_use)
      : connection_(connection), table_(table), in_use_(in_use) {}

  [[nodiscard]] SqlResult<std::vector<Overtaken>> keep(
      std::span<const control::ButtonStore::Change* const> changes) override;
  void make_room() override;

 private:
  using Changes = std::span<const control::ButtonStore::Change* const>;
  [[nodiscard]] SqlResult<std::vector<Overtaken>> apply(Changes changes);

  Connection& connection_;
  ButtonTable& table_;
  std::mutex& in_use_;
};

}  // namespace snom::store
