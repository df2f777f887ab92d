#include "snomd/event_memory.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

control::Event command(const std::string& line) { return control::CommandDone{line, "+OK", {}}; }

std::string line_of(const EventMemory& memory, std::uint64_t number) {
  return std::get<control::CommandDone>(memory.at(number).event).command;
}

TEST(EventMemory, KeepsSoManyAndNumbersThemAll) {
  EventMemory memory({.events = 2, .bytes = 1UL << 20U});
  EXPECT_EQ(memory.newest(), 0U);
  EXPECT_EQ(memory.oldest(), 1U);
  for (const auto* line : {"one", "two", "three"}) memory.add(command(line), {});
  EXPECT_EQ(memory.newest(), 3U);
  EXPECT_EQ(memory.oldest(), 2U);
  EXPECT_EQ(line_of(memory, 2), "two");
  EXPECT_EQ(line_of(memory, 3), "three");
}

TEST(EventMemory, KeepsSoManyBytes) {
  const auto large = command(std::string(10000, 'x'));
  EventMemory memory({.events = 1000, .bytes = 3 * bytes_of(large)});
  for (int i = 0; i < 100; ++i) memory.add(large, {});
  EXPECT_EQ(memory.newest(), 100U);
  EXPECT_EQ(memory.oldest(), 98U);
  EXPECT_LE(memory.bytes(), 3 * bytes_of(large));
  memory.add(command(std::string(100000, 'x')), {});
  EXPECT_EQ(memory.oldest(), 102U) << "one that is larger than all may be is not kept, and nothing before it";
  EXPECT_EQ(memory.bytes(), 0U);
}

TEST(EventMemory, MayKeepNone) {
  EventMemory memory({.events = 0});
  memory.add(command("one"), {});
  EXPECT_EQ(memory.newest(), 1U);
  EXPECT_EQ(memory.oldest(), 2U);
}

}  // namespace
}  // namespace snom::snomd
