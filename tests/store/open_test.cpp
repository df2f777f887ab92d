#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/sqlite_button_store.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

using testing::wanted;

class OpeningAStore : public ::testing::Test {
 protected:
  auto open(const std::string& path) { return SqliteButtonStore::open(path, control_, limits_); }
  std::string error_of(const std::string& path) {
    const auto opened = open(path);
    return opened ? "no error" : opened.error();
  }
  void keep(const std::string& path, const std::string& label) {
    auto store = open(path);
    ASSERT_TRUE(store) << store.error();
    bool answered = false;
    (*store)->save({{wanted("1000@example.com", "1", label)}, {}}, [&](const control::ButtonStore::Result& result) {
      ASSERT_TRUE(result) << result.error().text;
      answered = true;
    });
    ASSERT_TRUE(control_.run_until([&] { return answered; }));
  }
  /// SQL by a program that is not ours.
  static void run(const std::string& path, const std::string& sql) {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(other);
    sqlite3_close(other);
  }

  testing::TemporaryFolder folder_;
  testing::ControlQueue control_;
  Limits limits_{std::chrono::milliseconds(100), std::chrono::milliseconds(2000)};
  const std::string file_ = folder_.file("keys.db");
};

TEST_F(OpeningAStore, FindsWhatWasKeptBefore) {
  keep(file_, "DND");
  EXPECT_EQ(open(file_).value()->load().value(),
            std::vector<control::WantedButton>{wanted("1000@example.com", "1", "DND")});
}

