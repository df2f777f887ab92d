// A store's file that was removed or replaced while it was open: what was kept then was answered +OK, and no later
// start found it.

#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/sqlite_button_store.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

namespace fs = std::filesystem;
using control::ButtonStore;

class FileTakenAway : public ::testing::Test {
 protected:
  void open(const std::string& name) {
    auto opened = SqliteButtonStore::open(name, control_);
    ASSERT_TRUE(opened) << opened.error();
    store_ = std::move(*opened);
  }
  /// "kept", or why not.
  std::string save(const std::string& key) {
    std::optional<ButtonStore::Result> answer;
    store_->save({{testing::wanted("1000@example.com", key, "x")}, {}},
                 [&](ButtonStore::Result result) { answer = std::move(result); });
    EXPECT_TRUE(control_.run_until([&] { return answer.has_value(); }));
    return *answer ? "kept" : answer->error().text;
  }
  /// What a start finds now.
  std::string keys() {
    store_.reset();
    open(file_);
    std::string all;
    for (const auto& each : testing::sorted(store_->load().value())) all += each.button.key;
    return all;
  }
  static std::string complaint(const std::string& file, const std::string& what) {
    return file + " was " + what +
           " while it was in use, and what is kept there no start would find: put the file back, or restart this "
           "program "
           "to go on with what is there now";
  }

  testing::TemporaryFolder folder_;
  testing::ControlQueue control_;
  const std::string file_ = folder_.file("keys.db");
  std::unique_ptr<SqliteButtonStore> store_;
};

TEST_F(FileTakenAway, RemovedIsNotedAtTheNextSave) {
  open(file_);
  EXPECT_EQ(save("1"), "kept");
  fs::remove(file_);
  EXPECT_EQ(save("2"), complaint(file_, "removed"));
  EXPECT_EQ(save("3"), complaint(file_, "removed"));
}

TEST_F(FileTakenAway, ReplacedIsNotedAndPutBackIsGoodAgain) {
  open(file_);
  EXPECT_EQ(save("1"), "kept");
  fs::rename(file_, folder_.file("old.db"));
  fs::copy_file(folder_.file("old.db"), file_);
  EXPECT_EQ(save("2"), complaint(file_, "replaced"));
  fs::rename(folder_.file("old.db"), file_);
  EXPECT_EQ(save("3"), "kept");
  EXPECT_EQ(keys(), "13");
}

TEST_F(FileTakenAway, TheLogBesideItIsAPartOfIt) {
  open(file_);
  EXPECT_EQ(save("1"), "kept");
  fs::remove(file_ + "-wal");
  EXPECT_EQ(save("2"), complaint(file_ + "-wal", "removed"));
}

TEST_F(FileTakenAway, SoIsTheLogOfAStoreThatNothingWasKeptInYet) {
  open(file_);
  EXPECT_EQ(save("1"), "kept");
  store_.reset();
  open(file_);
  fs::remove(file_ + "-wal");
  EXPECT_EQ(save("2"), complaint(file_ + "-wal", "removed"));
}

TEST_F(FileTakenAway, WithoutTheLockAnotherProgramCouldTakeIt) {
  open(file_);
  fs::remove(file_ + ".lock");
  EXPECT_EQ(save("1"), complaint(file_ + ".lock", "removed"));
}

TEST_F(FileTakenAway, ALinkThatLeadsElsewhereIsNoted) {
  open(file_);
  store_.reset();
  const auto link = folder_.file("link.db");
  fs::create_symlink(file_, link);
  open(link);
  EXPECT_EQ(save("1"), "kept");
  fs::remove(link);
  fs::create_symlink(folder_.file("other.db"), link);
  EXPECT_EQ(save("2"), complaint(link, "removed"));
}

TEST_F(FileTakenAway, WithItsFolder) {
  fs::create_directory(folder_.file("keys"));
  const auto file = folder_.file("keys/keys.db");
  open(file);
  EXPECT_EQ(save("1"), "kept");
  fs::rename(folder_.file("keys"), folder_.file("moved"));
  EXPECT_EQ(save("2"), complaint(file, "removed"));
}

}  // namespace
}  // namespace snom::store
