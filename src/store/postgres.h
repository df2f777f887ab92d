#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "store/sql.h"

struct pg_conn;
struct pg_result;

namespace snom::store {

/// A database as texts may name it, of a connection URI or string of libpq: hosts and database, never a password:
/// "postgresql://db1,db2/snomd". The error says what libpq does not understand, without the text itself.
[[nodiscard]] tl::expected<std::string, std::string> database_name(const std::string& url);

/// Whether a connection by this URI could begin: libpq reads some words and numbers only then. The error: what was
/// expected, without the URI.
[[nodiscard]] tl::expected<void, std::string> check_options(const std::string& url);

/// What is expected of such a URL, for texts.
inline constexpr const char* expected_url =
    "a connection URI of libpq, such as postgresql://snomd@db.example.com/snomd";

/// Bytes as the text of a `bytea` parameter.
[[nodiscard]] std::string bytes_as_text(std::string_view bytes);

/// Our numbers of 64 bits without a sign as the `bigint` of the same bits.
[[nodiscard]] std::string bigint(std::uint64_t value);

/// Settings of a session whose statements find few rows of large tables by a key. Without statistics of a table, or
/// with those of before, PostgreSQL would think that they are many: it would read all of the table, and translate the
/// statement into machine code, which takes 50 ms.
inline constexpr std::string_view few_rows_by_key_sql =
    "SET jit = off; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;";

/// Values for one `text[]`, `bytea[]`, `bigint[]` or `boolean[]` parameter, as PostgreSQL reads an array.
class PostgresArray final {
 public:
  void add_text(std::string_view value);
  void add_bytes(std::string_view value);
  void add_number(std::int64_t value);
  void add_truth(bool value);
  void add_null();
  /// What was added, as the parameter's text.
  [[nodiscard]] std::string text() const { return text_ + '}'; }

 private:
  void begin();
  std::string text_ = "{";
};

/// A connection to PostgreSQL through libpq. No call waits longer than its limit, whatever the network does. On one
/// thread at a time.
class PostgresConnection final {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// Asked while waiting: true = no longer. May be empty.
  using GiveUp = std::function<bool()>;

  /// `url`: a URI or connection string of libpq, several hosts and `target_session_attrs` among what it may have;
  /// passwords by the ways of libpq. Names of hosts are resolved here, which libpq has no limit for.
  [[nodiscard]] static SqlResult<std::unique_ptr<PostgresConnection>> connect(const std::string& url, Deadline by,
                                                                              const GiveUp& give_up = {});
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  /// One row of an answer. Columns are numbered from 0; a text is valid while the row is looked at.
  class Row {
   public:
    explicit Row(const pg_result* result) : result_(result) {}
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    /// Of a `bytea`.
    [[nodiscard]] std::string bytes(int column) const;
    /// 0 where there is no number.
    [[nodiscard]] std::int64_t integer(int column) const;

   private:
    const pg_result* result_;
  };
  /// An error ends the reading.
  using See = std::function<SqlResult<void>(const Row&)>;

  /// One statement with parameters `$1`, ...; a transaction of its own unless one was begun. `limit` is for each of its
  /// rows. After an error of kind `away` the connection is of no more use, and what became of the statement is not
  /// known.
  [[nodiscard]] SqlResult<void> run(std::string_view sql, std::span<const std::string> parameters,
                                    std::chrono::milliseconds limit, const See& see = {});
  /// Statements without parameters.
  [[nodiscard]] SqlResult<void> run(std::string_view sql, std::chrono::milliseconds limit, const See& see = {});

  /// Waits for a NOTIFY that was listened for; true: one or more have come. `also`: waiting ends when this file can be
  /// read, too; -1: none.
  [[nodiscard]] SqlResult<bool> await_word(Deadline by, int also);

  /// The server has ended it, as far as that has arrived. Does not wait.
  [[nodiscard]] bool is_lost();

  /// Whose waiting is to end early.
  void set_give_up(GiveUp give_up) { give_up_ = std::move(give_up); }

 private:
  PostgresConnection(pg_conn* handle, std::string name) : handle_(handle), name_(std::move(name)) {}
  [[nodiscard]] SqlResult<void> finish_connecting(Deadline by);
  [[nodiscard]] SqlResult<void> flush(Deadline by);
  [[nodiscard]] SqlResult<void> read_all(std::chrono::milliseconds limit, const See& see);
  [[nodiscard]] SqlResult<void> wait(short events, Deadline by) const;
  [[nodiscard]] SqlError too_late() const;
  [[nodiscard]] SqlError lost() const;
  [[nodiscard]] SqlError error_of(const pg_result* result) const;

  pg_conn* handle_;
  std::string name_;
  GiveUp give_up_;
};

}  // namespace snom::store
