#pragma once

#include <span>
#include <string_view>

#include "store/sql.h"

namespace snom::store {

/// The n-th step makes version n of version n - 1; none is ever changed once it was released. docs/store.md.
[[nodiscard]] std::span<const std::string_view> schema_steps();

/// Brings a database to the version that the steps lead to, in one transaction: all of it or nothing. One that is newer
/// than that is refused, with a text that does not name the file.
[[nodiscard]] SqlResult<void> migrate(Connection& connection, std::span<const std::string_view> steps);

}  // namespace snom::store
