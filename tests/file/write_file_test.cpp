#include "file/write_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "file/read_file.h"

namespace snom::file {
namespace {

class AReplacedFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / ("snom-write-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return (folder_ / "file").string(); }
  std::filesystem::path folder_;
};

TEST_F(AReplacedFile, IsItsOwnersOnly) {
  std::ofstream(path()) << "what was there before, and longer";
  ASSERT_EQ(::chmod(path().c_str(), 0644), 0);
  std::ofstream(path() + ".new") << "left behind";
  ASSERT_TRUE(replace(path(), "new\n"));
  EXPECT_EQ(read(path()).value(), "new\n");
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777U;
}

TEST_F(AReplacedFile, KeepsItsModeWhereThatIsWanted) {
  const auto before = ::umask(022);
  ASSERT_TRUE(replace(path(), "first", Access::as_before));
  EXPECT_EQ(mode_of(path()), 0640U) << "a first one is not for everybody";
  ASSERT_EQ(::chmod(path().c_str(), 0644), 0);
  ASSERT_TRUE(replace(path(), "new", Access::as_before));
  EXPECT_EQ(mode_of(path()), 0644U);
  std::filesystem::remove(path());
  ::umask(077);
  ASSERT_TRUE(replace(path(), "new", Access::as_before));
  ::umask(before);
  EXPECT_EQ(mode_of(path()), 0600U);
  EXPECT_EQ(read(path()).value(), "new");
}

TEST_F(AReplacedFile, IsWrittenThroughNoLinkThatSomebodyPutBesideIt) {
  std::ofstream(folder_ / "other") << "of somebody else";
  std::filesystem::create_symlink(folder_ / "other", path() + ".new");
  ASSERT_TRUE(write_beside(path(), "new", Access::as_before));
  EXPECT_FALSE(std::filesystem::exists(path()));
  ASSERT_TRUE(take_place(path()));
  EXPECT_EQ(read(path()).value(), "new");
  EXPECT_EQ(read((folder_ / "other").string()).value(), "of somebody else");
}

/// Of the file, or whatever is there.
std::pair<uid_t, gid_t> owner_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return {status.st_uid, status.st_gid};
}

TEST_F(AReplacedFile, KeepsItsOwnerAndANewOneHasItsFoldersWhenRootWritesIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_EQ(::chown(folder_.c_str(), 4711, 4712), 0);
  ASSERT_TRUE(replace(path(), "new"));
  EXPECT_EQ(owner_of(path()), (std::pair<uid_t, gid_t>(4711, 4712)));
  ASSERT_EQ(::chown(path().c_str(), 4713, 4714), 0);
  ASSERT_TRUE(replace(path(), "newer"));
  EXPECT_EQ(owner_of(path()), (std::pair<uid_t, gid_t>(4713, 4714)));
}

TEST_F(AReplacedFile, IsTheOldOneWhereTheNewOneCannotBe) {
  EXPECT_EQ(replace((folder_ / "nowhere" / "file").string(), "x").error(), "No such file or directory");
  std::filesystem::create_directories(folder_ / "file" / "full");
  EXPECT_FALSE(replace(path(), "x"));
  EXPECT_TRUE(std::filesystem::is_directory(path()));
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
}

}  // namespace
}  // namespace snom::file
