#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/sqlite_button_store.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

using control::ButtonStore;

/// Saves the changes of the sequence one after the other until one fails.
struct Filled {
  std::uint64_t kept = 0;
  std::string error;  ///< of the first that failed
};

class FullDisk : public ::testing::Test {
 protected:
  /// Saves until it fails or `most` are kept. Long labels fill a disk sooner.
  void save_until_full(ButtonStore& store, testing::ControlQueue& control, Filled& run, std::uint64_t most) {
    while (run.kept < most) {
      std::optional<ButtonStore::Result> answer;
      store.save(fat_change(run.kept + 1), [&](ButtonStore::Result result) { answer = std::move(result); });
      ASSERT_TRUE(control.run_until([&] { return answer.has_value(); }));
      if (!*answer) {
        run.error = answer->error().text;
        return;
      }
      ++run.kept;
    }
  }
  static ButtonStore::Change fat_change(std::uint64_t n) {
    auto put = testing::wanted(std::to_string(n) + "@example.com", "1", std::string(400, 'l'), n);
    auto second = put;
    second.button.key = "2";
    return {{put, second}, {}};
  }
  static void expect_kept(ButtonStore& store, std::uint64_t count) {
    const auto all = store.load();
    ASSERT_TRUE(all) << all.error();
    EXPECT_EQ(all->size(), 2 * count);
    EXPECT_EQ(testing::newest_in(*all), count);
  }

  testing::TemporaryFolder folder_;
};

/// A tmpfs that only this thread, and threads it starts, see; false where that is not allowed.
bool mount_small(const std::string& path, const char* options) {
  return unshare(CLONE_FS | CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("none", path.c_str(), "tmpfs", 0, options) == 0;
}

TEST_F(FullDisk, FailsTheSaveKeepsWhatWasKeptAndGoesOnWhenThereIsRoom) {
  bool mounted = false;
  std::thread([&] {
    mounted = mount_small(folder_.path(), "size=1m");
    if (!mounted) return;
    const std::string file = folder_.file("keys.db");
    const std::string ballast = folder_.file("ballast");
    std::ofstream(ballast) << std::string(500'000, 'b');
    testing::ControlQueue control;
    Filled run;
    {
      auto store = SqliteButtonStore::open(file, control);
      ASSERT_TRUE(store) << store.error();
      save_until_full(**store, control, run, 1'000'000);
      EXPECT_GT(run.kept, 10U);
      EXPECT_EQ(run.error, "disk full (" + file + "): make room, then try again");
      expect_kept(**store, run.kept);
      // Still full: the same again, and nothing breaks by trying.
      save_until_full(**store, control, run, 1'000'000);
      EXPECT_EQ(run.error, "disk full (" + file + "): make room, then try again");

      std::filesystem::remove(ballast);
      const std::uint64_t before = run.kept;
      save_until_full(**store, control, run, before + 20);
      EXPECT_EQ(run.kept, before + 20);
      expect_kept(**store, run.kept);
    }
    auto again = SqliteButtonStore::open(file, control);
    ASSERT_TRUE(again) << again.error();
    expect_kept(**again, run.kept);
  }).join();
  if (!mounted) GTEST_SKIP() << "needs the right to mount; FullDisk.ALimitOfTheFile... is the same without it";
}

TEST_F(FullDisk, OfSeveralThatWaitThoseThatFitAreKept) {
  bool mounted = false;
  std::thread([&] {
    mounted = mount_small(folder_.path(), "size=1m");
    if (!mounted) return;
    testing::ControlQueue control;
    auto store = SqliteButtonStore::open(folder_.file("keys.db"), control);
    ASSERT_TRUE(store) << store.error();
    std::size_t answered = 0;
    std::vector<std::uint64_t> kept;
    // All at once: together they are far too much for the disk.
    for (std::uint64_t n = 1; n <= 3000; ++n) {
      (*store)->save(fat_change(n), [&, n](const ButtonStore::Result& result) {
        ++answered;
        if (result) kept.push_back(n);
      });
    }
    ASSERT_TRUE(control.run_until([&] { return answered == 3000; }));
    EXPECT_GT(kept.size(), 10U);
    EXPECT_LT(kept.size(), 3000U);
    const auto all = (*store)->load().value();
    EXPECT_EQ(all.size(), 2 * kept.size());
    for (const auto& each : all) EXPECT_TRUE(std::binary_search(kept.begin(), kept.end(), each.revision));
  }).join();
  if (!mounted) GTEST_SKIP() << "needs the right to mount";
}

TEST_F(FullDisk, OfTheLogAloneIsNoneBecauseItIsEmptied) {
  bool mounted = false;
  std::thread([&] {
    mounted = mount_small(folder_.path(), "size=1m");
    if (!mounted) return;
    testing::ControlQueue control;
    auto store = SqliteButtonStore::open(folder_.file("keys.db"), control);
    ASSERT_TRUE(store) << store.error();
    // The same phone again and again: the file stays small, the log would become ten times the disk.
    for (int i = 0; i < 1000; ++i) {
      std::optional<ButtonStore::Result> answer;
      (*store)->save(fat_change(1), [&](ButtonStore::Result result) { answer = std::move(result); });
      ASSERT_TRUE(control.run_until([&] { return answer.has_value(); }));
      ASSERT_TRUE(*answer) << i << ": " << answer->error().text;
    }
  }).join();
  if (!mounted) GTEST_SKIP() << "needs the right to mount";
}

TEST_F(FullDisk, WithoutRoomForANewFileIsSaidAtTheStart) {
  bool mounted = false;
  std::thread([&] {
    mounted = mount_small(folder_.path(), "size=64k");
    if (!mounted) return;
    std::ofstream(folder_.file("ballast")) << std::string(70'000, 'b');
    testing::ControlQueue control;
    const auto store = SqliteButtonStore::open(folder_.file("keys.db"), control);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error(), "disk full (" + folder_.file("keys.db") + "): make room, then try again");
  }).join();
  if (!mounted) GTEST_SKIP() << "needs the right to mount";
}

TEST_F(FullDisk, AReadOnlyFileSystemIsNamed) {
  bool mounted = false;
  std::thread([&] {
    mounted = mount_small(folder_.path(), "size=1m");
    if (!mounted) return;
    const std::string file = folder_.file("keys.db");
    testing::ControlQueue control;
    ASSERT_TRUE(SqliteButtonStore::open(file, control));
    ASSERT_EQ(mount("none", folder_.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    const auto store = SqliteButtonStore::open(file, control);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error(), file + ".lock cannot be opened: Read-only file system");
  }).join();
  if (!mounted) GTEST_SKIP() << "needs the right to mount";
}

/// While it lives no file of this process grows beyond the size.
class FileSizeLimit final {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

TEST_F(FullDisk, ALimitOfTheFileSizeIsNamedAndTheSaveAfterItIsLiftedWorks) {
  const std::string file = folder_.file("keys.db");
  testing::ControlQueue control;
  auto store = SqliteButtonStore::open(file, control);
  ASSERT_TRUE(store) << store.error();
  Filled run;
  {
    const FileSizeLimit limit(200'000);
    save_until_full(**store, control, run, 1'000'000);
    EXPECT_EQ(run.error, "the file may not grow any more (" + file +
                             "): raise the limit of file sizes (ulimit -f) or the file system's, then try again");
    expect_kept(**store, run.kept);
  }
  EXPECT_GT(run.kept, 10U);
  save_until_full(**store, control, run, run.kept + 20);
  expect_kept(**store, run.kept);
}

}  // namespace
}  // namespace snom::store
