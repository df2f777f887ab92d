#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "http/server.h"
#include "http/web_client.h"
#include "language/digest.h"
#include "tls/certificates.h"

namespace snom::http {
namespace {

using namespace std::chrono_literals;
using tls::testing::certificate_for;

/// A phone: an https page that wants admin:1234, and an http one that sends there with `status`.
class Phone {
 public:
  explicit Phone(language::DigestAlgorithm algorithm, int status = 307) : algorithm_(algorithm) {
    https_ = *server_.listen("127.0.0.1:0", certificate_for(),
                             [this](const auto& request, const auto& responder) { answer(request, *responder); });
    http_ = *server_.listen("127.0.0.1:0", [this, status](const auto& request, const auto& responder) {
      seen(request);
      responder->send({status, "text/plain", "", {{"Location", "https://" + host + port(https_) + request.target}}});
    });
  }
  [[nodiscard]] std::string http_url() const { return "http://127.0.0.1" + port(http_); }
  [[nodiscard]] std::string https_url() const { return "https://127.0.0.1" + port(https_); }
  /// What came in the header Authorization, for each request that had one.
  std::vector<std::string> authorizations() {
    const std::lock_guard lock(mutex_);
    return authorizations_;
  }

  std::string host = "127.0.0.1";  ///< that the http page names

 private:
  static std::string port(const std::string& address) { return address.substr(address.rfind(':')); }

  void seen(const Request& request) {
    const std::lock_guard lock(mutex_);
    if (!request.header("authorization").empty()) authorizations_.emplace_back(request.header("authorization"));
  }

  void answer(const Request& request, Responder& responder) {
    seen(request);
    const auto given = language::parse_digest_credentials(request.header("authorization"));
    if (given && given->algorithm == algorithm_ && given->nonce == "n0nce" && given->uri == request.target &&
        given->username == "admin" && language::response_matches(*given, "1234", request.method)) {
      return responder.send({200, "text/plain", request.target, {}});
    }
    language::DigestChallenge challenge{.realm = "snom", .nonce = "n0nce", .opaque = ""};
    challenge.algorithm = algorithm_;
    responder.send({401, "text/plain", "", {{"WWW-Authenticate", challenge.to_string()}}});
  }

