#include "language/dialog_info.h"

#include <gtest/gtest.h>

#include "language/golden.h"
#include "language/pidf.h"

namespace snom::language {
namespace {

DialogInfo of_light(Light light, std::uint32_t version, const std::string& caller = "") {
  auto info = dialog_of_light(light, caller);
  info.entity = "sip:snom+1000-2@example.com";
  info.version = version;
  return info;
}

TEST(DialogInfo, EachLightIsADialogThatAKeyShows) {
  struct Row {
    Light light;
    DialogState state;
    bool held;
    Light shown;
  };
  for (const Row& row : {Row{Light::off, DialogState::terminated, false, Light::off},
                         Row{Light::on, DialogState::confirmed, false, Light::on},
                         Row{Light::hold, DialogState::confirmed, true, Light::hold},
                         Row{Light::pickup, DialogState::early, false, Light::pickup},
                         Row{Light::park, DialogState::confirmed, true, Light::hold},
                         Row{Light::message, DialogState::early, false, Light::pickup},
                         Row{Light::offline, DialogState::confirmed, false, Light::on},
                         Row{Light::error, DialogState::confirmed, true, Light::hold},
                         Row{Light::seized, DialogState::confirmed, false, Light::on},
                         Row{Light::record, DialogState::confirmed, false, Light::on}}) {
    const auto info = dialog_of_light(row.light, "");
    EXPECT_EQ(info.state, row.state) << to_string(row.light);
    EXPECT_EQ(info.is_held, row.held) << to_string(row.light);
    EXPECT_EQ(light_of_dialog(info.state, info.is_held), row.shown) << to_string(row.light);
  }
}

TEST(DialogInfo, ACallerIsToldWithPickupAlone) {
  EXPECT_EQ(dialog_of_light(Light::pickup, "Ada").caller, "Ada");
  EXPECT_EQ(dialog_of_light(Light::on, "Ada").caller, "");
}

TEST(DialogInfo, IsWrittenAsTheRfcHasIt) {
  EXPECT_EQ(write_dialog_info(of_light(Light::off, 0)), golden("key_off.dialog_info"));
  EXPECT_EQ(write_dialog_info(of_light(Light::on, 1)), golden("key_on.dialog_info"));
  EXPECT_EQ(write_dialog_info(of_light(Light::hold, 2)), golden("key_hold.dialog_info"));
  EXPECT_EQ(write_dialog_info(of_light(Light::pickup, 4294967295U, "Ada <\"&\xC3\xA4")),
            golden("key_pickup.dialog_info"));
}

TEST(DialogInfo, ToAKeyThatShowsEverythingLightAndLabelAreTold) {
  auto info = of_light(Light::park, 3);
  info.light = Light::park;
  info.label = "Night & day";
  EXPECT_EQ(write_dialog_info(info), golden("key_shown.dialog_info"));
  EXPECT_EQ(parse_dialog_info(write_dialog_info(info)).value(), info);
}

TEST(DialogInfo, WhatIsWrittenIsReadBack) {
  for (const Light light : {Light::off, Light::on, Light::hold, Light::pickup, Light::message}) {
    const auto info = of_light(light, 7, "Ada <\"&\xC3\xA4");
    EXPECT_EQ(parse_dialog_info(write_dialog_info(info)).value(), info) << to_string(light);
  }
}

TEST(DialogInfo, OthersMayWriteItOtherwise) {
  const auto prefixed = parse_dialog_info(
      "<?xml version=\"1.0\"?><d:dialog-info xmlns:d=\"urn:ietf:params:xml:ns:dialog-info\" version=\"3\" "
      "state=\"partial\" entity=\"sip:a@b\"><d:dialog id=\"1\"><d:state> early </d:state></d:dialog></d:dialog-info>");
  ASSERT_TRUE(prefixed) << prefixed.error().text();
  EXPECT_EQ(prefixed->state, DialogState::early);
  EXPECT_EQ(prefixed->version, 3U);
  const auto asterisk = parse_dialog_info(
      "<dialog-info version=\"0\" state=\"full\" entity=\"sip:a@b\"><dialog id=\"a\"><state>confirmed</state><local>"
      "<target uri=\"sip:a@b\"><param pname=\"+sip.rendering\" "
      "pvalue=\"no\"/></target></local></dialog></dialog-info>");
  ASSERT_TRUE(asterisk);
  EXPECT_TRUE(asterisk->is_held);
  const auto none = parse_dialog_info("<dialog-info version=\"0\" state=\"full\" entity=\"sip:a@b\"/>");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->state, DialogState::terminated);
}

TEST(DialogInfo, OfSeveralDialogsTheOneThatRingsCounts) {
  const auto several = parse_dialog_info(
      "<dialog-info version=\"0\" state=\"full\" entity=\"sip:a@b\"><dialog id=\"1\"><state>confirmed</state></dialog>"
      "<dialog id=\"2\"><state>early</state></dialog><dialog id=\"3\"><state>terminated</state></dialog>"
      "</dialog-info>");
  ASSERT_TRUE(several);
  EXPECT_EQ(several->state, DialogState::early);
}

TEST(DialogInfo, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "<presence/>", "<dialog-info entity=\"a\"/>", "<dialog-info version=\"-1\"/>",
        "<dialog-info version=\"4294967296\"/>",
        "<dialog-info version=\"1\"><dialog><state>odd</state></dialog></dialog-info>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><dialog-info version=\"1\"/>", "<dialog-info version=\"1\"/><b/>", "\xFF"}) {
    const auto read = parse_dialog_info(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().argument, "xml");
  }
}

TEST(Pidf, ALightIsAPresence) {
  EXPECT_EQ(write_pidf("sip:snom+1000-2@example.com", Light::off), golden("key_off.pidf"));
  EXPECT_EQ(write_pidf("sip:snom+1000-2@example.com", Light::on), golden("key_on.pidf"));
  EXPECT_EQ(write_pidf("sip:snom+1000-2@example.com", Light::offline), golden("key_offline.pidf"));
}

}  // namespace
}  // namespace snom::language
