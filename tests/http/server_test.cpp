#include "http/server.h"

#include <netdb.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "http/raw_client.h"

namespace snom::http {
namespace {

using namespace std::chrono_literals;
using testing::RawClient;

std::string text_answer(std::string_view body) {
  return "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A bare container may have no /etc/hosts.
bool has_the_name_localhost() {
  addrinfo* found = nullptr;
  if (getaddrinfo("localhost", nullptr, nullptr, &found) != 0) return false;
  freeaddrinfo(found);
  return true;
}

/// Answers with what was asked: "GET /path query=... body=...".
void echo(const Request& request, const std::shared_ptr<Responder>& responder) {
  responder->send({200,
                   "text/plain; charset=utf-8",
                   request.method + " " + request.path + " query=" + request.query + " body=" + request.body,
                   {}});
}

class HttpServer : public ::testing::Test {
 protected:
  std::string listen(Handler handler, const std::string& address = "127.0.0.1:0") {
    auto bound = server_->listen(address, std::move(handler));
    EXPECT_TRUE(bound) << (bound ? "" : bound.error());
    return bound.value_or("");
  }
  void restart(Server::Options options) { server_ = std::make_unique<Server>(options); }

  std::unique_ptr<Server> server_ = std::make_unique<Server>(Server::Options{});
};

TEST_F(HttpServer, TellsTheHandlerWhatWasAsked) {
  Request seen;
  const auto address = listen([&](const Request& request, const std::shared_ptr<Responder>& responder) {
    seen = request;
    responder->send({});
  });
  RawClient client(address);
  client.send(
      "POST /v1/phones/1000%40a/b?x=%31&y HTTP/1.1\r\nHost: h\r\nX-Two: a\r\nx-two: b\r\nContent-Length: "
      "5\r\n\r\nhello");
  client.read_answer();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/v1/phones/1000%40a/b?x=%31&y");
  EXPECT_EQ(seen.path, "/v1/phones/1000@a/b");
  EXPECT_EQ(seen.query, "x=%31&y");
  EXPECT_EQ(seen.header("host"), "h");
  EXPECT_EQ(seen.header("x-two"), "a, b");
  EXPECT_EQ(seen.header("absent"), "");
  EXPECT_EQ(seen.body, "hello");
  EXPECT_TRUE(seen.peer.starts_with("127.0.0.1:")) << seen.peer;
}

TEST_F(HttpServer, AnAbsoluteTargetHasThePathBehindItsAuthority) {
  RawClient client(listen(echo));
  client.send("GET http://h:80/a?b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(contains(client.read_answer(), "GET /a query=b body="));
}

TEST_F(HttpServer, AnswersWithStatusHeadersAndBody) {
  const auto address = listen([](const Request&, const std::shared_ptr<Responder>& responder) {
    responder->send({404, "application/json", "{}", {{"X-More", "yes"}}});
  });
  RawClient client(address);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 Not Found\r\nDate: ")) << answer;
  EXPECT_TRUE(contains(answer, " GMT\r\nContent-Type: application/json\r\nContent-Length: 2\r\nX-More: yes\r\n\r\n{}"))
      << answer;
}

TEST_F(HttpServer, ALineEndInAHeaderValueMakesNoHeader) {
  const auto address = listen([](const Request&, const std::shared_ptr<Responder>& responder) {
    responder->send({200, "text/plain", "", {{"X-A", "b\r\nX-Evil: 1"}}});
  });
  RawClient client(address);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(contains(client.read_answer(), "X-A: b  X-Evil: 1\r\n"));
}

TEST_F(HttpServer, KeepsTheConnectionForTheNextRequest) {
  RawClient client(listen(echo));
  for (const std::string path : {"/1", "/2", "/3"}) {
    client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.read_answer().ends_with(text_answer("GET " + path + " query= body=")));
  }
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrderHoweverLateTheAnswersAre) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::pair<std::string, std::shared_ptr<Responder>>> waiting;
  const auto address = listen([&](const Request& request, std::shared_ptr<Responder> responder) {
    if (request.path == "/now") return responder->send({200, "text/plain", "now", {}});
    const std::lock_guard lock(mutex);
    waiting.emplace_back(request.path, std::move(responder));
    changed.notify_one();
  });
  RawClient client(address);
  std::string requests;
  for (const std::string path : {"/now", "/later", "/now", "/now"}) {
    requests += "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx\r\n";  // and a stray line end
  }
  client.send(requests);
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\nnow"));
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, 5s, [&] { return !waiting.empty(); }));
  EXPECT_EQ(waiting.size(), 1U);
  waiting.front().second->send({200, "text/plain", "later", {}});
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\nlater"));
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\nnow"));
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\nnow"));
}

