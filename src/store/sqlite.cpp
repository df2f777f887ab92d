#include "store/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "runtime/guard.h"

namespace snom::store {
namespace {

bool is_out_of_room(int code, int system_error) {
  if (code == SQLITE_FULL) return true;
  if (code == SQLITE_IOERR_SHMSIZE) return true;  // the index of the log could not be made longer
  return (code & 0xff) == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
}

}  // namespace

std::string no_sqlite_file(const std::string& path) {
  return fmt::format("{} is not an SQLite file: name another one, or move this one away", path);
}

class SqliteStatement final : public Statement {
 public:
  SqliteStatement(const SqliteConnection& connection, sqlite3_stmt* handle)
      : connection_(connection), handle_(handle) {}
  ~SqliteStatement() override { sqlite3_finalize(handle_); }
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  void bind_integer(int parameter, std::int64_t value) override { note(sqlite3_bind_int64(handle_, parameter, value)); }
  void bind_text(int parameter, std::string_view value) override {
    // A null pointer would be NULL, not an empty text.
    const char* bytes = value.data() == nullptr ? "" : value.data();
    note(sqlite3_bind_text64(handle_, parameter, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind_null(int parameter) override { note(sqlite3_bind_null(handle_, parameter)); }

  SqlResult<bool> step() override {
    const int bound = std::exchange(bind_code_, SQLITE_OK);
    const int code = bound == SQLITE_OK ? sqlite3_step(handle_) : bound;
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
      sqlite3_reset(handle_);
      return false;
    }
    auto failed = tl::unexpected(connection_.error(code));
    sqlite3_reset(handle_);
    return failed;
  }
  void reset() override { sqlite3_reset(handle_); }

  bool is_null(int column) const override { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(handle_, column); }
  std::string_view text(int column) const override {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
  }

 private:
  void note(int code) {
    if (bind_code_ == SQLITE_OK) bind_code_ = code;
  }

  const SqliteConnection& connection_;
  sqlite3_stmt* handle_;
  int bind_code_ = SQLITE_OK;  ///< of the first value that could not be bound
};

std::string of_another_program(const std::string& path) {
  return fmt::format("{} is a database of another program: give the keys a file of their own", path);
}

SqliteConnection::SqliteConnection(std::string path, Options options)
    : path_(std::move(path)), options_(std::move(options)) {}

SqliteConnection::~SqliteConnection() { sqlite3_close(handle_); }

SqlResult<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, Options options) {
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path, std::move(options)));
  const int code =
      sqlite3_open_v2(path.c_str(), &connection->handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(connection->error(code));
  sqlite3_extended_result_codes(connection->handle_, 1);
  sqlite3_busy_handler(connection->handle_, &SqliteConnection::wait_for_lock, connection.get());
  // A file that may not be written is opened for reading without a word.
  if (sqlite3_db_readonly(connection->handle_, "main") == 1) return tl::unexpected(connection->error(SQLITE_READONLY));

  auto ready = connection->run("PRAGMA synchronous = FULL")
                   .and_then([&] { return connection->check_whole_and_ours(); })
                   // Keys that came and went in great number leave no great log behind.
                   .and_then([&] { return connection->run("PRAGMA journal_size_limit = 16777216"); })
                   .and_then([&] { return connection->run("PRAGMA wal_autocheckpoint = 4000"); });
  if (!ready) return tl::unexpected(std::move(ready.error()));
  return connection;
}

SqlResult<void> SqliteConnection::check_whole_and_ours() {
  auto check = prepare("PRAGMA quick_check(1)");
  if (!check) return tl::unexpected(std::move(check.error()));
  auto row = (*check)->step();
  if (!row) return tl::unexpected(std::move(row.error()));
  if (*row && (*check)->text(0) != "ok") {
    return tl::unexpected(SqlError{SqlError::Kind::corrupt,
                                   fmt::format("{} is damaged ({}): restore a backup, or move the file away to start "
                                               "without keys",
                                               path_, (*check)->text(0))});
  }
  (*check)->reset();

  const auto tables = number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  const auto owner = number("PRAGMA application_id");
  if (!owner) return tl::unexpected(owner.error());
  if (*owner == application_id) return {};
  if (*tables == 0 && *owner == 0) return run(fmt::format("PRAGMA application_id = {}", application_id));
  return tl::unexpected(SqlError{SqlError::Kind::refused, of_another_program(path_)});
}

SqlResult<void> SqliteConnection::use_write_ahead_log() {
  auto mode = prepare("PRAGMA journal_mode = WAL");
  if (!mode) return tl::unexpected(std::move(mode.error()));
  auto row = (*mode)->step();
  if (!row) return tl::unexpected(std::move(row.error()));
  if (*row && (*mode)->text(0) == "wal") {
    (*mode)->reset();
    // The first that is read makes the log.
    return number("SELECT count(*) FROM sqlite_schema").map([](std::int64_t) {});
  }
  return tl::unexpected(SqlError{
      SqlError::Kind::other,
      fmt::format("{}: its file system cannot hold a write-ahead log (no shared memory): keep it on a local disk",
                  path_)});
}

SqlResult<void> SqliteConnection::run(std::string_view sql) {
  const int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error(code));
  return {};
}

