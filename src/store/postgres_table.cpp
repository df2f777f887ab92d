#include "store/postgres_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "store/node_tables.h"
#include "store/rows.h"
#include "store/schema.h"

namespace snom::store::postgres_table {
namespace {

using control::ButtonStore;
using control::KeptGroup;
using control::WantedButton;
using std::chrono::milliseconds;
using Connection = PostgresConnection;

/// The n-th step makes version n of version n - 1; none is ever changed once it was released. docs/store.md.
constexpr std::array<std::string_view, 1> steps{
    R"sql(
CREATE TABLE wanted_button (
  address_of_record text        NOT NULL,
  key               text        NOT NULL,
  light             text,
  colour            text,
  label             text        NOT NULL,
  number            text        NOT NULL,
  action            text,
  caller            text        NOT NULL,
  reference         text        NOT NULL,
  cleared           boolean     NOT NULL,
  revision          bigint      NOT NULL,
  set_at            timestamptz NOT NULL,
  set_by            text        NOT NULL,
  PRIMARY KEY (address_of_record, key)
);
CREATE TABLE phone_group (
  name    text   NOT NULL PRIMARY KEY,
  members text[] NOT NULL
);
)sql",
};

/// One lock for each schema: 0x534e4f4d ("SNOM") and the schema's number.
constexpr std::string_view lock_sql =
    "SELECT current_schema(), pg_try_advisory_lock((x'534e4f4d'::bigint << 32) | n.oid::bigint)"
    " FROM (SELECT current_schema() AS name) c LEFT JOIN pg_namespace n ON n.nspname = c.name";
constexpr std::string_view holder_sql =
    "SELECT a.application_name, coalesce(host(a.client_addr), 'this host'), a.pid FROM pg_locks l"
    " JOIN pg_stat_activity a USING (pid) JOIN pg_namespace n ON n.nspname = current_schema()"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = x'534e4f4d'::bigint AND l.objid = n.oid"
    " AND l.pid <> pg_backend_pid() LIMIT 1";
/// Nodes have the same lock together, and each one of its name: 0x534e4f50 ("SNOP") and a number made of schema and
/// name.
constexpr std::string_view shared_lock_sql =
    "SELECT current_schema(), pg_try_advisory_lock_shared((x'534e4f4d'::bigint << 32) | n.oid::bigint)"
    " FROM (SELECT current_schema() AS name) c LEFT JOIN pg_namespace n ON n.nspname = c.name";
constexpr std::string_view name_number_sql = "(hashtext(n.oid::text || ' ' || $1::text)::bigint & x'ffffffff'::bigint)";
constexpr std::string_view name_lock_sql =
    "SELECT 1, pg_try_advisory_lock((x'534e4f50'::bigint << 32) | {0}) FROM pg_namespace n"
    " WHERE n.nspname = current_schema()";
constexpr std::string_view name_holder_sql =
    "SELECT a.application_name, coalesce(host(a.client_addr), 'this host'), a.pid FROM pg_locks l"
    " JOIN pg_stat_activity a USING (pid) JOIN pg_namespace n ON n.nspname = current_schema()"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = x'534e4f50'::bigint"
    " AND l.objid::bigint = {0} AND l.pid <> pg_backend_pid() LIMIT 1";
/// One node at a time brings the tables to a version: 0x534e4f51 ("SNOQ") and the schema's number.
constexpr std::string_view begin_climb_sql =
    "SELECT pg_advisory_lock((x'534e4f51'::bigint << 32) | current_schema()::regnamespace::oid::bigint)";
constexpr std::string_view end_climb_sql =
    "SELECT pg_advisory_unlock((x'534e4f51'::bigint << 32) | current_schema()::regnamespace::oid::bigint)";
// A stronger setting of the administrator's (remote_apply) stays. The server notices in 20 s that a client's machine
// has gone, and gives its place away.
constexpr std::string_view session_sql =
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', "
    "'local');"
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3;"
    "SET standard_conforming_strings = on;";
constexpr std::string_view all_sql =
    "SELECT address_of_record, key, light, colour, label, number, action, caller, reference, cleared::int, revision,"
    " (extract(epoch FROM set_at) * 1000)::bigint, set_by FROM wanted_button";
constexpr std::string_view groups_sql = "SELECT name, array_to_string(members, E'\\n') FROM phone_group";
constexpr std::string_view apply_sql =
    "WITH gone AS (DELETE FROM wanted_button w USING unnest($1::text[], $2::text[]) AS g (address_of_record, key)"
    " WHERE w.address_of_record = g.address_of_record AND w.key = g.key),"
    " gone_group AS (DELETE FROM phone_group p USING unnest($3::text[]) AS g (name) WHERE p.name = g.name),"
    " put_group AS (INSERT INTO phone_group (name, members) SELECT name, string_to_array(members, E'\\n')"
    " FROM unnest($4::text[], $5::text[]) AS g (name, members)"
    " ON CONFLICT (name) DO UPDATE SET members = excluded.members)"
    " INSERT INTO wanted_button (address_of_record, key, light, colour, label, number, action, caller, reference,"
    " cleared, revision, set_at, set_by)"
    " SELECT address_of_record, key, light, colour, label, number, action, caller, reference, cleared, revision,"
    " timestamptz 'epoch' + set_at_ms * interval '1 millisecond', set_by"
    " FROM unnest($6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],"
    " $14::text[], $15::boolean[], $16::bigint[], $17::bigint[], $18::text[]) AS n (address_of_record, key, light,"
    " colour, label, number, action, caller, reference, cleared, revision, set_at_ms, set_by)"
    " ON CONFLICT (address_of_record, key) DO UPDATE SET light = excluded.light, colour = excluded.colour,"
    " label = excluded.label, number = excluded.number, action = excluded.action, caller = excluded.caller,"
    " reference = excluded.reference, cleared = excluded.cleared, revision = excluded.revision,"
    " set_at = excluded.set_at, set_by = excluded.set_by";
/// Triggers see to it that whoever changes rows has the lock of the order before he has one of them.
constexpr std::string_view apply_shared_sql =
    "WITH n AS (SELECT * FROM unnest($6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],"
    " $12::text[], $13::text[], $14::text[], $15::boolean[], $16::bigint[], $17::bigint[], $18::text[], $20::bigint[])"
    " AS n (address_of_record, key, light, colour, label, number, action, caller, reference, cleared, revision,"
    " set_at_ms, set_by, only_over)),"
    " gone AS (DELETE FROM wanted_button w USING unnest($1::text[], $2::text[], $19::bigint[])"
    " AS g (address_of_record, key, only_over) WHERE w.address_of_record = g.address_of_record AND w.key = g.key"
    " AND (g.only_over = 0 OR w.revision = g.only_over)),"
    " gone_group AS (DELETE FROM phone_group p USING unnest($3::text[]) AS g (name) WHERE p.name = g.name),"
    " put_group AS (INSERT INTO phone_group (name, members) SELECT name, string_to_array(members, E'\\n')"
    " FROM unnest($4::text[], $5::text[]) AS g (name, members)"
    " ON CONFLICT (name) DO UPDATE SET members = excluded.members),"
    " over AS (UPDATE wanted_button w SET light = n.light, colour = n.colour, label = n.label, number = n.number,"
    " action = n.action, caller = n.caller, reference = n.reference, cleared = n.cleared, revision = next_in_order(),"
    " set_at = timestamptz 'epoch' + n.set_at_ms * interval '1 millisecond', set_by = n.set_by FROM n"
    " WHERE n.only_over <> 0 AND w.address_of_record = n.address_of_record AND w.key = n.key"
    " AND w.revision = n.only_over)"
    " INSERT INTO wanted_button AS w (address_of_record, key, light, colour, label, number, action, caller, reference,"
    " cleared, revision, set_at, set_by)"
    " SELECT address_of_record, key, light, colour, label, number, action, caller, reference, cleared, next_in_order(),"
    " timestamptz 'epoch' + set_at_ms * interval '1 millisecond', set_by FROM n WHERE n.only_over = 0"
    " ON CONFLICT (address_of_record, key) DO UPDATE SET light = excluded.light, colour = excluded.colour,"
    " label = excluded.label, number = excluded.number, action = excluded.action, caller = excluded.caller,"
    " reference = excluded.reference, cleared = excluded.cleared, revision = excluded.revision,"
    " set_at = excluded.set_at, set_by = excluded.set_by"
    " RETURNING w.address_of_record, w.key, w.revision";

SqlError refused(std::string text) { return {SqlError::Kind::refused, std::move(text)}; }

using Parameters = std::span<const std::string>;

/// " (snomd on 192.0.2.7, server process 4711)": who has a place; empty when it is nobody any more.
SqlResult<std::string> holder(Connection& connection, std::string_view sql, Parameters parameters, milliseconds limit) {
  std::string who;
  const auto see = [&who](const Connection::Row& row) {
    who = fmt::format(" ({} on {}, server process {})", row.text(0), row.text(1), row.text(2));
    return SqlResult<void>{};
  };
  if (auto found = connection.run(sql, parameters, limit, see); !found) return tl::unexpected(std::move(found.error()));
  return who;
}

/// Whether the lock was to be had; the error: there is no schema.
SqlResult<bool> take_lock(Connection& connection, std::string_view sql, Parameters parameters, milliseconds limit) {
  bool taken = false;
  bool has_schema = false;
  auto asked = connection.run(sql, parameters, limit, [&](const Connection::Row& row) {
    has_schema = !row.is_null(0);
    taken = row.text(1) == "t";
    return SqlResult<void>{};
  });
  if (!asked) return tl::unexpected(std::move(asked.error()));
  if (!has_schema) return tl::unexpected(refused("its search_path names no schema that is there (docs/store.md)"));
  return taken;
}

SqlResult<void> take_place(Connection& connection, milliseconds limit, const std::string& node) {
  const auto taken = take_lock(connection, node.empty() ? lock_sql : shared_lock_sql, {}, limit);
  if (!taken) return tl::unexpected(taken.error());
  if (!*taken) {
    const auto who = holder(connection, holder_sql, {}, limit);
    if (!who) return tl::unexpected(who.error());
    const auto* const hint = node.empty() ? "" : ", which is no node ([nodes] name)";
    return tl::unexpected(refused(fmt::format("in use by another program{}{}", *who, hint)));
  }
  if (node.empty()) return {};
  const std::array name{node};
  const auto named = take_lock(connection, fmt::format(name_lock_sql, name_number_sql), name, limit);
  if (!named) return tl::unexpected(named.error());
  if (*named) return {};
  const auto who = holder(connection, fmt::format(name_holder_sql, name_number_sql), name, limit);
  if (!who) return tl::unexpected(who.error());
  return tl::unexpected(
      refused(fmt::format("there is another node of the name '{}'{}: [nodes] name has to be one of "
                          "its own",
                          node, *who)));
}

SqlResult<void> climb(Connection& connection, milliseconds limit) {
  // Nobody else does so at the same time.
  bool is_there = false;
  const auto look = [&is_there](const Connection::Row& row) {
    is_there = !row.is_null(0);
    return SqlResult<void>{};
  };
  // Quoted, since current_schema() may need it.
  if (auto asked = connection.run("SELECT to_regclass(quote_ident(current_schema()) || '.store_version')", limit, look);
      !asked) {
    return asked;
  }
  std::int64_t version = 0;
  if (is_there) {
    auto read = connection.run("SELECT version FROM store_version", limit, [&version](const Connection::Row& row) {
      version = row.integer(0);
      return SqlResult<void>{};
    });
    if (!read) return read;
  }
  const auto newest = static_cast<std::int64_t>(steps.size());
  if (auto why = why_not_known(version, newest); !why.empty()) return tl::unexpected(refused(std::move(why)));
  if (version == newest) return {};
  std::string sql = "BEGIN;";
  if (!is_there) sql += "CREATE TABLE store_version (version integer NOT NULL); INSERT INTO store_version VALUES (0);";
  for (auto step = version; step < newest; ++step) sql += steps[static_cast<std::size_t>(step)];
  sql += fmt::format("UPDATE store_version SET version = {}; COMMIT", newest);
  auto climbed = connection.run(sql, limit);
  if (!climbed) static_cast<void>(connection.run("ROLLBACK", limit));
  return climbed;
}

/// What a change comes to in the end: the last of each key and group counts.
struct Sum {
  using Name = std::pair<std::string_view, std::string_view>;
  struct Key {
    const WantedButton* put = nullptr;  ///< nullptr = forgotten
    std::uint64_t only_over = 0;
  };
  std::map<Name, Key> keys;
  std::map<std::string_view, const KeptGroup*> groups;

