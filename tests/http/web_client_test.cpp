#include "http/web_client.h"

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "http/raw_server.h"
#include "http/server.h"
#include "language/digest.h"

namespace snom::http {
namespace {

using namespace std::chrono_literals;
using testing::RawServer;

constexpr auto ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

WebClient::Options quick() { return {.connect_timeout = 300ms, .total_timeout = 300ms}; }

WebClient::Response get(WebClient& client, WebClient::Request request) {
  std::promise<WebClient::Response> answered;
  client.get(std::move(request), [&](WebClient::Response response) { answered.set_value(std::move(response)); });
  return answered.get_future().get();
}

WebClient::Response get(WebClient& client, const std::string& url) { return get(client, {url, "", ""}); }

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

TEST(WebClient, AnswersStatusAndBody) {
  RawServer phone([](RawServer::Peer& peer) {
    peer.read_request();
    EXPECT_TRUE(peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nthere"));
  });
  WebClient client({});
  const auto response = get(client, phone.url() + "/command.htm?key=ENTER");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.error, "");
  EXPECT_EQ(response.body, "there");
}

TEST(WebClient, SendsTheQueryAsGivenAndAsksToKeepTheConnection) {
  std::promise<std::string> request;
  RawServer phone([&](RawServer::Peer& peer) {
    request.set_value(peer.read_request());
    EXPECT_TRUE(peer.send(ok));
  });
  WebClient client({});
  EXPECT_EQ(get(client, phone.url() + "/command.htm?key=enter%2C50%2C5000%3B%23").status, 200);
  const std::string head = request.get_future().get();
  EXPECT_TRUE(head.starts_with("GET /command.htm?key=enter%2C50%2C5000%3B%23 HTTP/1.1\r\n")) << head;
  EXPECT_TRUE(contains(head, "\r\nConnection: keep-alive\r\n")) << head;
  EXPECT_TRUE(contains(head, "\r\nHost: " + phone.address() + "\r\n")) << head;
}

TEST(WebClient, UsesAConnectionAgain) {
  RawServer phone([](RawServer::Peer& peer) {
    while (!peer.read_request().empty() && peer.send(ok)) {
    }
  });
  WebClient client({});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get(client, phone.url()).status, 200);
  EXPECT_EQ(phone.connections(), 1);
}

TEST(WebClient, OpensAConnectionAgainThatThePhoneClosed) {
  RawServer phone([](RawServer::Peer& peer) {
    peer.read_request();
    EXPECT_TRUE(peer.send(ok));
  });
  WebClient client({});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(client, phone.url()).status, 200);
  EXPECT_EQ(phone.connections(), 3);
}

TEST(WebClient, SaysThatNobodyListens) {
  std::string url;
  {
    const RawServer gone([](RawServer::Peer&) {});
    url = gone.url();
  }
  WebClient client({});
  const auto response = get(client, url);
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "connection refused");
}

