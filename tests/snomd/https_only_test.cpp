#include "snomd/https_only.h"

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

http::Request request(const std::string& method, const std::string& target, const std::string& host) {
  http::Request made;
  made.method = method;
  made.target = target;
  made.raw_path = made.path = target.substr(0, target.find('?'));
  made.headers["host"] = host;
  return made;
}

std::string location(const http::Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Location") return value;
  }
  return "";
}

TEST(HttpsOnly, APageIsLedThereByTheNameThatItWasAskedBy) {
  const HttpsOnly only("192.0.2.3:8443");
  const auto led = [&](const std::string& host) { return only.refusal(request("GET", "/v1/phones?a=b", host), true); };
  EXPECT_EQ(led("pbx.example:8080")->status, 308);
  EXPECT_EQ(location(*led("pbx.example:8080")), "https://pbx.example:8443/v1/phones?a=b");
  EXPECT_EQ(location(*led("[2001:db8::7]:8080")), "https://[2001:db8::7]:8443/v1/phones?a=b");
  EXPECT_EQ(location(*only.refusal(request("GET", "/", "pbx.example"), false)), "https://pbx.example:8443/");
}

TEST(HttpsOnly, ATokenIsLedNowhere) {
  const HttpsOnly only("192.0.2.3:8443");
  for (const bool needs_token : {true, false}) {
    auto with_token = request("GET", "/v1/phones", "pbx.example");
    with_token.headers["authorization"] = "Bearer 0123456789abcdef";
    const auto refused = only.refusal(with_token, needs_token);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 403);
    EXPECT_EQ(location(*refused), "");
    EXPECT_EQ(refused->body.find("0123456789abcdef"), std::string::npos);
  }
}

TEST(HttpsOnly, WhatChangesSomethingOrNamesNoHostIsRefused) {
  const HttpsOnly only("192.0.2.3:8443");
  EXPECT_EQ(only.refusal(request("POST", "/v1/command", "pbx.example"), true)->status, 403);
  for (const std::string host : {"", "evil/..", "a\\b", "a@b", "a b"}) {
    EXPECT_EQ(only.refusal(request("GET", "/v1/phones", host), true)->status, 403) << host;
  }
}

TEST(HttpsOnly, WhatIsForAnybodyIsAnsweredAsEver) {
  EXPECT_FALSE(HttpsOnly("192.0.2.3:8443").refusal(request("GET", "/health/live", "pbx.example"), false));
}

}  // namespace
}  // namespace snom::snomd
