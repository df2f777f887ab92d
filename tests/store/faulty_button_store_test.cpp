#include "control/faulty_button_store.h"

#include <gtest/gtest.h>

#include "control/keys/memory_button_store.h"
#include "store/changes.h"
#include "store/control_queue.h"

namespace snom::control::testing {
namespace {

using store::testing::ControlQueue;
using store::testing::wanted;

class FaultyStore : public ::testing::Test {
 protected:
  void save(const std::string& key) {
    faulty_.save({{wanted("1000@example.com", key, key)}, {}}, [this, key](const ButtonStore::Result& result) {
      answers_.push_back(key + ": " + (result ? "kept" : result.error().text));
    });
    while (control_.run_posted()) {
    }
  }
  std::string keys() {
    std::string all;
    const auto kept = inner_.load().value();
    for (const WantedButton& each : kept) all += each.button.key;
    return all;
  }
  using Texts = std::vector<std::string>;

  ControlQueue control_;
  MemoryButtonStore inner_{control_};
  FaultyButtonStore faulty_{inner_, control_};
  Texts answers_;
};

TEST_F(FaultyStore, FailsTheChosenSaveAndKeepsNothingOfIt) {
  faulty_.fail_save(2, "disk full (keys.db)");
  for (const char* key : {"1", "2", "3"}) save(key);
  EXPECT_EQ(answers_, (Texts{"1: kept", "2: disk full (keys.db)", "3: kept"}));
  EXPECT_EQ(keys(), "13");
}

TEST_F(FaultyStore, FailsAllUntilItRecovers) {
  faulty_.fail_all("disk full");
  save("1");
  save("2");
  faulty_.recover();
  save("3");
  EXPECT_EQ(answers_, (Texts{"1: disk full", "2: disk full", "3: kept"}));
  EXPECT_EQ(keys(), "3");
}

TEST_F(FaultyStore, HoldsAnswersBackInTheirOrder) {
  faulty_.hold_answers();
  faulty_.fail_save(2, "no");
  for (const char* key : {"1", "2", "3"}) save(key);
  EXPECT_TRUE(answers_.empty());
  EXPECT_EQ(faulty_.held(), 3U);
  EXPECT_EQ(keys(), "13");
  faulty_.release(2);
  EXPECT_EQ(answers_, (Texts{"1: kept", "2: no"}));
  save("4");
  EXPECT_EQ(faulty_.held(), 2U);
  faulty_.release();
  save("5");
  EXPECT_EQ(answers_, (Texts{"1: kept", "2: no", "3: kept", "4: kept", "5: kept"}));
}

TEST_F(FaultyStore, AfterTheCrashNothingIsKeptAndNothingAnswered) {
  faulty_.hold_answers();
  faulty_.crash_at_save(3);
  for (const char* key : {"1", "2", "3", "4"}) save(key);
  faulty_.release();
  EXPECT_TRUE(answers_.empty());
  EXPECT_TRUE(faulty_.crashed());
  EXPECT_EQ(keys(), "12");
}

TEST_F(FaultyStore, CrashesNow) {
  save("1");
  faulty_.crash_now();
  save("2");
  EXPECT_EQ(answers_, Texts{"1: kept"});
  EXPECT_EQ(keys(), "1");
}

}  // namespace
}  // namespace snom::control::testing
