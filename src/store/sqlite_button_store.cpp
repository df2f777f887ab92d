#include "store/sqlite_button_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "store/button_table.h"
#include "store/file_lock.h"
#include "store/placed_files.h"
#include "store/schema.h"
#include "store/schema_backup.h"
#include "store/sqlite.h"
#include "store/sqlite_keeper.h"

namespace snom::store {
namespace {

namespace fs = std::filesystem;

/// The one name of a file whatever link it was called by, so that its lock is one too.
tl::expected<std::string, std::string> real_name(const std::string& path) {
  if (path.empty()) return tl::unexpected(std::string("the store of keys needs the name of a file"));
  std::error_code failed;
  const fs::path name = fs::weakly_canonical(fs::absolute(path, failed), failed);
  if (failed) return tl::unexpected(fmt::format("{}: {}", path, failed.message()));
  if (!fs::is_directory(name.parent_path(), failed)) {
    return tl::unexpected(fmt::format("{}: the folder {} is not there: make it, writable by this program's user", path,
                                      name.parent_path().string()));
  }
  const auto kind = fs::status(name, failed).type();
  if (kind != fs::file_type::not_found && kind != fs::file_type::regular) {
    return tl::unexpected(fmt::format("{} is not a file: name a file for the keys", path));
  }
  return name.string();
}

/// What an SQLite file begins with (SQLite's Database File Format, 1.3.1), a NUL behind it.
constexpr std::string_view sqlite_start("SQLite format 3\0", 16);

/// And where that says more of it: numbers of four bytes, the highest first. What a write-ahead log beside it has, it
/// does not have yet.
constexpr std::size_t length_of_header = 100;
constexpr std::size_t place_of_version = 60;
constexpr std::size_t place_of_owner = 68;

std::uint32_t number_at(std::string_view header, std::size_t place) {
  std::uint32_t number = 0;
  for (const char c : header.substr(place, sizeof number)) number = number << 8U | static_cast<unsigned char>(c);
  return number;
}

tl::expected<void, std::string> check_header(std::string_view header, const std::string& name) {
  if (header.size() < length_of_header) return {};
  const auto owner = number_at(header, place_of_owner);
  // Of one without an owner its tables decide.
  if (owner == 0) return {};
  if (owner != application_id) return tl::unexpected(of_another_program(name));
  const auto version = static_cast<std::int32_t>(number_at(header, place_of_version));
  auto why = why_not_known(version, static_cast<std::int64_t>(schema_steps().size()));
  if (why.empty()) return {};
  return tl::unexpected(name + ": " + why);
}

/// Keys may hold secrets in their numbers: SQLite gives its log the mode of the file.
tl::expected<void, std::string> make_if_absent(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    if (errno == EEXIST) return {};
    return tl::unexpected(fmt::format("{} cannot be made: {}", path, std::strerror(errno)));
  }
  ::close(descriptor);
  return {};
}

/// The names of new files are the folder's, and it has to be synced for itself.
void sync_folder_of(const std::string& path) {
  const int descriptor = ::open(fs::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // a folder that may be written but not read
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

struct SqliteButtonStore::Parts {
  explicit Parts(FileLock taken) : lock(std::move(taken)) {}

  /// With the name of the file, once.
  [[nodiscard]] std::string text_of(const SqlError& error) const {
    return error.text.find(path) != std::string::npos ? error.text : path + ": " + error.text;
  }

  FileLock lock;  ///< first: given back last
  std::string path;
  std::atomic<const GroupWriter*> hurried = nullptr;  ///< the writer, for the connection that waits for a lock
  std::unique_ptr<SqliteConnection> connection;
  std::optional<ButtonTable> table;
  std::mutex in_use;  ///< of the connection and the table
  std::optional<SqliteKeeper> keeper;
  std::optional<GroupWriter> writer;
};

SqliteButtonStore::SqliteButtonStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

// While all is there still: a `done` may save again, and is refused.
SqliteButtonStore::~SqliteButtonStore() { close(); }

void SqliteButtonStore::close() {
  if (parts_->writer) parts_->writer->close();
}

tl::expected<void, std::string> SqliteButtonStore::check(const std::string& path) {
  const auto name = real_name(path);
  if (!name) return tl::unexpected(name.error());
  std::error_code failed;
  if (!fs::exists(*name, failed)) return {};
  std::ifstream file(*name, std::ios::binary);
  if (!file) return tl::unexpected(fmt::format("{} cannot be opened ({})", *name, std::strerror(errno)));
  std::string header(length_of_header, '\0');
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  header.resize(static_cast<std::size_t>(file.gcount()));
  if (header.empty()) return {};
  if (!header.starts_with(sqlite_start)) return tl::unexpected(no_sqlite_file(*name));
  return check_header(header, *name);
}

tl::expected<std::unique_ptr<SqliteButtonStore>, std::string> SqliteButtonStore::open(const std::string& path,
                                                                                      runtime::Executor& control) {
  return open(path, control, Limits{});
}

tl::expected<std::unique_ptr<SqliteButtonStore>, std::string> SqliteButtonStore::open(const std::string& path,
                                                                                      runtime::Executor& control,
                                                                                      Limits limits) {
  const auto name = real_name(path);
  if (!name) return tl::unexpected(name.error());
  auto lock = FileLock::take(*name);
  if (!lock) return tl::unexpected(lock.error());
  if (auto made = make_if_absent(*name); !made) return tl::unexpected(made.error());

  auto parts = std::make_unique<Parts>(std::move(*lock));
  parts->path = *name;
  const auto give_up = [&hurried = parts->hurried] {
    const GroupWriter* writer = hurried;
    return writer != nullptr && writer->out_of_time();
  };
  auto connection = SqliteConnection::open(*name, {limits.busy, give_up});
  if (!connection) return tl::unexpected(connection.error().text);
  parts->connection = std::move(*connection);
  const int newest = static_cast<int>(schema_steps().size());
  if (auto kept = keep_before_migration(*parts->connection, *name, newest); !kept) return tl::unexpected(kept.error());
  if (auto migrated = migrate(*parts->connection, schema_steps()); !migrated) {
    const SqlError& error = migrated.error();
    const bool names_file = error.text.find(*name) != std::string::npos;
    return tl::unexpected(names_file ? error.text : *name + ": " + error.text);
  }
  if (auto logged = parts->connection->use_write_ahead_log(); !logged) return tl::unexpected(logged.error().text);
  auto table = ButtonTable::open(*parts->connection);
  if (!table) return tl::unexpected(table.error().text);
  parts->table = std::move(*table);
  // The log too: until it is copied into the file, what was committed is there only. And the name that was given, which
  // may be a link that leads elsewhere by then; and the lock, without which another program takes the file.
  PlacedFiles files;
  for (const std::string& each : {fs::absolute(path).string(), *name, *name + "-wal", *name + ".lock"}) {
    if (auto added = files.add(each); !added) return tl::unexpected(std::move(added.error()));
  }
  parts->connection->expect_in_place(std::move(files));
  sync_folder_of(*name);
  parts->keeper.emplace(*parts->connection, *parts->table, parts->in_use);
  parts->writer.emplace(*parts->keeper, *name, control, limits);
  parts->hurried = &*parts->writer;
  return std::unique_ptr<SqliteButtonStore>(new SqliteButtonStore(std::move(parts)));
}

tl::expected<std::vector<control::WantedButton>, std::string> SqliteButtonStore::load() {
  const std::lock_guard lock(parts_->in_use);
  return parts_->table->all().map_error([&](const SqlError& error) { return parts_->text_of(error); });
}

tl::expected<std::vector<control::KeptGroup>, std::string> SqliteButtonStore::load_groups() {
  const std::lock_guard lock(parts_->in_use);
  return parts_->table->groups().map_error([&](const SqlError& error) { return parts_->text_of(error); });
}

void SqliteButtonStore::save(Change change, std::function<void(Result)> done) {
  parts_->writer->write(std::move(change), std::move(done));
}

}  // namespace snom::store
