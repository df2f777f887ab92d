#include "store/registration_table.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace snom::store::registration_table {
namespace {

using std::chrono::milliseconds;
using Connection = PostgresConnection;

// One at a time makes the table: 0x534e4f52 ("SNOR") and the schema's number. Room is left in each page, so that a
// refresh finds a place beside the row that it replaces, and no index has to be told (PostgreSQL: HOT).
constexpr std::string_view make_sql = R"sql(
BEGIN;
SELECT pg_advisory_xact_lock((x'534e4f52'::bigint << 32) | current_schema()::regnamespace::oid::bigint);
CREATE TABLE IF NOT EXISTS registration (
  address_of_record text        NOT NULL,
  profile           text        NOT NULL,
  binding           bytea       NOT NULL,
  removed           boolean     NOT NULL,
  contact           bytea       NOT NULL,
  instance          bytea       NOT NULL,
  reg_id            bigint      NOT NULL,
  q                 bytea       NOT NULL,
  path              bytea       NOT NULL,
  call_id           bytea       NOT NULL,
  cseq              bigint      NOT NULL,
  registered_at     timestamptz NOT NULL,
  expires           timestamptz NOT NULL,
  source_host       text        NOT NULL,
  source_port       integer     NOT NULL,
  transport         text        NOT NULL,
  next_hop          text        NOT NULL,
  direct            boolean     NOT NULL,
  proxied           boolean     NOT NULL,
  user_agent        bytea       NOT NULL,
  life              bigint      NOT NULL,
  PRIMARY KEY (address_of_record, profile, binding)
) WITH (fillfactor = 70);
COMMIT
)sql";

// Which of two rows is the newer one: docs/decisions/registrations.md.
constexpr std::string_view newer_sql =
    "({x}.registered_at > {y}.registered_at + interval '10 s' OR CASE WHEN {x}.call_id = {y}.call_id"
    " THEN {x}.cseq >= {y}.cseq AND {x}.registered_at > {y}.registered_at - interval '1 minute'"
    " ELSE {x}.registered_at >= {y}.registered_at END)";

std::string is_newer(std::string_view x, std::string_view y) {
  return fmt::format(newer_sql, fmt::arg("x", x), fmt::arg("y", y));
}

// Rows come in their order, so that two who write the same ones never wait for each other. A row of a time that is
// still to come is from before the database's clock was set back.
constexpr std::string_view write_sql =
    "WITH n AS (SELECT address_of_record, profile, binding, removed, contact, instance, reg_id, q, path, call_id, cseq,"
    " timestamptz 'epoch' + registered_at * interval '1 microsecond' AS registered_at,"
    " timestamptz 'epoch' + expires * interval '1 microsecond' AS expires,"
    " source_host, source_port, transport, next_hop, direct, proxied, user_agent, life"
    " FROM unnest($1::text[], $2::text[], $3::bytea[], $4::boolean[], $5::bytea[], $6::bytea[], $7::bigint[],"
    " $8::bytea[], $9::bytea[], $10::bytea[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::bigint[],"
    " $16::text[], $17::text[], $18::boolean[], $19::boolean[], $20::bytea[], $21::bigint[]) AS g (address_of_record,"
    " profile, binding, removed, contact, instance, reg_id, q, path, call_id, cseq, registered_at, expires,"
    " source_host, source_port, transport, next_hop, direct, proxied, user_agent, life)),"
    " done AS (INSERT INTO registration AS r SELECT * FROM n"
    " ON CONFLICT (address_of_record, profile, binding) DO UPDATE SET removed = excluded.removed,"
    " contact = excluded.contact, instance = excluded.instance, reg_id = excluded.reg_id, q = excluded.q,"
    " path = excluded.path, call_id = excluded.call_id, cseq = excluded.cseq, registered_at = excluded.registered_at,"
    " expires = excluded.expires, source_host = excluded.source_host, source_port = excluded.source_port,"
    " transport = excluded.transport, next_hop = excluded.next_hop, direct = excluded.direct,"
    " proxied = excluded.proxied, user_agent = excluded.user_agent, life = excluded.life"
    " WHERE r.registered_at > clock_timestamp() + interval '10 s' OR {newer}"
    " RETURNING r.address_of_record, r.profile, r.binding)"
    " SELECT n.address_of_record, n.profile, n.binding FROM n"
    " LEFT JOIN done d USING (address_of_record, profile, binding)"
    " JOIN registration r USING (address_of_record, profile, binding)"
    " WHERE d.binding IS NULL AND r.life <> n.life";

