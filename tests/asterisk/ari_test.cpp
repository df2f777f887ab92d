#include "asterisk/ari.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace snom::asterisk {
namespace {

TEST(AriMessage, IsWrittenAsJson) {
  const auto written = nlohmann::json::parse(write_ari_message(
      {"pjsip:1000/sip:1000@192.0.2.7", "sip:1000@example.com", "k=1\nl=\"on\"\n", "application/x-buttons", "ours-1"}));
  EXPECT_EQ(written["to"], "pjsip:1000/sip:1000@192.0.2.7");
  EXPECT_EQ(written["from"], "sip:1000@example.com");
  EXPECT_EQ(written["body"], "k=1\nl=\"on\"\n");
  EXPECT_EQ(written["variables"]["Content-Type"], "application/x-buttons");
  EXPECT_EQ(written["variables"]["X-Snom-Ref"], "ours-1");
  EXPECT_FALSE(nlohmann::json::parse(write_ari_message({"a", "b", "c", "d", ""}))["variables"].contains("X-Snom-Ref"));
}

/// As Asterisk 22.10.1 writes it.
constexpr auto text_event = R"({"type":"TextMessageReceived","timestamp":"2026-11-26T22:20:00.000+0000",
"message":{"from":"\"1000\" <sip:1000@example.test>","to":"pjsip:api%2Bsnom_buttons%201000@127.0.0.1:5060","body":"k=2\r\n",
"variables":{}},"endpoint":{"technology":"PJSIP","resource":"1000","state":"online","channel_ids":[]},
"asterisk_id":"x","application":"snomd-office"})";

TEST(AriText, NamesWhoSaidWhat) {
  const auto text = read_ari_text(text_event);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->endpoint, "1000");
  EXPECT_EQ(text->target, "api+snom_buttons 1000");
  EXPECT_EQ(text->target_host, "127.0.0.1");
  EXPECT_EQ(text->body, "k=2\r\n");
}

TEST(AriText, MayBeForAUserWithWhatEndsAHost) {
  const auto text = read_ari_text(
      R"({"type":"TextMessageReceived","message":{"to":"pjsip:a;b?c=1@pbx.example:5060;d=e","body":"k=2"},)"
      R"("endpoint":{"technology":"PJSIP","resource":"1000"}})");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->target, "a;b?c=1");
  EXPECT_EQ(text->target_host, "pbx.example");
}

TEST(AriText, IsNothingElse) {
  EXPECT_FALSE(read_ari_text(""));
  EXPECT_FALSE(read_ari_text("{"));
  EXPECT_FALSE(read_ari_text("[]"));
  EXPECT_FALSE(read_ari_text(R"({"type":"StasisStart"})"));
  EXPECT_FALSE(read_ari_text(R"({"type":"TextMessageReceived"})"));
  EXPECT_FALSE(read_ari_text(R"({"type":"TextMessageReceived","message":[],"endpoint":7})"));
  EXPECT_FALSE(read_ari_text(
      R"({"type":"TextMessageReceived","message":{"to":"sip:a@b"},"endpoint":{"technology":"SIP","resource":"1"}})"));
  EXPECT_FALSE(
      read_ari_text(R"({"type":"TextMessageReceived","message":{"to":"sip:a@b"},"endpoint":{"technology":"PJSIP"}})"));
  EXPECT_FALSE(read_ari_text(std::string(100000, '[')));
}

TEST(AriError, IsWhatAsteriskSays) {
  EXPECT_EQ(read_ari_error(R"({"message":"Endpoint not found"})"), "Endpoint not found");
  EXPECT_EQ(read_ari_error(R"({"error":"Unauthorized"})"), "Unauthorized");
  EXPECT_EQ(read_ari_error("<html>"), "");
  EXPECT_EQ(read_ari_error("[1]"), "");
}

}  // namespace
}  // namespace snom::asterisk
