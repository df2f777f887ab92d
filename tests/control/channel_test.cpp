#include "control/channel.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

using Commands = ChannelSettings::Commands;
using Keys = ChannelSettings::Keys;

Registration agent(const std::string& user_agent, const std::string& user = "1000") {
  auto registration = testing::phone(user);
  registration.user_agent = user_agent;
  return registration;
}

std::string channel(const std::string& user_agent, Commands wanted) {
  const auto chosen = channel_of_commands(agent(user_agent), wanted);
  return chosen ? std::string(to_string(*chosen)) : chosen.error();
}

TEST(Channel, CommandsGoByHttpWhereTheModelHasItAndElseByNotify) {
  EXPECT_EQ(channel("snom370/8.7.5.35", Commands::automatic), "http");
  EXPECT_EQ(channel("snomD785/10.1.159.12", Commands::automatic), "http");
  EXPECT_EQ(channel("snomD862/10.1.226.13", Commands::automatic), "notify");
  EXPECT_EQ(channel("snomD8999/10.1.226.13", Commands::automatic), "notify");
}

TEST(Channel, PhonesThatDoNotSayWhatTheyAreGetHttpAsEver) {
  EXPECT_EQ(channel("", Commands::automatic), "http");
  EXPECT_EQ(channel("Linphone/4.0", Commands::automatic), "http");
  EXPECT_EQ(channel("Linphone/4.0", Commands::notify), "notify");
}

TEST(Channel, ConfigurationWins) {
  EXPECT_EQ(channel("snomD862/10.1.226.13", Commands::http), "http");
  EXPECT_EQ(channel("snomD785/10.1.159.12", Commands::notify), "notify");
}

TEST(Channel, PhonesWithoutAnySayWhy) {
  EXPECT_EQ(channel("snomD862/10.1.50.1", Commands::automatic),
            "it has no remote control by HTTP, and a snomD862 with firmware 10.1.50.1 takes no Snom XML by NOTIFY "
            "(firmware 10.1.82.0 and later does)");
  EXPECT_EQ(channel("snomD862", Commands::automatic),
            "it has no remote control by HTTP, and a snomD862 that does not tell its firmware takes no Snom XML by "
            "NOTIFY (firmware 10.1.82.0 and later does)");
  EXPECT_EQ(channel("snom370/8.7.5.35", Commands::notify),
            "a snom370 with firmware 8.7.5.35 takes no Snom XML by NOTIFY");
}

TEST(Channel, TheEntryThatSaysMostCountsForEachSettingByItself) {
  const ChannelSettings settings({{"", "", Commands::http, Keys::led},
                                  {"", "snomd385", Commands::notify, {}},
                                  {"1000", "", {}, Keys::automatic},
                                  {"1000@example.com", "", Commands::automatic, {}}});
  EXPECT_EQ(settings.commands(agent("snomD385/10.1.159.12", "1001")), Commands::notify);
  EXPECT_EQ(settings.keys(agent("snomD385/10.1.159.12", "1001")), Keys::led);
  EXPECT_EQ(settings.commands(agent("snom370/8.7", "1001")), Commands::http);
  EXPECT_EQ(settings.commands(agent("snomD385/10.1.159.12", "1000")), Commands::automatic);
  EXPECT_EQ(settings.keys(agent("snomD385/10.1.159.12", "1000")), Keys::automatic);
  EXPECT_EQ(ChannelSettings().commands(agent("snomD385/10.1.159.12")), Commands::automatic);
  EXPECT_EQ(ChannelSettings().keys(agent("snomD385/10.1.159.12")), Keys::automatic);
}

TEST(Channel, LedsAreThoseOfTheTableOfModels) {
  EXPECT_EQ(led_of_key(agent("snomD862/10.1.226.13"), "2"), 6);
  EXPECT_EQ(led_of_key(agent("snomD385/10.1.159.12"), "12"), 13);
  EXPECT_EQ(led_of_key(agent("snomD862/10.1.226.13"), "99"), std::nullopt);
  EXPECT_EQ(led_of_key(agent("snomD862/10.1.226.13"), "0"), std::nullopt);
  EXPECT_EQ(led_of_key(agent("snomD862/10.1.226.13"), "2x"), std::nullopt);
  EXPECT_EQ(led_of_key(agent("snomD862/10.1.226.13"), "DND"), std::nullopt);
  EXPECT_FALSE(has_leds(agent("snomD815/10.1.226.13")));  // nobody tells its first LED
  EXPECT_FALSE(has_leds(agent("snomD385/10.1.81.0")));    // before silent XML
  EXPECT_FALSE(has_leds(agent("")));
}

TEST(Channel, ALedTellsNeitherLabelNorAction) {
  language::Button button;
  button.key = "2";
  button.light = language::Light::on;
  EXPECT_EQ(lost_by_led(button), "");
  button.label = "DND";
  EXPECT_EQ(lost_by_led(button), "label");
  button.number = "1001";
  button.caller = "1002";
  EXPECT_EQ(lost_by_led(button), "label, action, caller");
}

}  // namespace
}  // namespace snom::control
