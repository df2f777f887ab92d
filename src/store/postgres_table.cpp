#include "store/postgres_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
constexpr std::string_view all_sql = "SELECT {read} FROM wanted_button";
constexpr std::string_view groups_sql = "SELECT name, array_to_string(members, E'\\n') FROM phone_group";
constexpr std::string_view apply_sql =
    "WITH gone AS (DELETE FROM wanted_button w USING unnest($1::text[], $2::text[]) AS g (address_of_record, key)"
    " WHERE w.address_of_record = g.address_of_record AND w.key = g.key), {groups}"
    " INSERT INTO wanted_button ({columns}) SELECT {values} FROM unnest({arrays}) AS n ({put}) {or_replace}";
/// Triggers see to it that whoever changes rows has the lock of the order before he has one of them.
constexpr std::string_view apply_shared_sql =
    "WITH n AS (SELECT * FROM unnest({arrays}, $20::bigint[]) AS n ({put}, only_over)),"
    " gone AS (DELETE FROM wanted_button w USING unnest($1::text[], $2::text[], $19::bigint[])"
    " AS g (address_of_record, key, only_over) WHERE {is_gone}), {groups}, {over}"
    " INSERT INTO wanted_button AS w ({columns}) SELECT {values} FROM n WHERE n.only_over = 0 {or_replace}"
    " RETURNING w.address_of_record, w.key, w.revision";

/// The same with changes that are judged by something. Statements, since each sees what was committed when it began,
/// and who has waited for the order has to see what he waited for. They are sent at once, so that nobody who is stopped
/// holds the order. Such have no parameters: $1, $2 ... are settings of the session, which are made before; as literals
/// they would be in the server's log when something is wrong. $21 to $27 say what is judged by what, $28 and $29 of
/// what is forgotten and put whose it is: 0 is a change that is judged by nothing.
constexpr std::string_view apply_judged_sql = R"sql(
BEGIN ISOLATION LEVEL READ COMMITTED;
{order}
WITH judged AS (
  SELECT * FROM unnest($21::bigint[], $22::text[], $23::bigint[]) AS j (change, address_of_record, keys)),
expected AS (
  SELECT * FROM unnest($24::bigint[], $25::text[], $26::text[], $27::bigint[])
    AS e (change, address_of_record, key, revision)),
overtaken AS (
  SELECT e.change FROM expected e LEFT JOIN wanted_button w
    ON w.address_of_record = e.address_of_record AND w.key = e.key AND NOT w.cleared
   WHERE coalesce(w.revision, 0) <> e.revision
  UNION SELECT j.change FROM judged j WHERE j.keys >= 0 AND j.keys <>
    (SELECT count(*) FROM wanted_button w WHERE w.address_of_record = j.address_of_record AND NOT w.cleared)),
n AS (
  SELECT * FROM unnest({arrays}, $20::bigint[], $29::bigint[]) AS n ({put}, only_over, change)
   WHERE change NOT IN (SELECT change FROM overtaken)),
gone AS (
  DELETE FROM wanted_button w USING unnest($1::text[], $2::text[], $19::bigint[], $28::bigint[])
    AS g (address_of_record, key, only_over, change)
   WHERE {is_gone} AND g.change NOT IN (SELECT change FROM overtaken)),
{groups},
{over},
kept AS (
  INSERT INTO wanted_button AS w ({columns}) SELECT {values} FROM n WHERE n.only_over = 0 {or_replace}
  RETURNING w.address_of_record, w.key, w.revision)
SELECT 'overtaken', change, {read}
  FROM overtaken JOIN judged j USING (change) LEFT JOIN wanted_button w USING (address_of_record)
UNION ALL SELECT 'kept', 0, address_of_record, key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, revision, NULL, NULL
  FROM kept;
COMMIT
)sql";
constexpr std::string_view order_sql =
    "SELECT 'order', pg_advisory_xact_lock((x'534e4f4e'::bigint << 32) | 'node_number'::regclass::oid::bigint);";

/// Revisions that nodes give, and those that one program alone has given.
constexpr std::string_view in_order = "next_in_order()";
constexpr std::string_view as_given = "n.revision";

