#include "snomd/web_page.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests_dir.h"

namespace snom::snomd {
namespace {

class Answer final : public http::Responder {
 public:
  void send(http::Response response) override { given = std::move(response); }
  void send_in_pieces(http::Response, http::NextPiece) override { FAIL(); }
  std::shared_ptr<http::Stream> stream(std::string) override { return nullptr; }
  http::Response given;
};

http::Response get(const std::string& path) {
  Router router;
  WebPage::add_to(router);
  http::Request request;
  request.method = "GET";
  request.path = request.raw_path = path;
  const auto found = router.find("GET", path);
  const auto answer = std::make_shared<Answer>();
  if (found.handler != nullptr) (*found.handler)(request, found.values, answer);
  return answer->given;
}

std::string file_in_page(const std::string& name) {
  std::ifstream file(snom::testing::tests_dir() + "/../page/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(WebPage, IsWhatStandsInItsFolder) {
  EXPECT_EQ(get("/").body, file_in_page("index.html"));
  EXPECT_EQ(get("/page/tokens.css").body, file_in_page("tokens.css"));
  EXPECT_EQ(get("/page/tokens.css").content_type, "text/css; charset=utf-8");
  EXPECT_EQ(get("/page/nothing.js").status, 404);
  EXPECT_EQ(get("/page/..%2Findex.html").status, 404);
}

/// Each file that a file names is there, and none is on another server; nothing in the HTML is script or style itself,
/// which the policy forbids.
TEST(WebPage, IsWholeAndLoadsNothingFromElsewhere) {
  std::set<std::string> seen;
  std::vector<std::string> waiting{"/"};
  const std::regex named(R"re((?:(?:src|href)="|from "|import\("|import "|url\()([^")#]+))re");
  while (!waiting.empty()) {
    const auto path = waiting.back();
    waiting.pop_back();
    if (!seen.insert(path).second) continue;
    const auto file = get(path);
    ASSERT_EQ(file.status, 200) << path;
    const auto& text = file.body;
    for (std::sregex_iterator match(text.begin(), text.end(), named), end; match != end; ++match) {
      auto name = (*match)[1].str();
      if (name.starts_with("./")) name = "/page/" + name.substr(2);
      ASSERT_TRUE(name.starts_with("/page/")) << path << " names " << name;
      waiting.push_back(name);
    }
    EXPECT_EQ(text.find("innerHTML"), std::string::npos) << path;
    if (!path.ends_with(".html") && path != "/") continue;
    EXPECT_FALSE(std::regex_search(text, std::regex("<style|<script>|style=|\\son[a-z]+="))) << path;
  }
  EXPECT_GT(seen.size(), 1U);
}

}  // namespace
}  // namespace snom::snomd