SqlResult<std::unique_ptr<Statement>> SqliteConnection::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &handle, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error(code));
  return std::make_unique<SqliteStatement>(*this, handle);
}

SqlResult<std::int64_t> SqliteConnection::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(std::move(statement.error()));
  auto row = (*statement)->step();
  if (!row) return tl::unexpected(std::move(row.error()));
  return *row ? (*statement)->integer(0) : 0;
}

SqlResult<void> SqliteConnection::check_in_place() const {
  return files_.check().map_error([](std::string why) { return SqlError{SqlError::Kind::other, std::move(why)}; });
}

SqlResult<void> SqliteConnection::begin() {
  rollback();  // left behind by a rollback that failed
  return check_in_place().and_then([this] { return run("BEGIN IMMEDIATE"); });
}

SqlResult<void> SqliteConnection::commit() {
  auto done = run("COMMIT");
  if (!done) rollback();
  return done.and_then([this] { return check_in_place(); });  // meanwhile, too
}

void SqliteConnection::rollback() {
  // Errors such as a full disk have rolled back already.
  if (sqlite3_get_autocommit(handle_) == 0) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void SqliteConnection::make_room() {
  // What the log holds goes into the file, most of it over what was there before, and the log becomes empty.
  sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

SqlResult<int> SqliteConnection::schema_version() {
  return number("PRAGMA user_version").map([](std::int64_t version) { return static_cast<int>(version); });
}

SqlResult<void> SqliteConnection::set_schema_version(int version) {
  return run(fmt::format("PRAGMA user_version = {}", version));
}

int SqliteConnection::wait_for_lock(void* self, int tries) {
  auto& connection = *static_cast<SqliteConnection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) connection.waiting_since_ = now;
  if (now - connection.waiting_since_ >= connection.options_.busy_limit) return 0;
  const auto give_up = [&] { return connection.options_.give_up && connection.options_.give_up(); };
  if (runtime::guarded_or(true, "waiting for the file of keys", give_up)) return 0;
  std::this_thread::sleep_for(std::chrono::milliseconds(tries < 10 ? 1 : 10));
  return 1;
}

int SqliteConnection::system_error() const {
  if (handle_ == nullptr) return 0;
  int found = sqlite3_system_errno(handle_);
  // SQLite does not look for it after a failed commit.
  sqlite3_file* journal = nullptr;
  if (found == 0 && sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal) == SQLITE_OK &&
      journal != nullptr && journal->pMethods != nullptr) {
    journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &found);
  }
  if (found == 0) sqlite3_file_control(handle_, "main", SQLITE_FCNTL_LAST_ERRNO, &found);
  return found;
}

SqlError SqliteConnection::error(int code) const {
  using Kind = SqlError::Kind;
  const int system_error = this->system_error();
  const std::string said = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  if (is_out_of_room(code, system_error)) {
    if (system_error == EDQUOT)
      return {Kind::full, fmt::format("disk quota used up ({}): make room, then try again", path_)};
    if (system_error == EFBIG) {
      return {Kind::full,
              fmt::format("the file may not grow any more ({}): raise the limit of file sizes (ulimit -f) or "
                          "the file system's, then try again",
                          path_)};
    }
    return {Kind::full, fmt::format("disk full ({}): make room, then try again", path_)};
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Kind::busy, fmt::format("{} is locked by another program, for longer than {} ms: end what it does there "
                                      "(sqlite3, a backup), then try again",
                                      path_, options_.busy_limit.count())};
    case SQLITE_READONLY:
      return {Kind::read_only, fmt::format("{} may not be written: check the rights of the file and of its folder, and "
                                           "that the file system is not read-only",
                                           path_)};
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {Kind::read_only,
              fmt::format("{} cannot be opened ({}): check the rights of the file, of {}-wal and {}-shm "
                          "beside it, and of its folder",
                          path_, system_error == 0 ? said : std::strerror(system_error), path_, path_)};
    case SQLITE_NOTADB:
      return {Kind::corrupt, no_sqlite_file(path_)};
    case SQLITE_CORRUPT:
      return {Kind::corrupt,
              fmt::format("{} is damaged ({}): restore a backup, or move the file away to start without keys", path_,
                          said)};
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
      return {Kind::refused, fmt::format("{} does not take this: {}", path_, said)};
    case SQLITE_IOERR:
      return {system_error == EROFS ? Kind::read_only : Kind::other,
              fmt::format("{} cannot be written or read: {} (SQLite {})", path_,
                          system_error == 0 ? said : std::strerror(system_error), code)};
    default:
      return {Kind::other, fmt::format("{}: {} (SQLite {})", path_, said, code)};
  }
}

}  // namespace snom::store
