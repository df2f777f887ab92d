#include "language/xml_definition.h"

#include <gtest/gtest.h>

#include "language/dialog_info.h"
#include "language/golden.h"

namespace snom::language {
namespace {

using Press = XmlDefinition::Press;

const std::string uri = "sip:snom+1000-2@example.com";

XmlDefinition parsed(std::string_view text) {
  auto definition = XmlDefinition::parse(text);
  EXPECT_TRUE(definition) << (definition ? "" : definition.error().text());
  return definition.value_or(XmlDefinition{});
}
std::string error_of(std::string_view text) {
  const auto definition = XmlDefinition::parse(text);
  return definition ? "no error" : definition.error().text();
}
/// What snomd tells such a key.
std::string told(Light light, const std::string& label, const std::string& entity = uri) {
  auto info = dialog_of_light(light, "Ada");
  info.entity = entity;
  info.light = light;
  info.label = label;
  return write_dialog_info(info);
}
/// The same without what is for keys that show everything.
std::string told_plainly(Light light) {
  auto info = dialog_of_light(light, "");
  info.entity = uri;
  return write_dialog_info(info);
}

TEST(XmlDefinition, IsWrittenInTheSyntaxThatSnomDocuments) {
  EXPECT_EQ(write_xml_definition({uri, "DND & \"x\"", {}}) + "\n", golden("key.xml_definition"));
  EXPECT_EQ(write_xml_definition({uri, "", "http://192.0.2.3:8080/press/0123"}) + "\n",
            golden("key_with_url.xml_definition"));
}

TEST(XmlDefinition, ShowsEachLightAndTheLabelAsTheyFollow) {
  auto key = parsed(write_xml_definition({uri, "DND", {}}));
  EXPECT_EQ(key.subscription(), uri + ";show=all");
  EXPECT_EQ(key.state(), "off");
  EXPECT_EQ(key.variable("label"), "DND");
  for (const Light light :
       {Light::on, Light::hold, Light::pickup, Light::park, Light::message, Light::seized, Light::record, Light::off}) {
    ASSERT_TRUE(key.notified(told(light, "Night \"&\" day")));
    EXPECT_EQ(key.state(), state_of_light(light));
    EXPECT_EQ(light_of_state(key.state()), light) << key.state();
    EXPECT_EQ(key.variable("label"), "Night \"&\" day");
  }
  // These two look like another one.
  ASSERT_TRUE(key.notified(told(Light::offline, "")));
  EXPECT_EQ(key.state(), "on");
  ASSERT_TRUE(key.notified(told(Light::error, "")));
  EXPECT_EQ(key.state(), "holding");
  EXPECT_EQ(key.variable("label"), "");
}

TEST(XmlDefinition, ShowsHowADialogStandsWhereNoMoreIsSaid) {
  auto key = parsed(write_xml_definition({uri, "DND", {}}));
  ASSERT_TRUE(key.notified(told_plainly(Light::pickup)));
  EXPECT_EQ(key.state(), "pickup");
  ASSERT_TRUE(key.notified(told_plainly(Light::hold)));
  EXPECT_EQ(key.state(), "holding");
  ASSERT_TRUE(key.notified(told_plainly(Light::on)));
  EXPECT_EQ(key.state(), "on");
  ASSERT_TRUE(key.notified(told_plainly(Light::off)));
  EXPECT_EQ(key.state(), "off");
  EXPECT_EQ(key.variable("label"), "DND") << "what is not said stays";
}

TEST(XmlDefinition, WhatIsOfAnotherKeyDoesNotApply) {
  auto key = parsed(write_xml_definition({uri, "DND", {}}));
  ASSERT_TRUE(key.notified(told(Light::on, "Night")));
  EXPECT_FALSE(key.notified(told(Light::off, "Other", "sip:snom+1000-3@example.com")));
  EXPECT_FALSE(key.notified("<dialog-info"));
  EXPECT_FALSE(key.notified("<presence/>"));
  EXPECT_EQ(key.state(), "on");
  EXPECT_EQ(key.variable("label"), "Night");
}

TEST(XmlDefinition, APressCallsTheKeyOrAsksForItsPage) {
  EXPECT_EQ(parsed(write_xml_definition({uri, "", {}})).pressed(), (Press{Press::Does::invite, uri}));
  EXPECT_EQ(parsed(write_xml_definition({uri, "", "http://192.0.2.3/press/0?a=1&b=2"})).pressed(),
            (Press{Press::Does::get, "http://192.0.2.3/press/0?a=1&b=2"}));
}

/// Snom's tutorial, "Extension Monitoring": the parts of it that are followed here.
const std::string tutorial = R"x(<general type="BusyLampField" identity="1"/>
<initialization>
  <state value="off"/>
  <variable name="subscr_uri" value="sip:548@pbx.local"/>
</initialization>
<subscription type="dialog" to="&lt;$(subscr_uri)&gt;" for="$(subscr_uri)"/>
<NotifyParsingRules type="applies">
  <level1 translates_to='OK'>/dialog-info[@entity="$(subscr_uri)"]</level1>
</NotifyParsingRules>
<NotifyParsingRules type="state">
  <level1 translates_to="ringing">/dialog-info/dialog/state[.="early"]</level1>
  <level1-1 translates_to="calling">/dialog-info/dialog[@direction="initiator"]</level1-1>
  <level2 translates_to="ringing">/dialog-info/dialog/state[.="proceeding"]</level2>
  <level3 translates_to="in_a_call">/dialog-info/dialog/state[.="confirmed"]</level3>
  <level4 translates_to="free"/>
</NotifyParsingRules>
<NotifyParsingRules type="variable" id="remote_uri" state="ringing">
  <level1 fetch_attribute="uri">/dialog-info/dialog/remote/target[@uri]</level1>
</NotifyParsingRules>
<NotifyParsingRules type="variable" id="remote_name" state="ringing">
  <level1 fetch_content="true">/dialog-info/dialog/remote/identity</level1>
</NotifyParsingRules>
<action>
  <invite target="$(remote_name)<$(remote_uri)>" when="on press" state="ringing" request_uri="$(remote_uri)"/>
  <dial target="$(subscr_uri)" when="on press" states="free, calling"/>
  <refer target="x" when="on release"/>
</action>)x";

std::string dialog(const std::string& state, const std::string& direction) {
  return "<?xml version=\"1.0\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"1\" "
         "state=\"full\" "
         "entity=\"sip:548@pbx.local\"><dialog id=\"a\" direction=\"" +
         direction + "\"><state>" + state +
         "</state><remote><identity>Ada</identity><target uri=\"sip:7@h\"/></remote></dialog></dialog-info>";
}

TEST(XmlDefinition, SnomsTutorialIsFollowed) {
  auto key = parsed(tutorial);
  EXPECT_EQ(key.subscription(), "sip:548@pbx.local");
  EXPECT_EQ(key.pressed(), Press{}) << "no action counts while it is off";
  ASSERT_TRUE(key.notified(dialog("early", "recipient")));
  EXPECT_EQ(key.state(), "ringing");
  EXPECT_EQ(key.variable("remote_name"), "Ada");
  EXPECT_EQ(key.pressed(), (Press{Press::Does::invite, "sip:7@h"}));
  ASSERT_TRUE(key.notified(dialog("early", "initiator")));
  EXPECT_EQ(key.state(), "calling");
  EXPECT_EQ(key.pressed(), (Press{Press::Does::invite, "sip:548@pbx.local"}));
  ASSERT_TRUE(key.notified(dialog("confirmed", "recipient")));
  EXPECT_EQ(key.state(), "in_a_call");
  EXPECT_EQ(light_of_state("IN_A_CALL"), Light::on);
  EXPECT_EQ(key.pressed(), Press{});
  ASSERT_TRUE(key.notified(dialog("terminated", "recipient")));
  EXPECT_EQ(key.state(), "free");
  EXPECT_EQ(light_of_state("a state of nobody's"), Light::off);
}

TEST(XmlDefinition, WhatIsNoDefinitionIsRefused) {
  EXPECT_EQ(error_of("<general"), "xml: Error parsing start element tag at byte 21");
  const auto rule = [](const std::string& condition) {
    return "<NotifyParsingRules type='state'><level1 translates_to='on'>" + condition +
           "</level1></NotifyParsingRules>";
  };
  for (const std::string wrong : {"dialog-info", "/a//b", "/a[b]", "/a[.=early]", "/a[@]", "/a[.]", "/a[@b='c", "/"}) {
    EXPECT_EQ(error_of(rule(wrong)),
              "xml: '" + wrong + "' is no condition (expected such as /dialog-info/dialog/state[.=\"early\"])")
        << wrong;
  }
  std::string many = "<action>";
  for (int i = 0; i < 65; ++i) many += "<url target='x' when='on press'/>";
  EXPECT_EQ(error_of(many + "</action>"), "xml: more than 64 actions");
  EXPECT_EQ(error_of(std::string(17 * 1024, ' ')), "xml: more than 16 KiB");
}

TEST(XmlDefinition, AVariableIsFollowedOnce) {
  const auto key = parsed(
      "<initialization><variable name='a' value='$(a)$(a)'/></initialization>"
      "<action><dial target='$(a)$(nobody)$(' when='on press'/></action>");
  EXPECT_EQ(key.pressed().target, "$(a)$(a)$(");
}

}  // namespace
}  // namespace snom::language
