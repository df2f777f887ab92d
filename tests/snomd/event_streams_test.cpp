#include "snomd/event_streams.h"

#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "control/fake_ports.h"
#include "snomd/event_json.h"

namespace snom::snomd {
namespace {

class Watcher final : public http::Stream {
 public:
  bool write(std::string_view bytes) override {
    if (!there) return false;
    got += bytes;
    most_at_once = std::max(most_at_once, bytes.size());
    return true;
  }
  [[nodiscard]] bool open() const override { return there; }
  [[nodiscard]] std::size_t waiting() const override { return held; }
  bool there = true;
  std::size_t held = 0;
  std::size_t most_at_once = 0;
  std::string got;
};

control::Event command(const std::string& line) { return control::CommandDone{line, "+OK", {}}; }
control::Event press(const std::string& phone) { return control::Pressed{phone, "2", "9001", true, {}, {}, {}}; }

std::string text_of(int number, const control::Event& event) {
  return "id: run-" + std::to_string(number) + "\nevent: " + std::string(event_name(event)) +
         "\ndata: " + dump(to_json(event)) + "\n\n";
}
const std::string watching = ": watching\n\n";

/// What a watcher gets of what was published before it came.
struct Past {
  explicit Past(EventMemory::Limits limits = {}) : streams(loop, limits, "run") {}
  ~Past() {
    loop.run_and_wait([&] { streams.close(); });
  }
  Past(const Past&) = delete;
  Past& operator=(const Past&) = delete;

