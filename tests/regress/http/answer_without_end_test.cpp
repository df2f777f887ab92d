#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "http/raw_server.h"
#include "http/web_client.h"

// A phone's page sent trailers for as long as it was asked, and libcurl kept them all: 971 MiB in 3 s.
namespace snom::http {
namespace {

using namespace std::chrono_literals;
using testing::RawServer;

struct Answer {
  const char* name;
  std::string begin;
  std::string more;  ///< sent until nobody listens any more, but not for ever
  std::string error;
};

class AnswerWithoutEnd : public ::testing::TestWithParam<Answer> {};

constexpr std::size_t most_sent = 200 * 1024 * 1024;

TEST_P(AnswerWithoutEnd, EndsAtTheLimit) {
  std::atomic<std::size_t> sent = 0;
  RawServer phone([&](RawServer::Peer& peer) {
    peer.read_request();
    if (!peer.send(GetParam().begin)) return;
    while (sent < most_sent && peer.send(GetParam().more)) sent += GetParam().more.size();
  });
  WebClient client({.total_timeout = 60s});
  std::promise<WebClient::Response> told;
  client.get({phone.url()}, [&](WebClient::Response response) { told.set_value(std::move(response)); });
  const auto response = told.get_future().get();
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, GetParam().error);
  EXPECT_LT(sent, 64U * 1024 * 1024);  // what the sockets hold, not what is kept
}

const std::string header = "X-More: " + std::string(1000, 'x') + "\r\n";
const std::string too_long = "the headers of the answer are too long";

INSTANTIATE_TEST_SUITE_P(
    Kinds, AnswerWithoutEnd,
    ::testing::Values(
        Answer{"Headers", "HTTP/1.1 200 OK\r\n", header, too_long},
        Answer{"Trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", header, too_long},
        Answer{"InterimAnswers", "", "HTTP/1.1 103 Early Hints\r\n" + header + "\r\n", too_long},
        Answer{"HeadersOfARedirect", "HTTP/1.1 302 Found\r\nLocation: /\r\n", header, too_long},
        Answer{"TrailersOfARedirect", "HTTP/1.1 302 Found\r\nLocation: /\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
               header, too_long},
        Answer{"TrailersOfA401",
               "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"a\"\r\n"
               "Transfer-Encoding: chunked\r\n\r\n0\r\n",
               header, too_long},
        Answer{"Body", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", header, "answer longer than 65536 bytes"}),
    [](const auto& one) { return one.param.name; });

// libcurl passes over the extensions of a chunk, so only time limits them.
TEST(AnswersWithoutEnd, ChunkExtensionsEndWithTheTime) {
  RawServer phone([](RawServer::Peer& peer) {
    peer.read_request();
    if (!peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;")) return;
    while (peer.send(std::string(1000, 'x'))) {
    }
  });
  WebClient client({.total_timeout = 500ms});
  std::promise<WebClient::Response> told;
  client.get({phone.url()}, [&](WebClient::Response response) { told.set_value(std::move(response)); });
  EXPECT_EQ(told.get_future().get().error, "no complete answer within 500 ms");
}

// One after another, each within the limit: the limit is that of the whole way.
TEST(AnswersWithoutEnd, RedirectsHaveOneLimitTogether) {
  RawServer phone([](RawServer::Peer& peer) {
    std::string headers;
    for (int i = 0; i < 30; ++i) headers += header;
    while (!peer.read_request().empty() &&
           peer.send("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n" + headers + "\r\n")) {
    }
  });
  WebClient client({});
  std::promise<WebClient::Response> told;
  client.get({phone.url()}, [&](WebClient::Response response) { told.set_value(std::move(response)); });
  EXPECT_EQ(told.get_future().get().error, too_long);
}

}  // namespace
}  // namespace snom::http
