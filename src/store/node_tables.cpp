#include "store/node_tables.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "store/rows.h"

namespace snom::store::node_tables {
namespace {

using nodes::Epoch;
using std::chrono::milliseconds;
using Connection = PostgresConnection;
using Row = Connection::Row;

// One at a time makes the tables: 0x534e4f4e ("SNON") and the schema's number.
constexpr std::string_view make_sql = R"sql(
BEGIN;
SELECT pg_advisory_xact_lock((x'534e4f4e'::bigint << 32) | current_schema()::regnamespace::oid::bigint);
CREATE SEQUENCE IF NOT EXISTS node_number;
CREATE TABLE IF NOT EXISTS node_life (
  epoch bigint      NOT NULL PRIMARY KEY,
  beat  bigint      NOT NULL,
  node  text        NOT NULL,
  seen  bigint      NOT NULL,
  begun timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS node_phone (
  address_of_record text   NOT NULL PRIMARY KEY,
  epoch             bigint NOT NULL,
  turn              bigint NOT NULL,
  wished_by         bigint NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS node_phone_of ON node_phone (epoch, turn);
CREATE INDEX IF NOT EXISTS node_phone_turn ON node_phone (turn);
CREATE INDEX IF NOT EXISTS node_phone_wished ON node_phone (epoch) WHERE wished_by <> 0;
CREATE TABLE IF NOT EXISTS key_change (
  address_of_record text   NOT NULL,
  key               text   NOT NULL,
  number            bigint NOT NULL,
  PRIMARY KEY (address_of_record, key)
);
CREATE INDEX IF NOT EXISTS key_change_number ON key_change (number);
CREATE UNLOGGED TABLE IF NOT EXISTS node_mail (
  number   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  receiver bigint      NOT NULL,
  sender   bigint      NOT NULL,
  sent     timestamptz NOT NULL DEFAULT clock_timestamp(),
  body     text        NOT NULL
);
CREATE INDEX IF NOT EXISTS node_mail_of ON node_mail (receiver);
CREATE TABLE IF NOT EXISTS node_state (
  trimmed bigint NOT NULL,
  groups  bigint NOT NULL
);
CREATE OR REPLACE FUNCTION next_in_order() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock((x'534e4f4e'::bigint << 32) | 'node_number'::regclass::oid::bigint);
  RETURN nextval('node_number');
END $$;
CREATE OR REPLACE FUNCTION wait_for_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock((x'534e4f4e'::bigint << 32) | 'node_number'::regclass::oid::bigint);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION note_group_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE node_state SET groups = next_in_order();
  PERFORM pg_notify('snom_nodes', '');
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION note_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM changed) THEN RETURN NULL; END IF;
  INSERT INTO key_change (address_of_record, key, number)
    SELECT address_of_record, key, next_in_order() FROM changed
    ON CONFLICT (address_of_record, key) DO UPDATE SET number = excluded.number;
  PERFORM pg_notify('snom_nodes', '');
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION tell_nodes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('snom_nodes', '');
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER key_added AFTER INSERT ON wanted_button
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_key_change();
CREATE OR REPLACE TRIGGER key_changed AFTER UPDATE ON wanted_button
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_key_change();
CREATE OR REPLACE TRIGGER key_forgotten AFTER DELETE ON wanted_button
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_key_change();
CREATE OR REPLACE TRIGGER phone_changed AFTER INSERT OR UPDATE ON node_phone
  FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes();
CREATE OR REPLACE TRIGGER in_order BEFORE INSERT OR UPDATE OR DELETE ON wanted_button
  FOR EACH STATEMENT EXECUTE FUNCTION wait_for_order();
CREATE OR REPLACE TRIGGER in_order BEFORE INSERT OR UPDATE OR DELETE ON phone_group
  FOR EACH STATEMENT EXECUTE FUNCTION wait_for_order();
CREATE OR REPLACE TRIGGER group_changed AFTER INSERT OR UPDATE OR DELETE ON phone_group
  FOR EACH ROW EXECUTE FUNCTION note_group_change();
INSERT INTO node_state SELECT next_in_order(), 0 WHERE NOT EXISTS (SELECT FROM node_state);
COMMIT
)sql";

constexpr std::string_view behind_all_sql =
    "SELECT setval('node_number', r.newest) FROM (SELECT max(revision) AS newest FROM wanted_button) r, node_number n"
    " WHERE r.newest > n.last_value";
constexpr std::string_view begin_sql =
    "INSERT INTO node_life (epoch, beat, node, seen)"
    " VALUES (nextval('node_number'), nextval('node_number'), $1, $2::bigint) RETURNING epoch";
constexpr std::string_view renew_sql =
    "UPDATE node_life SET beat = nextval('node_number'), seen = $2::bigint WHERE epoch = $1::bigint RETURNING epoch";
constexpr std::string_view end_sql = "DELETE FROM node_life WHERE epoch = $1::bigint AND beat = $2::bigint";
constexpr std::string_view leave_sql = "DELETE FROM node_life WHERE epoch = $1::bigint";

// One statement sees one moment. The query of orphans goes from one owner to the next by the index, not through all
// phones. An owner that this moment does not know is over: its row was there before it got its first phone. A letter
// that is lost with the server is one that did not come, so nothing waits for the disk here. Of many changes a look
// tells the oldest, and of phones and letters nothing: keys come first.
constexpr std::string_view look_sql = R"sql(
WITH RECURSIVE whole AS (
  SELECT count(*) <= $7::bigint AS it FROM
    (SELECT FROM key_change WHERE number > $1::bigint ORDER BY number LIMIT $7::bigint + 1) n),
owner AS (
  (SELECT epoch FROM node_phone ORDER BY epoch LIMIT 1)
  UNION ALL
  SELECT (SELECT p.epoch FROM node_phone p WHERE p.epoch > o.epoch ORDER BY p.epoch LIMIT 1) FROM owner o
   WHERE o.epoch IS NOT NULL),
sent AS (
  INSERT INTO node_mail (receiver, sender, body)
  SELECT receiver, $3::bigint, body FROM unnest($5::bigint[], $6::text[]) WITH ORDINALITY AS n (receiver, body, place)
   ORDER BY place RETURNING receiver),
fetched AS (
  DELETE FROM node_mail WHERE receiver = $3::bigint AND (SELECT it FROM whole) RETURNING number, sender, body)
SELECT r.*, w.* FROM (
  SELECT 'life' AS kind, epoch AS one, beat AS two, node AS name, NULL::text AS key FROM node_life
  UNION ALL SELECT 'state', trimmed, groups, CASE WHEN it THEN 'whole' END, NULL FROM node_state, whole
  UNION ALL SELECT 'orphan', epoch, NULL, NULL, NULL FROM owner
   WHERE epoch IS NOT NULL AND NOT EXISTS (SELECT FROM node_life l WHERE l.epoch = owner.epoch)
  UNION ALL (SELECT 'key', number, NULL, address_of_record, key FROM key_change WHERE number > $1::bigint
   ORDER BY number LIMIT $7::bigint)
  UNION ALL SELECT 'place', turn, epoch, address_of_record, NULL FROM node_phone
   WHERE turn > $2::bigint AND (SELECT it FROM whole)
  UNION ALL SELECT 'mine', turn, NULL, address_of_record, NULL FROM node_phone
   WHERE epoch = $3::bigint AND turn > $4::bigint AND (SELECT it FROM whole)
  UNION ALL SELECT 'wished', turn, NULL, address_of_record, NULL FROM node_phone
   WHERE epoch = $3::bigint AND wished_by <> 0 AND (SELECT it FROM whole)
  UNION ALL SELECT 'letter', number, sender, body, NULL FROM fetched
  UNION ALL SELECT 'told', count(pg_notify('snom_mail_' || receiver, '')), NULL,
    set_config('synchronous_commit', 'off', true), NULL FROM (SELECT DISTINCT receiver FROM sent) s
 ) r LEFT JOIN LATERAL (
  SELECT address_of_record, key, light, colour, label, number, action, caller, reference, cleared::int, revision,
         (extract(epoch FROM set_at) * 1000)::bigint, set_by
    FROM wanted_button w WHERE r.kind = 'key' AND w.address_of_record = r.name AND w.key = r.key LIMIT 1) w ON true
)sql";

// While somebody reads all, and until he has a life that says how far he has seen, nothing is trimmed: else he would
// find that he knows too little as soon as he has read it.
constexpr std::string_view reading_lock = "(x'534e4f4e'::bigint << 32) | 'key_change'::regclass::oid::bigint";

// The rows are those of look_sql, the keys with a number that nobody needs.
constexpr std::string_view all_sql = R"sql(
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = 0;
SELECT 'up to', greatest(trimmed, (SELECT max(number) FROM key_change)) FROM node_state;
SELECT 'key', 0, NULL, address_of_record, key, address_of_record, key, light, colour, label, number, action, caller,
       reference, cleared::int, revision, (extract(epoch FROM set_at) * 1000)::bigint, set_by FROM wanted_button;
SELECT 'place', turn, epoch, address_of_record FROM node_phone ORDER BY turn;
SELECT 'life', epoch, NULL, node FROM node_life ORDER BY epoch;
COMMIT
)sql";

