#include "access/token_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <gtest/gtest.h>

#include "language/secret.h"

namespace snom::access {
namespace {

using Kind = TokenFile::Failure::Kind;
constexpr std::chrono::system_clock::time_point now{std::chrono::seconds(1795741200)};  // 2026-11-27T01:00:00Z

class ATokenFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / ("snom-tokens-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return (folder_ / "tokens").string(); }
  [[nodiscard]] std::string text() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& text) const {
    std::ofstream(path()) << text;
    ASSERT_EQ(::chmod(path().c_str(), 0600), 0);
  }

  std::filesystem::path folder_;
};

TEST_F(ATokenFile, KeepsHashesAndNoTokens) {
  TokenFile file(path());
  EXPECT_TRUE(file.read_if_changed()->value().empty()) << "one that is not there has none";
  const auto added = file.add({"alice", Role::operate, 10, {}}, now);
  ASSERT_TRUE(added) << added.error().text;
  EXPECT_EQ(text(),
            "alice operate sha256/" + language::sha256_hex(added->text) + " 2026-11-27T01:00:00Z per_second=10\n");
  EXPECT_EQ(text().find(added->text), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(added->tokens.size(), 1U);
  EXPECT_FALSE(file.read_if_changed()->has_value()) << "what it wrote itself is no news";
}

TEST_F(ATokenFile, OfAPersonKeepsItsOtherLines) {
  write("# night shift\nalice read sha256/" + std::string(64, 'a') +
        " 2026-11-27T01:00:00Z\n# day\nalice2 read sha256/" + std::string(64, 'b') + " 2026-11-27T01:00:00Z");
  TokenFile file(path());
  ASSERT_TRUE(file.add({"bob"}, now));
  ASSERT_TRUE(file.revoke("alice"));
  EXPECT_TRUE(text().starts_with("# night shift\n# day\nalice2 read sha256/bbb")) << text();
  EXPECT_EQ(file.revoke("alice").error().kind, Kind::unknown);
  EXPECT_EQ(file.revoke("alice").error().text, "there is no token 'alice'");
  EXPECT_EQ(file.add({"bob"}, now).error().kind, Kind::taken);
  EXPECT_EQ(file.add({"b b"}, now).error().kind, Kind::refused);
}

TEST_F(ATokenFile, ThatAnotherProgramChangedIsReadAgain) {
  TokenFile ours(path());
  TokenFile theirs(path());
  ASSERT_TRUE(ours.read_if_changed());
  ASSERT_TRUE(theirs.add({"alice"}, now));
  ASSERT_EQ(ours.read_if_changed()->value().size(), 1U);
  EXPECT_FALSE(ours.read_if_changed()->has_value());
  std::filesystem::remove(path());
  EXPECT_TRUE(ours.read_if_changed()->value().empty());
}

TEST_F(ATokenFile, ThatIsBrokenOrOthersMayWriteToIsRefused) {
  TokenFile file(path());
  write("alice\n");
  EXPECT_EQ(file.read_if_changed().error(),
            path() + ":1: token 'alice': expected a role, read, operate or admin, behind the name");
  EXPECT_EQ(file.add({"bob"}, now).error().kind, Kind::broken);
  EXPECT_EQ(text(), "alice\n");
  write("");
  ASSERT_EQ(::chmod(path().c_str(), 0620), 0);
  EXPECT_EQ(file.read_if_changed().error(), path() + ": others may write to it, mode 0620 (expected 0600)");
  EXPECT_EQ(TokenFile((folder_ / "nowhere" / "tokens").string()).add({"bob"}, now).error().text,
            (folder_ / "nowhere" / "tokens").string() + ": No such file or directory");
}

TEST_F(ATokenFile, IsChangedByOneProgramAtATime) {
  constexpr int programs = 3;
  constexpr int each = 4;
  std::vector<std::thread> threads;
  for (int program = 0; program < programs; ++program) {
    threads.emplace_back([this, program] {
      TokenFile file(path());
      for (int i = 0; i < each; ++i) {
        EXPECT_TRUE(file.add({"t" + std::to_string(program) + "-" + std::to_string(i)}, now));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(TokenFile(path()).read_if_changed()->value().size(), static_cast<std::size_t>(programs * each));
}

TEST_F(ATokenFile, WaitsForAnotherProgramNoLongerThanItIsTold) {
  ASSERT_TRUE(TokenFile(path()).add({"alice"}, now));
  const int lock = ::open((path() + ".lock").c_str(), O_RDWR);
  struct stat status {};
  ASSERT_EQ(::fstat(lock, &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U) << "nobody else can hold it";
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  EXPECT_EQ(TokenFile(path(), std::chrono::milliseconds(50)).add({"bob"}, now).error().text,
            path() + ": another program changes it");
  ::close(lock);
}

TEST_F(ATokenFile, IsChangedWhateverAReaderOfItsFolderLocks) {
  const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(folder, LOCK_EX), 0);
  EXPECT_TRUE(TokenFile(path(), std::chrono::milliseconds(0)).add({"bob"}, now));
  ::close(folder);
}

TEST_F(ATokenFile, StaysWhereALinkLeadsTo) {
  std::filesystem::create_directory(folder_ / "shared");
  write("# ours\n");
  std::filesystem::rename(path(), folder_ / "shared" / "tokens");
  std::filesystem::create_symlink(folder_ / "shared" / "tokens", path());
  ASSERT_TRUE(TokenFile(path()).add({"bob"}, now));
  EXPECT_TRUE(std::filesystem::is_symlink(path()));
  EXPECT_TRUE(text().starts_with("# ours\nbob ")) << text();
}

}  // namespace
}  // namespace snom::access
