#include "store/read_store.h"

#include <stdlib.h>  // mkdtemp

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "store/file_lock.h"
#include "store/open_store.h"
#include "store/postgres.h"
#include "store/sqlite_button_store.h"

namespace snom::store {
namespace {

namespace fs = std::filesystem;
using control::ButtonStore;

constexpr std::chrono::seconds longest_wait{10};
/// What SQLite may have beside a database whose program was killed.
constexpr std::array<std::string_view, 3> parts{"", "-wal", "-journal"};

tl::expected<void, std::string> fail(std::string what) { return tl::unexpected(std::move(what)); }

/// By the header of the file (SQLite's "Database File Format", section 1.3): its magic, and the application's number,
/// which is "SNOM" in a file of ours.
tl::expected<void, std::string> check_header(const std::string& file) {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  constexpr std::size_t at_application = 68;
  std::array<char, 72> header{};
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(fmt::format("{} cannot be read: {}", file, std::strerror(errno)));
  in.read(header.data(), header.size());
  const std::string_view read(header.data(), static_cast<std::size_t>(in.gcount()));
  constexpr std::string_view expected = "expected a file of keys that snomd made, or postgresql://...";
  if (read.empty()) return fail(fmt::format("{} is empty ({})", file, expected));
  if (read.size() < header.size() || !read.starts_with(magic)) {
    return fail(fmt::format("{} is no store of keys ({})", file, expected));
  }
  if (read.substr(at_application) == "SNOM") return {};
  return fail(fmt::format("{} is a database of another program ({})", file, expected));
}

/// A folder of this program's own, and what is in it.
class TemporaryFolder final {
 public:
  TemporaryFolder() : path_((fs::temp_directory_path() / "snom-store-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw fs::filesystem_error("a folder for a copy", path_, last_error());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  static std::error_code last_error() { return {errno, std::generic_category()}; }
  std::string path_;
};

/// The copy's errors name the file.
std::string renamed(std::string text, const std::string& copy, const std::string& file) {
  for (std::size_t at = 0; (at = text.find(copy, at)) != std::string::npos; at += file.size()) {
    text.replace(at, copy.size(), file);
  }
  return text;
}

tl::expected<Stored, std::string> read_file(const std::string& place, runtime::Executor& control) {
  if (!fs::is_regular_file(place)) return tl::unexpected(fmt::format("{} is not there, or is no file", place));
  const std::string file = fs::canonical(place).string();
  if (auto ours = check_header(file); !ours) return tl::unexpected(std::move(ours.error()));
  const auto lock = FileLock::take(file);
  if (!lock) return tl::unexpected(lock.error());
  const TemporaryFolder folder;
  const auto copy = folder.path() + "/" + fs::path(file).filename().string();
  for (const auto part : parts) {
    const auto original = file + std::string(part);
    if (fs::exists(original)) fs::copy_file(original, copy + std::string(part));
  }
  fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write);
  const auto named = [&](std::string error) { return renamed(std::move(error), copy, file); };
  auto opened = SqliteButtonStore::open(copy, control);
  if (!opened) return tl::unexpected(named(std::move(opened.error())));
  return read_all(**opened).map_error(named);
}

/// Opened, a schema without our tables would get some.
tl::expected<void, std::string> check_tables(const std::string& url) {
  const auto by = std::chrono::steady_clock::now() + longest_wait;
  auto connection = PostgresConnection::connect(url, by);
  if (!connection) return fail(std::move(connection.error().text));
  bool is_there = false;
  const auto asked = (*connection)->run("SELECT to_regclass('wanted_button')", longest_wait, [&](const auto& row) {
    is_there = !row.is_null(0);
    return SqlResult<void>{};
  });
  if (!asked) return fail(asked.error().text);
  if (is_there) return {};
  return fail(fmt::format("{} is no store of keys (expected a schema whose tables snomd made)", shown_place(url)));
}

tl::expected<Stored, std::string> read_database(const std::string& url, runtime::Executor& control) {
  if (const auto usable = check_url(url); !usable) return tl::unexpected("expected " + usable.error());
  if (auto ours = check_tables(url); !ours) return tl::unexpected(std::move(ours.error()));
  const auto opened = open_store(url, control);
  if (!opened) return tl::unexpected(opened.error());
  return read_all(**opened);
}

}  // namespace

tl::expected<Stored, std::string> read_all(ButtonStore& store) {
  auto keys = store.load();
  if (!keys) return tl::unexpected(std::move(keys.error()));
  auto groups = store.load_groups();
  if (!groups) return tl::unexpected(std::move(groups.error()));
  return Stored{std::move(*keys), std::move(*groups)};
}

tl::expected<Stored, std::string> read_store(const std::string& place, runtime::Executor& control) {
  try {
    return is_url(place) ? read_database(place, control) : read_file(place, control);
  } catch (const fs::filesystem_error& error) {
    return tl::unexpected(fmt::format("{} cannot be read: {}", place, error.code().message()));
  }
}

}  // namespace snom::store
