#include "access/token.h"

#include <set>

#include <gtest/gtest.h>

#include "language/secret.h"

namespace snom::access {
namespace {

const std::string hash(64, 'a');
const std::string line = "alice operate sha256/" + hash + " 2026-11-27T01:00:00Z";

std::string error_of(const std::string& text) {
  const auto tokens = parse_tokens(text, "tokens");
  return tokens ? "no error" : tokens.error();
}

TEST(Tokens, AreALineEach) {
  const auto tokens = parse_tokens("# who may\n\n" + line + "\r\n  bob-2\tread  sha256/" + std::string(64, 'B') +
                                       " 2026-11-27T02:00:00Z max_body=4096 per_second=10",
                                   "tokens");
  ASSERT_TRUE(tokens) << tokens.error();
  EXPECT_EQ(*tokens, (std::vector<Token>{
                         {"alice", Role::operate, hash, "2026-11-27T01:00:00Z"},
                         {"bob-2", Role::read, std::string(64, 'b'), "2026-11-27T02:00:00Z", 10, 4096},
                     }));
  EXPECT_EQ(write_token((*tokens)[0]), line + "\n");
  EXPECT_EQ(parse_tokens(write_token((*tokens)[1]), "tokens")->front(), (*tokens)[1]);
  EXPECT_TRUE(parse_tokens("", "tokens")->empty());
}

TEST(Tokens, WhatIsWrongIsNamedWithItsLine) {
  EXPECT_EQ(error_of("\n.alice read"),
            "tokens:2: '.alice' is no name of a token (expected 1 to 64 of A-Z a-z 0-9 . _ -, "
            "a letter or digit first)");
  EXPECT_EQ(error_of("token_file admin"),
            "tokens:1: 'token_file' is the token of the configuration: choose another name");
  EXPECT_EQ(error_of("alice"), "tokens:1: token 'alice': expected a role, read, operate or admin, behind the name");
  EXPECT_EQ(error_of("alice anybody x"),
            "tokens:1: token 'alice': expected a role, read, operate or admin, behind the name");
  EXPECT_EQ(error_of("alice admin the_token_itself"),
            "tokens:1: token 'alice': expected sha256/ and 64 hex digits behind the role");
  EXPECT_EQ(error_of("alice admin sha256/" + hash + "0"),
            "tokens:1: token 'alice': expected sha256/ and 64 hex digits behind the role");
  EXPECT_EQ(error_of("alice admin sha256/" + hash),
            "tokens:1: token 'alice': expected when it was made, 2026-11-27T01:00:00Z, behind the hash");
  const auto* limits =
      "tokens:1: token 'alice': expected per_second=1 to 100000 or max_body=1 to 1048576 behind the time";
  for (const auto* more : {" x", " per_second=0", " per_second=100001", " max_body=", " max_body=-1", " per_second=1x",
                           " per_second=1 per_second=2", " max_body=99999999999999999999"}) {
    EXPECT_EQ(error_of(line + more), limits) << more;
  }
  EXPECT_EQ(error_of(line + "\n" + line), "tokens:2: token 'alice': expected a name that no other line has");
  std::string many;
  for (std::size_t i = 0; i <= most_tokens; ++i) many += "a" + std::to_string(i) + line.substr(5) + "\n";
  EXPECT_EQ(error_of(many), "tokens:257: expected at most 256 tokens");
}

TEST(Tokens, NewOnesAreLongAndNeverTheSame) {
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) {
    const auto token = new_token();
    EXPECT_EQ(token.size(), 5 + 64U);
    EXPECT_TRUE(token.starts_with("snom_"));
    EXPECT_TRUE(made.insert(token).second);
  }
}

TEST(Secrets, AreTheSameOrNot) {
  EXPECT_TRUE(language::same_secret("", ""));
  EXPECT_TRUE(language::same_secret("abc", "abc"));
  EXPECT_FALSE(language::same_secret("abc", "abd"));
  EXPECT_FALSE(language::same_secret("abc", "ab"));
  // FIPS 180-4, example of one block.
  EXPECT_EQ(language::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace snom::access
