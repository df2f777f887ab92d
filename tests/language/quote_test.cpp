#include "language/command_line.h"

#include <random>

#include <gtest/gtest.h>

namespace snom::language {
namespace {

const std::vector<std::string> nasty = {"plain",
                                        "",
                                        " ",
                                        "two words",
                                        " edges ",
                                        "it's",
                                        "''",
                                        "'",
                                        "\\",
                                        "a\\",
                                        "\\n",
                                        "a\\ b",
                                        "\"double\"",
                                        "\\'",
                                        "'a b'\\",
                                        "^^,1",
                                        "^^",
                                        "^^ 2",
                                        "^^'a'b",
                                        "^",
                                        "line\nend\r\n",
                                        "\ttabs\t",
                                        "api+snom_bind_key 2 off 'My Label' 1000 host internal",
                                        "\xc3\xbc \xe2\x82\xac"};

TEST(Quote, EveryArgumentIsReadBackAsItWas) {
  for (const std::string& argument : nasty) {
    const auto line = "first " + quote_argument(argument) + " last";
    EXPECT_EQ(split_command_line(line, 8), (std::vector<std::string>{"first", argument, "last"})) << line;
  }
}

TEST(Quote, TheFirstArgumentOfALineIsReadBackAsItWas) {
  for (const std::string& argument : nasty) {
    const auto line = quote_argument(argument) + " on last";
    EXPECT_EQ(split_command_line(line, 8), (std::vector<std::string>{argument, "on", "last"})) << line;
    EXPECT_EQ(split_command_line(quote_argument(argument), 8), std::vector<std::string>{argument});
    EXPECT_EQ(split_command_line(quote_last_argument(argument), 1), std::vector<std::string>{argument});
  }
}

TEST(Quote, NothingEndsALineBeforeItsEnd) {
  for (const std::string& argument : nasty) {
    EXPECT_EQ(quote_argument(argument).find_first_of("\r\n\t"), std::string::npos);
    EXPECT_EQ(quote_last_argument(argument).find_first_of("\r\n\t"), std::string::npos);
  }
}

TEST(Quote, TheLastArgumentKeepsItsBlanksAndIsReadBackAsItWas) {
  for (const std::string& argument : nasty) {
    const auto line = "first " + quote_last_argument(argument);
    EXPECT_EQ(split_command_line(line, 2), (std::vector<std::string>{"first", argument})) << line;
  }
}

TEST(Quote, PlainTextsStayAsAPersonWouldTypeThem) {
  EXPECT_EQ(quote_argument("1000"), "1000");
  EXPECT_EQ(quote_argument("Front door"), "'Front door'");
  EXPECT_EQ(quote_last_argument("api+snom_command */1000 key enter"), "api+snom_command */1000 key enter");
}

TEST(Quote, RandomTextsAreReadBackAsTheyWere) {
  std::mt19937 random(1);
  const std::string letters = "ab^ '\\\"nrts";
  for (int round = 0; round < 5000; ++round) {
    std::string argument;
    for (auto length = random() % 12; length > 0; --length) argument += letters[random() % letters.size()];
    EXPECT_EQ(split_command_line("x " + quote_argument(argument) + " y", 9),
              (std::vector<std::string>{"x", argument, "y"}))
        << '[' << argument << ']';
    EXPECT_EQ(split_command_line("x " + quote_last_argument(argument), 2), (std::vector<std::string>{"x", argument}))
        << '[' << argument << ']';
    EXPECT_EQ(split_command_line(quote_argument(argument) + " y", 9), (std::vector<std::string>{argument, "y"}))
        << '[' << argument << ']';
  }
}

}  // namespace
}  // namespace snom::language