  void publish(const control::Event& event) {
    loop.run_and_wait([&] { streams.publish(event); });
  }
  std::shared_ptr<Watcher> watch(EventStreams::Wish wish) {
    auto watcher = std::make_shared<Watcher>();
    loop.run_and_wait([&] { streams.add(watcher, std::move(wish)); });
    return watcher;
  }
  /// What it got, once that has this length or the limit is over.
  std::string got(const std::shared_ptr<Watcher>& watcher, std::size_t length) {
    for (int turn = 0; turn < 2000; ++turn) {
      std::string text;
      loop.run_and_wait([&] { text = watcher->got; });
      if (text.size() >= length) return text;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return "(time is over) " + watcher->got;
  }
  std::string got(const std::shared_ptr<Watcher>& watcher, const std::string& expected) {
    return got(watcher, expected.size());
  }

  sip::EventLoop loop;
  EventStreams streams;
};

TEST(EventStreams, AWatcherGetsWhatIsPublishedFromThenOn) {
  Past past;
  const auto early = past.watch({});
  past.publish(command("one"));
  const auto late = past.watch({});
  past.publish(command("two"));
  EXPECT_EQ(early->got, ": watching\nid: run-0\n\n" + text_of(1, command("one")) + text_of(2, command("two")));
  EXPECT_EQ(late->got, ": watching\nid: run-1\n\n" + text_of(2, command("two")));
}

TEST(EventStreams, AWatcherThatIsGoneIsLetGo) {
  Past past;
  auto gone = past.watch({});
  const auto stays = past.watch({});
  gone->there = false;
  past.publish(command("one"));
  EXPECT_EQ(gone.use_count(), 1);
  past.publish(command("two"));
  EXPECT_EQ(stays->got, ": watching\nid: run-0\n\n" + text_of(1, command("one")) + text_of(2, command("two")));
}

TEST(EventStreams, WhoComesBackGetsWhatHeMissedAndThenTheRest) {
  Past past;
  for (const auto* line : {"one", "two", "three"}) past.publish(command(line));
  const auto watcher = past.watch({.types = {}, .phones = {}, .after = "run-1"});
  past.publish(command("four"));
  const auto expected =
      watching + text_of(2, command("two")) + text_of(3, command("three")) + text_of(4, command("four"));
  EXPECT_EQ(past.got(watcher, expected), expected);
  past.publish(command("five"));
  EXPECT_EQ(past.got(watcher, expected + text_of(5, command("five"))), expected + text_of(5, command("five")));
}

TEST(EventStreams, WhoMissedNothingGetsNothingTwice) {
  Past past;
  past.publish(command("one"));
  const auto watcher = past.watch({.types = {}, .phones = {}, .after = "run-1"});
  past.publish(command("two"));
  EXPECT_EQ(past.got(watcher, watching + text_of(2, command("two"))), watching + text_of(2, command("two")));
}

TEST(EventStreams, WhatIsForgottenIsSaid) {
  Past past({.events = 2});
  for (const auto* line : {"one", "two", "three", "four"}) past.publish(command(line));
  const auto watcher = past.watch({.types = {}, .phones = {}, .after = "run-1"});
  const auto expected = watching + "id: run-2\nevent: gap\ndata: {\"lost\":1,\"why\":\"forgotten\"}\n\n" +
                        text_of(3, command("three")) + text_of(4, command("four"));
  EXPECT_EQ(past.got(watcher, expected), expected);
}

TEST(EventStreams, AnIdOfAnotherRunIsSaidAndAllOfThisRunFollows) {
  Past past;
  past.publish(command("one"));
  const auto watcher = past.watch({.types = {}, .phones = {}, .after = "other-77"});
  const auto expected =
      watching + "id: run-0\nevent: gap\ndata: {\"lost\":null,\"why\":\"restarted\"}\n\n" + text_of(1, command("one"));
  EXPECT_EQ(past.got(watcher, expected), expected);
}

TEST(EventStreams, AnIdThatIsNoneIsSaidAndWhatComesFollows) {
  Past past;
  past.publish(command("one"));
  for (const auto* id : {"", "run", "run-", "run-2", "run-x", "run-99999999999999999999"}) {
    const auto watcher = past.watch({.types = {}, .phones = {}, .after = id});
    EXPECT_EQ(watcher->got, watching + "id: run-1\nevent: gap\ndata: {\"lost\":null,\"why\":\"unknown\"}\n\n") << id;
  }
}

TEST(EventStreams, OnlyWhatIsWantedComes) {
  Past past;
  past.publish(press("1000@example.com"));
  past.publish(press("1001@example.com"));
  past.publish(command("one"));
  const auto presses = past.watch({.types = {"press"}, .phones = {}, .after = "run-0"});
  const auto of_one = past.watch({.types = {}, .phones = {"1001@example.com"}, .after = "run-0"});
  past.publish(press("1001@example.com"));
  const auto last = text_of(4, press("1001@example.com"));
  const auto all_presses =
      watching + text_of(1, press("1000@example.com")) + text_of(2, press("1001@example.com")) + last;
  EXPECT_EQ(past.got(presses, all_presses), all_presses);
  EXPECT_EQ(past.got(of_one, watching + text_of(2, press("1001@example.com")) + last),
            watching + text_of(2, press("1001@example.com")) + last);
}

TEST(EventStreams, ALongPastIsGivenInTurnsAsTheWatcherTakesIt) {
  Past past;
  std::string expected = watching;
  for (int i = 1; i <= 2000; ++i) {
    const auto event = command("snom_clear 1000@example.com " + std::to_string(i) + std::string(500, 'x'));
    past.publish(event);
    expected += text_of(i, event);
  }
  const auto watcher = std::make_shared<Watcher>();
  watcher->held = 1UL << 20U;
  past.loop.run_and_wait([&] { past.streams.add(watcher, {.types = {}, .phones = {}, .after = "run-0"}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  past.loop.run_and_wait([&] {
    EXPECT_EQ(watcher->got, watching) << "it has not taken what it was given before";
    watcher->held = 0;
  });
  EXPECT_EQ(past.got(watcher, expected), expected);
  EXPECT_LT(watcher->most_at_once, 300000U);
}

TEST(EventStreams, EachRunHasAnotherName) {
  sip::EventLoop loop;
  const EventStreams one(loop);
  const EventStreams other(loop);
  EXPECT_NE(one.newest_id(), other.newest_id());
}

}  // namespace
}  // namespace snom::snomd
