#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nodes/ownership.h"
#include "store/postgres.h"

namespace snom::store {

/// The table of registrations (docs/store.md) in PostgreSQL. Each call is one statement and may be done twice; for one
/// connection, on one thread at a time. Instants are by the database's clock, in microseconds since 1970: no two nodes
/// have to show the same time.
namespace registration_table {

/// One binding, or that it is no more.
struct Row {
  std::string address_of_record;
  std::string profile;
  std::string name;  ///< which of the address of record's bindings: name_of(), or every_binding
  bool removed = false;
  std::string contact;  ///< bytes, as instance, q, path, call_id and user_agent are
  std::string instance;
  unsigned reg_id = 0;
  std::string q;
  std::string path;  ///< a value a line
  std::string call_id;
  std::uint32_t cseq = 0;
  std::int64_t registered_at = 0;
  std::int64_t expires = 0;
  std::string source_host;
  std::uint16_t source_port = 0;
  std::string transport;
  std::string next_hop;
  bool direct = true;
  bool proxied = false;
  std::string user_agent;
  nodes::Epoch life = 0;
};

/// Of a removal: all bindings of the address of record in that profile, as far as they are older.
inline constexpr const char* every_binding = "*";

/// A binding with an instance is the same whatever its contact (RFC 5626 section 6); any other is told by its contact.
[[nodiscard]] std::string name_of(const std::string& contact, const std::string& instance, unsigned reg_id);

/// Which row.
struct Key {
  std::string address_of_record;
  std::string profile;
  std::string name;
  auto operator<=>(const Key&) const = default;
};

/// Makes the table if need be. Statements take at most `limit` from now on.
[[nodiscard]] SqlResult<void> prepare(PostgresConnection& connection, std::chrono::milliseconds limit);

[[nodiscard]] SqlResult<std::int64_t> now(PostgresConnection& connection, std::chrono::milliseconds limit);

/// Rows of different keys, in their order, so that nobody waits for each other. One that is older than what is there
/// changes nothing (docs/decisions/registrations.md). Those that changed nothing because of another life.
[[nodiscard]] SqlResult<std::vector<Key>> write(PostgresConnection& connection, std::span<const Row> rows,
                                                std::chrono::milliseconds limit);

/// Bindings that are no removals, are not removed by another row, and whose time is not over. `registered_at` and
/// `expires` count from the time of the answer.
struct Page {
  std::vector<Row> rows;
  std::optional<Key> next;  ///< where the next page begins; nullopt: this was the last one
};
/// Of these addresses of record.
[[nodiscard]] SqlResult<Page> read(PostgresConnection& connection, std::span<const std::string> addresses_of_record,
                                   const Key& after, std::size_t most, std::chrono::milliseconds limit);

/// Looks at `most` rows and deletes those whose time was over a minute ago.
struct Swept {
  std::size_t deleted = 0;
  std::optional<Key> next;  ///< nullopt: that was the end of the table
};
[[nodiscard]] SqlResult<Swept> sweep(PostgresConnection& connection, const Key& after, std::size_t most,
                                     std::chrono::milliseconds limit);

}  // namespace registration_table
}  // namespace snom::store