// What is trimmed all have seen, and the rest is told to who looks later.
constexpr std::string_view trim_sql = R"sql(
WITH unfetched AS (DELETE FROM node_mail WHERE sent < clock_timestamp() - $2::bigint * interval '1 second'),
done AS (
  DELETE FROM key_change WHERE number = ANY (ARRAY(
    SELECT number FROM key_change WHERE number <= (SELECT min(seen) FROM node_life) AND (SELECT
      pg_try_advisory_xact_lock({reading_lock})) ORDER BY number LIMIT $1::bigint))
  RETURNING number)
UPDATE node_state SET trimmed = greatest(trimmed, d.newest) FROM (SELECT max(number) AS newest, count(*) AS rows FROM done) d
 WHERE d.rows > 0 RETURNING d.rows
)sql";

// A statement sees the tables as they were when it began, but a row that it changes as it is by then: so who is over is
// said by the caller, who has seen it before, and each row is asked for its owner once more.
constexpr std::string_view take_sql =
    "UPDATE node_phone SET epoch = $1::bigint, turn = next_in_order(), wished_by = 0"
    " WHERE epoch = ANY($2::bigint[]) AND address_of_record IN"
    " (SELECT address_of_record FROM node_phone WHERE epoch = ANY($2::bigint[])"
    " AND (wished_by = $1::bigint OR ($4::boolean AND NOT EXISTS (SELECT FROM node_life l WHERE l.epoch = wished_by)))"
    " LIMIT $3::bigint) RETURNING 1";
