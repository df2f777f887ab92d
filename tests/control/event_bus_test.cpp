#include "control/event_bus.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace snom::control {
namespace {

/// Writes down what it hears, under its name.
class Ear final : public EventSink {
 public:
  Ear(std::string name, std::vector<std::string>& heard) : name_(std::move(name)), heard_(heard) {}
  void publish(const Event& event) override {
    heard_.push_back(name_ + " " + std::get<CommandDone>(event).command);
    if (throws) throw std::runtime_error("a sink's own trouble");
  }
  bool throws = false;

 private:
  std::string name_;
  std::vector<std::string>& heard_;
};

CommandDone command(std::string line) { return {std::move(line), "+OK", {}}; }

TEST(EventBus, WithoutSinksAnEventIsNobodysConcern) {
  EventBus bus;
  bus.publish(command("a"));
}

TEST(EventBus, EachSinkHearsEachEventInTheOrderOfSubscription) {
  std::vector<std::string> heard;
  Ear first("first", heard);
  Ear second("second", heard);
  EventBus bus;
  bus.subscribe(first);
  bus.publish(command("a"));
  bus.subscribe(second);
  bus.publish(command("b"));
  EXPECT_EQ(heard, (std::vector<std::string>{"first a", "first b", "second b"}));
}

TEST(EventBus, WhatASinkThrowsKeepsTheEventFromNoOther) {
  std::vector<std::string> heard;
  Ear first("first", heard);
  Ear second("second", heard);
  first.throws = true;
  EventBus bus;
  bus.subscribe(first);
  bus.subscribe(second);
  bus.publish(command("a"));
  EXPECT_EQ(heard, (std::vector<std::string>{"first a", "second a"}));
}

}  // namespace
}  // namespace snom::control
