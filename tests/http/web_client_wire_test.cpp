#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/raw_server.h"
#include "http/web_client.h"
#include "language/digest.h"
#include "tests_dir.h"

namespace snom::http {
namespace {

using testing::RawServer;

std::string golden(const std::string& name) {
  std::ifstream file(snom::testing::tests_dir() + "/http/golden/" + name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << "no golden file " << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), with);
}

/// The value between the quotes behind `name=`; in its place there is `with` afterwards.
std::string take_value(std::string& text, const std::string& name, const std::string& with) {
  const auto begin = text.find(name + "=\"");
  if (begin == std::string::npos) return {};
  const auto first = begin + name.size() + 2;
  const auto length = text.find('"', first) - first;
  std::string value = text.substr(first, length);
  text.replace(first, length, with);
  return value;
}

/// What a phone that asks for credentials so gets sent, each head with the phone's address replaced.
std::vector<std::string> sent_to_phone(const std::string& challenge) {
  std::mutex mutex;
  std::vector<std::string> heads;
  RawServer phone([&](RawServer::Peer& peer) {
    for (std::string head = peer.read_request(); !head.empty(); head = peer.read_request()) {
      const bool wanted = !challenge.empty() && head.find("\r\nAuthorization: ") == std::string::npos;
      {
        const std::lock_guard lock(mutex);
        heads.push_back(std::move(head));
      }
      if (!peer.send(wanted ? "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + challenge +
                                  "\r\nContent-Length: 0\r\n\r\n"
                            : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
        return;
      }
    }
  });
  WebClient client({});
  std::promise<void> answered;
  client.get({phone.url() + "/command.htm?key=enter%2C50%3B%23", "admin", "1234"},
             [&](const WebClient::Response&) { answered.set_value(); });
  answered.get_future().wait();
  const std::lock_guard lock(mutex);
  for (auto& head : heads) replace(head, phone.address(), "PHONE");
  return heads;
}

TEST(WebClientWire, ARequestIsSentWithoutCredentialsFirst) {
  EXPECT_EQ(sent_to_phone(""), std::vector<std::string>{golden("plain.request")});
}

TEST(WebClientWire, BasicFollowsThePhonesChallenge) {
  EXPECT_EQ(sent_to_phone("Basic realm=\"snom\""),
            (std::vector<std::string>{golden("plain.request"), golden("basic.request")}));
}

TEST(WebClientWire, DigestFollowsThePhonesChallenge) {
  for (const auto algorithm : {language::DigestAlgorithm::md5, language::DigestAlgorithm::sha256}) {
    const bool md5 = algorithm == language::DigestAlgorithm::md5;
    language::DigestChallenge challenge;
    challenge.realm = "snom";
    challenge.nonce = "n0nce";
    challenge.algorithm = algorithm;
    auto heads = sent_to_phone(challenge.to_string());
    ASSERT_EQ(heads.size(), 2U);
    EXPECT_EQ(heads[0], golden("plain.request"));
    EXPECT_NE(take_value(heads[1], "cnonce", "CNONCE"), "");
    EXPECT_EQ(take_value(heads[1], "response", "RESPONSE").size(), md5 ? 32U : 64U);
    EXPECT_EQ(heads[1], golden(md5 ? "digest_md5.request" : "digest_sha256.request"));
  }
}

}  // namespace
}  // namespace snom::http
