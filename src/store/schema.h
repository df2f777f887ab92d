#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "store/sql.h"

namespace snom::store {

/// The n-th step makes version n of version n - 1; none is ever changed once it was released. docs/store.md.
[[nodiscard]] std::span<const std::string_view> schema_steps();

/// Why a database of this version is none for the steps that lead to `newest`; empty: it is one.
[[nodiscard]] std::string why_not_known(std::int64_t version, std::int64_t newest);

/// Brings a database to the version that the steps lead to, in one transaction: all of it or nothing. One that is newer
/// than that is refused, with a text that does not name the file.
[[nodiscard]] SqlResult<void> migrate(Connection& connection, std::span<const std::string_view> steps);

}  // namespace snom::store