// Without those that a removal of all has gone over, which is looked for of each by itself: there are few of them, and
// a plan that reads them all would read the whole index. The clock is read once, as both times count from it.
constexpr std::string_view read_sql =
    "WITH n AS MATERIALIZED (SELECT clock_timestamp() AS at)"
    " SELECT r.address_of_record, r.profile, r.binding, r.contact, r.instance, r.reg_id, r.q, r.path, r.call_id, "
    "r.cseq,"
    " (extract(epoch FROM r.registered_at - (SELECT at FROM n)) * 1000000)::bigint,"
    " (extract(epoch FROM r.expires - (SELECT at FROM n)) * 1000000)::bigint, r.source_host, r.source_port, "
    "r.transport,"
    " r.next_hop, r.direct::int, r.proxied::int, r.user_agent, r.life FROM registration r"
    " LEFT JOIN LATERAL (SELECT e.call_id, e.cseq, e.registered_at FROM registration e"
    " WHERE e.address_of_record = r.address_of_record AND e.profile = r.profile AND e.binding = '*' LIMIT 1) a ON true"
    " WHERE r.address_of_record = ANY($1::text[]) AND r.binding <> '*' AND NOT r.removed"
    " AND r.expires > (SELECT at FROM n)"
    " AND (a.call_id IS NULL OR NOT {newer})"
    " AND (r.address_of_record, r.profile, r.binding) > ($2, $3, $4::bytea)"
    " ORDER BY r.address_of_record, r.profile, r.binding LIMIT $5::bigint";

// What somebody writes at the moment is passed over: it is not over.
constexpr std::string_view sweep_sql =
    "WITH part AS MATERIALIZED (SELECT address_of_record, profile, binding, expires FROM registration"
    " WHERE (address_of_record, profile, binding) > ($1, $2, $3::bytea)"
    " ORDER BY address_of_record, profile, binding LIMIT $4::bigint),"
    " over AS MATERIALIZED (SELECT r.address_of_record, r.profile, r.binding FROM registration r JOIN part p"
    " ON r.address_of_record = p.address_of_record AND r.profile = p.profile AND r.binding = p.binding"
    " WHERE p.expires < clock_timestamp() - interval '1 minute' AND r.expires < clock_timestamp() - interval '1 minute'"
    " FOR UPDATE OF r SKIP LOCKED),"
    " gone AS (DELETE FROM registration r USING over o WHERE r.address_of_record = o.address_of_record"
    " AND r.profile = o.profile AND r.binding = o.binding RETURNING 1)"
    " SELECT (SELECT count(*) FROM part), (SELECT count(*) FROM gone), p.address_of_record, p.profile, p.binding"
    " FROM part p ORDER BY p.address_of_record DESC, p.profile DESC, p.binding DESC LIMIT 1";

constexpr std::size_t columns = 21;

/// No server that knows these statements says so much.
SqlError too_many() { return {SqlError::Kind::away, "the server answers more than what was asked"}; }

/// In the order of write_sql.
void add(std::array<PostgresArray, columns>& all, const Row& row) {
  all[0].add_text(row.address_of_record);
  all[1].add_text(row.profile);
  all[2].add_bytes(row.name);
  all[3].add_truth(row.removed);
  all[4].add_bytes(row.contact);
  all[5].add_bytes(row.instance);
  all[6].add_number(row.reg_id);
  all[7].add_bytes(row.q);
  all[8].add_bytes(row.path);
  all[9].add_bytes(row.call_id);
  all[10].add_number(row.cseq);
  all[11].add_number(row.registered_at);
  all[12].add_number(row.expires);
  all[13].add_text(row.source_host);
  all[14].add_number(row.source_port);
  all[15].add_text(row.transport);
  all[16].add_text(row.next_hop);
  all[17].add_truth(row.direct);
  all[18].add_truth(row.proxied);
  all[19].add_bytes(row.user_agent);
  all[20].add_number(static_cast<std::int64_t>(row.life));
}

Key key_at(const Connection::Row& row, int column) {
  return {std::string(row.text(column)), std::string(row.text(column + 1)), row.bytes(column + 2)};
}

