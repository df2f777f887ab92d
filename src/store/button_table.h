#pragma once

#include <memory>
#include <string>
#include <vector>

#include "control/keys/button_store.h"
#include "store/sql.h"

namespace snom::store {

/// The tables `wanted_button` and `phone_group` (docs/store.md) and their prepared statements. Lives no longer than the
/// connection; on one thread at a time.
class ButtonTable final {
 public:
  [[nodiscard]] static SqlResult<ButtonTable> open(Connection& connection);

  [[nodiscard]] SqlResult<std::vector<control::WantedButton>> all();
  [[nodiscard]] SqlResult<std::vector<control::WantedButton>> all_of(const std::string& address_of_record);
  [[nodiscard]] SqlResult<std::vector<control::KeptGroup>> groups();
  /// What it puts, then what it forgets. Inside the caller's transaction.
  [[nodiscard]] SqlResult<void> apply(const control::ButtonStore::Change& change);

 private:
  ButtonTable() = default;
  [[nodiscard]] static SqlResult<std::vector<control::WantedButton>> read(Statement& statement);
  [[nodiscard]] SqlResult<void> put(const control::WantedButton& wanted);
  [[nodiscard]] SqlResult<void> forget(const control::ButtonStore::Change::Key& key);
  [[nodiscard]] SqlResult<void> put_or_forget(const control::KeptGroup& group);

  std::unique_ptr<Statement> all_;
  std::unique_ptr<Statement> all_of_;
  std::unique_ptr<Statement> put_;
  std::unique_ptr<Statement> forget_;
  std::unique_ptr<Statement> groups_;
  std::unique_ptr<Statement> put_group_;
  std::unique_ptr<Statement> forget_group_;
};

}  // namespace snom::store