TEST(WebClient, GivesASilentPhoneUp) {
  RawServer phone([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  WebClient client(quick());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(get(client, phone.url()).error, "no answer within 300 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

TEST(WebClient, TellsALimitInSeconds) {
  RawServer phone([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  WebClient client({.total_timeout = 1s});
  EXPECT_EQ(get(client, phone.url()).error, "no answer within 1 s");
}

TEST(WebClient, GivesAPhoneUpThatDripsItsAnswer) {
  RawServer phone([](RawServer::Peer& peer) {
    peer.read_request();
    for (const char c : std::string(ok) + std::string(100, ' ')) {
      if (peer.ending() || !peer.send({&c, 1})) return;
      std::this_thread::sleep_for(20ms);
    }
  });
  WebClient client(quick());
  EXPECT_EQ(get(client, phone.url()).error, "no answer within 300 ms");
}

TEST(WebClient, SaysThatAnAnswerDidNotEnd) {
  RawServer phone([](RawServer::Peer& peer) {
    peer.read_request();
    if (!peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")) return;
    while (!peer.ending() && peer.send(".")) std::this_thread::sleep_for(20ms);
  });
  WebClient client({.total_timeout = 3s});
  const auto response = get(client, phone.url());
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "no complete answer within 3 s");
}

TEST(WebClient, WaitingForAPlaceCountsToo) {
  RawServer phone([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  WebClient client({.total_timeout = 300ms, .max_connections = 1});
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::promise<WebClient::Response>> answers(10);
  for (auto& answer : answers) {
    client.get({phone.url(), "", ""}, [&](WebClient::Response response) { answer.set_value(std::move(response)); });
  }
  EXPECT_EQ(answers[0].get_future().get().error, "no answer within 300 ms");
  for (std::size_t i = 1; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].get_future().get().error,
              "not asked within 300 ms: what was asked before it is not answered yet");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

TEST(WebClient, ASilentPhoneKeepsNobodyElseWaiting) {
  RawServer silent([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  RawServer phone([](RawServer::Peer& peer) {
    while (!peer.read_request().empty() && peer.send(ok)) {
    }
  });
  WebClient client({.total_timeout = 2s, .max_connections = 3});
  std::vector<std::promise<WebClient::Response>> unanswered(5);
  for (auto& answer : unanswered) {
    client.get({silent.url(), "", ""}, [&](WebClient::Response response) { answer.set_value(std::move(response)); });
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(client, phone.url()).status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  for (std::size_t i = 0; i < unanswered.size(); ++i) {
    EXPECT_EQ(unanswered[i].get_future().get().error,
              i < 2 ? "no answer within 2 s" : "not asked within 2 s: what was asked before it is not answered yet");
  }
}

TEST(WebClient, OpensTwoConnectionsToAPhoneAtMost) {
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  RawServer phone([&](RawServer::Peer& peer) {
    while (!peer.read_request().empty()) {
      most = std::max(most.load(), ++at_once);
      std::this_thread::sleep_for(5ms);
      --at_once;
      if (!peer.send(ok)) return;
    }
  });
  WebClient client({});
  std::vector<std::promise<WebClient::Response>> answers(20);
  for (auto& answer : answers) {
    client.get({phone.url(), "", ""}, [&](WebClient::Response response) { answer.set_value(std::move(response)); });
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get_future().get().status, 200);
  EXPECT_LE(phone.connections(), 2);
  EXPECT_LE(most, 2);
}

TEST(WebClient, SaysThatThePhoneHungUp) {
  RawServer nothing([](RawServer::Peer& peer) { peer.read_request(); });
  RawServer half([](RawServer::Peer& peer) {
    peer.read_request();
    EXPECT_TRUE(peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  });
  RawServer babble([](RawServer::Peer& peer) {
    peer.read_request();
    EXPECT_TRUE(peer.send("220 smtp ready\r\n\r\n"));
  });
  WebClient client({});
  EXPECT_EQ(get(client, nothing.url()).error, "connection closed without an answer");
  const auto response = get(client, half.url());
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "connection closed in the middle of the answer");
  EXPECT_EQ(get(client, babble.url()).error, "what came back is no HTTP/1.1");
}

TEST(WebClient, RefusesAnAnswerOverTheLimit) {
  RawServer flood([](RawServer::Peer& peer) {
    peer.read_request();
    if (!peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")) return;
    const std::string block(100'000, 'x');
    for (int i = 0; i < 100 && peer.send(block); ++i) {
    }
  });
  RawServer exact([](RawServer::Peer& peer) {
    peer.read_request();
    EXPECT_TRUE(peer.send("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + std::string(65536, 'x')));
  });
  WebClient client({});
  const auto response = get(client, flood.url());
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "answer longer than 65536 bytes");
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(get(client, exact.url()).body.size(), 65536U);
}

TEST(WebClient, TakesAPhonesPictureWhereTheRequestAllowsIt) {
  const std::string picture = "BM" + std::string(2'000'000, 'x');
  RawServer phone([&](RawServer::Peer& peer) {
    while (!peer.read_request().empty()) {
      if (!peer.send("HTTP/1.1 200 OK\r\nContent-Type: image/bmp\r\nContent-Length: " + std::to_string(picture.size()) +
                     "\r\n\r\n" + picture)) {
        return;
      }
    }
  });
  WebClient client({});
  const auto screen = get(client, WebClient::Request{.url = phone.url(), .max_body = 2 * 1024 * 1024});
  EXPECT_EQ(screen.status, 200);
  EXPECT_EQ(screen.content_type, "image/bmp");
  EXPECT_TRUE(screen.body == picture);
  EXPECT_EQ(get(client, WebClient::Request{.url = phone.url(), .max_body = 2'000'001}).error,
            "answer longer than 2000001 bytes");
  EXPECT_EQ(get(client, phone.url()).error, "answer longer than 65536 bytes");
}

TEST(WebClient, KeepsNoMoreOfAnAnswerThanItsLimit) {
  RawServer phone([](RawServer::Peer& peer) {
    peer.read_request();
    if (!peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")) return;
    const std::string block(1000, 'x');
    for (int i = 0; i < 100; ++i) {
      if (!peer.send(block)) return;
    }
  });
  WebClient client({});
  const auto response = get(client, WebClient::Request{.url = phone.url(), .max_body = 100'000});
  EXPECT_EQ(response.body.size(), 100'000U);
  EXPECT_LE(response.body.capacity(), 100'000U);
}

TEST(WebClient, SaysThatTheHeadersOfAnAnswerDoNotEnd) {
  RawServer phone([](RawServer::Peer& peer) {
    peer.read_request();
    if (!peer.send("HTTP/1.1 200 OK\r\n")) return;
    const std::string line = "X-More: " + std::string(10'000, 'x') + "\r\n";
    for (int i = 0; i < 2000 && peer.send(line); ++i) {
    }
  });
  WebClient client({.total_timeout = 10s});
  EXPECT_EQ(get(client, phone.url()).error, "the headers of the answer are too long");
}

TEST(WebClient, RefusesUrlsThatItMustNotAsk) {
  WebClient client({});
  EXPECT_EQ(get(client, "http://admin:secret@127.0.0.1/").error,
            "the address holds a user name; give user and password apart from it");
  EXPECT_EQ(get(client, "http://:secret@127.0.0.1/").error.find("secret"), std::string::npos);
  EXPECT_EQ(get(client, "ftp://127.0.0.1/").error, "the address is neither http nor https");
  EXPECT_EQ(get(client, "file:///etc/passwd").error, "the address is neither http nor https");
  EXPECT_EQ(get(client, "gopher2://127.0.0.1/").error, "the address is neither http nor https");
  EXPECT_TRUE(get(client, "http://127.0.0.1:99999/").error.starts_with("the address is no URL: "));
  EXPECT_TRUE(get(client, "").error.starts_with("the address is no URL: "));
}

// --- redirects ---

std::string redirect_to(const std::string& url) {
  return "HTTP/1.1 302 Found\r\nLocation: " + url + "\r\nContent-Length: 0\r\n\r\n";
}

TEST(WebClient, FollowsRedirects) {
  RawServer phone([](RawServer::Peer& peer) {
    while (true) {
      const auto request = peer.read_request();
      if (request.empty()) return;
      if (!peer.send(request.starts_with("GET /there ") ? ok : redirect_to("/there"))) return;
    }
  });
  WebClient client({});
  const auto response = get(client, phone.url() + "/here");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "ok");
}

TEST(WebClient, GivesARedirectLoopUp) {
  std::atomic<int> requests = 0;
  RawServer phone([&](RawServer::Peer& peer) {
    while (!peer.read_request().empty()) {
      ++requests;
      if (!peer.send(redirect_to("/again"))) return;
    }
  });
  WebClient client({.max_redirects = 5});
  const auto response = get(client, phone.url());
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "too many redirects");
  EXPECT_EQ(requests, 6);
}

TEST(WebClient, FollowsNoRedirectToOtherKindsOfAddress) {
  std::string target;
  RawServer phone([&](RawServer::Peer& peer) {
    peer.read_request();
    EXPECT_TRUE(peer.send(redirect_to(target)));
  });
  WebClient client({});
  target = "file:///etc/passwd";
  EXPECT_EQ(get(client, phone.url()).error, "redirected to an address that is neither http nor https");
  target = "http://admin:secret@127.0.0.1/";
  EXPECT_EQ(get(client, phone.url()).error, "redirected to an address with a user name in it");
}

// --- credentials ---

/// A page that wants Basic for admin:1234; keeps every Authorization it was sent.
class BasicPage {
 public:
  [[nodiscard]] std::string url() const { return server_.url(); }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> requests_;
  RawServer server_{[this](RawServer::Peer& peer) {
    while (true) {
      const auto request = peer.read_request();
      if (request.empty()) return;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const bool right = contains(request, "\r\nAuthorization: Basic YWRtaW46MTIzNA==\r\n");
      if (!peer.send(right ? ok
                           : "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"snom\"\r\nContent-Length: "
                             "4\r\n\r\nnope")) {
        return;
      }
    }
  }};
};

TEST(WebClient, AnswersBasicOnlyWhenChallenged) {
  BasicPage page;
  WebClient client({});
  EXPECT_EQ(get(client, {page.url(), "admin", "1234"}).status, 200);
  const auto requests = page.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_FALSE(contains(requests[0], "Authorization"));
}

TEST(WebClient, ARefusedPasswordAnswers401) {
  BasicPage page;
  WebClient client({});
  const auto wrong = get(client, {page.url(), "admin", "wrong"});
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.body, "nope");
  EXPECT_EQ(get(client, page.url()).status, 401);
  EXPECT_EQ(page.requests().size(), 3U);
}

TEST(WebClient, CredentialsAreForgottenWithTheirRequest) {
  BasicPage page;
  WebClient client({});
  EXPECT_EQ(get(client, {page.url(), "admin", "1234"}).status, 200);
  EXPECT_EQ(get(client, page.url()).status, 401);  // on the same connection, with the same curl handle
  EXPECT_FALSE(contains(page.requests().back(), "Authorization"));
}

TEST(WebClient, CredentialsDoNotFollowARedirectToAnotherHost) {
  BasicPage other;
  RawServer phone([&](RawServer::Peer& peer) {
    while (true) {
      const auto request = peer.read_request();
      if (request.empty()) return;
      const bool authorised = contains(request, "\r\nAuthorization: Basic ");
      if (!peer.send(authorised ? redirect_to(other.url())
                                : "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic "
                                  "realm=\"snom\"\r\nContent-Length: 0\r\n\r\n")) {
        return;
      }
    }
  });
  WebClient client({});
  EXPECT_EQ(get(client, {phone.url(), "admin", "1234"}).error,
            "redirected to " + other.url() + ", which wants user name and password and is not given those for " +
                phone.url());
  const auto requests = other.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_FALSE(contains(requests[0], "Authorization"));
}

/// A page that wants Digest for admin:1234, and offers Basic too.
class DigestPage {
 public:
  explicit DigestPage(language::DigestAlgorithm algorithm) {
    url_ = "http://" + *server_.listen("127.0.0.1:0", [this, algorithm](const Request& request,
                                                                        const std::shared_ptr<Responder>& responder) {
      const auto given = language::parse_digest_credentials(request.header("authorization"));
      if (request.header("authorization").starts_with("Basic")) basic_seen = true;
      if (given && given->algorithm == algorithm && given->nonce == "n0nce" && given->realm == "snom" &&
          given->uri == request.target && given->username == "admin" &&
          language::response_matches(*given, "1234", request.method)) {
        return responder->send({200, "text/plain", "ok", {}});
      }
      responder->send(
          {401,
           "text/plain",
           "",
           {{"WWW-Authenticate", "Basic realm=\"snom\""},
            {"WWW-Authenticate",
             language::DigestChallenge{.realm = "snom", .nonce = "n0nce", .opaque = "", .algorithm = algorithm}
                 .to_string()}}});
    });
  }
  [[nodiscard]] std::string url() const { return url_; }
  std::atomic<bool> basic_seen = false;

 private:
  std::string url_;
  Server server_{Server::Options{}};
};

TEST(WebClient, AnswersDigestAndPrefersIt) {
  for (const auto algorithm : {language::DigestAlgorithm::md5, language::DigestAlgorithm::sha256}) {
    DigestPage page(algorithm);
    WebClient client({});
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(get(client, {page.url() + "/command.htm?key=%23", "admin", "1234"}).status, 200);
    EXPECT_EQ(get(client, {page.url(), "admin", "wrong"}).status, 401);
    EXPECT_EQ(get(client, page.url()).status, 401);
    EXPECT_FALSE(page.basic_seen);
  }
}

// --- the end ---

TEST(WebClient, EndsAtOnceWhileRequestsAreUnderWay) {
  RawServer phone([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  std::vector<std::string> errors;
  auto client = std::make_unique<WebClient>(WebClient::Options{.total_timeout = 30s, .max_connections = 2});
  for (int i = 0; i < 5; ++i) {
    client->get({phone.url(), "", ""}, [&](const WebClient::Response& response) { errors.push_back(response.error); });
  }
  const auto begin = std::chrono::steady_clock::now();
  client.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  EXPECT_EQ(errors, std::vector<std::string>(5, "stopping"));
}

TEST(WebClient, ACallbackMayAskAgainAndIsToldOfTheEndToo) {
  RawServer phone([](RawServer::Peer& peer) {
    while (!peer.read_request().empty() && peer.send(ok)) {
    }
  });
  int answered = 0;
  std::promise<void> enough;
  std::string last;
  auto client = std::make_unique<WebClient>(WebClient::Options{});
  WebClient& asked = *client;  // the pointer is empty while the client ends
  std::function<void(WebClient::Response)> again = [&](const WebClient::Response& response) {
    last = response.error;
    if (response.status == 0) return;
    if (++answered == 20) enough.set_value();
    asked.get({phone.url(), "", ""}, again);
  };
  asked.get({phone.url(), "", ""}, again);
  enough.get_future().wait();
  client.reset();
  EXPECT_EQ(last, "stopping");
}

TEST(WebClient, WhatIsThrownUponAnAnswerEndsNothing) {
  RawServer phone([](RawServer::Peer& peer) {
    peer.read_request();
    EXPECT_TRUE(peer.send(ok));
    peer.read_request();
    EXPECT_TRUE(peer.send(ok));
  });
  WebClient client({});
  std::promise<void> told;
  client.get({phone.url() + "/a", "", ""}, [&](const WebClient::Response&) {
    told.set_value();
    throw std::bad_alloc();
  });
  told.get_future().wait();
  client.get({"no address", "", ""}, [](const WebClient::Response&) { throw 7; });
  EXPECT_EQ(get(client, phone.url() + "/b").status, 200);
}

}  // namespace
}  // namespace snom::http
