#include <gtest/gtest.h>

#include "snomctl/client.h"

namespace snom::snomctl {
namespace {

using Seen = std::vector<std::pair<std::string, nlohmann::json>>;

struct Reading {
  Seen seen;
  EventReader reader{[this](std::string_view name, const nlohmann::json& data) {
    seen.emplace_back(name, data);
    return name != "stop";
  }};
};

const std::string stream =
    ": watching\n\nevent: press\ndata: {\"key\":\"2\"}\n\n: still here\n\nevent: command\r\ndata:{\"a\":1}\r\n\r\n";

TEST(EventReader, NamesAndDataAreTakenCommentsPassedOver) {
  Reading reading;
  EXPECT_TRUE(reading.reader.take(stream));
  EXPECT_EQ(reading.seen, (Seen{{"press", {{"key", "2"}}}, {"command", {{"a", 1}}}}));
}

TEST(EventReader, BytesMayArriveOneByOne) {
  Reading reading;
  for (const char c : stream) EXPECT_TRUE(reading.reader.take({&c, 1}));
  EXPECT_EQ(reading.seen.size(), 2u);
}

TEST(EventReader, KnowsTheIdThatWasLast) {
  Reading reading;
  EXPECT_TRUE(reading.reader.take(": watching\nid: 4-a\n\n"));
  EXPECT_EQ(reading.reader.last_id(), "4-a") << "a comment has one, too";
  EXPECT_TRUE(reading.reader.take("event: press\nid: 5-a\ndata: {}\n"));
  EXPECT_EQ(reading.reader.last_id(), "4-a") << "the event has not come yet";
  EXPECT_TRUE(reading.reader.take("\nevent: press\ndata: {}\n\n"));
  EXPECT_EQ(reading.reader.last_id(), "5-a") << "it stays until there is another";
  EXPECT_TRUE(reading.reader.take("id: " + std::string(129, '1') + "\n\nid: a b\n\nid: \x1b\n\n"));
  EXPECT_EQ(reading.reader.last_id(), "5-a") << "it becomes a header";
}

TEST(EventReader, DataOfSeveralLinesIsOneText) {
  Reading reading;
  EXPECT_TRUE(reading.reader.take("event: x\ndata: {\"a\":\ndata: 1}\n\n"));
  EXPECT_EQ(reading.seen, (Seen{{"x", {{"a", 1}}}}));
}

TEST(EventReader, TheWatcherCanStopIt) {
  Reading reading;
  EXPECT_FALSE(reading.reader.take("event: stop\ndata: {}\n\nevent: x\ndata: {}\n\n"));
  EXPECT_EQ(reading.seen.size(), 1u);
}

TEST(EventReader, DataThatIsNoObjectEndsTheStream) {
  for (const std::string data : {"1", "[1]", "\"text\"", "null", "true", "{", "no JSON"}) {
    Reading reading;
    EXPECT_FALSE(reading.reader.take("event: press\ndata: " + data + "\n\n")) << data;
    EXPECT_TRUE(reading.reader.why().starts_with("the data of an event is no JSON")) << reading.reader.why();
    EXPECT_FALSE(reading.reader.take("event: press\ndata: {}\n\n"));
    EXPECT_TRUE(reading.seen.empty());
  }
}

TEST(EventReader, DataThatIsDeepEndsTheStream) {
  Reading reading;
  EXPECT_FALSE(reading.reader.take("data: " + std::string(100'000, '[') + "\n\n"));
  EXPECT_EQ(reading.reader.why(), "the data of an event is nested more than 32 deep");
}

TEST(EventReader, AnEventWithoutEndIsNotKeptForEver) {
  Reading reading;
  bool more = true;
  const std::string line = "data: " + std::string(1000, 'x') + "\n";
  int lines = 0;
  for (; lines < 10'000 && more; ++lines) more = reading.reader.take(line);
  EXPECT_FALSE(more);
  EXPECT_LT(lines, 1100);
  EXPECT_EQ(reading.reader.why(), "an event has more than 1 MiB");
}

TEST(EventReader, ALineWithoutEndIsNotKeptForEver) {
  Reading reading;
  bool more = true;
  const std::string bytes(65536, 'x');
  for (int i = 0; i < 20 && more; ++i) more = reading.reader.take(bytes);
  EXPECT_FALSE(more);
}

}  // namespace
}  // namespace snom::snomctl
