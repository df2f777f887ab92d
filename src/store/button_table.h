#pragma once

#include <memory>
#include <string>
#include <vector>

#include "control/keys/button_store.h"
#include "store/sql.h"

namespace snom::store {

/// The table `wanted_button` (docs/store.md) and its prepared statements. Lives no longer than the connection; on one
/// thread at a time.
class ButtonTable final {
 public:
  [[nodiscard]] static SqlResult<ButtonTable> open(Connection& connection);

  [[nodiscard]] SqlResult<std::vector<control::WantedButton>> all();
  /// What it puts, then what it forgets. Inside the caller's transaction.
  [[nodiscard]] SqlResult<void> apply(const control::ButtonStore::Change& change);

 private:
  ButtonTable() = default;
  [[nodiscard]] SqlResult<void> put(const control::WantedButton& wanted);
  [[nodiscard]] SqlResult<void> forget(const control::ButtonStore::Change::Key& key);

  std::unique_ptr<Statement> all_;
  std::unique_ptr<Statement> put_;
  std::unique_ptr<Statement> forget_;
};

}  // namespace snom::store
