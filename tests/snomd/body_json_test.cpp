#include "snomd/body_json.h"

#include <string>

#include <gtest/gtest.h>

#include "snomd/api_fixture.h"
#include "snomd/audit_log.h"

namespace snom::snomd {
namespace {

using testing::Rest;

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(BodyJson, IsReadToSixteenLevels) {
  EXPECT_TRUE(body_json(nested(16))->is_array());
  const auto refused = body_json(nested(17));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400);
  EXPECT_NE(refused.error().body.find("the body is nested more than 16 deep"), std::string::npos);
}

TEST(BodyJson, WhatIsNoneFitsNoExpectation) {
  const auto none = body_json("[1");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->is_structured());
}

/// Copied, or written into the audit log, it would need more of the stack than there is.
TEST(BodyJson, NoResourceIsStruckDownByNesting) {
  Rest rest;
  const auto deep = nested(100'000);
  const std::string keys = "/v1/phones/1000@example.com/buttons";
  const auto refused = [&rest](const std::string& method, const std::string& path, const std::string& body) {
    const auto heard = rest.say(method, path, body);
    EXPECT_EQ(heard.status, 400) << method << ' ' << path;
    EXPECT_EQ(heard.body.value("detail", ""), "the body is nested more than 16 deep") << method << ' ' << path;
  };
  for (const auto* method : {"PUT", "PATCH"}) {
    refused(method, keys, R"([{"key":"2","light":)" + deep + "}]");
    refused(method, keys, R"({"2":)" + deep + "}");
    refused(method, keys + "/2", R"({"light":)" + deep + "}");
  }
  refused("PUT", "/v1/groups/sales", R"({"members":)" + deep + "}");
  refused("POST", "/v1/phones/1000@example.com/trials", R"({"channel":)" + deep + "}");
  EXPECT_TRUE(rest.fixture.messages.sent.empty());
}

TEST(BodyJson, InTheAuditLogNestingIsItsSize) {
  http::Request request;
  request.method = "PATCH";
  request.path = request.raw_path = "/v1/phones/1000@example.com/buttons";
  request.body = nested(1000);
  EXPECT_EQ(shown_body(request), "2000 bytes");
}

}  // namespace
}  // namespace snom::snomd