  const language::DigestAlgorithm algorithm_;
  std::mutex mutex_;
  std::vector<std::string> authorizations_;
  std::string http_;
  std::string https_;
  Server server_{Server::Options{}};
};

std::string ask(WebClient& client, const std::string& url) {
  std::promise<WebClient::Response> answered;
  client.get({url, "admin", "1234"}, [&](WebClient::Response response) { answered.set_value(std::move(response)); });
  const auto response = answered.get_future().get();
  return response.status == 0 ? response.error : std::to_string(response.status) + " " + response.body;
}

WebClient::Options trusting() { return {.verify = WebClient::Verify::off}; }

using Algorithm = language::DigestAlgorithm;

TEST(WebClientRedirect, FromHttpToTheHttpsPortOfThePhoneTheCredentialsGoAlong) {
  for (const int status : {301, 302, 303, 307, 308}) {
    Phone phone(Algorithm::md5, status);
    WebClient client(trusting());
    EXPECT_EQ(ask(client, phone.http_url() + "/command.htm?key=%23"), "200 /command.htm?key=%23") << status;
    EXPECT_EQ(phone.authorizations().size(), 1U);
  }
}

TEST(WebClientRedirect, DigestWithSha256OverHttps) {
  Phone phone(Algorithm::sha256);
  WebClient client(trusting());
  EXPECT_EQ(ask(client, phone.http_url() + "/a?b=c"), "200 /a?b=c");
  EXPECT_EQ(ask(client, phone.https_url() + "/a"), "200 /a");
  ASSERT_FALSE(phone.authorizations().empty());
  EXPECT_NE(phone.authorizations().front().find("algorithm=SHA-256"), std::string::npos);
  EXPECT_EQ(phone.authorizations().front().find("1234"), std::string::npos);
}

TEST(WebClientRedirect, ToAnotherHostTheCredentialsStayBehind) {
  Phone phone(Algorithm::md5);
  phone.host = "localhost";
  WebClient client(trusting());
  const auto error = ask(client, phone.http_url());
  EXPECT_TRUE(error.starts_with("redirected to https://localhost:")) << error;
  EXPECT_TRUE(error.ends_with(", which wants user name and password and is not given those for " + phone.http_url()))
      << error;
  EXPECT_TRUE(phone.authorizations().empty());
}

TEST(WebClientRedirect, FromHttpsToHttpTheCredentialsStayBehind) {
  std::atomic<bool> given = false;
  Server server{Server::Options{}};
  const auto http = *server.listen("127.0.0.1:0", [&](const Request& request, const std::shared_ptr<Responder>& to) {
    if (!request.header("authorization").empty()) given = true;
    to->send({401, "text/plain", "", {{"WWW-Authenticate", "Basic realm=\"snom\""}}});
  });
  const auto https =
      *server.listen("127.0.0.1:0", certificate_for(), [&](const Request&, const std::shared_ptr<Responder>& to) {
        to->send({307, "text/plain", "", {{"Location", "http://" + http + "/"}}});
      });
  WebClient client(trusting());
  EXPECT_EQ(ask(client, "https://" + https + "/"), "redirected to http://" + http +
                                                       ", which wants user name and password and is not given those "
                                                       "for https://" +
                                                       https);
  EXPECT_FALSE(given);
}

TEST(WebClientRedirect, ACertificateIsVerifiedAfterARedirectToo) {
  Phone phone(Algorithm::md5);
  WebClient client({});
  EXPECT_TRUE(ask(client, phone.http_url()).starts_with("TLS certificate not trusted: self-signed"));
  EXPECT_TRUE(phone.authorizations().empty());
}

TEST(WebClientRedirect, APinIsThePhonesOnItsOwnHostOnly) {
  Phone phone(Algorithm::md5);
  const auto pins = std::make_shared<MemoryPins>();
  WebClient client({.verify = WebClient::Verify::pin, .pins = pins});
  const auto named = [&](const std::string& url) {
    std::promise<int> status;
    client.get({url, "admin", "1234", "1000@example.com"},
               [&](const WebClient::Response& response) { status.set_value(response.status); });
    return status.get_future().get();
  };
  phone.host = "localhost";
  EXPECT_EQ(named(phone.http_url()), 0);
  EXPECT_TRUE(pins->find("1000@example.com")->empty());
  phone.host = "127.0.0.1";
  EXPECT_EQ(named(phone.http_url()), 200);
  EXPECT_EQ(pins->find("1000@example.com")->size(), 1U);
}

TEST(WebClientRedirect, NoMoreConnectionsThanAllowedAreOpenedThereEither) {
  std::mutex mutex;
  std::set<std::string> peers;
  Server server{Server::Options{}};
  const auto https = *server.listen("127.0.0.1:0", certificate_for(),
                                    [&](const Request& request, const std::shared_ptr<Responder>& to) {
                                      {
                                        const std::lock_guard lock(mutex);
                                        peers.insert(request.peer);
                                      }
                                      to->send({200, "text/plain", "ok", {}});
                                    });
  // Twenty phones that all send to one.
  std::vector<std::string> phones;
  for (int i = 0; i < 20; ++i) {
    phones.push_back(*server.listen("127.0.0.1:0", [&](const Request&, const std::shared_ptr<Responder>& to) {
      to->send({307, "text/plain", "", {{"Location", "https://" + https + "/"}}});
    }));
  }
  WebClient client({.max_connections_per_host = 2, .verify = WebClient::Verify::off});
  std::vector<std::promise<int>> answers(phones.size());
  for (std::size_t i = 0; i < phones.size(); ++i) {
    client.get({"http://" + phones[i] + "/", "", ""},
               [&answers, i](const WebClient::Response& response) { answers[i].set_value(response.status); });
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get_future().get(), 200);
  const std::lock_guard lock(mutex);
  EXPECT_LE(peers.size(), 2U);
}

TEST(WebClientRedirect, TheTimeIsForAllHopsTogether) {
  std::vector<std::shared_ptr<Responder>> silent;  // the server's thread writes it as long as there is one
  Server server{Server::Options{}};
  const auto page = *server.listen("127.0.0.1:0", [&](const Request& request, const std::shared_ptr<Responder>& to) {
    if (request.path == "/silent") return silent.push_back(to);
    to->send({307, "text/plain", "", {{"Location", "/silent"}}});
  });
  WebClient client({.total_timeout = 300ms});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(ask(client, "http://" + page + "/"), "no answer within 300 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

}  // namespace
}  // namespace snom::http
