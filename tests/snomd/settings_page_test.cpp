#include "snomd/settings_page.h"

#include <gtest/gtest.h>

#include <optional>

namespace snom::snomd {
namespace {

using std::chrono::seconds;

class SettingsPageTest : public ::testing::Test {
 protected:
  SettingsPageTest() {
    page_.use({{"1000", "1234", ""}, {"1001", "5678", ""}, {"1002", "", ""}}, {"example.com", "example.net"});
  }
  static http::Request request(const std::string& path, const std::string& peer = "192.0.2.7:40000") {
    http::Request request;
    request.method = "GET";
    request.target = request.raw_path = request.path = path;
    request.peer = peer;
    return request;
  }
  /// The status, or the file.
  std::string ask(const http::Request& request) {
    auto admitted = page_.admit(request, now_);
    if (admitted) return *admitted;
    answer_ = admitted.error();
    return std::to_string(answer_.status);
  }
  [[nodiscard]] std::optional<language::DigestChallenge> challenge() const {
    for (const auto& [name, value] : answer_.headers) {
      if (name == "WWW-Authenticate") return language::parse_digest_challenge(value);
    }
    return std::nullopt;
  }
  /// As a phone does it: asks, and answers the challenge.
  std::string ask_as(const std::string& path, const std::string& user, const std::string& password,
                     const std::string& peer = "192.0.2.7:40000") {
    auto wanted = request(path, peer);
    if (auto first = ask(wanted); first != "401") return first;
    const auto asked = challenge();
    EXPECT_TRUE(asked);
    wanted.headers["authorization"] =
        language::answer_challenge(*asked, user, password, "GET", path, 1, "0123").to_string();
    last_ = wanted;
    return ask(wanted);
  }

  std::vector<std::string> refused_;
  SettingsPage page_{"a secret of 16 bytes and more", "/etc/snomd/phones", [this](const sip::RefusedRequest& request) {
                       refused_.push_back(request.user + ": " + request.why);
                     }};
  SettingsPage::TimePoint now_{std::chrono::hours(1)};
  http::Response answer_;
  http::Request last_;
};

const std::string own = "/settings/1000@example.com.xml";

TEST_F(SettingsPageTest, AreForThePhoneThatHasTheUsersPassword) {
  EXPECT_EQ(ask_as(own, "1000", "1234"), "/etc/snomd/phones/1000@example.com.xml");
  EXPECT_EQ(challenge()->realm, "example.com");
  EXPECT_EQ(ask_as("/settings/1000@example.net.xml", "1000@example.net", "1234"),
            "/etc/snomd/phones/1000@example.net.xml");
  EXPECT_TRUE(refused_.empty());
}

TEST_F(SettingsPageTest, AreForNobodyElse) {
  EXPECT_EQ(ask(request(own)), "401");
  EXPECT_EQ(ask_as(own, "1001", "5678"), "403");
  EXPECT_EQ(ask_as(own, "1000", "5678"), "401");
  EXPECT_EQ(ask_as(own, "1009", "1234"), "401");
  EXPECT_EQ(ask_as(own, "1000@example.net", "1234"), "401") << "credentials of another domain";
  EXPECT_EQ(ask_as("/settings/1002@example.com.xml", "1002", ""), "401") << "has no password";
  EXPECT_EQ(refused_,
            (std::vector<std::string>{"1001: another phone's settings", "1000: wrong password", "1009: no such user",
                                      "1000@example.net: no such user", "1002: no such user"}));
}

TEST_F(SettingsPageTest, NobodyLearnsWhoIsThere) {
  EXPECT_EQ(ask(request("/settings/1009@example.com.xml")), "401") << "no such user, and the same answer";
  EXPECT_EQ(ask(request("/settings/1000@example.org.xml")), "404");
  EXPECT_EQ(ask(request("/settings/000413AABBCC.xml")), "404") << "a MAC proves nothing";
  EXPECT_EQ(ask(request("/settings/1000@example.com")), "404");
  EXPECT_EQ(ask(request("/v1/phones")), "404");
  auto post = request(own);
  post.method = "POST";
  EXPECT_EQ(ask(post), "405");
}

TEST_F(SettingsPageTest, APathGoesNowhereElse) {
  page_.use({{"..", "1234", ""}, {"../../etc/x", "1234", ""}}, {"example.com"});
  EXPECT_EQ(ask_as("/settings/../../etc/x@example.com.xml", "../../etc/x", "1234"),
            "/etc/snomd/phones/%2E.%2F..%2Fetc%2Fx@example.com.xml");
}

TEST_F(SettingsPageTest, AnAnswerCountsOnceAndForItsRequest) {
  EXPECT_EQ(ask_as(own, "1000", "1234"), "/etc/snomd/phones/1000@example.com.xml");
  EXPECT_EQ(ask(last_), "401") << "replayed";
  EXPECT_TRUE(challenge()->stale);
  auto other = last_;
  other.target = other.path = "/settings/1000@example.net.xml";
  EXPECT_EQ(ask(other), "401");
  now_ += seconds(301);
  EXPECT_EQ(ask(last_), "401");
}

TEST_F(SettingsPageTest, PasswordsCannotBeTriedQuickly) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask_as(own, "1000", "x"), "401");
  EXPECT_EQ(ask_as(own, "1000", "1234"), "429") << "nobody learns that this one would have been right";
  EXPECT_EQ(ask_as(own, "1000", "1234", "192.0.2.8:40000"), "/etc/snomd/phones/1000@example.com.xml");
  now_ += seconds(1);
  EXPECT_EQ(ask_as(own, "1000", "1234"), "/etc/snomd/phones/1000@example.com.xml");
}

TEST_F(SettingsPageTest, AHostOfIpv6HasOneCountForAllItsAddresses) {
  for (int i = 0; i < 10; ++i) {
    const auto from = "[2001:db8:0:7::" + std::to_string(i + 1) + "]:40000";
    EXPECT_EQ(ask_as(own, "1000", "wrong", from), "401");
  }
  EXPECT_EQ(ask_as(own, "1000", "1234", "[2001:db8:0:7:ffff::1]:40000"), "429");
  EXPECT_NE(ask_as(own, "1000", "1234", "[2001:db8:0:8::1]:40000"), "429");
}

}  // namespace
}  // namespace snom::snomd
