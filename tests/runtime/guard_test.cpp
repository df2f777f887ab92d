#include "runtime/guard.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace snom::runtime {
namespace {

std::vector<std::string>& lines() {
  static std::vector<std::string> kept;
  return kept;
}
void keep(const char* where, const char* what) { lines().push_back(std::string(where) + ": " + what); }

class Guard : public ::testing::Test {
 protected:
  Guard() {
    lines().clear();
    set_fault_log(keep);
  }
  ~Guard() override { set_fault_log(nullptr); }
};

TEST_F(Guard, NothingThrownIsTrueAndNothingIsTold) {
  EXPECT_TRUE(guarded("a test", [] {}));
  EXPECT_EQ(guarded_or(0, "a test", [] { return 7; }), 7);
  EXPECT_TRUE(lines().empty());
}

TEST_F(Guard, WhateverIsThrownEndsThereAndIsTold) {
  EXPECT_FALSE(guarded("a timer", [] { throw std::runtime_error("broken"); }));
  EXPECT_FALSE(guarded("a timer", [] { throw std::bad_alloc(); }));
  EXPECT_FALSE(guarded("a timer", [] { throw 7; }));
  EXPECT_EQ(guarded_or(500, "a callback", []() -> int { throw std::logic_error("no"); }), 500);
  EXPECT_EQ(lines(), (std::vector<std::string>{"a timer: broken", "a timer: std::bad_alloc",
                                               "a timer: something that is no exception", "a callback: no"}));
}

TEST_F(Guard, ALogThatThrowsOrIsNotThereChangesNothing) {
  set_fault_log([](const char*, const char*) { throw std::bad_alloc(); });
  EXPECT_FALSE(guarded("a timer", [] { throw std::runtime_error("broken"); }));
  set_fault_log(nullptr);
  EXPECT_FALSE(guarded("a timer", [] { throw std::runtime_error("broken"); }));
}

}  // namespace
}  // namespace snom::runtime
