#include "http/persistent_client.h"

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "http/raw_server.h"

namespace snom::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::RawServer;
using Strings = std::vector<std::string>;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

PersistentClient::Options options_for(const RawServer& server) {
  PersistentClient::Options options;
  options.host = "127.0.0.1";
  options.port = server.port();
  return options;
}

PersistentClient::Request repeatable(std::string content = {}) {
  return {"PUT", "/", "text/plain", std::move(content), true};
}

/// What came of some requests: "200 ok", "0: why".
class Answers {
 public:
  PersistentClient::Done next() {
    return [this](const PersistentClient::Response& response) {
      const std::lock_guard lock(mutex_);
      const auto status = std::to_string(response.status);
      lines_.push_back(response.status == 0 ? status + ": " + response.error : status + " " + response.body);
      changed_.notify_all();
    };
  }
  /// The first so many; fewer when they do not come within ten seconds.
  Strings first(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, seconds(10), [&] { return lines_.size() >= count; });
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Strings lines_;
};

/// Answers each request with the same.
RawServer::Script always(const std::string& answer) {
  return [answer](RawServer::Peer& peer) {
    while (!peer.read_request().empty() && peer.send(answer)) {
    }
  };
}

/// Holds whoever comes until so many have come. Any thread.
class Gathering {
 public:
  explicit Gathering(int count) : count_(count) {}
  /// False: they have not within ten seconds.
  bool wait() {
    std::unique_lock lock(mutex_);
    ++come_;
    changed_.notify_all();
    return changed_.wait_for(lock, seconds(10), [&] { return come_ >= count_; });
  }

 private:
  const int count_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int come_ = 0;
};

TEST(PersistentClient, AsksWithItsCredentialsOnAConnectionThatStaysOpen) {
  std::mutex mutex;
  Strings heads;
  RawServer server([&](RawServer::Peer& peer) {
    for (auto head = peer.read_request(); !head.empty(); head = peer.read_request()) {
      {
        const std::lock_guard lock(mutex);
        heads.push_back(std::move(head));
      }
      if (!peer.send(ok)) return;
    }
  });
  auto options = options_for(server);
  options.username = "snomd";
  options.password = "of nobody else";
  Answers answers;
  PersistentClient client(options);
  client.send({"POST", "/ari/x?y=1", {}, {}}, answers.next());
  EXPECT_EQ(answers.first(1), Strings{"200 ok"});
  client.send({"DELETE", "/ari/x", {}, {}}, answers.next());
  EXPECT_EQ(answers.first(2), (Strings{"200 ok", "200 ok"}));
  EXPECT_EQ(server.connections(), 1);
  const std::lock_guard lock(mutex);
  ASSERT_EQ(heads.size(), 2U);
  EXPECT_EQ(heads[0], "POST /ari/x?y=1 HTTP/1.1\r\nHost: " + server.address() +
                          "\r\nUser-Agent: mod_snom\r\nAuthorization: Basic c25vbWQ6b2Ygbm9ib2R5IGVsc2U=\r\n"
                          "Content-Length: 0\r\n\r\n");
}

TEST(PersistentClient, AContentGoesWithItsTypeAndLength) {
  std::promise<std::string> received;
  RawServer server([&](RawServer::Peer& peer) {
    const auto head = peer.read_request();
    received.set_value(head + peer.read_request());  // the content ends as a head does
    (void)peer.send(ok);
  });
  Answers answers;
  PersistentClient client(options_for(server));
  client.send({"PUT", "/a", "application/json", "{\"a\":1}\r\n\r\n"}, answers.next());
  EXPECT_EQ(answers.first(1), Strings{"200 ok"});
  EXPECT_EQ(received.get_future().get(),
            "PUT /a HTTP/1.1\r\nHost: " + server.address() +
                "\r\nUser-Agent: mod_snom\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n"
                "{\"a\":1}\r\n\r\n");
}

TEST(PersistentClient, WhatFindsNoConnectionFreeWaitsForOne) {
  RawServer server(always(ok));
  auto options = options_for(server);
  options.connections = 2;
  Answers answers;
  PersistentClient client(options);
  for (int i = 0; i < 100; ++i) client.send({"GET", "/", {}, {}}, answers.next());
  EXPECT_EQ(answers.first(100), Strings(100, "200 ok"));
  EXPECT_LE(server.connections(), 2);
}

