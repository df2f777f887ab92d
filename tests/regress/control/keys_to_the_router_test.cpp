#include <gtest/gtest.h>

#include "control/fake_ports.h"

// A phone behind NAT registered from the router's address, and a key, and after a 401 the configured password, went to
// port 80 of the router.
namespace snom::control::testing {
namespace {

constexpr auto no_page =
    "its page is not asked: it registered from 203.0.113.1, its contact is at '192.168.5.20', so a router or a proxy "
    "may "
    "answer there (configure web or channel \"notify\" for it, or name the address of its page in the command)";

Registration behind_nat(const std::string& user_agent) {
  auto registration = phone("1000", "192.168.5.20");
  registration.network_host = "203.0.113.1";
  registration.user_agent = user_agent;
  return registration;
}

TEST(KeysToTheRouter, ModelsThatTakeItGetANotify) {
  Fixture fixture;
  fixture.directory.registrations = {behind_nat("snomD385/10.1.159.12")};
  fixture.messages.at_once = SipOutcome{200, "OK"};
  EXPECT_EQ(fixture.reply_to("snom_command 1000 key ENTER"), "+OK 1000 key ENTER [notify]");
  EXPECT_TRUE(fixture.web.requests.empty());
}

TEST(KeysToTheRouter, OthersAreToldWhyAndWhatToConfigure) {
  for (const auto* agent : {"snom370/8.7.5.35", "", "Linphone/4.0"}) {
    Fixture fixture;
    fixture.directory.registrations = {behind_nat(agent)};
    EXPECT_EQ(fixture.reply_to("snom_command 1000 key ENTER admin secret"),
              std::string("-ERR 1000 key ENTER: ") + no_page);
    EXPECT_TRUE(fixture.web.requests.empty());
    EXPECT_TRUE(fixture.messages.sent.empty());
  }
}

TEST(KeysToTheRouter, WhatOnlyAPageCanDoSaysSo) {
  Fixture fixture;
  fixture.directory.registrations = {behind_nat("snomD385/10.1.159.12")};
  EXPECT_EQ(fixture.reply_to("snom_command 1000 logoff"),
            std::string("-ERR 1000 logoff: Snom XML can only remove an identity from the phone, not log it off, and ") +
                no_page);
  tl::expected<std::string, std::string> picture;
  fixture.command_service->remote().take_picture({"", "1000", ""}, [&](auto taken) { picture = std::move(taken); });
  ASSERT_FALSE(picture);
  EXPECT_EQ(picture.error(), std::string("a picture of the screen comes by HTTP only, and ") + no_page);
  EXPECT_TRUE(fixture.web.requests.empty());
}

TEST(KeysToTheRouter, ChannelHttpDoesNotMakeTheRouterAPhone) {
  Fixture fixture;
  fixture.directory.registrations = {behind_nat("snomD385/10.1.159.12")};
  fixture.command_service->use({ChannelSettings({{"", "", ChannelSettings::Commands::http, {}}}), {}, {}});
  EXPECT_EQ(fixture.reply_to("snom_command 1000 key ENTER"), std::string("-ERR 1000 key ENTER: ") + no_page);
  EXPECT_TRUE(fixture.web.requests.empty());
}

TEST(KeysToTheRouter, AConfiguredPageIsAsked) {
  Fixture fixture;
  fixture.directory.registrations = {behind_nat("snom370/8.7.5.35")};
  fixture.directory.registrations[0].web = "http://203.0.113.1:8001";
  fixture.run("snom_command 1000 key ENTER");
  ASSERT_EQ(fixture.web.requests.size(), 1U);
  EXPECT_EQ(fixture.web.requests[0].url, "http://203.0.113.1:8001/command.htm?key=ENTER");
}

TEST(KeysToTheRouter, AnAddressThatWasNamedIsAsked) {
  Fixture fixture;
  fixture.directory.registrations = {behind_nat("snom370/8.7.5.35")};
  fixture.run("snom_command 203.0.113.1 key ENTER");
  ASSERT_EQ(fixture.web.requests.size(), 1U);
  EXPECT_EQ(fixture.web.requests[0].address_of_record, "");  // so it gets no configured password
}

TEST(KeysToTheRouter, AContactThatWasRewrittenToTheRouterDoesNotHelp) {
  Fixture fixture;
  fixture.directory.registrations = {phone("1000", "203.0.113.1")};
  fixture.directory.registrations[0].direct = false;
  EXPECT_EQ(
      fixture.reply_to("snom_command 1000 key ENTER"),
      "-ERR 1000 key ENTER: its page is not asked: it registered from 203.0.113.1, not directly, so a router or a "
      "proxy may answer there (configure web or channel \"notify\" for it, or name the address of its page in the "
      "command)");
  EXPECT_TRUE(fixture.web.requests.empty());
}

TEST(KeysToTheRouter, OneContactOfAPhoneDoesNotLendItsPageToTheOther) {
  Fixture fixture;
  fixture.directory.registrations = {phone("1000"), behind_nat("snom370/8.7.5.35")};
  fixture.web.at_once = WebOutcome{200, {}};
  EXPECT_EQ(fixture.reply_to("snom_command 1000 key ENTER"), "+OK 1000 key ENTER");
  ASSERT_EQ(fixture.web.requests.size(), 1U);
  EXPECT_EQ(fixture.web.requests[0].url, "http://192.0.2.7/command.htm?key=ENTER");
}

}  // namespace
}  // namespace snom::control::testing
