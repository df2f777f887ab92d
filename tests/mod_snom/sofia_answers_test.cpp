#include "mod_snom/sofia_answers.h"

#include <gtest/gtest.h>

#include "mod_snom/sofia_address.h"

namespace snom::freeswitch {
namespace {

registration::Registration contact(const std::string& kept) {
  registration::Registration registration;
  registration.user = "1000";
  registration.network_host = "192.0.2.7";
  registration.network_port = 1024;
  read_contact(kept, registration);
  return registration;
}

std::string route(const registration::Registration& registration) {
  return registration.address ? sofia_target(registration) : "";
}

TEST(SofiaAnswers, ProfilesAreKnownByTheirAliasesToo) {
  const auto names = parse_profiles(
      "<profiles>\n<profile>\n<name>internal</name>\n<type>profile</type>\n</profile>\n<profile>\n<name>internal</"
      "name>\n"
      "</profile>\n<profile>\n<name>external</name>\n</profile>\n<alias>\n<name>pbx.example</name>\n"
      "<data>internal</data>\n</alias>\n</profiles>");
  const ProfileNames expected{{"internal", "internal"}, {"external", "external"}, {"pbx.example", "internal"}};
  EXPECT_EQ(names, expected);
}

TEST(SofiaAnswers, ARegistrationHasAllThatCommandsNeed) {
  const registration::Registration::TimePoint now{std::chrono::hours(1)};
  const auto found = parse_registrations(
      "<registrations><registration>\n<call-id>abc@x</call-id>\n<user>1000@example.test</"
      "user>\n<contact>&quot;Desk&quot; "
      "&lt;sip:1000@192.0.2.7:2048;line=a1&gt;</contact>\n<agent>snom370/8.7.5.35</agent>\n"
      "<status>Registered(UDP)(unknown) exp(2030-01-01 00:00:00) expsecs(3540)</status>\n<network-ip>192.0.2.7"
      "</network-ip>\n<network-port>2048</network-port>\n</registration></registrations>",
      "internal", now);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].address_of_record(), "1000@example.test");
  EXPECT_EQ(found[0].profile, "internal");
  EXPECT_EQ(found[0].contact, "sip:1000@192.0.2.7:2048;line=a1");
  EXPECT_EQ(found[0].call_id, "abc@x");
  EXPECT_EQ(found[0].user_agent, "snom370/8.7.5.35");
  EXPECT_EQ(found[0].network_host, "192.0.2.7");
  EXPECT_EQ(found[0].network_port, 2048);
  EXPECT_EQ(found[0].expires_in_s(now), 3540);
  EXPECT_EQ(found[0].transport, "udp");
  EXPECT_EQ(route(found[0]), "sip:1000@192.0.2.7:2048;line=a1;fs_path=sip%3A1000%40192.0.2.7%3A2048%3Bline%3Da1");
}

TEST(SofiaAnswers, ABrokenAnswerHasNoRegistrations) {
  EXPECT_TRUE(parse_registrations("Invalid Profile!", "internal", {}).empty());
  EXPECT_TRUE(parse_registrations("<registration><user>nobody</user></registration>", "internal", {}).empty());
  EXPECT_TRUE(parse_registrations("<registration><user>1000@a", "internal", {}).empty());
  EXPECT_TRUE(parse_profiles("").empty());
}

TEST(SofiaAnswers, QuotesAndBracketsInADisplayNameAreNoContact) {
  EXPECT_EQ(contact(R"("O'Hara \"<sip:x@y>\"" <sip:1000@192.0.2.7:2048>)").contact, "sip:1000@192.0.2.7:2048");
  EXPECT_EQ(contact("sip:1000@192.0.2.7").contact, "sip:1000@192.0.2.7");
  EXPECT_EQ(contact("<sip:1000@192.0.2.7;x='>").contact, "sip:1000@192.0.2.7;x='");
}

TEST(SofiaAnswers, AContactWithoutParametersNeedsNoRoute) {
  EXPECT_EQ(route(contact("<sip:1000@192.0.2.7:2048>")), "");
}

TEST(SofiaAnswers, APhoneBehindNatOrAProxyKeepsItsPath) {
  const auto phone = contact("<sip:1000@10.0.0.7:2048;transport=tcp;fs_nat=yes;fs_path=sip%3A1000%40192.0.2.7%3A1024>");
  EXPECT_EQ(phone.contact, "sip:1000@10.0.0.7:2048;transport=tcp");
  EXPECT_EQ(route(phone), "sip:1000@10.0.0.7:2048;transport=tcp;fs_nat=yes;fs_path=sip%3A1000%40192.0.2.7%3A1024");
  EXPECT_EQ(phone.transport, "tcp");
}

TEST(SofiaAnswers, AContactThatModSofiaRewroteIsNotThePhonesOwn) {
  EXPECT_TRUE(contact("<sip:1000@192.0.2.7:2048>").direct);
  EXPECT_FALSE(contact("<sip:1000@192.0.2.7:1024;fs_nat=yes>").direct);
  // Here the phone's own address is still there to be compared.
  EXPECT_TRUE(contact("<sip:1000@10.0.0.7:2048;fs_nat=yes;fs_path=sip%3A1000%40192.0.2.7%3A1024>").direct);
}

}  // namespace
}  // namespace snom::freeswitch