/// A statement of the above with what several of them have in common. `revision`: that of a key which is put.
std::string statement(std::string_view sql, std::string_view revision) {
  using fmt::arg;
  const auto values = fmt::format(
      "address_of_record, key, light, colour, label, number, action, caller, reference, cleared, {}, timestamptz "
      "'epoch' +"
      " set_at_ms * interval '1 millisecond', set_by",
      revision);
  const auto over = fmt::format(
      "over AS (UPDATE wanted_button w SET light = n.light, colour = n.colour, label = n.label, number = n.number,"
      " action = n.action, caller = n.caller, reference = n.reference, cleared = n.cleared, revision = {},"
      " set_at = timestamptz 'epoch' + n.set_at_ms * interval '1 millisecond', set_by = n.set_by FROM n"
      " WHERE n.only_over <> 0 AND w.address_of_record = n.address_of_record AND w.key = n.key"
      " AND w.revision = n.only_over)",
      revision);
  return fmt::format(
      fmt::runtime(sql), arg("values", values), arg("over", over), arg("order", revision == in_order ? order_sql : ""),
      // As read_wanted() reads it.
      arg("read",
          "address_of_record, key, light, colour, label, number, action, caller, reference, cleared::int,"
          " revision, (extract(epoch FROM set_at) * 1000)::bigint, set_by"),
      arg("columns",
          "address_of_record, key, light, colour, label, number, action, caller, reference, cleared,"
          " revision, set_at, set_by"),
      arg("arrays",
          "$6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],"
          " $13::text[], $14::text[], $15::boolean[], $16::bigint[], $17::bigint[], $18::text[]"),
      arg("put",
          "address_of_record, key, light, colour, label, number, action, caller, reference, cleared, revision,"
          " set_at_ms, set_by"),
      arg("is_gone",
          "w.address_of_record = g.address_of_record AND w.key = g.key AND (g.only_over = 0 OR w.revision ="
          " g.only_over)"),
      arg("groups",
          "gone_group AS (DELETE FROM phone_group p USING unnest($3::text[]) AS g (name) WHERE p.name = g.name),"
          " put_group AS (INSERT INTO phone_group (name, members) SELECT name, string_to_array(members, E'\\n')"
          " FROM unnest($4::text[], $5::text[]) AS g (name, members)"
          " ON CONFLICT (name) DO UPDATE SET members = excluded.members)"),
      arg("or_replace",
          "ON CONFLICT (address_of_record, key) DO UPDATE SET light = excluded.light, colour ="
          " excluded.colour, label = excluded.label, number = excluded.number, action = excluded.action,"
          " caller = excluded.caller, reference = excluded.reference, cleared = excluded.cleared,"
          " revision = excluded.revision, set_at = excluded.set_at, set_by = excluded.set_by"));
}

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
    std::size_t judged = 0;  ///< the number of the change, if it is judged by something
  };
  std::map<Name, Key> keys;
  std::map<std::string_view, const KeptGroup*> groups;

  void add(const ButtonStore::Change& change, std::size_t number) {
    const auto judged = change.judged_by == nullptr ? 0 : number;
    for (const auto& put : change.put) add({put.address_of_record, put.button.key}, {&put, change.only_over, judged});
    for (const auto& gone : change.forget) add({gone.address_of_record, gone.key}, {nullptr, change.only_over, judged});
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

using Changes = std::span<const ButtonStore::Change* const>;

Sum sum_of(Changes changes) {
  Sum sum;
  for (std::size_t place = 0; place < changes.size(); ++place) sum.add(*changes[place], place + 1);
  return sum;
}

std::array<std::string, 20> parameters_of(Changes changes) {
  std::array<std::string, 20> parameters;
  const auto arrays = parameters_of(sum_of(changes));
  std::transform(arrays.begin(), arrays.end(), parameters.begin(), [](const auto& array) { return array.text(); });
  return parameters;
}

bool is_judged(const ButtonStore::Change* change) { return change->judged_by != nullptr; }

/// What apply_judged_sql has besides: $21 to $29.
std::array<PostgresArray, 9> judgements_of(Changes changes, const Sum& sum) {
  std::array<PostgresArray, 9> all;
  for (std::size_t place = 0; place < changes.size(); ++place) {
    if (!is_judged(changes[place])) continue;
    const auto& by = *changes[place]->judged_by;
    const auto number = static_cast<std::int64_t>(place + 1);
    const auto is_there = [](const control::JudgedBy::Key& key) { return key.revision != 0; };
    all[0].add_number(number);
    all[1].add_text(by.address_of_record);
    all[2].add_number(by.is_all ? std::count_if(by.keys.begin(), by.keys.end(), is_there) : -1);
    for (const auto& key : by.keys) {
      all[3].add_number(number);
      all[4].add_text(by.address_of_record);
      all[5].add_text(key.key);
      all[6].add_number(static_cast<std::int64_t>(key.revision));
    }
  }
  for (const auto& [name, key] : sum.keys) {
    all[key.put == nullptr ? 7 : 8].add_number(static_cast<std::int64_t>(key.judged));
  }
  return all;
}

/// What apply_judged_sql has for `$1`, `$2` ...
SqlResult<void> set_parameters(Connection& connection, Changes changes, milliseconds limit) {
  const auto sum = sum_of(changes);
  std::vector<std::string> parameters;
  for (const auto& array : parameters_of(sum)) parameters.push_back(array.text());
  for (const auto& array : judgements_of(changes, sum)) parameters.push_back(array.text());
  std::string sql;
  for (std::size_t number = 1; number <= parameters.size(); ++number) {
    // Their lengths, so that they are not sent back.
    sql += fmt::format("{} length(set_config('snom.p{}', ${}, false))", sql.empty() ? "SELECT" : ",", number, number);
  }
  return connection.run(sql, parameters, limit);
}

/// `is_shared`: revisions are given in the order of commits.
std::string judged_statements(bool is_shared) {
  const auto statements = statement(apply_judged_sql, is_shared ? in_order : as_given);
  std::string_view left = statements;
  std::string made;
  for (auto dollar = left.find('$'); dollar != std::string_view::npos; dollar = left.find('$')) {
    const auto end = std::min(left.find_first_not_of("0123456789", dollar + 1), left.size());
    made +=
        fmt::format("{}current_setting('snom.p{}')", left.substr(0, dollar), left.substr(dollar + 1, end - dollar - 1));
    left.remove_prefix(end);
  }
  return made.append(left);
}

using Given = std::map<std::pair<std::string, std::string>, std::uint64_t>;

void tell_revisions(const ButtonStore::Change& change, const Given& given) {
  if (change.revisions == nullptr) return;
  change.revisions->clear();
  for (const auto& put : change.put) {
    const auto found = given.find({put.address_of_record, put.button.key});
    change.revisions->push_back(found == given.end() ? 0 : found->second);
  }
}

/// What became of changes of which some are judged by something.
struct JudgedOutcome {
  Given given;
  std::map<std::size_t, std::vector<WantedButton>> overtaken;  ///< by the place of the change

  SqlResult<void> read(const Connection::Row& row) {
    const auto kind = row.text(0);
    if (kind == "kept") {
      given[{std::string(row.text(2)), std::string(row.text(3))}] = static_cast<std::uint64_t>(row.integer(12));
    } else if (kind == "overtaken") {
      auto& now = overtaken[static_cast<std::size_t>(row.integer(1)) - 1];
      // A key that this version does not understand is passed over, as by who looks.
      if (row.is_null(3)) return {};
      if (auto wanted = read_wanted(Behind(row, 2))) now.push_back(std::move(*wanted));
    }
    return {};
  }
};

SqlResult<std::vector<Overtaken>> apply_judged(Connection& connection, Changes changes, milliseconds limit,
                                               bool is_shared) {
  if (auto set = set_parameters(connection, changes, limit); !set) return tl::unexpected(std::move(set.error()));
  JudgedOutcome outcome;
  auto done = connection.run(judged_statements(is_shared), limit,
                             [&](const Connection::Row& row) { return outcome.read(row); });
  if (!done) {
    static_cast<void>(connection.run("ROLLBACK", limit));
    return tl::unexpected(std::move(done.error()));
  }
  std::vector<Overtaken> overtaken;
  for (std::size_t place = 0; place < changes.size(); ++place) {
    if (const auto found = outcome.overtaken.find(place); found != outcome.overtaken.end()) {
      overtaken.push_back({place, std::move(found->second)});
    } else if (is_shared) {
      tell_revisions(*changes[place], outcome.given);
    }
  }
  return overtaken;
}

/// Whether what is kept of its phone is what it asks for, but for the revisions.
bool is_there(const ButtonStore::Change& change, const std::vector<WantedButton>& now) {
  const auto of = [&now](std::string_view key) {
    return std::find_if(now.begin(), now.end(), [key](const WantedButton& kept) { return kept.button.key == key; });
  };
  const bool is_put = std::all_of(change.put.begin(), change.put.end(), [&](WantedButton put) {
    const auto kept = of(put.button.key);
    if (kept == now.end()) return false;
    put.revision = kept->revision;
    return put == *kept;
  });
  return is_put && std::all_of(change.forget.begin(), change.forget.end(),
                               [&](const auto& gone) { return of(gone.key) == now.end(); });
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
  static const std::string sql = statement(all_sql, as_given);
  if (auto done = connection.run(sql, limit, see); !done) return tl::unexpected(std::move(done.error()));
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

SqlResult<std::vector<Overtaken>> apply(PostgresConnection& connection, Changes changes, milliseconds limit) {
  if (std::any_of(changes.begin(), changes.end(), is_judged)) return apply_judged(connection, changes, limit, false);
  const auto parameters = parameters_of(changes);
  // One program alone asks for nothing that holds for one revision only.
  static const std::string sql = statement(apply_sql, as_given);
  return connection.run(sql, std::span(parameters).first(18), limit).map([] { return std::vector<Overtaken>{}; });
}

SqlResult<std::vector<Overtaken>> apply_shared(PostgresConnection& connection, Changes changes, milliseconds limit) {
  if (std::any_of(changes.begin(), changes.end(), is_judged)) return apply_judged(connection, changes, limit, true);
  Given given;
  static const std::string sql = statement(apply_shared_sql, in_order);
  auto done = connection.run(sql, parameters_of(changes), limit, [&given](const Connection::Row& row) {
    given[{std::string(row.text(0)), std::string(row.text(1))}] = static_cast<std::uint64_t>(row.integer(2));
    return SqlResult<void>{};
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  for (const auto* change : changes) tell_revisions(*change, given);
  return {};
}

void pass_over_what_is_there(Changes changes, std::vector<Overtaken>& overtaken) {
  std::erase_if(overtaken, [changes](const Overtaken& one) {
    const auto& change = *changes[one.place];
    if ((change.put.empty() && change.forget.empty()) || !is_there(change, one.now)) return false;
    Given given;
    for (const auto& kept : one.now) given[{kept.address_of_record, kept.button.key}] = kept.revision;
    tell_revisions(change, given);
    return true;
  });
}

}  // namespace snom::store::postgres_table