  void add(const ButtonStore::Change& change) {
    for (const auto& put : change.put) add({put.address_of_record, put.button.key}, {&put, change.only_over});
    for (const auto& gone : change.forget) add({gone.address_of_record, gone.key}, {nullptr, change.only_over});
    for (const auto& group : change.groups) groups[group.name] = &group;
  }
  /// What holds for one revision only is nothing behind another change.
  void add(const Name& name, const Key& key) {
    if (key.only_over == 0 || !keys.contains(name)) keys[name] = key;
  }
};

template <typename Named>
void add_name(PostgresArray& array, const std::optional<Named>& value) {
  if (value) {
    array.add_text(to_string(*value));
  } else {
    array.add_null();
  }
}

/// In the order of apply_sql and apply_shared_sql.
std::array<PostgresArray, 20> parameters_of(const Sum& sum) {
  std::array<PostgresArray, 20> all;
  for (const auto& [name, key] : sum.keys) {
    const WantedButton* wanted = key.put;
    if (wanted == nullptr) {
      all[0].add_text(name.first);
      all[1].add_text(name.second);
      all[18].add_number(static_cast<std::int64_t>(key.only_over));
      continue;
    }
    all[19].add_number(static_cast<std::int64_t>(key.only_over));
    const language::Button& button = wanted->button;
    all[5].add_text(name.first);
    all[6].add_text(name.second);
    add_name(all[7], button.light);
    add_name(all[8], button.colour);
    all[9].add_text(button.label);
    all[10].add_text(button.number);
    add_name(all[11], button.action);
    all[12].add_text(button.caller);
    all[13].add_text(wanted->reference);
    all[14].add_truth(wanted->cleared);
    all[15].add_number(static_cast<std::int64_t>(wanted->revision));  // the same 64 bits: SQL knows no unsigned numbers
    all[16].add_number(static_cast<std::int64_t>(wanted->set_at.time_since_epoch().count()));
    all[17].add_text(wanted->set_by);
  }
  for (const auto& [name, group] : sum.groups) {
    if (group->members.empty()) {
      all[2].add_text(name);
      continue;
    }
    all[3].add_text(name);
    all[4].add_text(joined_members(*group));
  }
  return all;
}

std::array<std::string, 20> parameters_of(std::span<const ButtonStore::Change* const> changes) {
  Sum sum;
  for (const auto* change : changes) sum.add(*change);
  std::array<std::string, 20> parameters;
  const auto arrays = parameters_of(sum);
  std::transform(arrays.begin(), arrays.end(), parameters.begin(), [](const auto& array) { return array.text(); });
  return parameters;
}

}  // namespace

