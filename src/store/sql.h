#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace snom::store {

/// Why SQL failed, told apart as far as anybody acts on it.
struct SqlError {
  enum class Kind {
    full,       ///< no room: less of it may fit, and all of it later
    busy,       ///< another program held the lock for longer than the limit
    read_only,  ///< may not be written
    corrupt,    ///< not a database, or a damaged one
    refused,    ///< these values: a constraint, a size
    away,       ///< the server cannot be reached, or has ended the connection
    other,
  };
  Kind kind = Kind::other;
  std::string text;  ///< for an administrator: what is wrong with which file, and what to do
};

template <typename Value>
using SqlResult = tl::expected<Value, SqlError>;

/// A prepared statement, run as often as wanted. Lives no longer than its connection; on one thread at a time.
class Statement {
 public:
  virtual ~Statement() = default;

  /// Parameters `$1`, `$2`, ... are numbered from 1 in the order in which they stand in the text. A value that cannot
  /// be bound fails the next step(). A text has to stay where it is until the statement has run.
  virtual void bind_integer(int parameter, std::int64_t value) = 0;
  virtual void bind_text(int parameter, std::string_view value) = 0;
  virtual void bind_null(int parameter) = 0;

  /// true: the next row is there to be read. false: there is none (any more), and the statement is ready to be bound
  /// and run again; so it is after an error.
  [[nodiscard]] virtual SqlResult<bool> step() = 0;
  /// Ready to be bound and run again before its last row was read.
  virtual void reset() = 0;

  /// Of the present row; columns are numbered from 0. A text is valid until the next step().
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual std::string_view text(int column) const = 0;
};

/// A connection to a database: what an engine has to offer. On one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Statements without parameters and rows, one or several.
  [[nodiscard]] virtual SqlResult<void> run(std::string_view sql) = 0;
  [[nodiscard]] virtual SqlResult<std::unique_ptr<Statement>> prepare(std::string_view sql) = 0;

  /// For writing: waits for the lock here, not in the middle.
  [[nodiscard]] virtual SqlResult<void> begin() = 0;
  /// Returns when neither kill -9 nor a power cut can take what was written. After an error nothing of it is there.
  [[nodiscard]] virtual SqlResult<void> commit() = 0;
  /// Harmless when there is no transaction (any more).
  virtual void rollback() = 0;

  /// After an error of kind `full`, outside of a transaction: gives up what is kept twice, so that more may fit.
  virtual void make_room() = 0;

  /// Version of the schema; 0 = none yet. Part of the transaction in which it is set.
  [[nodiscard]] virtual SqlResult<int> schema_version() = 0;
  [[nodiscard]] virtual SqlResult<void> set_schema_version(int version) = 0;
};

}  // namespace snom::store
