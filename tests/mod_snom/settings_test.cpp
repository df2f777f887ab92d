#include "mod_snom/settings.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace snom::freeswitch {
namespace {

using namespace std::chrono_literals;

std::string error_of(const Settings::Parameters& parameters) {
  const auto settings = Settings::from(parameters);
  return settings ? "no error" : settings.error();
}

TEST(Settings, AreTheDefaultsWithoutAFile) {
  const auto settings = Settings::from({});
  ASSERT_TRUE(settings);
  EXPECT_FALSE(settings->confirm_delivery);
  EXPECT_EQ(settings->delivery_timeout, 5000ms);
  EXPECT_EQ(settings->press_mode, Settings::PressMode::reference);
  EXPECT_EQ(settings->api_door, Settings::ApiDoor::open);
  EXPECT_EQ(settings->total_timeout, 5000ms);
}

TEST(Settings, TakeEveryParameter) {
  const auto settings = Settings::from({{"confirm-delivery", "Yes"},
                                        {"delivery-timeout", "700"},
                                        {"max-deliveries", "20"},
                                        {"press-mode", "direct"},
                                        {"api-door", "bound"},
                                        {"http-connect-timeout", "10"},
                                        {"http-total-timeout", "20"},
                                        {"http-max-redirects", "0"},
                                        {"http-max-connections", "3"},
                                        {"http-connections-per-phone", "2"},
                                        {"http-verify", "pin"},
                                        {"http-pin-file", "pins"}});
  ASSERT_TRUE(settings) << settings.error();
  EXPECT_TRUE(settings->confirm_delivery);
  EXPECT_EQ(settings->delivery_timeout, 700ms);
  EXPECT_EQ(settings->max_deliveries, 20U);
  EXPECT_EQ(settings->press_mode, Settings::PressMode::direct);
  EXPECT_EQ(settings->api_door, Settings::ApiDoor::bound);
  EXPECT_EQ(settings->connect_timeout, 10ms);
  EXPECT_EQ(settings->total_timeout, 20ms);
  EXPECT_EQ(settings->max_redirects, 0);
  EXPECT_EQ(settings->max_connections, 3U);
  EXPECT_EQ(settings->max_connections_per_phone, 2U);
  EXPECT_EQ(settings->verify, http::WebClient::Verify::pin);
  EXPECT_EQ(settings->pin_file, "pins");
}

TEST(Settings, SayTogetherHowFarACommandHasComeWhenItIsAnswered) {
  using control::ReplyWhen;
  const auto reply_when = [](const char* delivery, const char* store) {
    return Settings::from({{"confirm-delivery", delivery}, {"confirm-store", store}})->reply_when();
  };
  EXPECT_EQ(Settings::from({})->reply_when(), ReplyWhen::stored);
  EXPECT_EQ(reply_when("false", "true"), ReplyWhen::stored);
  EXPECT_EQ(reply_when("false", "false"), ReplyWhen::accepted);
  EXPECT_EQ(reply_when("true", "true"), ReplyWhen::delivered);
  EXPECT_EQ(reply_when("true", "false"), ReplyWhen::delivered);
}

TEST(Settings, FileOfCertificatesIsLookedInto) {
  const auto path = std::filesystem::temp_directory_path() / ("snom-ca-" + std::to_string(getpid()));
  std::ofstream(path) << "-----BEGIN CERTIFICATE-----\n";
  EXPECT_EQ(Settings::from({{"http-ca-file", path.string()}})->ca_file, path.string());
  std::ofstream(path) << "none\n";
  EXPECT_EQ(error_of({{"http-ca-file", path.string()}}), "snom.conf.xml: http-ca-file: '" + path.string() +
                                                             "' (expected a file with certificates (PEM), " +
                                                             path.string() + " is none)");
  std::filesystem::remove(path);
  EXPECT_EQ(
      error_of({{"http-ca-file", "/dev/zero"}}),
      "snom.conf.xml: http-ca-file: '/dev/zero' (expected a file with certificates that can be read (/dev/zero: is "
      "a device (expected a regular file)))");
  EXPECT_EQ(Settings::from({{"http-ca-file", ""}})->ca_file, "");
}

TEST(Settings, NameTheParameterTheValueAndWhatWasExpected) {
  EXPECT_EQ(error_of({{"confirm-delivery", "perhaps"}}),
            "snom.conf.xml: confirm-delivery: 'perhaps' (expected true or false)");
  EXPECT_EQ(error_of({{"delivery-timeout", "99"}}),
            "snom.conf.xml: delivery-timeout: '99' (expected milliseconds from 100 to 20000)");
  EXPECT_EQ(error_of({{"delivery-timeout", "5s"}}),
            "snom.conf.xml: delivery-timeout: '5s' (expected milliseconds from 100 to 20000)");
  EXPECT_EQ(error_of({{"max-deliveries", "0"}}),
            "snom.conf.xml: max-deliveries: '0' (expected a number from 1 to 10000)");
  EXPECT_EQ(error_of({{"store-url", "mysql://snomd:sesame@db/snomd"}}),
            "snom.conf.xml: store-url: '...' (expected a connection URI of libpq, such as "
            "postgresql://snomd@db.example.com/snomd)");
  EXPECT_EQ(Settings::from({{"store-url", "postgresql://snomd@db/snomd"}})->store_url, "postgresql://snomd@db/snomd");
  EXPECT_EQ(error_of({{"press-mode", "api"}}), "snom.conf.xml: press-mode: 'api' (expected reference or direct)");
  EXPECT_EQ(error_of({{"api-door", "ajar"}}), "snom.conf.xml: api-door: 'ajar' (expected open, bound or closed)");
  EXPECT_EQ(error_of({{"http-max-redirects", "-1"}}),
            "snom.conf.xml: http-max-redirects: '-1' (expected a number from 0 to 20)");
}

TEST(Settings, SpellOutHowCertificatesAreVerified) {
  EXPECT_EQ(Settings::from({})->verify, http::WebClient::Verify::system);
  EXPECT_EQ(Settings::from({{"http-verify", "off"}})->verify, http::WebClient::Verify::off);
  EXPECT_EQ(error_of({{"http-verify", "none"}}), "snom.conf.xml: http-verify: 'none' (expected system, pin or off)");
  EXPECT_EQ(error_of({{"http-verify", "pin"}}),
            "snom.conf.xml: http-verify 'pin' needs http-pin-file, the file to remember certificates in");
  EXPECT_EQ(error_of({{"http-pin-file", "pins"}}), "snom.conf.xml: http-pin-file is for http-verify 'pin' only");
  EXPECT_EQ(error_of({{"http-verify", "off"}, {"http-ca-file", "ca.pem"}}),
            "snom.conf.xml: http-ca-file is for http-verify 'system' only");
}

TEST(Settings, SayByWhichChannelPhonesAreReached) {
  using control::ChannelSettings;
  const auto settings =
      Settings::from({{"channel", "auto, model:D385=notify,user:1000@example.com=http"}, {"keys", "model:D862=led"}});
  ASSERT_TRUE(settings) << settings.error();
  const ChannelSettings channels(settings->channels);
  registration::Registration phone;
  phone.user = "1001";
  phone.domain = "example.com";
  phone.user_agent = "snomD385/10.1.159.12";
  EXPECT_EQ(channels.commands(phone), ChannelSettings::Commands::notify);
  phone.user = "1000";
  EXPECT_EQ(channels.commands(phone), ChannelSettings::Commands::http);
  phone.user_agent = "snomD862/10.1.226.13";
  EXPECT_EQ(channels.keys(phone), ChannelSettings::Keys::led);
  EXPECT_EQ(Settings::from({{"xml-pause", "300"}})->xml_pause, std::chrono::milliseconds(300));
  EXPECT_EQ(error_of({{"channel", "sip"}}),
            "snom.conf.xml: channel: 'sip' (expected auto, http or notify, or for some phones user:1000=http, "
            "model:D385=notify)");
  EXPECT_EQ(error_of({{"keys", "D862=led"}}),
            "snom.conf.xml: keys: 'D862=led' (expected auto or led, or for some phones user:1000=led, model:D862=led)");
}

TEST(Settings, TakeAFolderForPicturesThatIsThere) {
  EXPECT_EQ(Settings::from({})->picture_folder, "");
  EXPECT_EQ(Settings::from({{"picture-folder", ""}})->picture_folder, "");
  EXPECT_EQ(Settings::from({{"picture-folder", "/"}})->picture_folder, "/");
  EXPECT_EQ(error_of({{"picture-folder", "/dev/null"}}),
            "snom.conf.xml: picture-folder: '/dev/null' (expected a folder that is there, or nothing)");
}

TEST(Settings, RefuseAParameterThatIsNone) {
  EXPECT_EQ(error_of({{"http-timeout", "5"}}),
            "snom.conf.xml: there is no parameter 'http-timeout' (there are confirm-delivery, delivery-timeout, "
            "max-deliveries, press-mode, api-door, http-connect-timeout, http-total-timeout, http-max-redirects, "
            "http-max-connections, http-connections-per-phone, http-verify, http-ca-file, http-pin-file, store-file, "
            "store-url, node-name, "
            "confirm-store, channel, keys, xml-pause, picture-folder, action-timeout)");
}

TEST(Settings, RefuseDirectPressesThroughAClosedDoor) {
  EXPECT_EQ(error_of({{"press-mode", "direct"}, {"api-door", "closed"}}),
            "snom.conf.xml: press-mode 'direct' needs FreeSWITCH's api+ door: set api-door to bound or open");
}

}  // namespace
}  // namespace snom::freeswitch
