#include "asterisk/ami_message.h"

#include <gtest/gtest.h>

#include "http/basic_credentials.h"

namespace snom::asterisk {
namespace {

TEST(AmiAction, IsLinesAndAnEmptyLine) {
  EXPECT_EQ(write_action("Ping", {{"ActionID", "7"}}).value(), "Action: Ping\r\nActionID: 7\r\n\r\n");
}

TEST(AmiAction, NoValueAndNoNameAddsALine) {
  for (const char* bad : {"a\r\nAction: Command", "a\nb", "a\rb"}) {
    const auto written = write_action("MessageSend", {{"From", bad}});
    ASSERT_FALSE(written) << bad;
    EXPECT_EQ(written.error(), "From: a manager's line holds no line end and no NUL");
  }
  EXPECT_FALSE(write_action("Ping", {{"From", std::string("a\0b", 3)}}));
  EXPECT_FALSE(write_action("Ping", {{"From: x\r\nAction", "y"}}));
  EXPECT_FALSE(write_action("Ping", {{"a:b", "y"}}));
  EXPECT_FALSE(write_action("Ping", {{"", "y"}}));
  EXPECT_FALSE(write_action("Ping\r\nAction: Command", {}));
}

TEST(AmiAction, LinesAreNoLongerThanAsteriskReads) {
  EXPECT_TRUE(write_action("MessageSend", {{"Base64Body", http::base64(std::string(756, 'x'))}}));
  const auto written = write_action("MessageSend", {{"Base64Body", http::base64(std::string(757, 'x'))}});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), "Base64Body: 1012 bytes are too long for a manager's line, which holds 1008");
}

TEST(AmiAction, HasNoMoreLinesThanAsteriskKeeps) {
  EXPECT_TRUE(write_action("PJSIPNotify", Fields(most_lines - 1, {"Variable", "Content=x"})));
  EXPECT_FALSE(write_action("PJSIPNotify", Fields(most_lines, {"Variable", "Content=x"})));
}

TEST(AmiVariable, WhatAsteriskWouldTakeAwayIsEscaped) {
  EXPECT_EQ(as_variable("Content", R"(<a b="1,2">\</a>)"), R"(Content=<a b=\"1\,2\">\\</a>)");
}

TEST(Base64, IsWhatTheRfcShows) {
  EXPECT_EQ(http::base64(""), "");
  EXPECT_EQ(http::base64("f"), "Zg==");
  EXPECT_EQ(http::base64("fo"), "Zm8=");
  EXPECT_EQ(http::base64("foo"), "Zm9v");
  EXPECT_EQ(http::base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(http::base64("\xff\xfe\xfd"), "//79");
}

std::vector<AmiMessage> read_all(AmiReader& reader) {
  std::vector<AmiMessage> messages;
  while (auto message = reader.next()) messages.push_back(std::move(*message));
  return messages;
}

constexpr std::string_view banner = "Asterisk Call Manager/11.0.0\r\n";

TEST(AmiReader, ReadsMessagesHoweverTheyAreCut) {
  const std::string text = std::string(banner) +
                           "Response: Success\r\nActionID: 1\r\nMessage: a: b\r\n\r\n"
                           "Event: FullyBooted\r\nPrivilege: system,all\r\nEmpty: \r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    AmiReader reader;
    std::vector<AmiMessage> messages;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      ASSERT_TRUE(reader.feed(std::string_view(text).substr(at, piece)));
      for (auto& message : read_all(reader)) messages.push_back(std::move(message));
    }
    EXPECT_EQ(reader.banner(), "Asterisk Call Manager/11.0.0");
    ASSERT_EQ(messages.size(), 2U) << piece;
    EXPECT_EQ(messages[0].get("message"), "a: b");
    EXPECT_EQ(messages[0].get("Empty"), "");
    EXPECT_EQ(messages[1].get("Event"), "FullyBooted");
    EXPECT_EQ(messages[1].fields.size(), 3U);
  }
}

TEST(AmiReader, IsSpokenToByAsteriskOnly) {
  AmiReader reader;
  const auto fed = reader.feed("SSH-2.0-OpenSSH_9.2\r\n");
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error(), "its first line is 'SSH-2.0-OpenSSH_9.2' instead of 'Asterisk Call Manager/...'");
}

TEST(AmiReader, HasLimits) {
  AmiReader line;
  ASSERT_TRUE(line.feed(banner));
  EXPECT_FALSE(line.feed(std::string(AmiReader::longest_read_line + 1, 'x')));

  AmiReader message;
  ASSERT_TRUE(message.feed(banner));
  bool refused = false;
  for (std::size_t i = 0; i <= AmiReader::most_fields && !refused; ++i) refused = !message.feed("a: b\r\n");
  EXPECT_TRUE(refused);

  AmiReader bytes;
  ASSERT_TRUE(bytes.feed(banner));
  refused = false;
  const std::string wide = "a: " + std::string(60000, 'x') + "\r\n";
  for (int i = 0; i < 20 && !refused; ++i) refused = !bytes.feed(wide);
  EXPECT_TRUE(refused);
}

TEST(AmiMessage, SaysWhetherANameComesTwice) {
  EXPECT_FALSE((AmiMessage{{{"Uri", "a"}, {"Endpoint", "b"}}}.repeats_a_name()));
  EXPECT_TRUE((AmiMessage{{{"Uri", "a"}, {"uri", "b"}}}.repeats_a_name()));
}

}  // namespace
}  // namespace snom::asterisk