TEST(PersistentClient, AsksAsMuchAtATimeAsItHasConnections) {
  Gathering three(3);
  RawServer server([&](RawServer::Peer& peer) {
    peer.read_request();
    // None is answered before all three have been asked.
    if (three.wait()) (void)peer.send(ok);
  });
  auto options = options_for(server);
  options.connections = 3;
  Answers answers;
  PersistentClient client(options);
  for (int i = 0; i < 3; ++i) client.send({"GET", "/", {}, {}}, answers.next());
  EXPECT_EQ(answers.first(3), Strings(3, "200 ok"));
}

TEST(PersistentClient, AConnectionThatWasClosedMeanwhileCostsNoRequest) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_request();
    (void)peer.send(ok);  // and then it closes, without a word of that before
  });
  Answers answers;
  PersistentClient client(options_for(server));
  for (std::size_t i = 1; i <= 5; ++i) {
    client.send(repeatable(), answers.next());
    EXPECT_EQ(answers.first(i), Strings(i, "200 ok"));
  }
  EXPECT_EQ(server.connections(), 5);
}

/// As all do that nothing was asked of for a while.
TEST(PersistentClient, ConnectionsThatWereAllClosedMeanwhileCostNoRequest) {
  Gathering three(3);
  RawServer server([&](RawServer::Peer& peer) {
    peer.read_request();
    // The first three at a time, so that there are three connections.
    if (three.wait()) (void)peer.send(ok);
  });
  Answers answers;
  PersistentClient client(options_for(server));
  for (int i = 0; i < 3; ++i) client.send(repeatable(), answers.next());
  EXPECT_EQ(answers.first(3), Strings(3, "200 ok"));
  std::this_thread::sleep_for(milliseconds(50));
  client.send(repeatable(), answers.next());
  EXPECT_EQ(answers.first(4), Strings(4, "200 ok"));
}

/// The server is begun anew: each connection ends when it is asked.
TEST(PersistentClient, IsSentAgainOnAConnectionOfItsOwn) {
  Gathering three(3);
  RawServer server([&](RawServer::Peer& peer) {
    peer.read_request();
    if (three.wait() && peer.send(ok)) peer.read_request();
  });
  Answers answers;
  PersistentClient client(options_for(server));
  for (int i = 0; i < 3; ++i) client.send(repeatable(), answers.next());
  EXPECT_EQ(answers.first(3), Strings(3, "200 ok"));
  client.send(repeatable(), answers.next());
  EXPECT_EQ(answers.first(4), Strings(4, "200 ok"));
}

TEST(PersistentClient, IsSentAgainWhenItCouldNotBeWritten) {
  std::atomic<int> connections = 0;
  RawServer server([&](RawServer::Peer& peer) {
    const bool is_first = ++connections == 1;
    peer.read_request();
    (void)peer.send(ok);
    if (!is_first) return peer.wait_for_the_end();
    char next = 0;
    (void)recv(peer.socket(), &next, 1, 0);
    sockaddr none{};  // this resets the connection, while more of the content is written
    none.sa_family = AF_UNSPEC;
    (void)connect(peer.socket(), &none, sizeof none);
  });
  Answers answers;
  PersistentClient client(options_for(server));
  client.send(repeatable(), answers.next());
  EXPECT_EQ(answers.first(1), Strings{"200 ok"});
  client.send(repeatable(std::string(16 * 1024 * 1024, 'x')), answers.next());
  EXPECT_EQ(answers.first(2), Strings(2, "200 ok"));
  EXPECT_EQ(server.connections(), 2);
}

