#include "runtime/lifetime.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

/// Callbacks that come after their object has gone.
namespace snom::runtime {
namespace {

struct Counter {
  int calls = 0;
  std::string last;
  Lifetime lifetime;

  auto on_call() {
    return lifetime.guard([this](std::string what) {
      ++calls;
      last = std::move(what);
    });
  }
};

TEST(Lifetime, CallbackIsCalledWhileTheObjectLives) {
  Counter counter;
  auto call = counter.on_call();
  call("one");
  call("two");
  EXPECT_EQ(counter.calls, 2);
  EXPECT_EQ(counter.last, "two");
}

TEST(Lifetime, CallbackDoesNothingOnceTheObjectHasGone) {
  std::optional<Counter> counter(std::in_place);
  bool called = false;
  const std::function<void()> call = counter->lifetime.guard([&called] { called = true; });
  counter.reset();
  call();
  EXPECT_FALSE(called);
}

TEST(Lifetime, CallbackMayEndItsObject) {
  auto counter = std::make_unique<Counter>();
  int ended = 0;
  const std::function<void()> end = counter->lifetime.guard([&] {
    counter.reset();
    ++ended;
  });
  end();
  end();
  EXPECT_EQ(ended, 1);
}

TEST(Lifetime, WhatACallbackHoldsGoesWithTheCallback) {
  Counter counter;
  const auto held = std::make_shared<int>(1);
  {
    const auto call = counter.lifetime.guard([held] {});
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace snom::runtime
