#include "runtime/open_files.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace snom::runtime {
namespace {

/// In a folder that is there, and where there is none, as in a chroot without /proc.
class FindOpenFile : public ::testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] static std::optional<int> find(const std::function<bool(int)>& is_it) {
    return find_open_file(is_it, GetParam());
  }
};

TEST_P(FindOpenFile, FindsTheOneThatIsAskedFor) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  EXPECT_EQ(find([&](int descriptor) { return descriptor == pair[1]; }), pair[1]);
  close(pair[0]);
  close(pair[1]);
}

TEST_P(FindOpenFile, SaysThatThereIsNone) {
  EXPECT_EQ(find([](int) { return false; }), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(OpenFiles, FindOpenFile, ::testing::Values("/proc/self/fd", "/nonexistent"));

}  // namespace
}  // namespace snom::runtime
