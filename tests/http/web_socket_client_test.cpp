#include "http/web_socket_client.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "http/web_socket_peer.h"

namespace snom::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::RawServer;
using testing::WebSocketPeer;
using Strings = std::vector<std::string>;

/// Writes down what is told.
class Notes {
 public:
  WebSocketClient::Told told() {
    return {[this] { add("opened"); }, [this](const std::string& why) { add("closed: " + why); },
            [this](const std::string& text) { add("message: " + text); }};
  }
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  /// The first so many; fewer when they do not come within ten seconds.
  Strings first(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, seconds(10), [&] { return lines_.size() >= count; });
    return {lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(std::min(count, lines_.size()))};
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return lines_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Strings lines_;
};

WebSocketClient::Options options_for(const RawServer& server) {
  WebSocketClient::Options options;
  options.host = "127.0.0.1";
  options.port = server.port();
  options.target = "/ari/events?app=snomd";
  options.username = "snomd";
  options.password = "of nobody else";
  options.first_pause = milliseconds(20);
  options.longest_pause = milliseconds(40);
  options.close_limit = milliseconds(50);
  return options;
}

TEST(WebSocketClient, AsksWithItsCredentialsAndTellsWhatComes) {
  std::mutex mutex;
  std::string request;
  RawServer server([&](RawServer::Peer& peer) {
    WebSocketPeer socket(peer);
    {
      const std::lock_guard lock(mutex);
      request = socket.accept();
    }
    (void)socket.send(WebSocketPeer::frame(WebSocketPeer::text, "one") +
                      WebSocketPeer::frame(WebSocketPeer::text, std::string(70000, 'x')) +
                      WebSocketPeer::frame(WebSocketPeer::text, ""));
    socket.wait_for_the_end();
  });
  Notes notes;
  const WebSocketClient client(options_for(server), notes.told());
  EXPECT_EQ(notes.first(4), (Strings{"opened", "message: one", "message: " + std::string(70000, 'x'), "message: "}));
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(request.starts_with("GET /ari/events?app=snomd HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nAuthorization: Basic c25vbWQ6b2Ygbm9ib2R5IGVsc2U=\r\n"), std::string::npos) << request;
  EXPECT_NE(request.find("\r\nHost: " + server.address() + "\r\n"), std::string::npos) << request;
}

TEST(WebSocketClient, ARefusalIsToldAndTriedAgain) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_request();
    (void)peer.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
  });
  Notes notes;
  const WebSocketClient client(options_for(server), notes.told());
  EXPECT_EQ(notes.first(2), (Strings{"closed: it answered 401 Unauthorized", "closed: it answered 401 Unauthorized"}));
  EXPECT_GE(server.connections(), 2);
}

TEST(WebSocketClient, WhoDoesNotProveThatItReadTheRequestIsNoWebSocket) {
  for (const std::string accept : {"Sec-WebSocket-Accept: bm9ib2R5IGNhbiBrbm93IHRoaXM=\r\n", ""}) {
    RawServer server([&](RawServer::Peer& peer) {
      peer.read_request();
      (void)peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + accept +
                      "\r\n" + WebSocketPeer::frame(WebSocketPeer::text, "forged"));
      peer.wait_for_the_end();
    });
    Notes notes;
    const WebSocketClient client(options_for(server), notes.told());
    const auto lines = notes.first(1);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_TRUE(lines[0].starts_with("closed: ")) << lines[0];
  }
}

TEST(WebSocketClient, OfAnAnswerWithoutEndNoMoreIsReadThanABound) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  for (const std::string& begin :
       {head + "X: ", head + "Transfer-Encoding: chunked\r\n\r\n1;",
        head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", head + "Content-Length: 1000000000\r\n\r\n"}) {
    std::promise<bool> took_all;  // 128 MB, of which the system's buffers hold some
    std::atomic<int> connections = 0;
    RawServer server([&](RawServer::Peer& peer) {
      if (++connections > 1) return;
      peer.read_request();
      const std::string more(1'000'000, 'x');
      bool is_taken = peer.send(begin);
      for (int i = 0; i < 128 && is_taken; ++i) is_taken = peer.send(more);
      took_all.set_value(is_taken);
    });
    auto options = options_for(server);
    options.connect_limit = seconds(2);
    Notes notes;
    const WebSocketClient client(options, notes.told());
    const auto lines = notes.first(1);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].starts_with("closed: ")) << lines[0];
    EXPECT_FALSE(took_all.get_future().get()) << begin;
  }
}