constexpr std::string_view claim_sql =
    "INSERT INTO node_phone AS p (address_of_record, epoch, turn)"
    " SELECT DISTINCT ON (name) name, $1::bigint, next_in_order() FROM unnest($2::text[]) AS g (name)"
    " ON CONFLICT (address_of_record) DO UPDATE SET"
    " epoch = CASE WHEN p.epoch = $1::bigint OR p.epoch = ANY($3::bigint[]) THEN $1::bigint ELSE p.epoch END,"
    " turn = CASE WHEN p.epoch = $1::bigint OR p.epoch = ANY($3::bigint[]) THEN excluded.turn ELSE p.turn END,"
    " wished_by = CASE WHEN p.epoch = $1::bigint OR p.epoch = ANY($3::bigint[]) THEN 0 ELSE $1::bigint END";
constexpr std::string_view release_sql =
    "UPDATE node_phone p SET epoch = p.wished_by, turn = next_in_order(), wished_by = 0"
    " FROM unnest($2::text[], $3::bigint[]) AS g (name, turn)"
    " WHERE p.address_of_record = g.name AND p.turn = g.turn AND p.epoch = $1::bigint";

std::uint64_t number(const Row& row, int column) { return static_cast<std::uint64_t>(row.integer(column)); }

std::string numbers(std::span<const Epoch> all) {
  PostgresArray array;
  for (const Epoch each : all) array.add_number(static_cast<std::int64_t>(each));
  return array.text();
}

void read_key(const Row& row, Keys& keys) {
  KeyChange change{number(row, 1), std::string(row.text(3)), std::string(row.text(4)), std::nullopt};
  keys.number = std::max(keys.number, change.number);
  if (!row.is_null(5)) {
    auto wanted = read_wanted(Behind(row, 5));
    if (!wanted) {
      keys.unreadable.push_back(std::move(wanted.error()));
      return;
    }
    change.wanted = std::move(*wanted);
  }
  keys.changes.push_back(std::move(change));
}

Place read_place(const Row& row) { return {std::string(row.text(3)), number(row, 2), number(row, 1)}; }

