#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "control/keys/button_store.h"
#include "runtime/executor.h"
#include "store/group_writer.h"

namespace snom::store {

/// Where keys are kept is said by the name of a file, or by a connection URI of libpq.
[[nodiscard]] bool is_url(std::string_view place);

/// A URL that open_store() takes for PostgreSQL; else what was expected, without the text itself: it may hold a
/// password.
[[nodiscard]] tl::expected<void, std::string> check_url(const std::string& url);

/// As it may be shown: the file, or hosts and database without a password.
[[nodiscard]] std::string shown_place(const std::string& place);

/// What open_store() would say of a place, as far as that is known without making or changing anything and without
/// asking a server.
[[nodiscard]] tl::expected<void, std::string> check_store(const std::string& place);

/// SQLite in a file, or PostgreSQL. `told`: any thread, why nothing can be kept at present; empty: all is well again.
/// `node`: see PostgresButtonStore::Options.
[[nodiscard]] tl::expected<std::unique_ptr<control::ButtonStore>, std::string> open_store(
    const std::string& place, runtime::Executor& control, Limits limits = {},
    std::function<void(const std::string& away)> told = {}, const std::string& node = {});

}  // namespace snom::store
