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

/// A key that was set or forgotten; numbers grow in the order of commits.
using KeyChange = control::KeyNews;

/// Keys, in the order of their changes.
struct Keys {
  std::vector<KeyChange> changes;
  /// Why others among them were passed over: they hold what this version does not know. Each is a sentence.
  std::vector<std::string> unreadable;
  std::uint64_t number = 0;  ///< the highest of all of them
};

/// Whose a phone is, 0: nobody's.
struct Place {
  std::string address_of_record;
  nodes::Epoch epoch = 0;
  nodes::Turn turn = 0;
};
struct Name {
  nodes::Epoch epoch = 0;
  std::string node;
};

/// What a node tells another one; by a table that nothing stays in.
struct Letter {
  nodes::Epoch other = 0;  ///< whom it is to, or from
  std::string text;
};

/// How far somebody knows the tables.
struct Known {
  nodes::Turn seen = 0;      ///< of the phones of his own life
  std::uint64_t number = 0;  ///< of changes of keys
  nodes::Turn placed = 0;    ///< of all phones
};

/// What is in the tables at one moment.
struct Look {
  bool is_whole = false;    ///< false: more keys have changed, and of phones and letters nothing is in it
  bool knows_life = false;  ///< of who looks
  std::vector<nodes::Neighbours::Life> lives;
  std::vector<Name> names;            ///< of the lives
  std::vector<nodes::Epoch> orphans;  ///< phones have them for owners, and they are over
  Keys keys;                          ///< those after a number, the oldest
  std::vector<Place> places;          ///< those after a turn, in their order
  std::uint64_t trimmed = 0;          ///< changes up to this number are not told any more
  std::uint64_t groups = 0;           ///< number of the latest change of a group
  nodes::Ownership::Found found;
  std::vector<Letter> letters;  ///< to this life, in their order; all of them, and nobody finds them again
};

/// Everything, as of one moment.
struct All {
  Keys keys;
  std::vector<Place> places;
  std::vector<Name> names;   ///< of all lives
  std::uint64_t number = 0;  ///< changes up to this one are in it
  nodes::Turn placed = 0;    ///< turns up to this one
};

/// Makes the tables if need be, beside those of postgres_table.
[[nodiscard]] SqlResult<void> make(PostgresConnection& connection, std::chrono::milliseconds limit);
/// At the start of a program: numbers are given behind all revisions that a program had given itself, when it was
/// alone.
[[nodiscard]] SqlResult<void> number_behind_all(PostgresConnection& connection, std::chrono::milliseconds limit);

/// As make(). Statements take at most `limit` from now on.
[[nodiscard]] SqlResult<void> prepare(PostgresConnection& connection, std::chrono::milliseconds limit);

/// `number`: as in Known.
[[nodiscard]] SqlResult<nodes::Epoch> begin(PostgresConnection& connection, const std::string& node,
                                            std::uint64_t number, std::chrono::milliseconds limit);
/// False: that life is over.
[[nodiscard]] SqlResult<bool> renew(PostgresConnection& connection, nodes::Epoch epoch, std::uint64_t number,
                                    std::chrono::milliseconds limit);
/// Ends a life, unless it was renewed meanwhile.
[[nodiscard]] SqlResult<void> end(PostgresConnection& connection, nodes::Neighbours::Life life,
                                  std::chrono::milliseconds limit);
/// Ends one's own.
[[nodiscard]] SqlResult<void> leave(PostgresConnection& connection, nodes::Epoch epoch,
                                    std::chrono::milliseconds limit);

/// `sent`: letters of this life's, which are sent with it. What became of them is not known after an error, nor of
/// those that it would have found. `most_keys`: that are told at once, so that a look ends within its limit.
[[nodiscard]] SqlResult<Look> look(PostgresConnection& connection, nodes::Epoch epoch, const Known& known,
                                   std::span<const Letter> sent, std::size_t most_keys,
                                   std::chrono::milliseconds limit);
/// From now on a word comes when something changes, and when letters to this life (0: none) are sent; nullopt: no word
/// comes.
[[nodiscard]] SqlResult<void> listen(PostgresConnection& connection, std::optional<nodes::Epoch> epoch,
                                     std::chrono::milliseconds limit);

/// May take long: `limit` is for each row. From then on no change is forgotten until let_changes_go(), which is to be
/// called when a life has begun, or the end of the connection.
[[nodiscard]] SqlResult<All> read_all(PostgresConnection& connection, std::chrono::milliseconds limit);
[[nodiscard]] SqlResult<void> let_changes_go(PostgresConnection& connection, std::chrono::milliseconds limit);

/// Forgets up to `most` changes that all lives have seen, and letters that nobody fetched for `letters`. True: there
/// may be more changes.
[[nodiscard]] SqlResult<bool> trim(PostgresConnection& connection, std::size_t most, std::chrono::seconds letters,
                                   std::chrono::milliseconds limit);

enum class Taken { any, wished };  ///< `wished`: only those that registered with the life's node
/// Gives up to `most` phones of lives that are over (as look() found them) to this one; how many. Those that registered
/// with another life's node meanwhile are that one's to take, while it lives.
[[nodiscard]] SqlResult<std::size_t> take(PostgresConnection& connection, nodes::Epoch epoch,
                                          std::span<const nodes::Epoch> orphans, Taken which, std::size_t most,
                                          std::chrono::milliseconds limit);
/// Phones registered with this life's node: they are its own if they are new, or their owner is over; else their owner
/// is told that they are wished for.
[[nodiscard]] SqlResult<void> claim(PostgresConnection& connection, nodes::Epoch epoch,
                                    std::span<const std::string> addresses_of_record,
                                    std::span<const nodes::Epoch> orphans, std::chrono::milliseconds limit);
/// Gives phones to who wished for them, or to nobody. Those that have another turn are passed over.
[[nodiscard]] SqlResult<void> release(PostgresConnection& connection, nodes::Epoch epoch,
                                      std::span<const nodes::Ownership::Phone> phones, std::chrono::milliseconds limit);

}  // namespace node_tables
}  // namespace snom::store
