#include <sys/resource.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/ip/address.hpp>

#include "http/places.h"
#include "http/raw_client.h"
#include "http/server.h"

namespace snom::http {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using testing::RawClient;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

void ok(const Request& request, const std::shared_ptr<Responder>& responder) {
  responder->send({200, "text/plain", request.body, {}});
}

/// Lets in who says "let me in".
std::optional<Response> bouncer(const Request& request) {
  if (request.header("x") == "let me in") return std::nullopt;
  return Response{401, "text/plain", "no\n", {}};
}

/// So many files may be open until its end.
class OpenFiles {
 public:
  explicit OpenFiles(rlim_t most) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{most, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~OpenFiles() { setrlimit(RLIMIT_NOFILE, &before_); }
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;

 private:
  rlimit before_{};
};

TEST(HttpLimits, ConnectionsAreNoMoreThanAQuarterOfTheFilesThatMayBeOpen) {
  const OpenFiles most(200);
  Server server({});
  const auto address = *server.listen("127.0.0.1:0", ok);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<RawClient>(address));
    clients.back()->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(clients.back()->read_answer().starts_with("HTTP/1.1 200 "));
  }
  RawClient one_more(address);
  one_more.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto answer = one_more.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(contains(answer, "too many connections: 50 are open")) << answer;
}

TEST(HttpGate, IsAskedBeforeTheBodyIsThere) {
  Server server({});
  RawClient client(*server.listen("127.0.0.1:0", ok, bouncer));
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  const auto answer = client.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 ")) << answer;
  EXPECT_TRUE(contains(answer, "Connection: close\r\n")) << answer;
}