TEST_F(HttpServer, TakesARequestThatComesByteByByte) {
  RawClient client(listen(echo));
  for (const char c : std::string_view("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok")) {
    client.send({&c, 1});
  }
  EXPECT_TRUE(contains(client.read_answer(), "POST /slow query= body=ok"));
}

TEST_F(HttpServer, TakesAChunkedBody) {
  RawClient client(listen(echo));
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.send("2\r\nde\r\n0\r\n\r\n");
  EXPECT_TRUE(contains(client.read_answer(), "body=abcde"));
}

TEST_F(HttpServer, AnswersFromAnotherThread) {
  std::vector<std::thread> threads;
  const auto address = listen([&](const Request&, std::shared_ptr<Responder> responder) {
    threads.emplace_back([responder = std::move(responder)] { responder->send({200, "text/plain", "thread", {}}); });
  });
  RawClient client(address);
  for (int i = 0; i < 20; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\nthread"));
  }
  server_.reset();
  for (auto& thread : threads) thread.join();
}

TEST_F(HttpServer, ADroppedResponderAnswers500) {
  RawClient client(listen([](const Request&, const std::shared_ptr<Responder>&) {}));
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST_F(HttpServer, AHandlerThatThrowsAnswers500) {
  RawClient client(listen([](const Request&, const std::shared_ptr<Responder>&) { throw std::runtime_error("oh"); }));
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST_F(HttpServer, TheFirstAnswerCounts) {
  const auto address = listen([](const Request&, const std::shared_ptr<Responder>& responder) {
    responder->send({200, "text/plain", "first", {}});
    responder->send({200, "text/plain", "second", {}});
    EXPECT_FALSE(responder->stream("text/plain")->open());
  });
  RawClient client(address);
  for (int i = 0; i < 2; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\nfirst"));
  }
}

TEST_F(HttpServer, HeadIsAnsweredWithoutTheBody) {
  RawClient client(listen(echo));
  client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answers = client.read_all();
  EXPECT_TRUE(contains(answers, "Content-Length: 20\r\n\r\nHTTP/1.1 200 OK")) << answers;
}

TEST_F(HttpServer, ClosesBehindTheAnswerWhenTheClientAsks) {
  RawClient client(listen(echo));
  client.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_all();
  EXPECT_TRUE(contains(answer, "Connection: close\r\n"));
  EXPECT_TRUE(answer.ends_with("GET /a query= body="));
}

TEST_F(HttpServer, ClosesBehindTheAnswerWhenTheHandlerAsks) {
  const auto address = listen([](const Request&, const std::shared_ptr<Responder>& responder) {
    responder->send({200, "text/plain", "bye", {{"Connection", "close"}}});
  });
  RawClient client(address);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto answer = client.read_all();
  EXPECT_TRUE(contains(answer, "Connection: close\r\n\r\nbye")) << answer;
}

TEST_F(HttpServer, SpeaksHttp10) {
  const auto address = listen(echo);
  RawClient once(address);
  once.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(once.read_all().ends_with("GET /a query= body="));
  RawClient kept(address);
  kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(contains(kept.read_answer(), "Connection: keep-alive\r\n"));
  kept.send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(kept.read_all().ends_with("GET /b query= body="));
}

TEST_F(HttpServer, AnswersAClientThatHasClosedItsSide) {
  RawClient client(listen(echo));
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  client.shut_down_sending();
  EXPECT_TRUE(client.read_all().ends_with("GET /a query= body="));
}

TEST_F(HttpServer, SaysContinueToAClientThatWaitsForIt) {
  RawClient client(listen(echo));
  client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("bo");
  client.send("dy");
  EXPECT_TRUE(contains(client.read_answer(), "body=body"));
}

TEST_F(HttpServer, RefusesABodyOverTheLimit) {
  restart({.max_body = 10});
  const auto address = listen(echo);
  RawClient told(address);
  told.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(told.read_all().starts_with("HTTP/1.1 413 Content Too Large\r\n"));
  RawClient chunked(address);
  chunked.send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n");
  const auto answer = chunked.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_TRUE(answer.ends_with("a request body may have 10 bytes at most\n")) << answer;
  RawClient exact(address);
  exact.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789");
  EXPECT_TRUE(exact.read_answer().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServer, TheRefusalOfAHugeBodyReachesAClientThatSendsItAll) {
  restart({.max_body = 10});
  RawClient client(listen(echo));
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" + std::string(5000000, 'x'));
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 413 Content Too Large\r\n"));
}

TEST_F(HttpServer, RefusesWhatIsNoRequest) {
  const auto address = listen(echo);
  for (const std::string& bytes : {
           std::string("hello\r\n\r\n"), std::string("GET /\r\n\r\n"), std::string("GET / HTTP/9.9\r\nHost: h\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\nHost: h\r\nBad Header: x\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\n\r\n"),                        // no Host
           std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),  // two
           std::string("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n"),
           std::string(
               "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           std::string("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
           std::string("\x16\x03\x01\x02\x00\x01", 6) + std::string(20, 'x') + "\r\n\r\n",  // TLS on the plain port
       }) {
    RawClient client(address);
    client.send(bytes);
    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 400 Bad Request\r\n")) << bytes;
  }
}

TEST_F(HttpServer, RefusesEndlessHeaders) {
  RawClient client(listen(echo));
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20000, 'x'));
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 431 "));
}

TEST_F(HttpServer, ClosesAnIdleConnection) {
  restart({.idle_timeout = 1s});
  RawClient client(listen(echo));
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_answer();
  EXPECT_TRUE(client.closed_within(2s));
}

TEST_F(HttpServer, ARequestThatDoesNotEndIsAnswered408HoweverItDrips) {
  restart({.idle_timeout = 1s});
  RawClient client(listen(echo));
  client.send("GET / HTTP/1.1\r\n");
  std::atomic<bool> done = false;
  std::thread drip([&] {
    while (!done) {
      client.send("X: y\r\n");
      std::this_thread::sleep_for(100ms);
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = client.read_until("\r\n\r\n");
  done = true;
  drip.join();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST_F(HttpServer, ListensOnIPv6) {
  const auto six = listen(echo, "[::1]:0");
  EXPECT_TRUE(six.starts_with("[::1]:")) << six;
  RawClient client(six);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(contains(client.read_answer(), "GET /a"));
}

TEST_F(HttpServer, ListensOnNames) {
  if (!has_the_name_localhost()) GTEST_SKIP() << "this machine has no address for the name localhost (/etc/hosts)";
  const auto name = listen(echo, "localhost:0");
  EXPECT_TRUE(name.starts_with("127.0.0.1:") || name.starts_with("[::1]:")) << name;
}

TEST_F(HttpServer, SaysWhatIsWrongWithAnAddress) {
  const auto taken = listen(echo);
  EXPECT_EQ(server_->listen(taken, echo).error(), "cannot listen on " + taken + ": Address already in use");
  const std::string expected = " (expected ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080)";
  EXPECT_EQ(server_->listen("127.0.0.1", echo).error(), "'127.0.0.1': the port is missing" + expected);
  EXPECT_EQ(server_->listen(":80", echo).error(), "':80': the address is missing" + expected);
  EXPECT_EQ(server_->listen("[::1:80", echo).error(), "'[::1:80': the closing ] is missing" + expected);
  EXPECT_EQ(server_->listen("[::1]80", echo).error(), "'[::1]80': the port is missing" + expected);
  EXPECT_EQ(server_->listen("::1:80", echo).error(), "'::1:80': an IPv6 address needs brackets" + expected);
  for (const std::string port : {"", "x", "80x", "65536", "-1"}) {
    EXPECT_EQ(server_->listen("127.0.0.1:" + port, echo).error(),
              "'127.0.0.1:" + port + "': the port is no number from 0 to 65535" + expected);
  }
  EXPECT_TRUE(
      server_->listen("no such host:0", echo).error().starts_with("'no such host:0': no address for this host: "));
}

TEST_F(HttpServer, CloseEndsOneListenerAndItsConnectionsOnly) {
  const auto closing = listen(echo);
  const auto staying = listen(echo);
  RawClient gone(closing);
  RawClient kept(staying);
  gone.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  gone.read_answer();
  server_->close(closing);
  EXPECT_TRUE(gone.closed_within(2s));
  EXPECT_THROW(RawClient{closing}, std::runtime_error);
  kept.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(contains(kept.read_answer(), "GET /a"));
  EXPECT_TRUE(server_->listen(closing, echo));
}

TEST_F(HttpServer, AHandlerMayCloseItsOwnListener) {
  std::string address;
  Server& closing = *server_;
  address = listen([&](const Request&, const std::shared_ptr<Responder>& responder) {
    closing.close(address);
    responder->send({});
  });
  RawClient client(address);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.closed_within(2s));
  server_.reset();  // the handler reads `address` on the server's thread: that ends before the text does
}

TEST_F(HttpServer, ServesManyListenersAndConnections) {
  std::atomic<int> served = 0;
  std::vector<std::string> addresses;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 100; ++i) {
    addresses.push_back(listen([&served](const Request& request, const std::shared_ptr<Responder>& responder) {
      ++served;
      echo(request, responder);
    }));
    clients.push_back(std::make_unique<RawClient>(addresses.back()));
    clients.push_back(std::make_unique<RawClient>(addresses.back()));
  }
  for (const auto& client : clients) client->send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  for (const auto& client : clients) EXPECT_TRUE(contains(client->read_answer(), "GET /a"));
  EXPECT_EQ(served, 200);
}

TEST_F(HttpServer, AnAnswerLargerThanTheSocketTakesArrivesWhole) {
  const std::string big(20'000'000, 'b');  // NOLINT(bugprone-string-constructor)
  const auto address = listen([&](const Request&, const std::shared_ptr<Responder>& responder) {
    responder->send({200, "text/plain", big, {}});
  });
  RawClient client(address);
  client.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_all();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, big.size());
}

TEST_F(HttpServer, ThePeerMayGoBeforeTheAnswer) {
  std::promise<std::shared_ptr<Responder>> asked;
  const auto address = listen([&](const Request& request, std::shared_ptr<Responder> responder) {
    if (request.path == "/wait") return asked.set_value(std::move(responder));
    echo(request, responder);
  });
  auto gone = std::make_unique<RawClient>(address);
  gone->send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto responder = asked.get_future().get();
  gone.reset();
  responder->send({200, "text/plain", std::string(100000, 'x'), {}});
  RawClient next(address);
  next.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(contains(next.read_answer(), "GET /a"));
}

TEST_F(HttpServer, AResponderMayOutliveTheServer) {
  std::promise<std::shared_ptr<Responder>> asked;
  const auto address =
      listen([&](const Request&, std::shared_ptr<Responder> responder) { asked.set_value(std::move(responder)); });
  RawClient client(address);
  client.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  auto responder = asked.get_future().get();
  const auto begin = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  EXPECT_TRUE(client.closed_within(1s));
  const auto stream = responder->stream("text/plain");
  responder.reset();
  EXPECT_FALSE(stream->write("x"));
}

// --- streams ---

class HttpStream : public HttpServer {
 protected:
  /// A listener whose requests become streams.
  std::string listen_for_streams() {
    return listen([this](const Request&, const std::shared_ptr<Responder>& responder) {
      const std::lock_guard lock(mutex_);
      streams_.push_back(responder->stream("text/event-stream"));
      changed_.notify_one();
    });
  }
  std::shared_ptr<Stream> next_stream() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 5s, [this] { return !streams_.empty(); })) throw std::runtime_error("no stream");
    auto stream = streams_.front();
    streams_.erase(streams_.begin());
    return stream;
  }
  /// Waits (5 s at most) until the stream knows that its peer is gone.
  static bool closes(const Stream& stream) {
    for (int i = 0; i < 500 && stream.open(); ++i) std::this_thread::sleep_for(10ms);
    return !stream.open();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Stream>> streams_;
};

