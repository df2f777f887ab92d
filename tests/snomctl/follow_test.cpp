#include <vector>

#include <gtest/gtest.h>

#include "snomctl/follow.h"

namespace snom::snomctl {
namespace {

using std::chrono::milliseconds;
using Stream = tl::expected<void, Client::Ended>;

/// Streams as they are prepared: the id that each comes to, and how it ends; the last one is ended by the watcher.
struct Server {
  struct One {
    std::string comes_to;
    Client::Ended end;
    bool opens = true;
  };
  std::vector<One> streams;
  std::size_t next = 0;
  std::vector<std::string> asked_from = {};
  std::vector<std::string> told = {};
  std::vector<milliseconds> pauses = {};

  tl::expected<void, Client::Failure> followed() {
    return follow({[this](std::string& last_id, const std::function<void()>& opened) -> Stream {
                     asked_from.push_back(last_id);
                     if (next == streams.size()) {
                       opened();
                       return {};
                     }
                     const auto& one = streams[next++];
                     if (one.opens) opened();
                     if (!one.comes_to.empty()) last_id = one.comes_to;
                     return tl::unexpected(one.end);
                   },
                   [this](const std::string& what) { told.push_back(what); },
                   [this](milliseconds time) { pauses.push_back(time); }});
  }
};

TEST(Follow, GoesOnBehindTheLastEvent) {
  Server server{{{"7-1", {"ended", true}}, {"9-1", {"ended", true}}}};
  EXPECT_TRUE(server.followed());
  EXPECT_EQ(server.asked_from, (std::vector<std::string>{"", "7-1", "9-1"}));
}

TEST(Follow, SaysOnceThatItIsLostAndOnceThatItIsThereAgain) {
  Server server{{{"7-1", {"ended", true}}, {"", {"refused", true}, false}, {"", {"refused", true}, false}}};
  EXPECT_TRUE(server.followed());
  EXPECT_EQ(server.told, (std::vector<std::string>{"ended: trying again until it is there", "snomd is there again"}));
}

TEST(Follow, WaitsLongerEachTimeAndNeverLong) {
  Server server{{{"7-1", {"ended", true}}}};
  server.streams.resize(10, {"", {"refused", true}, false});
  EXPECT_TRUE(server.followed());
  ASSERT_EQ(server.pauses.size(), 10U);
  EXPECT_EQ(server.pauses[0], milliseconds(250));
  EXPECT_EQ(server.pauses[1], milliseconds(500));
  EXPECT_EQ(server.pauses[9], milliseconds(5000));
}

TEST(Follow, WhatWasNeverThereIsNotWaitedFor) {
  Server server{{{"", {"connection refused", true}, false}}};
  EXPECT_EQ(server.followed().error().text, "connection refused");
  EXPECT_TRUE(server.pauses.empty());
}

TEST(Follow, AStreamWithoutIdsCannotBeComeBackTo) {
  Server server{{{"", {"ended", true}}}};
  EXPECT_EQ(server.followed().error().text, "ended");
}

TEST(Follow, WhatIsRefusedSaysByWhichStatus) {
  Server server{{{"", {"no such type", false, 400}, false}}};
  EXPECT_EQ(server.followed().error().status, 400);
}

TEST(Follow, WhatWillBeTheSameNextTimeEndsIt) {
  Server server{{{"7-1", {"ended", true}}, {"", {"answered 401", false}, false}}};
  EXPECT_EQ(server.followed().error().text, "answered 401");
}

}  // namespace
}  // namespace snom::snomctl