TEST(HttpGate, IsAskedBeforeTheClientIsToldToGoOn) {
  Server server({});
  const auto address = *server.listen("127.0.0.1:0", ok, bouncer);
  RawClient refused(address);
  refused.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(refused.read_all().starts_with("HTTP/1.1 401 "));
  RawClient welcome(address);
  welcome.send("POST / HTTP/1.1\r\nHost: h\r\nX: let me in\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(welcome.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  welcome.send("ok");
  EXPECT_TRUE(welcome.read_answer().ends_with("\r\n\r\nok"));
}

TEST(HttpGate, ARefusalWithoutABodyKeepsTheConnection) {
  Server server({});
  RawClient client(*server.listen("127.0.0.1:0", ok, bouncer));
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nX: let me in\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 "));
}

TEST(HttpGate, OneThatThrowsLetsNobodyIn) {
  std::atomic<bool> handled = false;
  Server server({});
  RawClient client(*server.listen(
      "127.0.0.1:0", [&](const Request&, const std::shared_ptr<Responder>&) { handled = true; },
      [](const Request&) -> std::optional<Response> { throw std::runtime_error("oh"); }));
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 500 "));
  EXPECT_FALSE(handled);
}

Response in_own_words(int status, const std::string& why) {
  return {status, "application/problem+json", "{" + why + "}", {}};
}

/// Whatever the server answers by itself, in the middle of a request, before one or in the place of a handler's answer.
TEST(HttpOwnAnswer, IsAsTheListenerHasIt) {
  Server server({.idle_timeout = 1s, .max_connections = 2, .max_streams = 1});
  std::shared_ptr<Stream> stream;
  const auto address = *server.listen(
      "127.0.0.1:0",
      [&stream](const Request& request, const std::shared_ptr<Responder>& responder) {
        if (request.path == "/stream") stream = responder->stream("text/event-stream");
      },
      {}, in_own_words);
  const auto answer_to = [&address](std::string_view text) {
    RawClient client(address);
    client.send(text);
    return client.read_answer();
  };
  const auto ends_with = [](const std::string& answer, std::string_view body) {
    return contains(answer, "\r\nContent-Type: application/problem+json\r\n") && answer.ends_with(body);
  };
  EXPECT_PRED2(ends_with, answer_to("GET /dropped HTTP/1.1\r\nHost: h\r\n\r\n"), "{the request was not answered}");
  EXPECT_PRED2(ends_with, answer_to("GET / HTTP/1.1\r\n\r\n"), "{an HTTP/1.1 request has one Host header}");
  EXPECT_PRED2(ends_with, answer_to("GET / HTTP/1.1\r\n"), "{the request did not arrive completely in time}");
  RawClient watching(address);
  watching.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  watching.read_until("\r\n\r\n");
  EXPECT_PRED2(ends_with, answer_to("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"),
               "{too many event streams: 1 are open, which is the limit}");
  RawClient idle(address);
  EXPECT_PRED2(ends_with, answer_to("GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
               "{too many connections: 2 are open, which is the limit}");
}

TEST(HttpLimits, TheConnectionThatIsTooManyIsTold) {
  std::mutex mutex;
  std::vector<std::string> log;
  Server server({.max_connections = 2, .log = [&](const std::string& line) {
                   const std::lock_guard lock(mutex);
                   log.push_back(line);
                 }});
  const auto address = *server.listen("127.0.0.1:0", ok);
  auto first = std::make_unique<RawClient>(address);
  RawClient second(address);
  second.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(second.read_answer().starts_with("HTTP/1.1 200 "));
  for (int i = 0; i < 2; ++i) {
    RawClient third(address);
    third.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    const auto answer = third.read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\ntoo many connections: 2 are open, which is the limit\n")) << answer;
  }
  {
    const std::lock_guard lock(mutex);
    ASSERT_EQ(log.size(), 1U);  // not one for each
    EXPECT_TRUE(contains(log.front(), "was answered 503: too many connections")) << log.front();
  }
  first.reset();
  for (int i = 0; i < 100; ++i) {  // its place is free once the server has seen it go
    RawClient third(address);
    third.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    if (third.read_all().starts_with("HTTP/1.1 200 ")) return;
  }
  FAIL() << "the place was not given back";
}

TEST(HttpLimits, OneAddressDoesNotTakeAllConnections) {
  Server server({.max_connections = 10, .max_connections_per_address = 1});
  const auto address = *server.listen("127.0.0.1:0", ok);
  const auto other = *server.listen("[::1]:0", ok);
  const RawClient first(address);
  RawClient second(address);
  EXPECT_TRUE(contains(second.read_all(), "too many connections from 127.0.0.1: 1 are open"));
  RawClient from_elsewhere(other);
  from_elsewhere.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(from_elsewhere.read_answer().starts_with("HTTP/1.1 200 "));
}

TEST(HttpLimits, ManyThatAreTooManyAreTurnedAwayToo) {
  Server server({.max_connections = 1});
  const auto address = *server.listen("127.0.0.1:0", ok);
  RawClient first(address);
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  first.read_answer();
  std::vector<std::unique_ptr<RawClient>> others;
  for (int i = 0; i < 400; ++i) others.push_back(std::make_unique<RawClient>(address));
  for (auto& other : others) EXPECT_TRUE(other->read_all().starts_with("HTTP/1.1 503 "));
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(first.read_answer().starts_with("HTTP/1.1 200 "));
}

TEST(HttpLimits, TheStreamThatIsTooManyIsTold) {
  std::mutex mutex;
  std::vector<std::shared_ptr<Stream>> streams;
  Server server({.max_streams = 2, .max_streams_per_address = 1});
  const auto address = *server.listen("127.0.0.1:0", [&](const Request&, const std::shared_ptr<Responder>& responder) {
    const std::lock_guard lock(mutex);
    streams.push_back(responder->stream("text/plain"));
  });
  auto first = std::make_unique<RawClient>(address);
  first->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(first->read_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  RawClient second(address);
  second.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto answer = second.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(contains(answer, "too many event streams from 127.0.0.1: 1 are open")) << answer;
  {
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(streams.at(0)->open());
    EXPECT_FALSE(streams.at(1)->write("x"));
  }
  first.reset();
  for (int i = 0; i < 100; ++i) {
    RawClient third(address);
    third.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    if (third.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 ")) return;
  }
  FAIL() << "the place was not given back";
}

TEST(HttpLimits, BodiesOnTheirWayHaveALimitTogether) {
  Server server({.max_held_bytes = 50000});
  const auto address = *server.listen("127.0.0.1:0", ok);
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    RawClient too_much(address);
    too_much.send(post + std::string(100000, 'x'));
    const auto answer = too_much.read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    RawClient given_up(address);  // what it left is given back, too
    given_up.send(post + std::string(30000, 'x'));
  }
  for (int i = 0; i < 100; ++i) {  // there is room once the server has seen the last one go
    RawClient fine(address);
    fine.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 40000\r\n\r\n" + std::string(39999, 'x'));
    fine.send("x");
    if (fine.read_answer().starts_with("HTTP/1.1 200 ")) return;
  }
  FAIL() << "what was held was not given back";
}

TEST(HttpStopping, NoHandlerIsCalledAndWhatWasAskedIsAnswered) {
  std::mutex mutex;
  std::vector<std::shared_ptr<Responder>> asked;
  std::atomic<int> handled = 0;
  std::atomic<bool> stopped = false;
  Server server({});
  const auto address = *server.listen("127.0.0.1:0", [&](const Request&, std::shared_ptr<Responder> responder) {
    EXPECT_FALSE(stopped);
    const std::lock_guard lock(mutex);
    asked.push_back(std::move(responder));
    ++handled;
  });
  RawClient idle(address);
  RawClient waiting(address);
  waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  while (handled == 0) std::this_thread::yield();
  server.stop_serving();
  stopped = true;
  EXPECT_TRUE(idle.closed_within(5s));
  waiting.send("GET /more HTTP/1.1\r\nHost: h\r\n\r\n");
  {
    const std::lock_guard lock(mutex);
    asked.front()->send({200, "text/plain", "late", {}});
  }
  const auto answer = waiting.read_all();
  EXPECT_TRUE(contains(answer, "Connection: close\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nlate")) << answer;
  EXPECT_EQ(handled, 1);
}

TEST(HttpPlaces, AnIPv6HostHasOneNetwork) {
  Places places("guests", 10, 1);
  const auto first = places.take(make_address("2001:db8:0:1::1"));
  ASSERT_TRUE(first);
  EXPECT_FALSE(places.take(make_address("2001:db8:0:1:ffff::2")));
  EXPECT_TRUE(places.take(make_address("2001:db8:0:2::1")));
  const auto v4 = places.take(make_address("192.0.2.1"));
  ASSERT_TRUE(v4);
  EXPECT_FALSE(places.take(make_address("::ffff:192.0.2.1")));
  EXPECT_TRUE(places.take(make_address("192.0.2.2")));
  EXPECT_FALSE(places.take("192.0.2.1")) << "as text it is the same";
  EXPECT_TRUE(places.take("192.0.2.2"));
}

}  // namespace
}  // namespace snom::http
