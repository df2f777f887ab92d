#include "http/page_files.h"

#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

namespace snom::http {
namespace {

constexpr std::array<PageFile, 2> files{{{"index.html", "text/html; charset=utf-8", "\"abc\"", "<p>hello"},
                                         {"wall.js", "text/javascript; charset=utf-8", "\"def\"", "1"}}};

Response ask(const std::string& if_none_match) {
  Request request;
  if (!if_none_match.empty()) request.headers["if-none-match"] = if_none_match;
  return file_response(files[0], request);
}

std::string header(const Response& response, std::string_view name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [name](const auto& line) { return line.first == name; });
  return found == response.headers.end() ? "" : found->second;
}

TEST(PageFiles, AreFoundByTheirWholeName) {
  EXPECT_EQ(find_file(files, "wall.js"), &files[1]);
  EXPECT_EQ(find_file(files, "wall"), nullptr);
  EXPECT_EQ(find_file(files, "../index.html"), nullptr);
  EXPECT_EQ(find_file({}, "wall.js"), nullptr);
}

TEST(PageFiles, AreGivenWithTypeAndTag) {
  const auto response = ask("");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(response.body, "<p>hello");
  EXPECT_EQ(header(response, "ETag"), "\"abc\"");
  EXPECT_EQ(header(response, "Cache-Control"), "no-cache");
}

TEST(PageFiles, AreNotSentAgainToWhoHasThem) {
  for (const auto* tag : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "\"x\",W/\"abc\" ", "*"}) {
    const auto response = ask(tag);
    EXPECT_EQ(response.status, 304) << tag;
    EXPECT_EQ(response.body, "") << tag;
    EXPECT_EQ(header(response, "ETag"), "\"abc\"") << tag;
  }
  for (const auto* tag : {"\"ab\"", "abc", "\"abcd\"", ",", "\"def\""}) EXPECT_EQ(ask(tag).status, 200) << tag;
}

TEST(PageFiles, LetABrowserLoadNothingFromElsewhere) {
  for (const auto& response : {ask(""), ask("*")}) {
    const auto policy = header(response, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none';")) << policy;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(policy.find('*'), std::string::npos);
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
  }
}

}  // namespace
}  // namespace snom::http