TEST(WebSocketClient, AMessageInFragmentsIsOneAndAPingInBetweenIsAnswered) {
  std::promise<WebSocketPeer::Frame> answered;
  RawServer server([&](RawServer::Peer& peer) {
    WebSocketPeer socket(peer);
    socket.accept();
    (void)socket.send(WebSocketPeer::frame(WebSocketPeer::text, "o", false) +
                      WebSocketPeer::frame(WebSocketPeer::continuation, "n", false) +
                      WebSocketPeer::frame(WebSocketPeer::ping, "there?"));
    if (auto frame = socket.receive()) answered.set_value(std::move(*frame));
    // A frame in two pieces of the stream.
    const auto rest = WebSocketPeer::frame(WebSocketPeer::continuation, "e");
    (void)socket.send(rest.substr(0, 1));
    (void)socket.send(rest.substr(1));
    socket.wait_for_the_end();
  });
  Notes notes;
  const WebSocketClient client(options_for(server), notes.told());
  EXPECT_EQ(notes.first(2), (Strings{"opened", "message: one"}));
  auto future = answered.get_future();
  ASSERT_EQ(future.wait_for(seconds(10)), std::future_status::ready);
  const auto frame = future.get();
  EXPECT_EQ(frame.opcode, WebSocketPeer::pong);
  EXPECT_EQ(frame.payload, "there?");
  EXPECT_TRUE(frame.masked) << "RFC 6455 section 5.3";
}

TEST(WebSocketClient, BinaryMessagesArePassedOver) {
  RawServer server([](RawServer::Peer& peer) {
    WebSocketPeer socket(peer);
    socket.accept();
    (void)socket.send(WebSocketPeer::frame(WebSocketPeer::binary, "bytes") +
                      WebSocketPeer::frame(WebSocketPeer::text, "text"));
    socket.wait_for_the_end();
  });
  Notes notes;
  const WebSocketClient client(options_for(server), notes.told());
  EXPECT_EQ(notes.first(2), (Strings{"opened", "message: text"}));
}

TEST(WebSocketClient, ItComesBackAfterACloseAndAfterAnEnd) {
  std::atomic<int> count = 0;
  RawServer server([&](RawServer::Peer& peer) {
    WebSocketPeer socket(peer);
    socket.accept();
    switch (++count) {
      case 1:
        (void)socket.send(WebSocketPeer::frame(WebSocketPeer::closing, std::string("\x03\xe8", 2)));
        return socket.wait_for_the_end();
      case 2:
        return;
      default:
        (void)socket.send(WebSocketPeer::frame(WebSocketPeer::text, "back"));
        socket.wait_for_the_end();
    }
  });
  Notes notes;
  const WebSocketClient client(options_for(server), notes.told());
  const auto lines = notes.first(6);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "opened");
  EXPECT_EQ(lines[1], "closed: the other side closed it");
  EXPECT_EQ(lines[2], "opened");
  EXPECT_TRUE(lines[3].starts_with("closed: ")) << lines[3];
  EXPECT_EQ(lines[4], "opened");
  EXPECT_EQ(lines[5], "message: back");
}