nodes::Ownership::Phone read_phone(const Row& row) { return {std::string(row.text(3)), number(row, 1)}; }

using NumberedLetter = std::pair<std::uint64_t, Letter>;

void read_row(const Row& row, Epoch epoch, Look& look, std::vector<NumberedLetter>& letters) {
  const auto kind = row.text(0);
  if (kind == "key") {
    read_key(row, look.keys);
  } else if (kind == "life") {
    look.lives.push_back({number(row, 1), number(row, 2)});
    look.names.push_back({number(row, 1), std::string(row.text(3))});
    look.knows_life = look.knows_life || look.lives.back().epoch == epoch;
  } else if (kind == "state") {
    look.trimmed = number(row, 1);
    look.groups = number(row, 2);
    look.is_whole = !row.is_null(3);
  } else if (kind == "place") {
    look.places.push_back(read_place(row));
  } else if (kind == "orphan") {
    look.orphans.push_back(number(row, 1));
  } else if (kind == "mine") {
    look.found.mine.push_back(read_phone(row));
  } else if (kind == "wished") {
    look.found.wished.push_back(read_phone(row));
  } else if (kind == "letter") {
    letters.emplace_back(number(row, 1), Letter{number(row, 2), std::string(row.text(3))});
  }
}

/// The statement has no order of its own.
void put_in_order(Look& look, std::vector<NumberedLetter> letters) {
  std::ranges::sort(look.lives, {}, &nodes::Neighbours::Life::epoch);
  std::ranges::sort(look.names, {}, &Name::epoch);
  std::ranges::sort(look.keys.changes, {}, &KeyChange::number);
  std::ranges::sort(look.places, {}, &Place::turn);
  std::ranges::sort(look.found.mine, {}, &nodes::Ownership::Phone::turn);
  std::ranges::sort(letters, {}, &NumberedLetter::first);
  for (auto& [place, letter] : letters) look.letters.push_back(std::move(letter));
}

}  // namespace

SqlResult<void> make(Connection& connection, milliseconds limit) {
  // All of them are made at once.
  bool are_there = false;
  auto asked = connection.run("SELECT to_regclass(quote_ident(current_schema()) || '.node_state')", limit,
                              [&are_there](const Row& row) {
                                are_there = !row.is_null(0);
                                return SqlResult<void>{};
                              });
  if (!asked || are_there) return asked;
  auto made = connection.run(make_sql, limit);
  if (!made) static_cast<void>(connection.run("ROLLBACK", limit));
  return made;
}

SqlResult<void> number_behind_all(Connection& connection, milliseconds limit) {
  return connection.run(behind_all_sql, limit);
}

SqlResult<void> prepare(Connection& connection, milliseconds limit) {
  const auto settings = fmt::format(
      "SET statement_timeout = {}; SET standard_conforming_strings = on; SET client_min_messages = warning;"
      "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', "
      "'local');{}",
      limit.count(), few_rows_by_key_sql);
  if (auto set = connection.run(settings, limit); !set) return set;
  return make(connection, limit);
}

SqlResult<Epoch> begin(Connection& connection, const std::string& node, std::uint64_t seen, milliseconds limit) {
  Epoch epoch = 0;
  auto begun = connection.run(begin_sql, std::array{node, bigint(seen)}, limit, [&epoch](const Row& row) {
    epoch = number(row, 0);
    return SqlResult<void>{};
  });
  if (!begun) return tl::unexpected(std::move(begun.error()));
  return epoch;
}