TEST(PersistentClient, IsSentAgainOnceOnlyAndNotWhenAnAnswerHasBegun) {
  for (const std::string begun : {"", "HTTP/1.1 200 O", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    std::atomic<int> asked = 0;
    RawServer server([&](RawServer::Peer& peer) {
      while (!peer.read_request().empty()) {
        if (++asked > 1) {
          (void)peer.send(begun);
          return;
        }
        (void)peer.send(ok);
      }
    });
    Answers answers;
    PersistentClient client(options_for(server));
    client.send(repeatable(), answers.next());
    EXPECT_EQ(answers.first(1), Strings{"200 ok"});
    client.send(repeatable(), answers.next());
    const auto lines = answers.first(2);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_TRUE(lines[1].starts_with("0: ")) << lines[1];
    EXPECT_EQ(asked, begun.empty() ? 3 : 2);
  }
}

TEST(PersistentClient, IsSentAgainWhereItMetTheEndOfTheWaitForIt) {
  std::atomic<int> asked = 0;
  RawServer server([&](RawServer::Peer& peer) {
    while (!peer.read_request().empty()) {
      if (++asked == 2) return (void)peer.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
      (void)peer.send(ok);
    }
  });
  Answers answers;
  PersistentClient client(options_for(server));
  for (std::size_t i = 1; i <= 2; ++i) {
    client.send(repeatable(), answers.next());
    EXPECT_EQ(answers.first(i), Strings(i, "200 ok"));
  }
  EXPECT_EQ(asked, 3);
}

TEST(PersistentClient, WhatMayNotBeRepeatedIsNotSentAgain) {
  std::atomic<int> asked = 0;
  RawServer server([&](RawServer::Peer& peer) {
    while (!peer.read_request().empty()) {
      if (++asked == 2) return;
      (void)peer.send(ok);
    }
  });
  Answers answers;
  PersistentClient client(options_for(server));
  client.send({"PUT", "/", {}, {}}, answers.next());
  EXPECT_EQ(answers.first(1), Strings{"200 ok"});
  client.send({"PUT", "/", {}, {}}, answers.next());
  const auto lines = answers.first(2);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[1].starts_with("0: ")) << lines[1];
  EXPECT_EQ(asked, 2);
}