TEST_F(HttpStream, SendsChunksAsTheyAreWritten) {
  RawClient client(listen_for_streams());
  client.send("GET /v1/events HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.read_until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_TRUE(contains(head, "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n")) << head;
  auto stream = next_stream();
  EXPECT_TRUE(stream->write(": hello\n\n"));
  EXPECT_EQ(client.read_until("\n\n\r\n"), "9\r\n: hello\n\n\r\n");
  EXPECT_TRUE(stream->write(""));
  EXPECT_TRUE(stream->write("0123456789abcdef"));
  EXPECT_EQ(client.read_until("f\r\n"), "10\r\n0123456789abcdef\r\n");
  stream.reset();
  EXPECT_EQ(client.read_all(), "0\r\n\r\n");
}

TEST_F(HttpStream, AnHttp10ClientGetsTheBareBytes) {
  RawClient client(listen_for_streams());
  client.send("GET /v1/events HTTP/1.0\r\n\r\n");
  auto stream = next_stream();
  EXPECT_TRUE(stream->write("bare"));
  stream.reset();
  const auto answer = client.read_all();
  EXPECT_FALSE(contains(answer, "chunked"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\nbare")) << answer;
}

TEST_F(HttpStream, HeadGetsNoStream) {
  RawClient client(listen_for_streams());
  client.send("HEAD /v1/events HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_all();
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  EXPECT_FALSE(contains(answer, "Content-Length")) << answer;  // GET has none either
  EXPECT_FALSE(next_stream()->write("x"));
}

TEST_F(HttpStream, KnowsWhenThePeerIsGone) {
  auto client = std::make_unique<RawClient>(listen_for_streams());
  client->send("GET /v1/events HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = next_stream();
  EXPECT_TRUE(stream->open());
  client.reset();
  EXPECT_TRUE(closes(*stream));
  EXPECT_FALSE(stream->write("x"));
}

TEST_F(HttpStream, DisconnectsAPeerThatDoesNotRead) {
  RawClient client(listen_for_streams());
  client.send("GET /v1/events HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = next_stream();
  const std::string block(64 * 1024, 'x');
  std::size_t written = 0;
  while (stream->write(block) && written < 100'000'000) written += block.size();
  EXPECT_LT(written, 50'000'000U);  // the kernel's buffers and 1 MiB
  EXPECT_GE(written + block.size(), 1024U * 1024U - 64 * 1024U);
  EXPECT_FALSE(stream->open());
  EXPECT_TRUE(client.closed_within(2s));
}

TEST_F(HttpStream, TakesWritesFromManyThreads) {
  RawClient client(listen_for_streams());
  client.send("GET /v1/events HTTP/1.0\r\n\r\n");
  auto stream = next_stream();
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&stream] {
      for (int n = 0; n < 1000; ++n) EXPECT_TRUE(stream->write("0123456789"));
    });
  }
  for (auto& writer : writers) writer.join();
  stream.reset();
  const auto answer = client.read_all();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 40000U);
}

TEST_F(HttpStream, EndsWithTheServer) {
  RawClient client(listen_for_streams());
  client.send("GET /v1/events HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto stream = next_stream();
  server_.reset();
  EXPECT_TRUE(client.closed_within(1s));
  EXPECT_FALSE(stream->open());
}

}  // namespace
}  // namespace snom::http
