#include "snomd/router.h"

#include <gtest/gtest.h>

#include <string>

namespace snom::snomd {
namespace {

struct Routes {
  Router router;
  std::string called;

  Routes() {
    for (const auto* pattern : {"/v1/phones", "/v1/phones/{phone}", "/v1/phones/{phone}/buttons/{key}", "/"}) {
      add("GET", pattern);
    }
    add("DELETE", "/v1/phones/{phone}");
  }
  void add(const std::string& method, const std::string& pattern) {
    router.add(method, pattern,
               [this, method, pattern](const http::Request&, const Router::Values& values, const auto&) {
                 called = method + " " + pattern;
                 for (const auto& value : values.places) called += " [" + value + "]";
               });
  }
  std::string ask(const std::string& method, const std::string& path) {
    const auto found = router.find(method, path);
    if (found.handler == nullptr) return found.allowed.empty() ? "404" : "405 " + found.allowed;
    called.clear();
    (*found.handler)({}, found.values, nullptr);
    return called;
  }
};

TEST(Router, SegmentsAreDecodedEachByItself) {
  Routes r;
  EXPECT_EQ(r.ask("GET", "/v1/phones"), "GET /v1/phones");
  EXPECT_EQ(r.ask("GET", "/v1/phones/1000@example.com"), "GET /v1/phones/{phone} [1000@example.com]");
  EXPECT_EQ(r.ask("GET", "/v1/phones/a%2Fb%40c/buttons/%20"), "GET /v1/phones/{phone}/buttons/{key} [a/b@c] [ ]");
  EXPECT_EQ(r.ask("GET", "/v1/phone%73"), "GET /v1/phones") << "the same path (RFC 3986 section 6.2.2.2)";
  EXPECT_EQ(r.ask("GET", "/"), "GET /");
}

TEST(Router, HeadIsGetAndOtherMethodsAreNamed) {
  Routes r;
  EXPECT_EQ(r.ask("HEAD", "/v1/phones"), "GET /v1/phones");
  EXPECT_EQ(r.ask("POST", "/v1/phones"), "405 GET, HEAD");
  EXPECT_EQ(r.ask("PUT", "/v1/phones/1"), "405 GET, HEAD, DELETE");
  EXPECT_EQ(r.ask("get", "/v1/phones"), "405 GET, HEAD") << "methods have cases (RFC 9110 section 9.1)";
}

TEST(Router, OtherPathsAreNone) {
  Routes r;
  for (const auto* path : {"", "v1/phones", "/v1", "/v1/phones/", "/v1//phones", "//v1/phones", "/v1/phones//buttons/2",
                           "/v1/phones/1/buttons", "/v1/phones/1/buttons/2/3", "/v1%2Fphones", "/V1/phones", "*"}) {
    EXPECT_EQ(r.ask("GET", path), "404") << path;
  }
}

}  // namespace
}  // namespace snom::snomd