TEST(PersistentClient, WhatComesBeforeTheAnswerIsPassedOver) {
  const std::string before = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  RawServer server(always(before + ok));
  Answers answers;
  PersistentClient client(options_for(server));
  for (std::size_t i = 1; i <= 2; ++i) {
    client.send({"GET", "/", {}, {}}, answers.next());
    EXPECT_EQ(answers.first(i), Strings(i, "200 ok"));
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(PersistentClient, WhatComesBeforeTheAnswerHasAnEnd) {
  for (const auto& [before, why] :
       {std::pair{"HTTP/1.1 100 Continue\r\n\r\n", "0: it answers without end"},
        std::pair{"HTTP/1.1 042 Odd\r\nContent-Length: 0\r\n\r\n", "0: what it answered has no status"}}) {
    RawServer server([before = std::string(before)](RawServer::Peer& peer) {
      peer.read_request();
      while (peer.send(before)) {
      }
    });
    Answers answers;
    PersistentClient client(options_for(server));
    client.send({"GET", "/", {}, {}}, answers.next());
    EXPECT_EQ(answers.first(1), Strings{why});
  }
}

TEST(PersistentClient, WhatIsAnsweredBeforeItIsAllWrittenIsTheAnswer) {
  std::atomic<int> asked = 0;
  RawServer server([&](RawServer::Peer& peer) {
    while (!peer.read_request().empty()) {
      if (++asked == 1) {
        (void)peer.send(ok);
        continue;
      }
      (void)peer.send("HTTP/1.1 413 Too Long\r\nContent-Length: 4\r\n\r\nlong");
      while (!peer.ending()) std::this_thread::sleep_for(milliseconds(1));  // the rest is not read
    }
  });
  Answers answers;
  auto options = options_for(server);
  options.limit = seconds(30);
  PersistentClient client(options);
  client.send(repeatable(), answers.next());
  EXPECT_EQ(answers.first(1), Strings{"200 ok"});
  client.send(repeatable(std::string(32 * 1024 * 1024, 'x')), answers.next());
  EXPECT_EQ(answers.first(2), (Strings{"200 ok", "413 long"}));
  EXPECT_EQ(asked, 2);
}

TEST(PersistentClient, WhoIsSilentIsWaitedForNoLongerThanTheLimit) {
  RawServer server([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  auto options = options_for(server);
  options.connections = 1;
  options.limit = milliseconds(100);
  Answers answers;
  PersistentClient client(options);
  // The second waits for the first one's place.
  client.send({"GET", "/", {}, {}}, answers.next());
  client.send({"GET", "/", {}, {}}, answers.next());
  EXPECT_EQ(answers.first(2), Strings(2, "0: no answer within 0.1 s"));
}

TEST(PersistentClient, AnAnswerHasLimitsAndTheNextOneIsItsOwn) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  for (const std::string& wrong :
       {head + "Content-Length: 100\r\n\r\n" + std::string(100, 'x'), head + "X: " + std::string(300, 'x') + "\r\n\r\n",
        std::string("no HTTP at all\r\n\r\n"),
        head + "Transfer-Encoding: chunked\r\n\r\n64\r\n" + std::string(100, 'x'),
        head + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x'),
        head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(100'000, 'x'),
        std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n")}) {
    std::atomic<int> asked = 0;
    RawServer server([&](RawServer::Peer& peer) {
      while (!peer.read_request().empty() && peer.send(++asked == 1 ? wrong : ok)) {
      }
    });
    auto options = options_for(server);
    options.connections = 1;
    options.longest_head = 200;
    options.longest_body = 50;
    Answers answers;
    PersistentClient client(options);
    client.send({"GET", "/", {}, {}}, answers.next());
    client.send({"GET", "/", {}, {}}, answers.next());
    const auto lines = answers.first(2);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_TRUE(lines[0].starts_with("0: ")) << wrong << lines[0];
    EXPECT_EQ(lines[1], "200 ok") << wrong;
    EXPECT_EQ(server.connections(), 2) << wrong;
  }
}

TEST(PersistentClient, WhatNobodyAskedForAnswersNothing) {
  const std::string forged = "HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n";
  for (const bool later : {false, true}) {
    std::atomic<bool> sent = false;
    RawServer server([&](RawServer::Peer& peer) {
      while (!peer.read_request().empty()) {
        const bool first = !sent;
        if (!peer.send(first && !later ? ok + forged : ok)) return;
        if (first && later) {
          std::this_thread::sleep_for(milliseconds(50));
          (void)peer.send(forged);
        }
        sent = true;
      }
    });
    Answers answers;
    PersistentClient client(options_for(server));
    client.send({"GET", "/", {}, {}}, answers.next());
    EXPECT_EQ(answers.first(1), Strings{"200 ok"});
    while (!sent) std::this_thread::sleep_for(milliseconds(1));
    std::this_thread::sleep_for(milliseconds(50));
    client.send({"GET", "/", {}, {}}, answers.next());
    EXPECT_EQ(answers.first(2), Strings(2, "200 ok"));
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST(PersistentClient, WhereNobodyListensThatIsSaid) {
  std::uint16_t port = 0;
  {
    const RawServer gone(always(ok));
    port = options_for(gone).port;
  }
  Answers answers;
  PersistentClient::Options options;
  options.host = "127.0.0.1";
  options.port = port;
  PersistentClient client(options);
  client.send({"GET", "/", {}, {}}, answers.next());
  EXPECT_EQ(answers.first(1), Strings{"0: Connection refused"});
  options.host = "no address";
  PersistentClient nowhere(options);
  nowhere.send({"GET", "/", {}, {}}, answers.next());
  EXPECT_EQ(answers.first(2).back(), "0: 'no address' is no address");
}

TEST(PersistentClient, WhatIsUnderWayIsToldWhenItEnds) {
  RawServer server([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  auto options = options_for(server);
  options.connections = 1;
  Answers answers;
  {
    PersistentClient client(options);
    for (int i = 0; i < 3; ++i) client.send({"GET", "/", {}, {}}, answers.next());
  }
  EXPECT_EQ(answers.first(3), Strings(3, "0: stopping"));
}

TEST(PersistentClient, DoesNotKeepRequestsWithoutLimit) {
  RawServer server([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  auto options = options_for(server);
  options.most_waiting = 1000;
  Answers answers;
  PersistentClient client(options);
  for (int i = 0; i < 2; ++i) client.send({"PUT", "/", "text/plain", std::string(600, 'x')}, answers.next());
  EXPECT_EQ(answers.first(1), Strings{"0: too many requests wait"});
}

TEST(PersistentClient, OneThatThrowsHarmsNobodyElse) {
  RawServer server(always(ok));
  Answers answers;
  PersistentClient client(options_for(server));
  client.send({"GET", "/", {}, {}}, [](const auto&) { throw std::bad_alloc(); });
  client.send({"GET", "/", {}, {}}, answers.next());
  EXPECT_EQ(answers.first(1), Strings{"200 ok"});
}

}  // namespace
}  // namespace snom::http
