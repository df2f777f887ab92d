#include "file/standard_descriptors.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

namespace snom::file {
namespace {

constexpr int right = 42;

/// In a process of its own, whose descriptors these are.
int in_a_child(int (*work)()) {
  const auto child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool is_null(int descriptor) {
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor)) == "/dev/null";
}

TEST(StandardDescriptors, ThoseThatAreClosedBecomeDevNull) {
  EXPECT_EQ(in_a_child([] {
              for (const int descriptor : {0, 1, 2}) ::close(descriptor);
              open_missing_standard_descriptors();
              return is_null(0) && is_null(1) && is_null(2) ? right : 0;
            }),
            right);
}

TEST(StandardDescriptors, ThoseThatAreOpenStayWhatTheyAre) {
  EXPECT_EQ(in_a_child([] {
              const int other = ::open("/proc/self/status", O_RDONLY);
              ::dup2(other, 0);
              ::dup2(other, 2);
              ::close(1);
              open_missing_standard_descriptors();
              return !is_null(0) && is_null(1) && !is_null(2) ? right : 0;
            }),
            right);
}

}  // namespace
}  // namespace snom::file
