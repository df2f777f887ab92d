#include "snomctl/local_server.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace snom::snomctl {
namespace {

class LocalServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / ("snom-local-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  LocalServer by(const std::string& text) {
    std::ofstream(folder_ / "snomd.toml") << text;
    return local_server((folder_ / "snomd.toml").string());
  }
  std::filesystem::path folder_;
};

TEST_F(LocalServerTest, IsWhereTheConfigurationSaysWithItsToken) {
  std::ofstream(folder_ / "secret") << "0123456789abcdef \r\nnot this\n";
  const auto server =
      by("[[profile]]\ndomain = \"a.test\"\n[[profile]]\ndomain = \"b.test\"\n"
         "[http]\nlisten = \"127.0.0.1:9090\"\ntoken_file = \"secret\"\n");
  EXPECT_EQ(server.domains, (std::vector<std::string>{"a.test", "b.test"}));
  EXPECT_EQ(server.address, "http://127.0.0.1:9090");
  EXPECT_EQ(server.token, "0123456789abcdef");
  EXPECT_EQ(server.why_no_token, "");
}

TEST_F(LocalServerTest, IsTheUsualOneWhenNothingIsSaidOrUnderstood) {
  for (const char* text : {"", "[http]\n", "[http]\nlisten = 5\ntoken_file = 6\n", "http = 1\n", "[http",
                           "[http]\nlisten = \"x\"\n", "[http]\ntoken_file = \"none\"\n", "\xff\xfe"}) {
    const auto server = by(text);
    EXPECT_EQ(server.address, "http://127.0.0.1:8080") << text;
    EXPECT_EQ(server.token, "") << text;
  }
  EXPECT_EQ(local_server((folder_ / "none").string()).address, "http://127.0.0.1:8080");
  EXPECT_EQ(by("x = " + std::string(100000, '[')).address, "http://127.0.0.1:8080");
}

TEST_F(LocalServerTest, SaysWhatIsNoToml) {
  EXPECT_EQ(by("[http]\n").why_not_understood, "");
  EXPECT_EQ(local_server((folder_ / "none").string()).why_not_understood, "");
  EXPECT_NE(by("[http]\nlisten = \n").why_not_understood.find(":2: "), std::string::npos);
}

TEST_F(LocalServerTest, SaysWhichFileIsNotForThisUser) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  std::ofstream(folder_ / "secret") << "0123456789abcdef\n";
  std::filesystem::permissions(folder_ / "secret", std::filesystem::perms::none);
  const auto server = by("[http]\ntoken_file = \"secret\"\n");
  EXPECT_EQ(server.token, "");
  EXPECT_NE(server.why_no_token.find((folder_ / "secret").string() + " is for root and"), std::string::npos)
      << server.why_no_token;
}

TEST(AddressToAsk, IsOneThatCanBeConnectedTo) {
  EXPECT_EQ(address_to_ask("127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(address_to_ask("0.0.0.0:80"), "http://127.0.0.1:80");
  EXPECT_EQ(address_to_ask("[::]:8080"), "http://[::1]:8080");
  EXPECT_EQ(address_to_ask("[2001:db8::1]:8080"), "http://[2001:db8::1]:8080");
  for (const char* none : {"", ":", "x", ":8080", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:http"}) {
    EXPECT_EQ(address_to_ask(none), "") << none;
  }
}

}  // namespace
}  // namespace snom::snomctl