TEST_F(OpeningAStore, MakesFilesThatOnlyTheirOwnerReads) {
  const auto store = open(file_);
  ASSERT_TRUE(store);
  bool answered = false;
  (*store)->save({{wanted("1000@example.com", "1", "DND")}, {}}, [&](const auto&) { answered = true; });
  ASSERT_TRUE(control_.run_until([&] { return answered; }));
  int files = 0;
  for (const auto& each : std::filesystem::directory_iterator(folder_.path())) {
    struct stat status {};
    ASSERT_EQ(stat(each.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << each.path();
    ++files;
  }
  EXPECT_EQ(files, 4) << "keys.db, its -wal and -shm, keys.db.lock";
}

TEST_F(OpeningAStore, WantsAFolderThatIsThere) {
  EXPECT_EQ(error_of(folder_.file("none/keys.db")), folder_.file("none/keys.db") + ": the folder " +
                                                        folder_.file("none") +
                                                        " is not there: make it, writable by this program's user");
  EXPECT_EQ(error_of(""), "the store of keys needs the name of a file");
  EXPECT_EQ(error_of(folder_.path()), folder_.path() + " is not a file: name a file for the keys");
}

TEST_F(OpeningAStore, ThatIsOpenAlreadyIsRefusedByWhateverName) {
  const auto first = open(file_);
  ASSERT_TRUE(first);
  std::filesystem::create_symlink(file_, folder_.file("link.db"));
  for (const auto& name : {file_, folder_.file("link.db"), folder_.file("./keys.db")}) {
    EXPECT_EQ(error_of(name), file_ + " is in use by another program (process " + std::to_string(getpid()) +
                                  "): two would lose each other's keys. Stop that one, or give each a file of its own");
  }
}

TEST_F(OpeningAStore, TextThatIsNoDatabaseIsLeftAlone) {
  const std::string text(5000, 'x');
  std::ofstream(file_) << text;
  EXPECT_EQ(error_of(file_), file_ + " is not an SQLite file: name another one, or move this one away");
  std::ostringstream found;
  found << std::ifstream(file_).rdbuf();
  EXPECT_EQ(found.str(), text);
}

TEST_F(OpeningAStore, ADatabaseOfAnotherProgramIsLeftAlone) {
  run(file_, "CREATE TABLE sip_registrations (call_id TEXT)");
  EXPECT_EQ(error_of(file_), file_ + " is a database of another program: give the keys a file of their own");
  run(file_, "PRAGMA application_id = 7; DROP TABLE sip_registrations");
  EXPECT_EQ(error_of(file_), file_ + " is a database of another program: give the keys a file of their own");
}

TEST_F(OpeningAStore, ADamagedFileIsRefusedInsteadOfHalfRead) {
  {
    auto store = open(file_);
    ASSERT_TRUE(store);
    std::size_t answered = 0;
    for (std::uint64_t n = 1; n <= 97; ++n) {
      (*store)->save(testing::sequence_change(n), [&](const auto&) { ++answered; });
    }
    ASSERT_TRUE(control_.run_until([&] { return answered == 97; }));
  }
  const auto size = std::filesystem::file_size(file_);
  ASSERT_GT(size, 3U * 4096);
  std::fstream damage(file_, std::ios::in | std::ios::out | std::ios::binary);
  damage.seekp(static_cast<std::streamoff>(size / 2));
  damage << std::string(size / 2, '\xff');
  damage.close();
  const std::string error = error_of(file_);
  EXPECT_TRUE(error.starts_with(file_ + " is damaged (")) << error;
  EXPECT_TRUE(error.ends_with("): restore a backup, or move the file away to start without keys")) << error;
}

TEST_F(OpeningAStore, AFileOfANewerVersionIsRefused) {
  keep(file_, "DND");
  run(file_, "PRAGMA user_version = 9");
  EXPECT_EQ(error_of(file_), file_ +
                                 ": written by a newer version of this program (schema 9, this one knows 2): run that "
                                 "version, or restore the backup made before the change");
}

/// As the version before groups wrote it.
void make_older(const std::function<void(const std::string&)>& run) {
  run("DROP TABLE phone_group; PRAGMA user_version = 1");
}

TEST_F(OpeningAStore, AnOlderFileIsKeptBesideAsItWas) {
  keep(file_, "DND");
  make_older([this](const std::string& sql) { run(file_, sql); });
  ASSERT_TRUE(open(file_));
  const std::string kept = file_ + ".schema-1";
  struct stat about {};
  ASSERT_EQ(stat(kept.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(kept + ".new"));
  // It can be given back to the older program, which this one stands for with the newer one's tables taken away again.
  std::filesystem::copy_file(kept, folder_.file("restored.db"));
  EXPECT_EQ(error_of(folder_.file("restored.db")), "no error");
  EXPECT_TRUE(std::filesystem::exists(folder_.file("restored.db") + ".schema-1"));
  EXPECT_EQ(open(folder_.file("restored.db")).value()->load().value(),
            std::vector<control::WantedButton>{wanted("1000@example.com", "1", "DND")});
}

TEST_F(OpeningAStore, AFileOfThisVersionIsNotKeptTwice) {
  keep(file_, "DND");
  keep(file_, "Door");
  EXPECT_FALSE(std::filesystem::exists(file_ + ".schema-1"));
  EXPECT_FALSE(std::filesystem::exists(file_ + ".schema-2"));
}

TEST_F(OpeningAStore, WithoutRoomForThatAnOlderFileStaysAsItIs) {
  keep(file_, "DND");
  make_older([this](const std::string& sql) { run(file_, sql); });
  std::filesystem::create_directory(file_ + ".schema-1.new");
  const std::string error = error_of(file_);
  EXPECT_TRUE(error.starts_with(file_ +
                                ": it is of an older version, and cannot be kept as it is before it is changed (" +
                                file_ + ".schema-1.new: "))
      << error;
  std::filesystem::remove(file_ + ".schema-1.new");
  EXPECT_EQ(error_of(file_), "no error");
}

TEST_F(OpeningAStore, ALightThatThisVersionDoesNotKnowIsNamedWithItsKey) {
  keep(file_, "DND");
  run(file_, "UPDATE wanted_button SET light = 'violet'");
  const auto store = open(file_);
  ASSERT_TRUE(store) << store.error();
  const auto loaded = (*store)->load();
  ASSERT_FALSE(loaded);
  EXPECT_TRUE(loaded.error().starts_with(file_ + ": key 1 of 1000@example.com: light: 'violet' is not a light"))
      << loaded.error();
}

TEST_F(OpeningAStore, AFileLockedByAnotherProgramIsGivenUpAfterTheLimit) {
  keep(file_, "DND");
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_EQ(error_of(file_), file_ +
                                 " is locked by another program, for longer than 100 ms: end what it does there "
                                 "(sqlite3, a backup), then try again");
  sqlite3_close(other);
  EXPECT_EQ(error_of(file_), "no error");
}

TEST_F(OpeningAStore, AFileThatMayNotBeWrittenIsRefused) {
  keep(file_, "DND");
  ASSERT_EQ(chmod(file_.c_str(), 0400), 0);
  constexpr uid_t nobody = 65534;
  if (geteuid() == 0) {
    // Root may write everything. glibc's call would be for all threads; this one is for the thread of below only.
    for (const auto& each : {folder_.path(), file_, file_ + ".lock"}) ASSERT_EQ(chown(each.c_str(), nobody, nobody), 0);
  }
  std::string error;
  std::thread([&] {
    if (geteuid() == 0) {
      ASSERT_EQ(syscall(SYS_setresuid, -1, nobody, -1), 0);
    }
    error = error_of(file_);
  }).join();
  EXPECT_EQ(error, file_ +
                       " may not be written: check the rights of the file and of its folder, and that the "
                       "file system is not read-only");
}

}  // namespace
}  // namespace snom::store
