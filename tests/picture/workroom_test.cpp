#include "picture/workroom.h"

#include <chrono>
#include <filesystem>
#include <future>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include <stdlib.h>

#include <gtest/gtest.h>

#include "picture/picture_folder.h"

namespace snom::picture {
namespace {

constexpr std::chrono::seconds limit{10};

/// A piece of work that lasts until it is let go.
struct Held {
  std::promise<void> begun;
  std::promise<void> go;
  bool run_in(Workroom& room, std::size_t bytes) {
    return room
        .run(bytes,
             [this](std::string_view) {
               begun.set_value();
               go.get_future().wait_for(limit);
             })
        .has_value();
  }
};

TEST(Workroom, WorksOnAThreadOfItsOwnInOrder) {
  std::vector<std::thread::id> threads;
  {
    Workroom room;
    std::promise<void> last;
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(room.run(1, [&, i](std::string_view why_not) {
        EXPECT_EQ(why_not, "");
        threads.push_back(std::this_thread::get_id());
        if (i == 2) last.set_value();
      }));
    }
    ASSERT_EQ(last.get_future().wait_for(limit), std::future_status::ready);
  }
  ASSERT_EQ(threads.size(), 3U);
  EXPECT_EQ(threads[0], threads[2]);
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(Workroom, TakesNoMoreThanItsBytes) {
  Workroom room(100);
  Held held;
  ASSERT_TRUE(held.run_in(room, 1000));  // a single piece may be larger
  EXPECT_EQ(room.run(1, [](std::string_view) {}), tl::make_unexpected(too_much_waits));
  held.go.set_value();
  std::promise<void> done;
  while (!room.run(60, [&](std::string_view) { done.set_value(); })) std::this_thread::yield();
  EXPECT_EQ(done.get_future().wait_for(limit), std::future_status::ready);
}

TEST(Workroom, WhatThrowsIsToldWhyAndTheNextIsDone) {
  Workroom room;
  std::promise<std::string> told;
  std::promise<void> next;
  ASSERT_TRUE(room.run(1, [&](std::string_view why_not) {
    if (why_not.empty()) throw std::bad_alloc();
    told.set_value(std::string(why_not));
  }));
  ASSERT_TRUE(room.run(1, [](std::string_view) { throw 1; }));  // whatever it is told
  ASSERT_TRUE(room.run(1, [&](std::string_view) { next.set_value(); }));
  EXPECT_EQ(told.get_future().get(), "std::bad_alloc");
  EXPECT_EQ(next.get_future().wait_for(limit), std::future_status::ready);
}

TEST(Workroom, StoppingTellsWhatWaits) {
  Workroom room;
  Held held;
  ASSERT_TRUE(held.run_in(room, 1));
  held.begun.get_future().wait_for(limit);
  std::string told;
  ASSERT_TRUE(room.run(1, [&](std::string_view why_not) { told = why_not; }));
  std::thread stopping([&] { room.stop(); });
  while (room.run(1, [](std::string_view) {})) std::this_thread::yield();
  held.go.set_value();
  stopping.join();
  EXPECT_EQ(told, "stopping");
  EXPECT_EQ(room.run(1, [](std::string_view) {}), tl::make_unexpected(std::string_view("stopping")));
}

TEST(Workroom, WorkInHandSeesThatItIsToStop) {
  Workroom room;
  std::promise<void> begun;
  std::promise<bool> stopped;
  ASSERT_TRUE(room.run(1, [&](std::string_view) {
    const auto stop = room.stop_token();
    begun.set_value();
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!stop.stop_requested() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    stopped.set_value(stop.stop_requested());
  }));
  begun.get_future().wait_for(limit);
  EXPECT_FALSE(room.stop_token().stop_requested());
  room.stop();
  EXPECT_TRUE(stopped.get_future().get());
}

/// Control's thread is the one that calls run_one().
class Control final : public runtime::Executor {
 public:
  bool post(std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      posted_.emplace_back(std::this_thread::get_id(), std::move(work));
    }
    arrived_.notify_one();
    return true;
  }
  /// Who posted it; nobody when nothing comes.
  std::thread::id run_one() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, limit, [this] { return !posted_.empty(); })) return {};
    const auto [poster, work] = std::move(posted_.front());
    posted_.pop_front();
    lock.unlock();
    work();
    return poster;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::pair<std::thread::id, std::function<void()>>> posted_;
};

TEST(Workroom, PicturesAreWrittenThereAndToldOfByPost) {
  std::string folder = (std::filesystem::temp_directory_path() / "snom-workroom-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  Workroom room;
  Control control;
  PictureFolder pictures(folder, room, control);
  std::string error;
  pictures.keep("desk.png", "x", [&](const auto& kept) { error = kept.error(); });
  EXPECT_EQ(error, "");
  EXPECT_NE(control.run_one(), std::this_thread::get_id());
  EXPECT_EQ(error, "the phone's picture is no BMP");
  room.stop();
  pictures.keep("desk.png", "x", [&](const auto& kept) { error = kept.error(); });
  EXPECT_EQ(control.run_one(), std::this_thread::get_id());
  EXPECT_EQ(error, "stopping");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace snom::picture
