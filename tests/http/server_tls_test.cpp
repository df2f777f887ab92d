#include <future>
#include <memory>

#include <gtest/gtest.h>

#include "http/raw_client.h"
#include "http/server.h"
#include "http/web_client.h"
#include "tls/certificates.h"

namespace snom::http {
namespace {

using namespace std::chrono_literals;
using tls::testing::certificate_for;

WebClient::Response get(WebClient& client, const std::string& url, std::size_t max_body = 0) {
  std::promise<WebClient::Response> answered;
  client.get({.url = url, .max_body = max_body},
             [&](WebClient::Response response) { answered.set_value(std::move(response)); });
  return answered.get_future().get();
}

WebClient::Options trusting() { return {.verify = WebClient::Verify::off}; }

TEST(HttpsServer, AnswersAsWithoutTls) {
  Server server{Server::Options{}};
  Request seen;
  const auto bound = server.listen("127.0.0.1:0", certificate_for(),
                                   [&](const Request& request, const std::shared_ptr<Responder>& to) {
                                     seen = request;
                                     to->send({404, "text/html", "no such page", {}});
                                   });
  ASSERT_TRUE(bound) << bound.error();
  WebClient client(trusting());
  const auto response = get(client, "https://" + *bound + "/a?b");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "no such page");
  EXPECT_EQ(response.content_type, "text/html");
  EXPECT_EQ(seen.target, "/a?b");
  EXPECT_TRUE(seen.peer.starts_with("127.0.0.1:"));
}

TEST(HttpsServer, KeepsTheConnectionForTheNextRequest) {
  Server server{Server::Options{}};
  const auto bound =
      server.listen("127.0.0.1:0", certificate_for(), [](const Request& request, const std::shared_ptr<Responder>& to) {
        to->send({200, "text/plain", request.peer, {}});
      });
  WebClient client(trusting());
  const auto first = get(client, "https://" + *bound + "/").body;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get(client, "https://" + *bound + "/").body, first);
}

TEST(HttpsServer, SendsMoreThanFitsIntoASocketAtOnce) {
  Server server{Server::Options{}};
  std::string picture;
  for (int i = 0; i < 1'000'000; ++i) picture += static_cast<char>(i * 7);
  const auto bound =
      server.listen("127.0.0.1:0", certificate_for(), [&](const Request&, const std::shared_ptr<Responder>& to) {
        to->send({200, "image/bmp", picture, {}});
      });
  WebClient client(trusting());
  EXPECT_TRUE(get(client, "https://" + *bound + "/", 2'000'000).body == picture);
}

TEST(HttpsServer, EndsAStreamProperly) {
  Server server{Server::Options{}};
  const auto bound =
      server.listen("127.0.0.1:0", certificate_for(), [](const Request&, const std::shared_ptr<Responder>& to) {
        const auto stream = to->stream("text/plain");
        stream->write("one ");
        stream->write("two");
      });
  WebClient client(trusting());
  const auto response = get(client, "https://" + *bound + "/");
  EXPECT_EQ(response.status, 200) << response.error;
  EXPECT_EQ(response.body, "one two");
}

TEST(HttpsServer, ClosesWhoSpeaksNoTls) {
  Server server{Server::Options{}};
  const auto bound =
      server.listen("127.0.0.1:0", certificate_for(),
                    [](const Request&, const std::shared_ptr<Responder>&) { FAIL() << "asked without TLS"; });
  testing::RawClient client(*bound);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.closed_within(2s));
}

TEST(HttpsServer, ClosesWhoDoesNotFinishTheHandshake) {
  Server server({.idle_timeout = 1s});
  const auto bound = server.listen("127.0.0.1:0", certificate_for(), [](const auto&, const auto&) {});
  testing::RawClient client(*bound);
  client.send({"\x16\x03\x01", 3});
  EXPECT_TRUE(client.closed_within(4s));
}

TEST(HttpsServer, AServerHasBothKindsOfListeners) {
  Server server{Server::Options{}};
  const auto say = [](std::string what) {
    return [what = std::move(what)](const Request&, const std::shared_ptr<Responder>& to) {
      to->send({200, "text/plain", what, {}});
    };
  };
  const auto bare = server.listen("127.0.0.1:0", say("bare"));
  const auto secure = server.listen("127.0.0.1:0", certificate_for(), say("secure"));
  WebClient client(trusting());
  EXPECT_EQ(get(client, "http://" + *bare + "/").body, "bare");
  EXPECT_EQ(get(client, "https://" + *secure + "/").body, "secure");
  server.close(*secure);
  EXPECT_EQ(get(client, "https://" + *secure + "/").error, "connection refused");
}

TEST(HttpsServer, DoesNotListenWithAWrongCertificate) {
  Server server{Server::Options{}};
  const auto bound = server.listen("127.0.0.1:0", {"", ""}, [](const auto&, const auto&) {});
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error(), "certificate: expected a PEM text that begins -----BEGIN CERTIFICATE-----");
}

}  // namespace
}  // namespace snom::http
