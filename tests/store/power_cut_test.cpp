#include <fstream>
#include <random>

#include <gtest/gtest.h>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/power_cut_vfs.h"
#include "store/sqlite_button_store.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

/// Saves at a disk whose power goes at a sync; what the disk has then is opened anew.
class PowerCut : public ::testing::Test {
 protected:
  struct Outcome {
    std::uint64_t acknowledged = 0;  ///< before the cut: with a sync that was kept
    std::uint64_t found = 0;         ///< newest change after it
  };

  Outcome cut_at(int sync, unsigned seed) {
    testing::TemporaryFolder before;
    testing::TemporaryFolder after;
    std::mt19937 random(seed);
    Outcome outcome;
    {
      testing::PowerCutDisk disk;
      disk.cut_at_sync(sync);
      testing::ControlQueue control;
      const std::string file = before.file("keys.db");
      auto store = SqliteButtonStore::open(file, control);
      EXPECT_TRUE(store) << store.error();
      std::uint64_t answered = 0;
      // Groups of different sizes, the last of them after the cut.
      for (std::uint64_t n = 0; disk.syncs() < sync + 2 && n < 10'000;) {
        const std::uint64_t size = 1 + random() % 20;
        for (std::uint64_t i = 0; i < size; ++i) {
          ++n;
          (*store)->save(testing::sequence_change(n), [&](const control::ButtonStore::Result& result) {
            EXPECT_TRUE(result) << result.error().text;
            ++answered;
          });
        }
        EXPECT_TRUE(control.run_until([&] { return answered == n; }));
        // The answers that came with a sync before the cut; later ones nobody has seen.
        if (disk.syncs() < sync) outcome.acknowledged = answered;
      }
      for (const char* end : {"", "-wal", "-journal"}) {
        const std::string left = disk.after_cut(file + end, random);
        if (!left.empty()) std::ofstream(after.file(std::string("keys.db") + end), std::ios::binary) << left;
      }
    }
    testing::ControlQueue control;
    auto store = SqliteButtonStore::open(after.file("keys.db"), control);
    EXPECT_TRUE(store) << store.error();
    if (!store) return outcome;
    const auto kept = testing::sorted((*store)->load().value());
    outcome.found = testing::newest_in(kept);
    EXPECT_EQ(kept, testing::sequence_state(outcome.found));
    return outcome;
  }
};

TEST_F(PowerCut, TakesNothingThatWasAcknowledgedAndLeavesNoHalfChange) {
  std::uint64_t acknowledged = 0;
  for (int sync = 1; sync <= 60; ++sync) {
    SCOPED_TRACE("cut at sync " + std::to_string(sync));
    const Outcome outcome = cut_at(sync, static_cast<unsigned>(sync));
    EXPECT_GE(outcome.found, outcome.acknowledged);
    acknowledged += outcome.acknowledged;
  }
  EXPECT_GT(acknowledged, 1000U);
}

TEST_F(PowerCut, OfALongLogTakesNothingEither) {
  // Far enough for the log to be brought into the file, and begun anew.
  for (const int sync : {1200, 1400, 1601}) {
    SCOPED_TRACE("cut at sync " + std::to_string(sync));
    const Outcome outcome = cut_at(sync, static_cast<unsigned>(sync));
    EXPECT_GT(outcome.acknowledged, 1000U);
    EXPECT_GE(outcome.found, outcome.acknowledged);
  }
}

}  // namespace
}  // namespace snom::store