SqlResult<bool> renew(Connection& connection, Epoch epoch, std::uint64_t seen, milliseconds limit) {
  bool renewed = false;
  auto done = connection.run(renew_sql, std::array{bigint(epoch), bigint(seen)}, limit, [&renewed](const Row&) {
    renewed = true;
    return SqlResult<void>{};
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return renewed;
}

SqlResult<void> end(Connection& connection, nodes::Neighbours::Life life, milliseconds limit) {
  return connection.run(end_sql, std::array{bigint(life.epoch), bigint(life.beat)}, limit);
}

SqlResult<void> leave(Connection& connection, Epoch epoch, milliseconds limit) {
  return connection.run(leave_sql, std::array{bigint(epoch)}, limit);
}

SqlResult<Look> look(Connection& connection, Epoch epoch, const Known& known, std::span<const Letter> sent,
                     std::size_t most_keys, milliseconds limit) {
  Look look;
  look.found.epoch = epoch;
  std::vector<NumberedLetter> letters;
  PostgresArray receivers;
  PostgresArray bodies;
  for (const Letter& letter : sent) {
    receivers.add_number(static_cast<std::int64_t>(letter.other));
    bodies.add_text(letter.text);
  }
  const std::array parameters{bigint(known.number), bigint(known.placed), bigint(epoch),    bigint(known.seen),
                              receivers.text(),     bodies.text(),        bigint(most_keys)};
  auto done = connection.run(look_sql, parameters, limit, [&](const Row& row) {
    read_row(row, epoch, look, letters);
    return SqlResult<void>{};
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  put_in_order(look, std::move(letters));
  return look;
}

SqlResult<void> listen(Connection& connection, std::optional<Epoch> epoch, milliseconds limit) {
  std::string sql = "UNLISTEN *";
  if (epoch) sql += "; LISTEN snom_nodes";
  if (epoch && *epoch != 0) sql += fmt::format("; LISTEN snom_mail_{}", *epoch);
  return connection.run(sql, limit);
}

SqlResult<All> read_all(Connection& connection, milliseconds limit) {
  if (auto kept = connection.run(fmt::format("SELECT pg_advisory_lock_shared({})", reading_lock), limit); !kept) {
    return tl::unexpected(std::move(kept.error()));
  }
  All all;
  auto done = connection.run(all_sql, limit, [&all](const Row& row) -> SqlResult<void> {
    const auto kind = row.text(0);
    if (kind == "key") read_key(row, all.keys);
    if (kind == "up to") all.number = number(row, 1);
    if (kind == "place") all.places.push_back(read_place(row));
    if (kind == "life") all.names.push_back({number(row, 1), std::string(row.text(3))});
    return {};
  });
  if (!done) {
    static_cast<void>(connection.run("ROLLBACK", limit));
    static_cast<void>(let_changes_go(connection, limit));
    return tl::unexpected(std::move(done.error()));
  }
  if (!all.places.empty()) all.placed = all.places.back().turn;
  return all;
}

SqlResult<void> let_changes_go(Connection& connection, milliseconds limit) {
  return connection.run(fmt::format("SELECT pg_advisory_unlock_shared({})", reading_lock), limit);
}

SqlResult<bool> trim(Connection& connection, std::size_t most, std::chrono::seconds letters, milliseconds limit) {
  static const std::string sql = fmt::format(trim_sql, fmt::arg("reading_lock", reading_lock));
  std::uint64_t rows = 0;
  auto done =
      connection.run(sql, std::array{bigint(most), std::to_string(letters.count())}, limit, [&rows](const Row& row) {
        rows = number(row, 0);
        return SqlResult<void>{};
      });
  if (!done) return tl::unexpected(std::move(done.error()));
  return rows == most;
}

SqlResult<std::size_t> take(Connection& connection, Epoch epoch, std::span<const Epoch> orphans, Taken which,
                            std::size_t most, milliseconds limit) {
  std::size_t taken = 0;
  const std::array parameters{bigint(epoch), numbers(orphans), bigint(most),
                              std::string(which == Taken::any ? "true" : "false")};
  auto done = connection.run(take_sql, parameters, limit, [&taken](const Row&) {
    ++taken;
    return SqlResult<void>{};
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return taken;
}

SqlResult<void> claim(Connection& connection, Epoch epoch, std::span<const std::string> addresses_of_record,
                      std::span<const Epoch> orphans, milliseconds limit) {
  PostgresArray names;
  for (const auto& name : addresses_of_record) names.add_text(name);
  return connection.run(claim_sql, std::array{bigint(epoch), names.text(), numbers(orphans)}, limit);
}

SqlResult<void> release(Connection& connection, Epoch epoch, std::span<const nodes::Ownership::Phone> phones,
                        milliseconds limit) {
  PostgresArray names;
  PostgresArray turns;
  for (const auto& phone : phones) {
    names.add_text(phone.address_of_record);
    turns.add_number(static_cast<std::int64_t>(phone.turn));
  }
  return connection.run(release_sql, std::array{bigint(epoch), names.text(), turns.text()}, limit);
}

}  // namespace snom::store::node_tables
