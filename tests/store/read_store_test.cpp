#include "store/read_store.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/sqlite_button_store.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

using testing::wanted;

class ReadingAStore : public ::testing::Test {
 protected:
  auto keep() {
    auto store = std::move(*SqliteButtonStore::open(file_, control_));
    bool answered = false;
    store->save({{wanted("1000@example.com", "1", "DND")}, {}, {{"night", {"1000"}}}}, [&](const auto& result) {
      ASSERT_TRUE(result) << result.error().text;
      answered = true;
    });
    EXPECT_TRUE(control_.run_until([&] { return answered; }));
    return store;
  }
  void write(const std::string& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }
  std::string error() {
    const auto read = read_store(file_, control_);
    return read ? "no error" : read.error();
  }
  /// All files of the folder, with what is in them; but the lock, which a process writes its number into.
  [[nodiscard]] std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> found;
    for (const auto& each : std::filesystem::directory_iterator(folder_.path())) {
      std::ifstream in(each.path(), std::ios::binary);
      const bool is_lock = each.path().extension() == ".lock";
      found[each.path().filename()] = is_lock ? "" : std::string(std::istreambuf_iterator<char>(in), {});
    }
    return found;
  }

  testing::TemporaryFolder folder_;
  testing::ControlQueue control_;
  const std::string file_ = folder_.file("keys.db");
};

TEST_F(ReadingAStore, HasAllThatIsInItAndChangesNothing) {
  keep().reset();
  const auto before = files();
  const auto read = read_store(file_, control_);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->keys, std::vector{wanted("1000@example.com", "1", "DND")});
  EXPECT_EQ(read->groups, (std::vector<control::KeptGroup>{{"night", {"1000"}}}));
  EXPECT_EQ(files(), before);
}

TEST_F(ReadingAStore, HasWhatIsStillInTheLogOnly) {
  const auto open = keep();  // which copies the log into the file when it ends, and not before
  for (const auto* end : {"", "-wal"}) std::filesystem::copy_file(file_ + end, folder_.file("killed.db") + end);
  const auto before = files();
  const auto read = read_store(folder_.file("killed.db"), control_);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->keys.size(), 1u);
  auto after = files();
  EXPECT_EQ(after.erase("killed.db.lock"), 1u);
  EXPECT_EQ(after, before);
}

TEST_F(ReadingAStore, IsNotDoneWhileAnotherProgramHasIt) {
  const auto open = keep();
  EXPECT_NE(error().find("is in use by another program"), std::string::npos) << error();
}

TEST_F(ReadingAStore, WhatIsNoStoreIsToldAndStaysAsItIs) {
  constexpr auto expected = " (expected a file of keys that snomd made, or postgresql://...)";
  const auto untouched = [&](const std::string& bytes) {
    write(bytes);
    const auto said = error();
    EXPECT_EQ(files(), (std::map<std::string, std::string>{{"keys.db", bytes}}));
    return said;
  };
  EXPECT_EQ(untouched(""), file_ + " is empty" + expected);
  EXPECT_EQ(untouched("x"), file_ + " is no store of keys" + expected);
  EXPECT_EQ(untouched(std::string(4096, 'x')), file_ + " is no store of keys" + expected);
  const auto foreign = std::string("SQLite format 3\0", 16) + std::string(4080, '\0');
  EXPECT_EQ(untouched(foreign), file_ + " is a database of another program" + expected);
}

TEST_F(ReadingAStore, WhatIsNotThereIsNotMade) {
  EXPECT_EQ(error(), file_ + " is not there, or is no file");
  EXPECT_TRUE(files().empty());
}

TEST_F(ReadingAStore, OfADamagedFileTheErrorNamesTheFile) {
  keep().reset();
  std::filesystem::resize_file(file_, 1024);
  EXPECT_NE(error().find(file_), std::string::npos) << error();
  EXPECT_EQ(error().find("snom-store-"), file_.find("snom-store-")) << error();
}

}  // namespace
}  // namespace snom::store
