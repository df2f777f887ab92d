#include "language/shown_arguments.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

TEST(ShownArguments, AUrlIsShownWithoutItsPassword) {
  EXPECT_EQ(without_password("http://u:secret@127.0.0.1:8080/x"), "http://u:***@127.0.0.1:8080/x");
  EXPECT_EQ(without_password("https://[2001:db8::1]:8080"), "https://[2001:db8::1]:8080");
  EXPECT_EQ(without_password("http://u@127.0.0.1:8080"), "http://u@127.0.0.1:8080");
  EXPECT_EQ(without_password("postgresql://u:p@ss:word@db1,db2/x"), "postgresql://u:***@db1,db2/x");
  EXPECT_EQ(without_password("postgresql://db/x?sslpassword=a&user=b&PassWord=c"),
            "postgresql://db/x?sslpassword=***&user=b&PassWord=***");
}

TEST(ShownArguments, WhatIsNoUrlIsShownWithoutAPasswordToo) {
  EXPECT_EQ(without_password("postgres//u:secret@127.0.0.1:1/x"), "postgres//u:***@127.0.0.1:1/x");
  EXPECT_EQ(without_password("postgresql:/u:secret@127.0.0.1:1/x"), "postgresql:***@127.0.0.1:1/x");
  EXPECT_EQ(without_password("u:secret@127.0.0.1"), "u:***@127.0.0.1");
  EXPECT_EQ(without_password("http://u:sec/ret@127.0.0.1"), "http://u:***@127.0.0.1");
  EXPECT_EQ(without_password("//u:secret@127.0.0.1"), "//u:***@127.0.0.1");
  EXPECT_EQ(without_password("host=db password=secret dbname=x"), "host=db password=*** dbname=x");
}

TEST(ShownArguments, OthersStayAsTheyAre) {
  for (const auto* text : {"", "127.0.0.1:8080", "1000@example.com", "keys.db", "/var/a:b@c.db", "./a:b@c.db"}) {
    EXPECT_EQ(without_password(text), text);
  }
}

TEST(ShownArguments, UnknownOnesAreListedInTheirOrderAndBeforeWhatElseIsWrong) {
  EXPECT_EQ(wrong_arguments("", {"b", "a"}), "The following arguments were not expected: b a\n");
  EXPECT_EQ(wrong_arguments("phone is required", {"--bogus"}),
            "The following argument was not expected: --bogus\nphone is required\n");
  EXPECT_EQ(wrong_arguments("--key is required", {}), "--key is required\n");
}

TEST(ShownArguments, WhatIsShownSteersNoTerminalAndTellsNoPassword) {
  EXPECT_EQ(wrong_arguments("\x1b[31m\xe2\x80\xae", {"\x1b[31m", "a\nb", "http://u:secret@h"}),
            "The following arguments were not expected: \\x1b[31m a\\nb http://u:***@h\n\\x1b[31m\\xe2\\x80\\xae\n");
}

}  // namespace
}  // namespace snom::language
