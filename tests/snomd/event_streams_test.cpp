#include "snomd/event_streams.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

class Watcher final : public http::Stream {
 public:
  bool write(std::string_view bytes) override {
    if (!there) return false;
    got += bytes;
    return true;
  }
  [[nodiscard]] bool open() const override { return there; }
  bool there = true;
  std::string got;
};

const control::Event done = control::CommandDone{"snom_buttons 1000@example.com", "+OK", {}};
constexpr auto done_text =
    "event: command\ndata: {\"command\":\"snom_buttons 1000@example.com\",\"contacts\":[],\"reply\":\"+OK\"}\n\n";

TEST(EventStreams, AWatcherGetsWhatIsPublishedFromThenOn) {
  sip::EventLoop loop;
  EventStreams streams(loop);
  const auto early = std::make_shared<Watcher>();
  const auto late = std::make_shared<Watcher>();
  loop.run_and_wait([&] {
    streams.add(early);
    streams.publish(done);
    streams.add(late);
    streams.publish(done);
    streams.close();
  });
  EXPECT_EQ(early->got, std::string(": watching\n\n") + done_text + done_text);
  EXPECT_EQ(late->got, std::string(": watching\n\n") + done_text);
}

TEST(EventStreams, AWatcherThatIsGoneIsLetGo) {
  sip::EventLoop loop;
  EventStreams streams(loop);
  auto gone = std::make_shared<Watcher>();
  const auto stays = std::make_shared<Watcher>();
  loop.run_and_wait([&] {
    streams.add(gone);
    streams.add(stays);
    gone->there = false;
    streams.publish(done);
    EXPECT_EQ(gone.use_count(), 1);
    streams.publish(done);
    streams.close();
    EXPECT_EQ(stays.use_count(), 1);
  });
  EXPECT_EQ(stays->got, std::string(": watching\n\n") + done_text + done_text);
}

}  // namespace
}  // namespace snom::snomd
