#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "control/keys/button_store.h"
#include "store/keeper.h"
#include "store/postgres.h"

namespace snom::store {

/// The tables of docs/store.md in PostgreSQL. Each call is for one connection, on one thread at a time.
namespace postgres_table {

/// Takes the place of the one program that may write to this schema (an advisory lock of the session, which ends with
/// the connection), has commits wait for the disk, and brings the tables to this version. Refused when another program
/// has the place, when the tables are of a newer version, and when there is no schema that may be written.
/// `node`: not empty: the place is shared with other nodes, each of a name of its own, and the tables of node_tables
/// are made, too.
[[nodiscard]] SqlResult<void> prepare(PostgresConnection& connection, std::chrono::milliseconds limit,
                                      const std::string& node = {});

[[nodiscard]] SqlResult<std::vector<control::WantedButton>> all(PostgresConnection& connection,
                                                                std::chrono::milliseconds limit);
[[nodiscard]] SqlResult<std::vector<control::KeptGroup>> groups(PostgresConnection& connection,
                                                                std::chrono::milliseconds limit);

/// All changes in their order or nothing, sent at once: a client that is stopped in the middle holds nothing up. Done
/// once more it changes nothing. Those are left out, and told, that are judged by what is not so.
[[nodiscard]] SqlResult<std::vector<Overtaken>> apply(PostgresConnection& connection,
                                                      std::span<const control::ButtonStore::Change* const> changes,
                                                      std::chrono::milliseconds limit);

/// The same of nodes: revisions are given in the order of commits, and told by Change::revisions. Done once more they
/// are others.
[[nodiscard]] SqlResult<std::vector<Overtaken>> apply_shared(
    PostgresConnection& connection, std::span<const control::ButtonStore::Change* const> changes,
    std::chrono::milliseconds limit);

/// Of changes that were tried once more, since nobody knows whether they were kept: those that are there already are
/// none that were overtaken, and their revisions are told by Change::revisions.
void pass_over_what_is_there(std::span<const control::ButtonStore::Change* const> changes,
                             std::vector<Overtaken>& overtaken);

}  // namespace postgres_table
}  // namespace snom::store
