#include "http/pin_store.h"

#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace snom::http {
namespace {

const std::string pin_a = "sha256/" + std::string(64, 'a');
const std::string pin_b = "sha256/" + std::string(64, 'b');
using Pins = std::vector<std::string>;

TEST(MemoryPins, RememberUnderEachName) {
  MemoryPins pins;
  EXPECT_EQ(pins.find("1000@example.com").value(), Pins{});
  EXPECT_TRUE(pins.remember("1000@example.com", pin_a));
  EXPECT_EQ(pins.find("1000@example.com").value(), Pins{pin_a});
  EXPECT_EQ(pins.find("1001@example.com").value(), Pins{});
}

class PinFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(::testing::TempDir()) /
        ("snom-pins-" + std::to_string(::getpid()) + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return (folder_ / "pins").string(); }
  [[nodiscard]] std::unique_ptr<FilePins> open() const { return FilePins::open(path()).value(); }
  [[nodiscard]] std::string text() const {
    std::ifstream stream(path());
    std::ostringstream all;
    all << stream.rdbuf();
    return all.str();
  }
  void write(const std::string& what) const { std::ofstream(path()) << what; }

  std::filesystem::path folder_;
};

TEST_F(PinFile, IsMadeForItsOwnerOnlyAndStaysSo) {
  const auto pins = open();
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ::chmod(path().c_str(), 0644);
  ASSERT_TRUE(pins->remember("1000@example.com", pin_a));
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(PinFile, OutlivesTheProgram) {
  ASSERT_TRUE(open()->remember("1000@example.com", pin_a));
  EXPECT_EQ(text(), "1000@example.com " + pin_a + "\n");
  EXPECT_EQ(open()->find("1000@example.com").value(), Pins{pin_a});
}

TEST_F(PinFile, IsWrittenWholeAndLeavesNothingBehind) {
  const auto pins = open();
  write("# by hand\n" + std::string("1000@example.com ") + pin_a);
  ASSERT_TRUE(pins->remember("1001@example.com", pin_b));
  EXPECT_EQ(text(), "# by hand\n1000@example.com " + pin_a + "\n1001@example.com " + pin_b + "\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(PinFile, MayBeEditedMeanwhile) {
  const auto pins = open();
  ASSERT_TRUE(pins->remember("1000@example.com", pin_a));
  EXPECT_EQ(pins->how_to_forget("1000@example.com"), "remove the line of '1000@example.com' from " + path());
  write("");
  EXPECT_EQ(pins->find("1000@example.com").value(), Pins{});
  write("1000@example.com " + pin_a + "\n1000@example.com " + pin_b + "\n");
  EXPECT_EQ(pins->find("1000@example.com").value(), (Pins{pin_a, pin_b}));
  std::filesystem::remove(path());
  EXPECT_EQ(pins->find("1000@example.com").value(), Pins{});
}

TEST_F(PinFile, TakesAnyName) {
  const std::string odd = "#a b%20\n@example.com";
  ASSERT_TRUE(open()->remember(odd, pin_a));
  EXPECT_EQ(text(), "%23a%20b%2520%0A@example.com " + pin_a + "\n");
  EXPECT_EQ(open()->find(odd).value(), Pins{pin_a});
}

TEST_F(PinFile, WithAWrongLineTrustsNobody) {
  const auto pins = open();
  for (const std::string wrong : {"1000@example.com\n", "1000@example.com sha256/abc\n", "1000@example.com x y\n"}) {
    write("# pins\n" + wrong);
    const auto found = pins->find("1000@example.com");
    ASSERT_FALSE(found) << wrong;
    EXPECT_EQ(found.error(), path() + ":2: expected a phone's name and sha256/ with 64 hex digits (0-9 a-f)");
    EXPECT_FALSE(pins->remember("1000@example.com", pin_a));
    EXPECT_FALSE(FilePins::open(path()));
  }
}

TEST_F(PinFile, ThatCannotBeWrittenIsAnError) {
  const auto missing = FilePins::open((folder_ / "nowhere" / "pins").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), (folder_ / "nowhere" / "pins").string() +
                                 ": the file of pinned certificates cannot be written: No such file or directory");
  const auto folder = FilePins::open(folder_.string());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error(), "the file of pinned certificates cannot be read: " + folder_.string() +
                                ": is a folder (expected a regular file)");
}

}  // namespace
}  // namespace snom::http
