#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/sqlite_button_store.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

using Clock = std::chrono::steady_clock;

/// snom_store_hammer at work on a file.
class Hammer final {
 public:
  explicit Hammer(const std::string& file) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    output_ = ends[0];
    process_ = fork();
    if (process_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      execl(SNOM_STORE_HAMMER, SNOM_STORE_HAMMER, file.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
  }
  ~Hammer() {
    kill_it();
    close(output_);
  }
  Hammer(const Hammer&) = delete;
  Hammer& operator=(const Hammer&) = delete;

  /// Reads what it acknowledges for that long; false when it ends by itself.
  bool read_for(std::chrono::microseconds time) {
    const auto end = Clock::now() + time;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      pollfd wanted{output_, POLLIN, 0};
      const int ready = poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
      if (ready > 0 && !read_some()) return false;
      if (left <= 0) return true;
    }
  }
  /// kill -9, then what it had printed before.
  void kill_it() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    waitpid(process_, &status_, 0);
    process_ = -1;
    while (read_some()) {
    }
  }
  [[nodiscard]] std::uint64_t last_acknowledged() const { return last_; }
  [[nodiscard]] std::uint64_t acknowledged() const { return count_; }
  [[nodiscard]] bool in_order() const { return in_order_; }

 private:
  bool read_some() {
    std::array<char, 65536> bytes;
    const ssize_t size = ::read(output_, bytes.data(), bytes.size());
    if (size <= 0) return false;
    unfinished_.append(bytes.data(), static_cast<std::size_t>(size));
    std::size_t start = 0;
    for (auto end = unfinished_.find('\n'); end != std::string::npos; end = unfinished_.find('\n', start)) {
      const std::uint64_t number = std::strtoull(unfinished_.c_str() + start, nullptr, 10);
      if (last_ != 0 && number != last_ + 1) in_order_ = false;
      last_ = number;
      ++count_;
      start = end + 1;
    }
    unfinished_.erase(0, start);
    return true;
  }

  int output_ = -1;
  pid_t process_ = -1;
  int status_ = 0;
  std::string unfinished_;
  std::uint64_t last_ = 0;
  std::uint64_t count_ = 0;
  bool in_order_ = true;
};

/// How long a hammer takes here until it has acknowledged its first change.
std::chrono::microseconds time_to_begin() {
  testing::TemporaryFolder folder;
  const auto began = Clock::now();
  Hammer hammer(folder.file("keys.db"));
  while (hammer.acknowledged() == 0 && hammer.read_for(std::chrono::milliseconds(1))) {
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
}

/// SNOM_KILLS: how often; ./run test has the time for 50.
int kills() {
  const char* wanted = std::getenv("SNOM_KILLS");
  return wanted == nullptr ? 50 : std::atoi(wanted);
}

TEST(KillNine, EveryAcknowledgedChangeIsThereAndNoneIsThereInParts) {
  testing::TemporaryFolder folder;
  const std::string file = folder.file("keys.db");
  std::mt19937 random(20261125);
  const int longest = static_cast<int>(std::max<std::int64_t>(60'000, 3 * time_to_begin().count()));
  std::uniform_int_distribution<int> microseconds(0, longest);
  std::uint64_t acknowledged = 0;
  std::uint64_t last = 0;
  for (int round = 0; round < kills(); ++round) {
    SCOPED_TRACE("kill " + std::to_string(round));
    Hammer hammer(file);
    // Some are killed while they open the file, most while they write.
    const bool at_work = hammer.read_for(std::chrono::microseconds(microseconds(random)));
    hammer.kill_it();
    ASSERT_TRUE(at_work) << "ended by itself";
    ASSERT_TRUE(hammer.in_order());
    acknowledged += hammer.acknowledged();
    last = std::max(last, hammer.last_acknowledged());

    testing::ControlQueue control;
    auto store = SqliteButtonStore::open(file, control);
    ASSERT_TRUE(store) << store.error();
    const auto kept = testing::sorted((*store)->load().value());
    const std::uint64_t newest = testing::newest_in(kept);
    EXPECT_GE(newest, last);
    // The whole state is that of changes 1 to `newest`: none is missing, none is half there.
    ASSERT_EQ(kept, testing::sequence_state(newest));
    last = newest;
  }
  RecordProperty("acknowledged", std::to_string(acknowledged));
  std::printf("%llu changes acknowledged over %d kills\n", static_cast<unsigned long long>(acknowledged), kills());
  EXPECT_GT(acknowledged, 0U);
}

TEST(KillNine, LeavesNoLockBehind) {
  testing::TemporaryFolder folder;
  const std::string file = folder.file("keys.db");
  {
    Hammer hammer(file);
    const auto end = Clock::now() + std::chrono::seconds(20);
    while (hammer.acknowledged() == 0 && Clock::now() < end) ASSERT_TRUE(hammer.read_for(std::chrono::milliseconds(5)));
    testing::ControlQueue control;
    const auto refused = SqliteButtonStore::open(file, control);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().starts_with(file + " is in use by another program (process ")) << refused.error();
  }
  testing::ControlQueue control;
  EXPECT_TRUE(SqliteButtonStore::open(file, control));
}

}  // namespace
}  // namespace snom::store
