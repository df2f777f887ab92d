#include "phone/faults.h"

#include <gtest/gtest.h>

namespace snom::phone::testing {
namespace {

TEST(Faults, AreReadOneAfterAnother) {
  const auto faults = parse_faults(
      "delay=500,drop=10,answer=503,buttons=415,xml=489,unknown-key=200,web-delay=7,web-silent,web-status=404,"
      "web-certificate=expired");
  ASSERT_TRUE(faults.has_value());
  EXPECT_EQ(faults->delay.count(), 500);
  EXPECT_EQ(faults->drop_percent, 10);
  EXPECT_EQ(faults->answer, 503);
  EXPECT_EQ(faults->buttons, 415);
  EXPECT_EQ(faults->xml, 489);
  EXPECT_TRUE(faults->unknown_keys_pass);
  EXPECT_EQ(faults->web_delay.count(), 7);
  EXPECT_TRUE(faults->web_silent);
  EXPECT_EQ(faults->web_status, 404);
  EXPECT_EQ(faults->web_certificate, Faults::Certificate::expired);
}

TEST(Faults, WhatIsWrongIsNamedWithWhatWasExpected) {
  EXPECT_EQ(parse_faults("buttons=100").error(), "'buttons=100': expected buttons=200 to 699 (a final SIP status)");
  EXPECT_EQ(parse_faults("xml").error(), "'xml': expected xml=200 to 699 (a final SIP status)");
  EXPECT_EQ(parse_faults("nonsense").error(),
            "'nonsense': expected delay=MS, drop=PERCENT, answer=STATUS, buttons=STATUS, xml=STATUS, unknown-key=200, "
            "web-delay=MS, web-silent, web-status=STATUS or web-certificate=expired|foreign");
  EXPECT_EQ(parse_faults("web-certificate=good").error(),
            "'web-certificate=good': expected web-certificate=expired or web-certificate=foreign");
}

TEST(Faults, EachHasItsLimits) {
  const auto error_of = [](std::string_view text) {
    const auto faults = parse_faults(text);
    return faults ? "no error" : faults.error();
  };
  EXPECT_EQ(error_of(""), "no error");
  EXPECT_EQ(error_of("drop=10,delay=x"), "'delay=x': expected delay=0 to 600000 (ms)");
  EXPECT_EQ(error_of("drop=101"), "'drop=101': expected drop=0 to 100 (percent)");
  EXPECT_EQ(error_of("answer=180"), "'answer=180': expected answer=200 to 699 (a final SIP status)");
  EXPECT_EQ(error_of("web-delay=-1"), "'web-delay=-1': expected web-delay=0 to 600000 (ms)");
  EXPECT_EQ(error_of("web-status=99"), "'web-status=99': expected web-status=200 to 599 (an HTTP status)");
  EXPECT_EQ(error_of("web-silent=1"), "'web-silent=1': expected web-silent without a value");
  EXPECT_EQ(error_of("unknown-key=404"), "'unknown-key=404': expected unknown-key=200");
  EXPECT_TRUE(error_of("delay=1,,drop=1").starts_with("'': expected delay=MS, "));
}

}  // namespace
}  // namespace snom::phone::testing