TEST(WebSocketClient, WhatIsTooLongOrNoFrameEndsTheConnection) {
  const auto text = [](std::string_view payload, bool last = true) {
    return WebSocketPeer::frame(WebSocketPeer::text, payload, last);
  };
  const Strings bad = {
      text(std::string(1001, 'x')),
      // In pieces that are each short enough.
      text(std::string(600, 'x'), false) + WebSocketPeer::frame(WebSocketPeer::continuation, std::string(600, 'x')),
      // Of which only the length came: nothing is kept for it beforehand.
      std::string("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10),
      std::string("\x81\x80\0\0\0\0", 6),                                // masked: a server's is not
      std::string("\xc1\x01x", 3),                                       // a reserved bit
      std::string("\x83\x01x", 3),                                       // a reserved opcode
      WebSocketPeer::frame(WebSocketPeer::continuation, "x"),            // of nothing
      text("x", false) + text("y"),                                      // a new one within another
      WebSocketPeer::frame(WebSocketPeer::ping, std::string(126, 'x')),  // longer than a control frame can be
      WebSocketPeer::frame(WebSocketPeer::ping, "x", false),             // a control frame in pieces
      text("\xff\xfe"),                                                  // no UTF-8
      "HTTP/1.1 200 OK\r\n\r\n",
  };
  for (const auto& bytes : bad) {
    RawServer server([&](RawServer::Peer& peer) {
      WebSocketPeer socket(peer);
      socket.accept();
      (void)socket.send(bytes);
      socket.wait_for_the_end();
    });
    Notes notes;
    auto options = options_for(server);
    options.longest_message = 1000;
    const WebSocketClient client(options, notes.told());
    const auto lines = notes.first(2);
    ASSERT_EQ(lines.size(), 2u) << ::testing::PrintToString(bytes.substr(0, 20));
    EXPECT_EQ(lines[0], "opened");
    EXPECT_TRUE(lines[1].starts_with("closed: ")) << lines[1];
  }
}

TEST(WebSocketClient, ASlowAnswerIsGivenUpWithinTheLimit) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_request();
    // A byte now and then, for ever: each of them is a sign of life.
    (void)peer.send("HTTP/1.1 101 Switching Protocols\r\nX: ");
    while (!peer.ending() && peer.send("x")) std::this_thread::sleep_for(milliseconds(20));
  });
  Notes notes;
  auto options = options_for(server);
  options.connect_limit = milliseconds(300);
  const auto begin = std::chrono::steady_clock::now();
  const WebSocketClient client(options, notes.told());
  const auto lines = notes.first(1);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with("closed: ")) << lines[0];
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
}

TEST(WebSocketClient, AnAnswerWithoutEndIsNotKept) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_request();
    if (!peer.send("HTTP/1.1 101 Switching Protocols\r\n")) return;
    const std::string line = "X: " + std::string(1000, 'x') + "\r\n";
    while (!peer.ending() && peer.send(line)) {
    }
  });
  Notes notes;
  const WebSocketClient client(options_for(server), notes.told());
  const auto lines = notes.first(1);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with("closed: ")) << lines[0];
}

TEST(WebSocketClient, ASilentOneIsPingedAndThenGivenUp) {
  std::promise<std::uint8_t> pinged;
  std::atomic<int> count = 0;
  RawServer server([&](RawServer::Peer& peer) {
    WebSocketPeer socket(peer);
    socket.accept();
    const auto frame = socket.receive();
    if (++count == 1) pinged.set_value(frame ? frame->opcode : std::uint8_t{0});
    // Nothing is answered.
    while (!peer.ending() && socket.receive()) {
    }
  });
  Notes notes;
  auto options = options_for(server);
  options.idle_limit = milliseconds(600);
  const WebSocketClient client(options, notes.told());
  auto future = pinged.get_future();
  ASSERT_EQ(future.wait_for(seconds(10)), std::future_status::ready);
  EXPECT_EQ(future.get(), WebSocketPeer::ping);
  const auto lines = notes.first(2);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[1].starts_with("closed: ")) << lines[1];
}

TEST(WebSocketClient, PausesGrow) {
  RawServer server([](RawServer::Peer& peer) { peer.read_request(); });
  Notes notes;
  auto options = options_for(server);
  options.first_pause = milliseconds(10);
  options.longest_pause = seconds(30);
  const auto begin = std::chrono::steady_clock::now();
  const WebSocketClient client(options, notes.told());
  EXPECT_EQ(notes.first(6).size(), 6u);
  // 20 and twice that five times, and of each at least a half.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(10 + 20 + 40 + 80 + 160));
}

TEST(WebSocketClient, ItEndsWithinASecondWhateverIsUnderWay) {
  RawServer silent([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  RawServer open([](RawServer::Peer& peer) {
    WebSocketPeer socket(peer);
    socket.accept();
    socket.wait_for_the_end();
  });
  for (RawServer* server : {&silent, &open}) {
    Notes notes;
    auto client = std::make_unique<WebSocketClient>(options_for(*server), notes.told());
    if (server == &open) {
      EXPECT_EQ(notes.first(1).size(), 1u);
    }
    const auto begin = std::chrono::steady_clock::now();
    client.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(1));
    const auto told = notes.count();
    EXPECT_LE(told, 1u) << "nothing is told any more";
  }
}

}  // namespace
}  // namespace snom::http
