#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "http/raw_client.h"
#include "http/server.h"

namespace snom::http {
namespace {

using namespace std::chrono_literals;
using testing::RawClient;

/// Answers with the pieces given, the first at once.
Handler pieces(std::vector<std::string> texts) {
  return [texts = std::move(texts)](const Request& request, const std::shared_ptr<Responder>& responder) {
    if (request.path == "/whole") return responder->send({200, "text/plain", "whole", {}});
    responder->send_in_pieces({200, "text/plain", texts.front(), {}},
                              [texts, next = std::size_t{1}](const TakePiece& take) mutable {
                                take(next < texts.size() ? texts[next++] : std::string());
                              });
  };
}

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

class HttpPieces : public ::testing::Test {
 protected:
  std::string listen(Handler handler) { return server_->listen("127.0.0.1:0", std::move(handler)).value(); }
  void restart(Server::Options options) { server_ = std::make_unique<Server>(options); }

  std::unique_ptr<Server> server_ = std::make_unique<Server>(Server::Options{});
};

TEST_F(HttpPieces, EachIsAChunkAndTheNextRequestIsAnsweredBehindThem) {
  RawClient client(listen(pieces({"first", "second piece!!!!", "3"})));
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /whole HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_until("\r\n0\r\n\r\n");
  EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos) << answer;
  EXPECT_EQ(body_of(answer), "5\r\nfirst\r\n10\r\nsecond piece!!!!\r\n1\r\n3\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(client.read_all()), "whole");
}

TEST_F(HttpPieces, AreAsManyAsThereAre) {
  constexpr std::size_t count = 50'000;  // a recursion of as many would end the process
  const auto address = listen([](const Request&, const std::shared_ptr<Responder>& responder) {
    responder->send_in_pieces({200, "text/plain", "x", {}},
                              [left = count](const TakePiece& take) mutable { take(--left > 0 ? "x" : ""); });
  });
  RawClient client(address);
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto body = body_of(client.read_all());
  EXPECT_EQ(body.size(), count * std::string_view("1\r\nx\r\n").size() + 5);
}

TEST_F(HttpPieces, ToHttp10TheBodyEndsWithTheConnection) {
  RawClient client(listen(pieces({"first ", "second"})));
  client.send("GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
  const auto answer = client.read_all();
  EXPECT_EQ(body_of(answer), "first second");
  EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
}

TEST_F(HttpPieces, ToHeadTheirLengthIsTold) {
  RawClient client(listen(pieces({"first ", "second"})));
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nHEAD /whole HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_until("\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 12\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Content-Type: text/plain\r\n"), std::string::npos) << answer;
  const auto next = client.read_all();
  EXPECT_TRUE(next.starts_with("HTTP/1.1 200 OK\r\n")) << next;
  EXPECT_NE(next.find("Content-Length: 5\r\n"), std::string::npos) << next;
}

TEST_F(HttpPieces, MayComeFromAnotherThread) {
  std::vector<std::thread> makers;
  const auto address = listen([&](const Request&, const std::shared_ptr<Responder>& responder) {
    responder->send_in_pieces({200, "text/plain", "0", {}}, [&, count = 0](TakePiece take) mutable {
      makers.emplace_back([take = std::move(take), text = ++count < 4 ? std::to_string(count) : ""] { take(text); });
    });
  });
  RawClient client(address);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(client.read_until("\r\n0\r\n\r\n")), "1\r\n0\r\n1\r\n1\r\n1\r\n2\r\n1\r\n3\r\n0\r\n\r\n");
  for (auto& maker : makers) maker.join();
}

TEST_F(HttpPieces, OneThatIsNotMadeBreaksTheBodyOff) {
  const auto address = listen([](const Request& request, const std::shared_ptr<Responder>& responder) {
    responder->send_in_pieces({200, "text/plain", "first", {}}, [throws = request.path == "/throw"](const TakePiece&) {
      if (throws) throw std::runtime_error("no memory");
    });
  });
  for (const std::string path : {"/throw", "/drop"}) {
    RawClient client(address);
    client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(body_of(client.read_all()), "5\r\nfirst\r\n") << path;
  }
}

/// How many pieces of 64 KiB were asked for, and whether what makes them is still there.
struct Endless {
  std::atomic<int> asked = 0;
  std::shared_ptr<int> kept = std::make_shared<int>(0);

  Handler handler() {
    return [this, kept = std::weak_ptr(kept)](const Request&, const std::shared_ptr<Responder>& responder) {
      responder->send_in_pieces({200, "text/plain", "first", {}}, [this, held = kept.lock()](const TakePiece& take) {
        ++asked;
        take(std::string(65536, 'x'));
      });
    };
  }
  bool let_go() {
    for (int i = 0; i < 500 && kept.use_count() > 1; ++i) std::this_thread::sleep_for(10ms);
    return kept.use_count() == 1;
  }
};

TEST_F(HttpPieces, AreMadeNoFasterThanTheClientReads) {
  Endless endless;
  RawClient client(listen(endless.handler()));
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_until("first");
  // Until what waits fills the sockets' buffers, and then no more.
  int before = -1;
  for (int i = 0; i < 100 && endless.asked != before; ++i) {
    before = endless.asked;
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_EQ(endless.asked, before);
  EXPECT_LT(before, 1000);
  server_.reset();
  EXPECT_TRUE(endless.let_go());
}

TEST_F(HttpPieces, AClientThatDoesNotReadIsLetGoOfAfterItsTime) {
  restart({.idle_timeout = 1s});
  Endless endless;
  RawClient client(listen(endless.handler()));
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_until("first");
  EXPECT_TRUE(endless.let_go());
}

/// Each time that it takes something it has its time anew; all of them together are limited.
TEST_F(HttpPieces, AClientThatReadsByDripsIsLetGoOf) {
  restart({.idle_timeout = 1s, .least_rate = 16 * 1024 * 1024});
  Endless endless;
  RawClient client(listen(endless.handler()));
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_until("first");
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (endless.kept.use_count() > 1 && std::chrono::steady_clock::now() < end) {
    client.read_some(1ms);
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(endless.kept.use_count(), 1);
}

TEST_F(HttpPieces, AClientThatReadsFastEnoughHasAllOfItHoweverLongThatTakes) {
  restart({.idle_timeout = 1s, .least_rate = 256 * 1024});
  constexpr std::size_t count = 400;
  constexpr std::size_t size = 65536;
  const auto address = listen([](const Request&, const std::shared_ptr<Responder>& responder) {
    responder->send_in_pieces({200, "text/plain", "first", {}}, [left = count](const TakePiece& take) mutable {
      take(left-- > 0 ? std::string(size, 'x') : std::string());
    });
  });
  RawClient client(address);
  client.send("GET / HTTP/1.0\r\nHost: h\r\n\r\n");
  for (std::size_t i = 0; i < count; ++i) {  // 13 MB a second at most
    client.read_some(5s);
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_EQ(body_of(client.read_all()).size(), 5 + count * size);
}

TEST_F(HttpPieces, AClientThatGoesIsLetGoOf) {
  Endless endless;
  {
    RawClient client(listen(endless.handler()));
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.read_until("first");
  }
  EXPECT_TRUE(endless.let_go());
}

}  // namespace
}  // namespace snom::http