/// In the order of read_sql.
Row read_row(const Connection::Row& from) {
  auto [address_of_record, profile, name] = key_at(from, 0);
  Row row;
  row.address_of_record = std::move(address_of_record);
  row.profile = std::move(profile);
  row.name = std::move(name);
  row.contact = from.bytes(3);
  row.instance = from.bytes(4);
  row.reg_id = static_cast<unsigned>(from.integer(5));
  row.q = from.bytes(6);
  row.path = from.bytes(7);
  row.call_id = from.bytes(8);
  row.cseq = static_cast<std::uint32_t>(from.integer(9));
  row.registered_at = from.integer(10);
  row.expires = from.integer(11);
  row.source_host = from.text(12);
  row.source_port = static_cast<std::uint16_t>(from.integer(13));
  row.transport = from.text(14);
  row.next_hop = from.text(15);
  row.direct = from.integer(16) != 0;
  row.proxied = from.integer(17) != 0;
  row.user_agent = from.bytes(18);
  row.life = static_cast<nodes::Epoch>(from.integer(19));
  return row;
}

}  // namespace

std::string name_of(const std::string& contact, const std::string& instance, unsigned reg_id) {
  if (instance.empty()) return contact;
  return fmt::format("{};reg-id={}", instance, reg_id);
}

SqlResult<void> prepare(Connection& connection, milliseconds limit) {
  const auto settings = fmt::format(
      "SET statement_timeout = {}; SET standard_conforming_strings = on; SET client_min_messages = warning;"
      "SET bytea_output = hex;"
      "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', "
      "'local')",
      limit.count());
  if (auto set = connection.run(settings, limit); !set) return set;
  bool is_there = false;
  auto asked = connection.run("SELECT to_regclass(quote_ident(current_schema()) || '.registration')", limit,
                              [&is_there](const Connection::Row& row) {
                                is_there = !row.is_null(0);
                                return SqlResult<void>{};
                              });
  if (!asked || is_there) return asked;
  return connection.run(make_sql, limit);
}

SqlResult<std::int64_t> now(Connection& connection, milliseconds limit) {
  std::int64_t found = 0;
  auto asked = connection.run("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", limit,
                              [&found](const Connection::Row& row) {
                                found = row.integer(0);
                                return SqlResult<void>{};
                              });
  if (!asked) return tl::unexpected(std::move(asked.error()));
  return found;
}

SqlResult<std::vector<Key>> write(Connection& connection, std::span<const Row> rows, milliseconds limit) {
  std::array<PostgresArray, columns> arrays;
  for (const Row& row : rows) add(arrays, row);
  std::array<std::string, columns> parameters;
  std::transform(arrays.begin(), arrays.end(), parameters.begin(), [](const auto& array) { return array.text(); });
  std::vector<Key> superseded;
  const auto sql = fmt::format(write_sql, fmt::arg("newer", is_newer("excluded", "r")));
  auto done = connection.run(sql, parameters, limit, [&](const Connection::Row& row) -> SqlResult<void> {
    if (superseded.size() == rows.size()) return tl::unexpected(too_many());
    superseded.push_back(key_at(row, 0));
    return {};
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return superseded;
}

SqlResult<Page> read(Connection& connection, std::span<const std::string> addresses_of_record, const Key& after,
                     std::size_t most, milliseconds limit) {
  PostgresArray names;
  for (const auto& name : addresses_of_record) names.add_text(name);
  Page page;
  const auto sql = fmt::format(read_sql, fmt::arg("newer", is_newer("a", "r")));
  const std::array parameters{names.text(), after.address_of_record, after.profile, bytes_as_text(after.name),
                              bigint(most)};
  auto done = connection.run(sql, parameters, limit, [&](const Connection::Row& row) -> SqlResult<void> {
    if (page.rows.size() == most) return tl::unexpected(too_many());
    page.rows.push_back(read_row(row));
    return {};
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  if (page.rows.size() == most) {
    const Row& last = page.rows.back();
    page.next = Key{last.address_of_record, last.profile, last.name};
  }
  return page;
}

SqlResult<Swept> sweep(Connection& connection, const Key& after, std::size_t most, milliseconds limit) {
  Swept swept;
  const std::array parameters{after.address_of_record, after.profile, bytes_as_text(after.name), bigint(most)};
  auto done = connection.run(sweep_sql, parameters, limit, [&](const Connection::Row& row) {
    swept.deleted = static_cast<std::size_t>(row.integer(1));
    if (static_cast<std::size_t>(row.integer(0)) == most) swept.next = key_at(row, 2);
    return SqlResult<void>{};
  });
  if (!done) return tl::unexpected(std::move(done.error()));
  return swept;
}

}  // namespace snom::store::registration_table
