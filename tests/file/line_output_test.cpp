#include "file/line_output.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace snom::file {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds long_enough{10'000};
constexpr milliseconds too_short{50};
constexpr std::size_t plenty = 1024 * 1024;

std::string numbered(int number) { return "line " + std::to_string(number) + " " + std::string(80, '.') + "\n"; }

std::string lost_line(std::uint64_t lost) { return "lost " + std::to_string(lost) + "\n"; }

/// The two ends of something that bytes go through.
class Ends {
 public:
  Ends(int read_end, int write_end) : read_(read_end), write_(write_end) {}
  ~Ends() {
    stop_reading();
    ::close(write_);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  [[nodiscard]] int in() const { return write_; }
  void stop_reading() {
    if (read_ >= 0) ::close(read_);
    read_ = -1;
  }
  /// What comes, until `last` has come.
  [[nodiscard]] std::string read_until(const std::string& last) const {
    std::string all;
    std::array<char, 4096> some{};
    while (all.find(last) == std::string::npos) {
      const auto count = ::read(read_, some.data(), some.size());
      if (count <= 0) break;
      all.append(some.data(), static_cast<std::size_t>(count));
    }
    return all;
  }

 private:
  int read_;
  int write_;
};

/// A pipe that holds no more than 4096 bytes.
std::unique_ptr<Ends> small_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0 || ::fcntl(ends[1], F_SETPIPE_SZ, 4096) < 0) std::abort();
  return std::make_unique<Ends>(ends[0], ends[1]);
}

std::unique_ptr<Ends> terminal() {
  const int reader = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (reader < 0 || ::grantpt(reader) != 0 || ::unlockpt(reader) != 0) return nullptr;
  return std::make_unique<Ends>(reader, ::open(::ptsname(reader), O_RDWR | O_NOCTTY | O_CLOEXEC));
}

std::unique_ptr<Ends> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
  return std::make_unique<Ends>(ends[0], ends[1]);
}

/// Writes so many lines, while nobody reads; then all of them come, in order.
void expect_to_wait_for_nobody(const Ends& ends, LineOutput& output, int count) {
  auto writing = std::async(std::launch::async, [&] {
    for (int i = 0; i < count; ++i) output.write(numbered(i));
  });
  // A reader that never comes would be waited for for ever: the test's end, not only its failure.
  if (writing.wait_for(long_enough) != std::future_status::ready) std::abort();
  EXPECT_FALSE(output.drain(too_short));
  std::string expected;
  for (int i = 0; i < count; ++i) expected += numbered(i);
  auto read = ends.read_until(numbered(count - 1).substr(0, 12));
  EXPECT_TRUE(output.drain(long_enough));
  std::erase(read, '\r');  // of a terminal
  EXPECT_EQ(expected.substr(0, read.size()), read);
  EXPECT_GE(read.size(), expected.size() - 100);
}

TEST(LineOutput, WhoeverWritesDoesNotWaitForTheReaderOfAPipe) {
  const auto ends = small_pipe();
  LineOutput output(ends->in(), {plenty, lost_line});
  expect_to_wait_for_nobody(*ends, output, 1000);
}

TEST(LineOutput, WhoeverWritesDoesNotWaitForATerminal) {
  const auto ends = terminal();
  if (!ends) GTEST_SKIP() << "this machine gives no terminal";
  LineOutput output(ends->in(), {plenty, lost_line});
  expect_to_wait_for_nobody(*ends, output, 1000);
}

TEST(LineOutput, WhoeverWritesDoesNotWaitForTheOtherEndOfASocket) {
  const auto ends = socket_pair();
  LineOutput output(ends->in(), {plenty, lost_line});
  expect_to_wait_for_nobody(*ends, output, 5000);
}

TEST(LineOutput, WhoeverWritesDoesNotWaitForThePipeOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  constexpr uid_t nobody = 65534;
  const auto ends = small_pipe();
  ASSERT_EQ(::seteuid(nobody), 0);
  LineOutput output(ends->in(), {plenty, lost_line});
  ASSERT_EQ(::seteuid(0), 0);
  expect_to_wait_for_nobody(*ends, output, 1000);
}

TEST(LineOutput, WhatIsWrittenIsThereAtOnceWhereThereIsRoom) {
  const auto ends = small_pipe();
  LineOutput output(ends->in(), {plenty, lost_line});
  output.write("one\n");
  EXPECT_EQ(ends->read_until("one\n"), "one\n");
}

TEST(LineOutput, OthersWhoHaveTheSamePipeWaitAsBefore) {
  const auto ends = small_pipe();
  LineOutput output(ends->in(), {plenty, lost_line});
  for (int i = 0; i < 100; ++i) output.write(numbered(i));
  EXPECT_EQ(::fcntl(ends->in(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(LineOutput, LinesBeyondTheLimitAreCountedAndTold) {
  const auto ends = small_pipe();
  constexpr int all = 1000;
  LineOutput output(ends->in(), {2000, lost_line});
  for (int i = 0; i < all; ++i) output.write(numbered(i));
  const auto read = ends->read_until("lost ");
  int kept = 0;
  while (read.find(numbered(kept)) != std::string::npos) ++kept;
  EXPECT_GT(kept, 0);
  EXPECT_TRUE(read.ends_with("\nlost " + std::to_string(all - kept) + "\n")) << read;
  ASSERT_TRUE(output.drain(long_enough));
  output.write("and on\n");
  EXPECT_EQ(ends->read_until("and on\n"), "and on\n");
}

TEST(LineOutput, ALineLongerThanTheLimitIsLostAndThoseAfterItAreNot) {
  const auto ends = small_pipe();
  LineOutput output(ends->in(), {1000, lost_line});
  output.write(std::string(2000, '.') + "\n");
  EXPECT_EQ(ends->read_until("lost 1\n"), "lost 1\n");
  ASSERT_TRUE(output.drain(long_enough));
  output.write("next\n");
  EXPECT_EQ(ends->read_until("next\n"), "next\n");
}

TEST(LineOutput, WithoutAReaderLinesArePassedOver) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto ends = small_pipe();
  LineOutput output(ends->in(), {plenty, lost_line});
  for (int i = 0; i < 100; ++i) output.write(numbered(i));
  ends->stop_reading();
  EXPECT_TRUE(output.drain(long_enough));
  output.write("nobody is there\n");
  EXPECT_TRUE(output.drain(long_enough));
}

TEST(LineOutput, ItsEndDoesNotWaitForAReader) {
  const auto ends = small_pipe();
  auto done = std::async(std::launch::async, [&] {
    LineOutput output(ends->in(), {plenty, lost_line});
    for (int i = 0; i < 1000; ++i) output.write(numbered(i));
  });
  if (done.wait_for(long_enough) != std::future_status::ready) std::abort();
}

}  // namespace
}  // namespace snom::file
