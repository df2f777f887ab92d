#pragma once

#include <string>

#include <tl/expected.hpp>

#include "store/sqlite.h"

namespace snom::store {

/// Where a file of keys is kept as it was at this version of the schema: "keys.db.schema-1" of "keys.db".
[[nodiscard]] std::string schema_backup_path(const std::string& path, int version);

/// Before an older file is brought forward: a whole copy of it, synced, mode 0600, beside it. An earlier copy of the
/// same version is replaced once the new one is whole. Nothing is done for a new file and for one of the version
/// `newest` or later. The error says why there is none; the file is as it was then. Outside of a transaction.
[[nodiscard]] tl::expected<void, std::string> keep_before_migration(SqliteConnection& connection,
                                                                    const std::string& path, int newest);

}  // namespace snom::store