SqlResult<void> prepare(PostgresConnection& connection, milliseconds limit, const std::string& node) {
  if (auto set = connection.run(fmt::format("{}{}", session_sql, few_rows_by_key_sql), limit); !set) return set;
  if (auto taken = take_place(connection, limit, node); !taken) return taken;
  if (node.empty()) return climb(connection, limit);
  if (auto begun = connection.run(begin_climb_sql, limit); !begun) return begun;
  if (auto climbed = climb(connection, limit); !climbed) return climbed;
  if (auto made = node_tables::make(connection, limit); !made) return made;
  return connection.run(end_climb_sql, limit);
}

SqlResult<std::vector<WantedButton>> all(PostgresConnection& connection, milliseconds limit) {
  std::vector<WantedButton> found;
  const auto see = [&found](const Connection::Row& row) -> SqlResult<void> {
    auto wanted = read_wanted(row);
    if (!wanted) return tl::unexpected(SqlError{SqlError::Kind::corrupt, std::move(wanted.error())});
    found.push_back(std::move(*wanted));
    return {};
  };
  if (auto done = connection.run(all_sql, limit, see); !done) return tl::unexpected(std::move(done.error()));
  return found;
}

SqlResult<std::vector<KeptGroup>> groups(PostgresConnection& connection, milliseconds limit) {
  std::vector<KeptGroup> found;
  const auto see = [&found](const Connection::Row& row) {
    found.push_back({std::string(row.text(0)), split_members(row.text(1))});
    return SqlResult<void>{};
  };
  if (auto done = connection.run(groups_sql, limit, see); !done) return tl::unexpected(std::move(done.error()));
  return found;
}

SqlResult<void> apply(PostgresConnection& connection, std::span<const ButtonStore::Change* const> changes,
                      milliseconds limit) {
  const auto parameters = parameters_of(changes);
  // One program alone asks for nothing that holds for one revision only.
  return connection.run(apply_sql, std::span(parameters).first(18), limit);
}

SqlResult<void> apply_shared(PostgresConnection& connection, std::span<const ButtonStore::Change* const> changes,
                             milliseconds limit) {
  std::map<std::pair<std::string, std::string>, std::uint64_t> given;
  auto done = connection.run(apply_shared_sql, parameters_of(changes), limit, [&given](const Connection::Row& row) {
    given[{std::string(row.text(0)), std::string(row.text(1))}] = static_cast<std::uint64_t>(row.integer(2));
    return SqlResult<void>{};
  });
  if (!done) return done;
  for (const auto* change : changes) {
    if (change->revisions == nullptr) continue;
    change->revisions->clear();
    for (const auto& put : change->put) {
      change->revisions->push_back(given[{put.address_of_record, put.button.key}]);
    }
  }
  return {};
}

}  // namespace snom::store::postgres_table
