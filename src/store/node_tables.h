#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/keys/button_store.h"
#include "nodes/neighbours.h"
#include "nodes/ownership.h"
#include "store/postgres.h"

namespace snom::store {

/// The tables of docs/decisions/ownership.md in PostgreSQL: lives, phones and their owners, and which keys changed.
/// Each call is one statement, so that a client that is stopped holds nothing up; each may be done twice. For one
/// connection, on one thread at a time.
namespace node_tables {

/// A key that was set or forgotten.
struct KeyChange {
  std::uint64_t number = 0;  ///< grows with each change, in the order of commits
  std::string address_of_record;
  std::string key;
  std::optional<control::WantedButton> wanted;  ///< nullopt: nothing is wanted of it any more
};

/// What is in the tables at one moment.
struct Look {
  bool knows_life = false;  ///< of who looks
  std::vector<nodes::Neighbours::Life> lives;
  std::vector<nodes::Epoch> orphans;  ///< phones have them for owners, and they are over
  std::vector<KeyChange> keys;        ///< those after a number, in their order
  /// Of changes up to this number some are no longer told: who looks after a smaller one has to look after 0, and then
  /// nothing is wanted of keys that he is not told.
  std::uint64_t forgotten_up_to = 0;
  nodes::Ownership::Found found;
};

/// Makes the tables if need be, beside those of postgres_table, and listens for changes. Statements take at most
/// `limit` from now on.
[[nodiscard]] SqlResult<void> prepare(PostgresConnection& connection, std::chrono::milliseconds limit);

[[nodiscard]] SqlResult<nodes::Epoch> begin(PostgresConnection& connection, const std::string& node,
                                            std::chrono::milliseconds limit);
/// False: that life is over.
[[nodiscard]] SqlResult<bool> renew(PostgresConnection& connection, nodes::Epoch epoch,
                                    std::chrono::milliseconds limit);
/// Ends a life, unless it was renewed meanwhile.
[[nodiscard]] SqlResult<void> end(PostgresConnection& connection, nodes::Neighbours::Life life,
                                  std::chrono::milliseconds limit);
/// Ends one's own.
[[nodiscard]] SqlResult<void> leave(PostgresConnection& connection, nodes::Epoch epoch,
                                    std::chrono::milliseconds limit);

/// `seen`: the latest turn that is known, `after`: the number of the latest change of a key that is.
[[nodiscard]] SqlResult<Look> look(PostgresConnection& connection, nodes::Epoch epoch, nodes::Turn seen,
                                   std::uint64_t after, std::chrono::milliseconds limit);

/// Gives up to `most` phones of lives that are over (as look() found them) to this one.
[[nodiscard]] SqlResult<void> take(PostgresConnection& connection, nodes::Epoch epoch,
                                   std::span<const nodes::Epoch> orphans, std::size_t most,
                                   std::chrono::milliseconds limit);
/// Phones registered with this life's node: they are its own if they are new, or their owner is over; else their owner
/// is told that they are wished for.
[[nodiscard]] SqlResult<void> claim(PostgresConnection& connection, nodes::Epoch epoch,
                                    std::span<const std::string> addresses_of_record,
                                    std::span<const nodes::Epoch> orphans, std::chrono::milliseconds limit);
/// Gives phones to who wished for them, or to nobody. Those that have another turn are passed over.
[[nodiscard]] SqlResult<void> release(PostgresConnection& connection, nodes::Epoch epoch,
                                      std::span<const nodes::Ownership::Phone> phones, std::chrono::milliseconds limit);
/// Of keys that nothing is wanted of any more, all but the latest `kept` are no longer known to have been there;
/// without this there would be ever more of them. Look::forgotten_up_to tells who has not heard of them yet.
[[nodiscard]] SqlResult<void> forget(PostgresConnection& connection, std::size_t kept, std::chrono::milliseconds limit);

}  // namespace node_tables
}  // namespace snom::store
