#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "store/placed_files.h"
#include "store/sql.h"

struct sqlite3;

namespace snom::store {

/// What is said of a file that another program made, or that is none of SQLite's.
[[nodiscard]] std::string no_sqlite_file(const std::string& path);
[[nodiscard]] std::string of_another_program(const std::string& path);
/// In the header of each of our files ("SNOM"): another program's database is not written to.
inline constexpr std::uint32_t application_id = 0x534e4f4d;

/// The embedded engine: one SQLite file with a write-ahead log that is synced at every commit.
class SqliteConnection final : public Connection {
 public:
  struct Options {
    std::chrono::milliseconds busy_limit{2000};  ///< how long a lock of another program is waited for
    std::function<bool()> give_up;               ///< asked while waiting: true = no longer; may be empty
  };
  /// The file has to exist; an empty one is a new database. Whole and ours is checked before anything is written.
  [[nodiscard]] static SqlResult<std::unique_ptr<SqliteConnection>> open(const std::string& path, Options options);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  [[nodiscard]] SqlResult<void> run(std::string_view sql) override;
  [[nodiscard]] SqlResult<std::unique_ptr<Statement>> prepare(std::string_view sql) override;
  [[nodiscard]] SqlResult<void> begin() override;
  [[nodiscard]] SqlResult<void> commit() override;
  void rollback() override;
  void make_room() override;
  [[nodiscard]] SqlResult<int> schema_version() override;
  [[nodiscard]] SqlResult<void> set_schema_version(int version) override;

  /// From now on commits go to the write-ahead log, which is there then. Outside of a transaction.
  [[nodiscard]] SqlResult<void> use_write_ahead_log();

  /// From now on begin() and commit() fail when one of these files is no longer in its place, since a commit could not
  /// keep its promise there.
  void expect_in_place(PlacedFiles files) { files_ = std::move(files); }

 private:
  friend class SqliteStatement;
  SqliteConnection(std::string path, Options options);
  [[nodiscard]] SqlError error(int code) const;
  /// errno of the call to the system that failed last; 0 = not known.
  [[nodiscard]] int system_error() const;
  [[nodiscard]] SqlResult<std::int64_t> number(std::string_view sql);
  [[nodiscard]] SqlResult<void> check_whole_and_ours();
  [[nodiscard]] SqlResult<void> check_in_place() const;
  static int wait_for_lock(void* self, int tries);

  std::string path_;
  Options options_;
  PlacedFiles files_;
  sqlite3* handle_ = nullptr;
  std::chrono::steady_clock::time_point waiting_since_;
};

}  // namespace snom::store
