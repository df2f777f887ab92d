#include "store/schema.h"

#include <array>

#include <fmt/format.h>

namespace snom::store {
namespace {

constexpr std::array<std::string_view, 2> steps_of_this_version = {
    R"sql(
CREATE TABLE wanted_button (
  address_of_record TEXT    NOT NULL,
  key               TEXT    NOT NULL,
  light             TEXT,
  colour            TEXT,
  label             TEXT    NOT NULL,
  number            TEXT    NOT NULL,
  action            TEXT,
  caller            TEXT    NOT NULL,
  reference         TEXT    NOT NULL,
  cleared           INTEGER NOT NULL,
  revision          INTEGER NOT NULL,
  set_at_ms         INTEGER NOT NULL,
  set_by            TEXT    NOT NULL,
  PRIMARY KEY (address_of_record, key)
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
CREATE TABLE phone_group (
  name    TEXT NOT NULL PRIMARY KEY,
  members TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql",
};

SqlResult<void> climb(Connection& connection, std::span<const std::string_view> steps) {
  // Asked inside the transaction: nobody else migrates at the same time.
  const auto version = connection.schema_version();
  if (!version) return tl::unexpected(version.error());
  const int newest = static_cast<int>(steps.size());
  if (auto why = why_not_known(*version, newest); !why.empty()) {
    return tl::unexpected(SqlError{SqlError::Kind::refused, std::move(why)});
  }
  for (int step = *version; step < newest; ++step) {
    if (auto done = connection.run(steps[static_cast<std::size_t>(step)]); !done) return done;
  }
  if (*version == newest) return {};
  return connection.set_schema_version(newest);
}

}  // namespace

std::span<const std::string_view> schema_steps() { return steps_of_this_version; }

std::string why_not_known(std::int64_t version, std::int64_t newest) {
  if (version >= 0 && version <= newest) return {};
  return fmt::format(
      "written by a newer version of this program (schema {}, this one knows {}): "
      "run that version, or restore the backup made before the change",
      version, newest);
}

SqlResult<void> migrate(Connection& connection, std::span<const std::string_view> steps) {
  if (auto begun = connection.begin(); !begun) return begun;
  auto climbed = climb(connection, steps);
  if (climbed) return connection.commit();
  connection.rollback();
  return climbed;
}

}  // namespace snom::store
