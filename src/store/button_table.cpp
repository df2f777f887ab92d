#include "store/button_table.h"

#include <optional>
#include <string>

#include "store/rows.h"

namespace snom::store {
namespace {

using control::WantedButton;

constexpr std::string_view all_sql =
    "SELECT address_of_record, key, light, colour, label, number, action, caller, reference, cleared, revision, "
    "set_at_ms,"
    " set_by FROM wanted_button";
constexpr std::string_view all_of_sql =
    "SELECT address_of_record, key, light, colour, label, number, action, caller, reference, cleared, revision, "
    "set_at_ms,"
    " set_by FROM wanted_button WHERE address_of_record = $1";
constexpr std::string_view put_sql =
    "INSERT INTO wanted_button (address_of_record, key, light, colour, label, number, action, caller, reference, "
    "cleared,"
    " revision, set_at_ms, set_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    " ON CONFLICT (address_of_record, key) DO UPDATE SET light = excluded.light, colour = excluded.colour,"
    " label = excluded.label, number = excluded.number, action = excluded.action, caller = excluded.caller,"
    " reference = excluded.reference, cleared = excluded.cleared, revision = excluded.revision,"
    " set_at_ms = excluded.set_at_ms, set_by = excluded.set_by";
constexpr std::string_view forget_sql = "DELETE FROM wanted_button WHERE address_of_record = $1 AND key = $2";
constexpr std::string_view groups_sql = "SELECT name, members FROM phone_group";
constexpr std::string_view put_group_sql =
    "INSERT INTO phone_group (name, members) VALUES ($1, $2)"
    " ON CONFLICT (name) DO UPDATE SET members = excluded.members";
constexpr std::string_view forget_group_sql = "DELETE FROM phone_group WHERE name = $1";

template <typename Named>
void bind_name(Statement& statement, int parameter, const std::optional<Named>& value) {
  if (value) {
    statement.bind_text(parameter, to_string(*value));
  } else {
    statement.bind_null(parameter);
  }
}

SqlResult<void> to_end(Statement& statement) {
  return statement.step().map([](bool) {});
}

}  // namespace

SqlResult<ButtonTable> ButtonTable::open(Connection& connection) {
  ButtonTable table;
  for (const auto& [statement, sql] :
       {std::pair(&table.all_, all_sql), std::pair(&table.all_of_, all_of_sql), std::pair(&table.put_, put_sql),
        std::pair(&table.forget_, forget_sql), std::pair(&table.groups_, groups_sql),
        std::pair(&table.put_group_, put_group_sql), std::pair(&table.forget_group_, forget_group_sql)}) {
    auto prepared = connection.prepare(sql);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    *statement = std::move(*prepared);
  }
  return table;
}

SqlResult<std::vector<WantedButton>> ButtonTable::all() { return read(*all_); }

SqlResult<std::vector<WantedButton>> ButtonTable::all_of(const std::string& address_of_record) {
  all_of_->bind_text(1, address_of_record);
  return read(*all_of_);
}

SqlResult<std::vector<WantedButton>> ButtonTable::read(Statement& statement) {
  std::vector<WantedButton> found;
  for (;;) {
    auto row = statement.step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return found;
    auto wanted = read_wanted(statement);
    if (!wanted) {
      statement.reset();
      return tl::unexpected(SqlError{SqlError::Kind::corrupt, std::move(wanted.error())});
    }
    found.push_back(std::move(*wanted));
  }
}

SqlResult<std::vector<control::KeptGroup>> ButtonTable::groups() {
  std::vector<control::KeptGroup> found;
  for (;;) {
    auto row = groups_->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return found;
    found.push_back({std::string(groups_->text(0)), split_members(groups_->text(1))});
  }
}

SqlResult<void> ButtonTable::apply(const control::ButtonStore::Change& change) {
  for (const WantedButton& wanted : change.put) {
    if (auto done = put(wanted); !done) return done;
  }
  for (const auto& key : change.forget) {
    if (auto done = forget(key); !done) return done;
  }
  for (const auto& group : change.groups) {
    if (auto done = put_or_forget(group); !done) return done;
  }
  return {};
}

SqlResult<void> ButtonTable::put(const WantedButton& wanted) {
  const language::Button& button = wanted.button;
  put_->bind_text(1, wanted.address_of_record);
  put_->bind_text(2, button.key);
  bind_name(*put_, 3, button.light);
  bind_name(*put_, 4, button.colour);
  put_->bind_text(5, button.label);
  put_->bind_text(6, button.number);
  bind_name(*put_, 7, button.action);
  put_->bind_text(8, button.caller);
  put_->bind_text(9, wanted.reference);
  put_->bind_integer(10, wanted.cleared ? 1 : 0);
  // SQL knows no unsigned numbers: the same 64 bits.
  put_->bind_integer(11, static_cast<std::int64_t>(wanted.revision));
  put_->bind_integer(12, wanted.set_at.time_since_epoch().count());
  put_->bind_text(13, wanted.set_by);
  return to_end(*put_);
}

SqlResult<void> ButtonTable::put_or_forget(const control::KeptGroup& group) {
  if (group.members.empty()) {
    forget_group_->bind_text(1, group.name);
    return to_end(*forget_group_);
  }
  const auto members = joined_members(group);
  put_group_->bind_text(1, group.name);
  put_group_->bind_text(2, members);
  return to_end(*put_group_);
}

SqlResult<void> ButtonTable::forget(const control::ButtonStore::Change::Key& key) {
  forget_->bind_text(1, key.address_of_record);
  forget_->bind_text(2, key.key);
  return to_end(*forget_);
}

}  // namespace snom::store
