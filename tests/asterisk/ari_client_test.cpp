#include "asterisk/ari_client.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "asterisk/main_loop.h"
#include "http/web_socket_peer.h"

namespace snom::asterisk {
namespace {

using http::testing::RawServer;
using http::testing::WebSocketPeer;
using testing::MainLoop;
using Strings = std::vector<std::string>;
using namespace std::chrono_literals;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
const std::string failed = "HTTP/1.1 500 Oh\r\nContent-Length: 21\r\n\r\n{\"message\":\"no room\"}";

/// What a phone of that endpoint has sent, as Asterisk tells it.
std::string text_of(const std::string& endpoint, const std::string& body, const std::string& to = "x@127.0.0.1") {
  return WebSocketPeer::frame(WebSocketPeer::text,
                              R"({"type":"TextMessageReceived","message":{"to":"pjsip:)" + to + R"(","body":")" + body +
                                  R"("},"endpoint":{"technology":"PJSIP","resource":")" + endpoint + R"("}})");
}

/// An Asterisk of which a test says what it answers, and what comes by its stream of events.
class AriServer final {
 public:
  using Stream = std::function<void(WebSocketPeer& stream)>;
  using Answer = std::function<std::string(const std::string& request)>;
  AriServer(Answer answer, Stream stream)
      : server_([answer = std::move(answer), stream = std::move(stream)](RawServer::Peer& peer) {
          for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
            if (!request.starts_with("GET /ari/events?")) {
              (void)peer.send(answer(request));
              continue;
            }
            WebSocketPeer socket(peer);
            (void)socket.send(WebSocketPeer::acceptance(request));
            stream(socket);
            return socket.wait_for_the_end();
          }
        }) {}
  [[nodiscard]] AriClient::Options options() const {
    AriClient::Options options;
    options.host = "127.0.0.1";
    options.port = server_.port();
    options.application = "snomd-office";
    options.texts = true;
    options.first_pause = 20ms;
    options.longest_pause = 40ms;
    options.farewell = 10s;
    return options;
  }

 private:
  RawServer server_;
};

struct AriClientTest : ::testing::Test {
  AriClient::Told told() {
    return {[this] { said.emplace_back("opened"); }, [this](const std::string& why) { said.push_back(why); },
            [this](const AriText& text) { texts.push_back(text.body); },
            [this](const std::string& why) { said.push_back("lost: " + why); }};
  }
  MainLoop loop;
  Strings said;
  Strings texts;
};

TEST_F(AriClientTest, ASubscriptionThatWasRefusedIsAskedForAgainAndTakenBackAtTheEnd) {
  std::atomic<int> asked = 0;
  std::atomic<int> taken_back = 0;
  AriServer server(
      [&](const std::string& request) {
        if (request.starts_with("DELETE /ari/applications/snomd-office/subscription")) ++taken_back;
        if (!request.starts_with("POST /ari/applications/snomd-office/subscription")) return ok;
        return ++asked < 4 ? failed : ok;
      },
      [](WebSocketPeer&) {});
  AriClient client(server.options(), loop, loop, told());
  client.start();
  EXPECT_TRUE(loop.run_until([&] { return asked == 4; }));
  EXPECT_TRUE(client.is_open());
  EXPECT_EQ(said, (Strings{"opened", "lost: no subscription to them: ARI: 500 no room"})) << "once";
  client.stop();
  EXPECT_EQ(taken_back, 1);
}

TEST_F(AriClientTest, ASubscriptionIsNotTakenBackBeforeItIsMade) {
  std::promise<void> asked;
  std::promise<void> taken_back;
  std::atomic<bool> overtaken = false;
  AriServer server(
      [&](const std::string& request) {
        if (request.starts_with("DELETE ")) taken_back.set_value();
        if (!request.starts_with("POST ")) return ok;
        asked.set_value();
        overtaken = taken_back.get_future().wait_for(100ms) == std::future_status::ready;
        return ok;
      },
      [](WebSocketPeer&) {});
  AriClient client(server.options(), loop, loop, told());
  client.start();
  ASSERT_TRUE(loop.run_until([&] { return client.is_open(); }));
  ASSERT_EQ(asked.get_future().wait_for(10s), std::future_status::ready);
  client.stop();
  EXPECT_FALSE(overtaken);
}

TEST_F(AriClientTest, NothingIsToldOnceItHasStopped) {
  std::promise<void> sent;
  AriServer server([](const std::string&) { return ok; },
                   [&](WebSocketPeer& stream) {
                     (void)stream.send(text_of("1000", "k=2"));
                     (void)stream.send(WebSocketPeer::frame(WebSocketPeer::ping, "all read?"));
                     (void)stream.receive();
                     sent.set_value();
                   });
  AriClient client(server.options(), loop, loop, told());
  client.start();
  ASSERT_EQ(sent.get_future().wait_for(10s), std::future_status::ready);
  client.stop();
  loop.turn();  // what was posted before
  EXPECT_FALSE(client.is_open());
  EXPECT_TRUE(said.empty());
  EXPECT_TRUE(texts.empty());
}

TEST_F(AriClientTest, TextsThatComeFasterThanTheyAreLookedAtHaveABound) {
  std::promise<void> sent;
  std::promise<void> looked_at;
  AriServer server([](const std::string&) { return ok; },
                   [&](WebSocketPeer& stream) {
                     const std::string part(50'000, 'x');
                     const auto flood = text_of(part, part, part + "@" + part);
                     for (int i = 0; i < 100; ++i) (void)stream.send(flood);
                     (void)stream.send(WebSocketPeer::frame(WebSocketPeer::ping, "all read?"));
                     (void)stream.receive();
                     sent.set_value();
                     looked_at.get_future().wait_for(10s);
                     (void)stream.send(text_of("1001", "k=2"));
                   });
  AriClient client(server.options(), loop, loop, told());
  client.start();
  ASSERT_EQ(sent.get_future().wait_for(60s), std::future_status::ready);
  EXPECT_TRUE(loop.run_until([&] { return said.size() == 2; }));
  loop.turn();
  EXPECT_EQ(said, (Strings{"opened", "lost: more of them come than can be looked at"})) << "once";
  EXPECT_EQ(texts.size(), 83U) << "16 MiB of them";
  looked_at.set_value();
  EXPECT_TRUE(loop.run_until([&] { return texts.back() == "k=2"; }));
}

}  // namespace
}  // namespace snom::asterisk
