#include "store/schema_backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace snom::store {
namespace {

std::string in_sql(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}

tl::expected<void, std::string> failed(const std::string& path) {
  return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
}

/// An empty file that is ours alone: SQLite writes into such a one.
tl::expected<void, std::string> make_anew(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return failed(path);
  const int made = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (made < 0) return failed(path);
  close(made);
  return {};
}

tl::expected<void, std::string> sync(const std::string& path) {
  const int opened = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return failed(path);
  const bool synced = fsync(opened) == 0;
  const int error = errno;
  close(opened);
  errno = error;
  return synced ? tl::expected<void, std::string>{} : failed(path);
}

}  // namespace

std::string schema_backup_path(const std::string& path, int version) {
  return fmt::format("{}.schema-{}", path, version);
}

tl::expected<void, std::string> keep_before_migration(SqliteConnection& connection, const std::string& path,
                                                      int newest) {
  const auto version = connection.schema_version();
  if (!version) return tl::unexpected(version.error().text);
  if (*version <= 0 || *version >= newest) return {};
  const std::string kept = schema_backup_path(path, *version);
  const std::string unfinished = kept + ".new";
  const auto without = [&](const std::string& why) {
    unlink(unfinished.c_str());
    return tl::unexpected(
        fmt::format("{}: it is of an older version, and cannot be kept as it is before it is changed ({})", path, why));
  };
  if (auto made = make_anew(unfinished); !made) return without(made.error());
  if (auto copied = connection.run("VACUUM INTO " + in_sql(unfinished)); !copied) return without(copied.error().text);
  if (auto synced = sync(unfinished); !synced) return without(synced.error());
  if (rename(unfinished.c_str(), kept.c_str()) != 0) return without(failed(kept).error());
  return {};
}

}  // namespace snom::store
