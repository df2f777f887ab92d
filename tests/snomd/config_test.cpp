#include "snomd/config.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

const std::string profile = R"([[profile]]
name = "internal"
listen = ["udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"]
domain = "127.0.0.1"
)";

std::string error_of(const std::string& text) {
  const auto config = parse_config(text, "snomd.toml");
  return config ? "no error" : config.error();
}

TEST(Config, TheFileOfTheManualIsRead) {
  const auto config = parse_config(profile + R"([http]
listen = "127.0.0.1:8080"
[[user]]
name = "1000"
password = "1234"
web = "http://127.0.0.1:8081"
[[user]]
name = "1001"
password = "abcd"
[limits]
answer_timeout_ms = 2000
)",
                                   "snomd.toml");
  ASSERT_TRUE(config) << config.error();
  ASSERT_EQ(config->sip.profiles.size(), 1u);
  EXPECT_EQ(config->sip.profiles[0].name, "internal");
  EXPECT_EQ(config->sip.profiles[0].listen, (std::vector<std::string>{"udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"}));
  EXPECT_EQ(config->sip.profiles[0].domain, "127.0.0.1");
  EXPECT_EQ(config->users, (std::vector<sip::User>{{"1000", "1234", "http://127.0.0.1:8081"}, {"1001", "abcd", ""}}));
  EXPECT_EQ(config->http_listen, "127.0.0.1:8080");
  EXPECT_EQ(config->gate.token, "");
  EXPECT_EQ(config->sip.answer_timeout, std::chrono::milliseconds(2000));
}

TEST(Config, WithoutHttpSectionItListensOnLoopback) {
  const auto config = parse_config(profile, "snomd.toml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->http_listen, "127.0.0.1:8080");
}

TEST(Config, ErrorsNameFileLineAndWhatWasExpected) {
  const std::string six = profile + "[[user]]\n";
  EXPECT_EQ(error_of(six + "name = 1000\npassword = \"x\"\n"),
            "snomd.toml:6: [[user]] name: expected a text in quotes");
  EXPECT_EQ(error_of(six + "name = \"1000\"\n"), "snomd.toml:5: [[user]] needs password = \"...\"");
  EXPECT_EQ(error_of(six + "name = \"1000\"\npassword = \"\"\n"),
            "snomd.toml:7: [[user]] password: expected a text that is not empty");
  EXPECT_EQ(error_of(six + "name = \"10 00\"\npassword = \"x\"\n"),
            "snomd.toml:6: [[user]] name: expected a name without blanks and without / @ * , ; \" < >");
  EXPECT_EQ(error_of(six + "name = \"1\"\npassword = \"x\"\n[[user]]\nname = \"1\"\npassword = \"y\"\n"),
            "snomd.toml:9: [[user]] name: expected a name no other user has");
  EXPECT_EQ(error_of(six + "name = \"1\"\npassword = \"x\"\nweb = \"ftp://a\"\n"),
            "snomd.toml:8: [[user]] web: expected http://host:port or https://host:port, nothing behind it");
  EXPECT_EQ(error_of(six + "name = \"1\"\npassword = \"x\"\nweb = \"http://u:p@host\"\n"),
            "snomd.toml:8: [[user]] web: expected http://host:port or https://host:port, nothing behind it");
  EXPECT_EQ(error_of(profile + "[limits]\nanswer_timeout_ms = 0\n"),
            "snomd.toml:6: [limits] answer_timeout_ms: expected a whole number from 100 to 32000");
  EXPECT_EQ(error_of("[[profile]]\nname = \"a\"\nlisten = \"udp:127.0.0.1:5060\"\ndomain = \"d\"\n"),
            "snomd.toml:3: [[profile]] needs listen = [\"...\"], a list of texts");
  EXPECT_EQ(error_of("[profile]\nname = \"a\"\n"), "snomd.toml:1: 'profile' is written [[profile]], once for each");
}

TEST(Config, AnUnknownSettingIsRefusedWithThoseThereAre) {
  EXPECT_EQ(
      error_of(profile + "[http]\nlisen = \"127.0.0.1:1\"\n"),
      "snomd.toml:6: [http] has no setting 'lisen' (it has listen, https_listen, token_file, tokens_file, audit_file, "
      "press_secret_file)");
}

TEST(Config, PhonesAreRegisteredHereUnlessAProfileSaysOtherwise) {
  EXPECT_EQ(error_of(profile + "phones = \"here\"\n"), "no error");
  EXPECT_EQ(error_of(profile + "phones = \"elsewhere\"\n"),
            "snomd.toml:5: [[profile]] phones: expected \"here\" (the default), \"proxy\", \"listed\" or \"asterisk\"");
}

TEST(Config, BehindAProxyWhoIsTrustedIsNamedByAddress) {
  const auto config =
      parse_config(profile +
                       "phones = \"proxy\"\ntrusted = [\"192.0.2.1\", \"2001:db8::1\"]\nidentity = \"from\"\n"
                       "[registrar]\nmax_users = 5\n[[user]]\nname = \"1000\"\n",
                   "snomd.toml");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->profiles, (std::vector<Profile>{{"internal", Phones::proxy}}));
  const auto& trust = config->sip.profiles.at(0).proxy;
  ASSERT_TRUE(trust);
  EXPECT_EQ(trust->addresses, (std::vector<std::string>{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(trust->identity, sip::ProxyTrust::Identity::from);
  EXPECT_EQ(config->sip.max_proxied_users, 5u);
  EXPECT_EQ(config->users, (std::vector<sip::User>{{"1000", "", ""}})) << "the proxy has the passwords";

  const std::string proxy = profile + "phones = \"proxy\"\n";
  EXPECT_EQ(error_of(proxy), "snomd.toml:1: [[profile]] needs trusted = [\"...\"], a list of texts");
  EXPECT_EQ(error_of(proxy + "trusted = [\"sip.example.com\"]\n"),
            "snomd.toml:6: [[profile]] trusted: expected addresses of proxies, as \"192.0.2.1\" or \"2001:db8::1\"; "
            "'sip.example.com' is none");
  EXPECT_EQ(error_of(proxy + "trusted = [\"0.0.0.0\"]\n"),
            "snomd.toml:6: [[profile]] trusted: expected addresses of proxies, as \"192.0.2.1\" or \"2001:db8::1\"; "
            "'0.0.0.0' is none");
  EXPECT_EQ(error_of(proxy + "trusted = [\"192.0.2.1\"]\nidentity = \"anybody\"\n"),
            "snomd.toml:7: [[profile]] identity: expected \"asserted\" (the default) or \"from\"");
  EXPECT_EQ(error_of(profile + "trusted = [\"192.0.2.1\"]\n"),
            "snomd.toml:5: [[profile]] has no setting 'trusted' (it has name, phones, listen, domain)");
}

TEST(Config, ListedPhonesHaveAContactEach) {
  const std::string listed =
      profile + "phones = \"listed\"\nask_every_s = 30\nask_at_once = 7\n[[user]]\nname = \"1000\"\n";
  const std::string contact = "contact = \"sip:1000@192.0.2.7:5062;line=x\"\n";
  const auto config = parse_config(listed + contact, "snomd.toml");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->profiles, (std::vector<Profile>{{"internal", Phones::listed}}));
  const auto& asking = config->sip.profiles.at(0).asking;
  ASSERT_TRUE(asking);
  EXPECT_EQ(asking->pace.interval, std::chrono::seconds(30));
  EXPECT_EQ(asking->pace.at_once, 7u);
  EXPECT_EQ(asking->via, "");
  EXPECT_EQ(config->users, (std::vector<sip::User>{{"1000", "", "", "sip:1000@192.0.2.7:5062;line=x", ""}}));

  for (const std::string wrong :
       {"1000@192.0.2.7", "sip:1000@phone.example", "sips:1000@phone.example", "sip:1000@192.0.2.7:0x",
        "sip:1000@192.0.2.7;transport=ws", "sip:1000@192.0.2.7;maddr=192.0.2.8", "sip:10 00@192.0.2.7",
        "sip:1000%2@192.0.2.7"}) {
    EXPECT_EQ(
        error_of(listed + "contact = \"" + wrong + "\"\n"),
        "snomd.toml:10: [[user]] contact: expected where the phone is, as sip:1000@192.0.2.7:5060, with an IP address, "
        "over UDP, TCP or TLS")
        << wrong;
  }
  EXPECT_EQ(error_of(profile + "[[user]]\nname = \"1000\"\npassword = \"1\"\n" + contact),
            "snomd.toml:8: [[user]] contact: expected a [[profile]] with phones = \"listed\" for it");
  const std::string second =
      "[[profile]]\nname = \"b\"\nphones = \"listed\"\nlisten = [\"udp:127.0.0.1:0\"]\ndomain = \"b\"\n";
  EXPECT_EQ(error_of(listed + contact + second),
            "snomd.toml:10: [[user]] contact: expected profile = \"...\" beside it: there are several with phones = "
            "\"listed\"");
  EXPECT_EQ(error_of(listed + contact + "profile = \"b\"\n" + second), "no error");
  EXPECT_EQ(
      error_of(listed + contact + "profile = \"c\"\n" + second),
      "snomd.toml:11: [[user]] profile: expected the name of a profile with phones = \"listed\" beside contact, or "
      "with registrations = \"subscribed\" or \"unknown\"");
}

TEST(Config, BehindAProxyThatPassesOnNoRegistersPhonesAreFoundByIt) {
  const std::string proxy = profile + "phones = \"proxy\"\ntrusted = [\"192.0.2.1\"]\n";
  const auto config = parse_config(
      proxy + "registrations = \"unknown\"\nvia = \"udp:192.0.2.1:5060\"\n[[user]]\nname = \"1000\"\n", "snomd.toml");
  ASSERT_TRUE(config) << config.error();
  ASSERT_TRUE(config->sip.profiles.at(0).asking);
  EXPECT_EQ(config->sip.profiles.at(0).asking->via, "udp:192.0.2.1:5060");
  EXPECT_EQ(error_of(proxy + "registrations = \"unknown\"\n"), "snomd.toml:1: [[profile]] needs via = \"...\"");
  for (const std::string wrong : {"192.0.2.1:5060", "udp:proxy.example:5060", "tls:192.0.2.1:0", "udp:192.0.2.1:0"}) {
    EXPECT_EQ(error_of(proxy + "registrations = \"unknown\"\nvia = \"" + wrong + "\"\n"),
              "snomd.toml:8: [[profile]] via: expected the proxy as udp:ADDRESS:PORT, tcp:ADDRESS:PORT or "
              "tls:ADDRESS:PORT; '" +
                  wrong + "' is none");
  }
  EXPECT_EQ(
      error_of(proxy + "registrations = \"none\"\n"),
      "snomd.toml:7: [[profile]] registrations: expected \"copied\" (the default), \"subscribed\" or \"unknown\"");
  EXPECT_EQ(error_of(proxy + "ask_every_s = 5\n"),
            "snomd.toml:7: [[profile]] ask_every_s: expected registrations = \"unknown\" beside it");
}

TEST(Config, RegistrationsWithAProxyCanBeSubscribedTo) {
  const std::string proxy = profile + "phones = \"proxy\"\ntrusted = [\"192.0.2.1\"]\n";
  const std::string subscribed = proxy + "registrations = \"subscribed\"\n";
  const std::string via = "via = \"tcp:192.0.2.1:5060\"\n";
  const auto config = parse_config(subscribed + via + "[[user]]\nname = \"1000\"\nprofile = \"internal\"\n", "s");
  ASSERT_TRUE(config) << config.error();
  const auto& watching = config->sip.profiles.at(0).watching;
  ASSERT_TRUE(watching);
  EXPECT_FALSE(config->sip.profiles.at(0).asking);
  EXPECT_EQ(watching->via, "tcp:192.0.2.1:5060");
  EXPECT_EQ(watching->pace, (sip::RegSubscriptions::Settings{std::chrono::seconds(600), 100}));
  const auto other = parse_config(subscribed + via + "subscribe_s = 90\nask_at_once = 7\n", "s");
  ASSERT_TRUE(other) << other.error();
  EXPECT_EQ(other->sip.profiles.at(0).watching->pace, (sip::RegSubscriptions::Settings{std::chrono::seconds(90), 7}));

  EXPECT_EQ(error_of(subscribed), "snomd.toml:1: [[profile]] needs via = \"...\"");
  EXPECT_EQ(error_of(subscribed + via + "ask_every_s = 5\n"),
            "snomd.toml:9: [[profile]] ask_every_s: expected registrations = \"unknown\" beside it");
  EXPECT_EQ(error_of(subscribed + via + "subscribe_s = 5\n").substr(0, 38), "snomd.toml:9: [[profile]] subscribe_s:");
  EXPECT_EQ(error_of(proxy + "subscribe_s = 90\n"),
            "snomd.toml:7: [[profile]] subscribe_s: expected registrations = \"subscribed\" beside it");
  EXPECT_EQ(error_of(proxy + via),
            "snomd.toml:7: [[profile]] via: expected registrations = \"subscribed\" or \"unknown\" beside it");
}

TEST(Config, BrokenTomlNamesTheLine) {
  EXPECT_TRUE(error_of(profile + "[http\n").starts_with("snomd.toml:5: ")) << error_of(profile + "[http\n");
}

TEST(Config, WithoutProfileThereIsNothingToServe) {
  EXPECT_EQ(error_of(""),
            "snomd.toml: no [[profile]] with name, listen and domain: phones would have nowhere to register");
}

TEST(Config, AnAddressThatIsNoneIsRefusedWithItsLine) {
  for (const std::string listen : {"127.0.0.1:5060", "sctp:127.0.0.1:5060", "udp:127.0.0.1", "udp:127.0.0.1:70000",
                                   "udp::5060", "udp:::1:5060", "udp:[::ffff:127.0.0.1]:5060", "udp", "udp:", ""}) {
    EXPECT_EQ(error_of("[[profile]]\nname = \"a\"\nlisten = [\"udp:[::1]:0\", \"" + listen + "\"]\ndomain = \"d\"\n"),
              "snomd.toml:3: [[profile]] listen: expected udp:ADDRESS:PORT, tcp:ADDRESS:PORT or "
              "tls:ADDRESS:PORT, an IPv6 address in brackets, an IPv4 address without; '" +
                  listen + "' is none");
  }
  for (const std::string listen : {"127.0.0.1", "127.0.0.1:x", "::1:8080"}) {
    EXPECT_EQ(error_of(profile + "[http]\nlisten = \"" + listen + "\"\n"),
              "snomd.toml:6: [http] listen: expected ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080; '" + listen +
                  "' is none");
  }
}

TEST(Config, OnlyLoopbackIsServedWithoutToken) {
  EXPECT_EQ(error_of(profile + "[http]\nlisten = \"0.0.0.0:8080\"\n"),
            "snomd.toml:6: [http] listen: expected a loopback address (127.0.0.1:8080), or token_file or tokens_file "
            "beside it: "
            "'0.0.0.0:8080' can be reached by others");
  EXPECT_EQ(error_of(profile + "[http]\nlisten = \"[::1]:8080\"\n"), "no error");
  EXPECT_NE(error_of(profile + "[http]\nlisten = \"[::]:8080\"\n"), "no error");
  for (const auto* listen : {"127.example.com:8080", "127.0.0.1.example.com:8080", "[::2]:8080"}) {
    EXPECT_NE(error_of(profile + "[http]\nlisten = \"" + listen + "\"\n").find("can be reached by others"),
              std::string::npos)
        << listen;
  }
}

TEST(Config, KeysAreKeptBesideTheConfigurationUnderItsName) {
  unsetenv("STATE_DIRECTORY");
  EXPECT_EQ(parse_config(profile, "snomd.toml")->store_path, "./snomd.db");
  EXPECT_EQ(parse_config(profile + "[store]\n", "site.conf.toml")->store_path, "./site.conf.db");
}

TEST(Config, KeysAreKeptInTheFolderThatSystemdMade) {
  setenv("STATE_DIRECTORY", "/var/lib/snomd:/var/lib/snomd-more", 1);
  const auto config = parse_config(profile, "snomd.toml");
  unsetenv("STATE_DIRECTORY");
  EXPECT_EQ(config->store_path, "/var/lib/snomd/keys.db");
}

TEST(Config, ThePathOfTheStoreStartsAtTheConfigurationsFolder) {
  EXPECT_EQ(parse_config(profile + "[store]\npath = \"keys.db\"\n", "snomd.toml")->store_path, "./keys.db");
  const std::string absolute = ::testing::TempDir() + "keys.db";
  EXPECT_EQ(parse_config(profile + "[store]\npath = \"" + absolute + "\"\n", "snomd.toml")->store_path, absolute);
}

TEST(Config, AnEmptyPathOfTheStoreIsMemory) {
  EXPECT_EQ(parse_config(profile + "[store]\npath = \"\"\n", "snomd.toml")->store_path, "");
}

TEST(Config, AStoresPasswordInTheWrongSettingIsShownToNobody) {
  EXPECT_EQ(error_of(profile + "[store]\npath = \"postgresql://snomd:secret@db.example.com/snomd\"\n"),
            "snomd.toml:6: [store] path: expected a file (the URI of a database server goes into url)");
}

TEST(Config, AStoreThatCannotBeIsRefusedWithItsLine) {
  EXPECT_EQ(error_of(profile + "[store]\npath = 7\n"), "snomd.toml:6: [store] path: expected a text in quotes");
  EXPECT_EQ(error_of(profile + "[store]\nfile = \"a\"\n"),
            "snomd.toml:6: [store] has no setting 'file' (it has path, url)");
  EXPECT_EQ(error_of(profile + "[store]\npath = \"/nonexistent/keys.db\"\n"),
            "snomd.toml:6: [store] path: expected a file in a folder that is there, /nonexistent is not");
  EXPECT_EQ(
      error_of(profile + "[store]\nurl = \"mysql://a:sesame@b/c\"\n"),
      "snomd.toml:6: [store] url: expected a connection URI of libpq, such as postgresql://snomd@db.example.com/snomd");
  EXPECT_EQ(error_of(profile + "[store]\npath = \"k.db\"\nurl = \"postgresql://b/c\"\n"),
            "snomd.toml:7: [store] url: expected either this or path");
  EXPECT_EQ(parse_config(profile + "[store]\nurl = \"postgresql://b/c\"\n", "snomd.toml")->store_url,
            "postgresql://b/c");
  EXPECT_EQ(error_of("store = \"keys.db\"\n" + profile), "snomd.toml:1: 'store' is written [store]");
}

TEST(Config, AnErrorIsOneLineWhateverStandsInTheFile) {
  EXPECT_EQ(
      error_of("[\"a\\tb\\nc\"]\n"),
      "snomd.toml:1: the file has no setting 'a\\tb\\nc' (it has profile, http, user, limits, registrar, web, "
      "web_credentials, store, restore, channel, group, pictures, lamp, subscriptions, provisioning, tls, nodes)");
}

TEST(Config, HowQuicklyKeysGoToPhonesThatComeBack) {
  using std::chrono::milliseconds;
  const auto usual = parse_config(profile, "snomd.toml");
  EXPECT_EQ(usual->delivery.restores_per_second, 10000);
  EXPECT_EQ(usual->delivery.first_retry, milliseconds(2000));
  EXPECT_EQ(usual->delivery.longest_retry, milliseconds(300000));
  const auto told = parse_config(
      profile + "[restore]\nper_second = 50\nfirst_retry_ms = 500\nlongest_retry_ms = 60000\n", "snomd.toml");
  ASSERT_TRUE(told) << told.error();
  EXPECT_EQ(told->delivery.restores_per_second, 50);
  EXPECT_EQ(told->delivery.first_retry, milliseconds(500));
  EXPECT_EQ(told->delivery.longest_retry, milliseconds(60000));
}

TEST(Config, RestoresAreNeitherNoneNorEndless) {
  EXPECT_EQ(error_of(profile + "[restore]\nper_second = 0\n"),
            "snomd.toml:6: [restore] per_second: expected a whole number from 1 to 100000");
  EXPECT_EQ(error_of(profile + "[restore]\n\nfirst_retry_ms = \"2 s\"\n"),
            "snomd.toml:7: [restore] first_retry_ms: expected a whole number from 100 to 60000");
  EXPECT_EQ(error_of(profile + "[restore]\nlongest_retry_ms = 99\n"),
            "snomd.toml:6: [restore] longest_retry_ms: expected a whole number from 100 to 86400000");
  EXPECT_EQ(error_of(profile + "[restore]\nfirst_retry_ms = 5000\nlongest_retry_ms = 1000\n"),
            "snomd.toml:6: [restore] first_retry_ms: expected no more than longest_retry_ms, which is 1000");
  EXPECT_EQ(error_of(profile + "[restore]\nrate = 1\n"),
            "snomd.toml:6: [restore] has no setting 'rate' (it has per_second, first_retry_ms, longest_retry_ms)");
}

class TokenFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / ("snom-config-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    write("snomd.toml", profile + "[http]\nlisten = \"0.0.0.0:8080\"\ntoken_file = \"token\"\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] auto load() const { return load_config((folder_ / "snomd.toml").string()); }

  std::filesystem::path folder_;
};

TEST_F(TokenFile, IsFoundBesideTheConfiguration) {
  write("token", "0123456789abcdef\n");
  const auto config = load();
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->gate.token, "0123456789abcdef");
}

TEST_F(TokenFile, ThatIsShortOrMissingIsRefusedWithoutShowingIt) {
  EXPECT_FALSE(load());
  write("token", "short\n");
  const auto config = load();
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().find(":7: [http] token_file: expected a file whose first line is a token of at least 16"),
            std::string::npos)
      << config.error();
  EXPECT_EQ(config.error().find("short"), std::string::npos);
}

TEST(Config, CertificatesOfPhonesAreVerifiedUnlessItSaysOtherwise) {
  using Verify = http::WebClient::Verify;
  EXPECT_EQ(parse_config(profile, "snomd.toml")->web.verify, Verify::system);
  EXPECT_EQ(parse_config(profile + "[web]\n", "snomd.toml")->web.verify, Verify::system);
  EXPECT_EQ(parse_config(profile + "[web]\nverify = \"system\"\n", "snomd.toml")->web.verify, Verify::system);
  EXPECT_EQ(parse_config(profile + "[web]\nverify = \"off\"\n", "snomd.toml")->web.verify, Verify::off);
  const auto pinned = parse_config(profile + "[web]\nverify = \"pin\"\npin_file = \"pins\"\n", "snomd.toml");
  ASSERT_TRUE(pinned) << pinned.error();
  EXPECT_EQ(pinned->web.verify, Verify::pin);
  EXPECT_EQ(pinned->pin_file, "./pins");
}

TEST(Config, VerificationOfCertificatesIsSpelledOut) {
  EXPECT_EQ(error_of(profile + "[web]\nverify = \"none\"\n"),
            "snomd.toml:6: [web] verify: expected \"system\", \"pin\" or \"off\"");
  EXPECT_EQ(error_of(profile + "[web]\nverify = false\n"), "snomd.toml:6: [web] verify: expected a text in quotes");
  EXPECT_EQ(
      error_of(profile + "[web]\nverify = \"pin\"\n"),
      "snomd.toml:6: [web] verify: expected pin_file = \"...\" beside \"pin\": the file to remember certificates in");
  EXPECT_EQ(error_of(profile + "[web]\npin_file = \"pins\"\n"),
            "snomd.toml:6: [web] pin_file: expected verify = \"pin\" beside it");
  EXPECT_EQ(error_of(profile + "[web]\nverify = \"off\"\nca_file = \"ca.pem\"\n"),
            "snomd.toml:7: [web] ca_file: expected verify = \"system\" beside it");
  EXPECT_EQ(error_of(profile + "[web]\nca_file = \"nowhere.pem\"\n"),
            "snomd.toml:6: [web] ca_file: expected a file with certificates that can be read (./nowhere.pem: No "
            "such file or directory)");
}

TEST(Config, WebCredentialsAreForAUserAModelOrAll) {
  const auto config = parse_config(profile + R"([[web_credentials]]
user = "1000"
username = "admin"
password = "1234"
[[web_credentials]]
model = "snomD862"
username = "admin"
password = ""
[[web_credentials]]
username = "admin"
password = "two words"
)",
                                   "snomd.toml");
  ASSERT_TRUE(config) << config.error();
  ASSERT_EQ(config->web_credentials.size(), 3U);
  EXPECT_EQ(config->web_credentials[0].user, "1000");
  EXPECT_EQ(config->web_credentials[0].model, "");
  EXPECT_EQ(config->web_credentials[0].password, "1234");
  EXPECT_EQ(config->web_credentials[1].model, "D862");
  EXPECT_EQ(config->web_credentials[1].password, "");
  EXPECT_EQ(config->web_credentials[2].user, "");
  EXPECT_EQ(config->web_credentials[2].password, "two words");
}

TEST(Config, WrongWebCredentialsAreRefusedWithoutShowingThem) {
  const std::string six = profile + "[[web_credentials]]\n";
  EXPECT_EQ(error_of(six + "password = \"geheim\"\n"), "snomd.toml:5: [[web_credentials]] needs username = \"...\"");
  EXPECT_EQ(error_of(six + "username = \"admin\"\n"),
            "snomd.toml:5: [[web_credentials]] password: expected \"...\", or password_file = \"...\"");
  EXPECT_EQ(error_of(six + "username = \"admin\"\npassword = \"geheim\"\npassword_file = \"f\"\n"),
            "snomd.toml:8: [[web_credentials]] password_file: expected either this or password");
  EXPECT_EQ(error_of(six + "username = \"admin\"\npassword_file = \"nowhere\"\n"),
            "snomd.toml:7: [[web_credentials]] password_file: expected a file that can be read (./nowhere: No such "
            "file or directory)");
  EXPECT_EQ(error_of(six + "username = \"admin\"\npassword = \"ge\\nheim\"\n"),
            "snomd.toml:7: [[web_credentials]] password: expected a password without control characters");
  EXPECT_EQ(error_of(six + "username = \"a:b\"\npassword = \"geheim\"\n"),
            "snomd.toml:6: [[web_credentials]] username: expected a name without control characters and without :");
  EXPECT_EQ(error_of(six + "user = \"\"\nusername = \"admin\"\npassword = \"geheim\"\n"),
            "snomd.toml:6: [[web_credentials]] user: expected whose phone, as 1000 or 1000@example.com (without user: "
            "everybody's)");
  EXPECT_EQ(error_of(six + "model = \"snom\"\nusername = \"admin\"\npassword = \"geheim\"\n"),
            "snomd.toml:6: [[web_credentials]] model: expected a Snom's model, as D862, 370 or MP (without model: "
            "every one)");
  const std::string one = "[[web_credentials]]\nmodel = \"370\"\nusername = \"admin\"\npassword = \"geheim\"\n";
  EXPECT_EQ(
      error_of(profile + one + one),
      "snomd.toml:11: [[web_credentials]] username: expected one [[web_credentials]] for each user and model: there "
      "is another for these");
}

TEST_F(TokenFile, APasswordAndACaFileAreFoundBesideTheConfigurationToo) {
  write("token", "0123456789abcdef\n");
  write("password", "two words\r\n");
  write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  write("snomd.toml", profile + "[web]\nca_file = \"ca.pem\"\n[[web_credentials]]\nusername = \"admin\"\n" +
                          "password_file = \"password\"\n");
  const auto config = load();
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->web.ca_file, (folder_ / "ca.pem").string());
  ASSERT_EQ(config->web_credentials.size(), 1U);
  EXPECT_EQ(config->web_credentials[0].password, "two words");
}

TEST(Config, AFileThatIsNotThereIsNamed) {
  EXPECT_EQ(load_config("/nonexistent/snomd.toml").error(), "/nonexistent/snomd.toml: No such file or directory");
}

TEST(Config, Channels) {
  using control::ChannelSettings;
  const auto config = parse_config(profile + R"([[channel]]
keys = "led"
[[channel]]
model = "snomd385"
channel = "notify"
[[channel]]
user = "1000@example.com"
channel = "http"
keys = "auto"
)",
                                   "snomd.toml");
  ASSERT_TRUE(config) << config.error();
  registration::Registration phone;
  phone.user = "1000";
  phone.domain = "example.com";
  phone.user_agent = "snomD385/10.1.159.12";
  EXPECT_EQ(config->remote.channels.commands(phone), ChannelSettings::Commands::http);
  EXPECT_EQ(config->remote.channels.keys(phone), ChannelSettings::Keys::automatic);
  phone.user = "1001";
  EXPECT_EQ(config->remote.channels.commands(phone), ChannelSettings::Commands::notify);
  EXPECT_EQ(config->remote.channels.keys(phone), ChannelSettings::Keys::led);
}

TEST(Config, Subscriptions) {
  const auto config = parse_config(profile + R"([[channel]]
keys = "subscription"
[limits]
subscriptions = 7
subscriptions_per_user = 6
subscriptions_per_address = 5
[subscriptions]
min_expires_s = 61
default_expires_s = 62
max_expires_s = 63
press_answer = 603
)",
                                   "snomd.toml");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->remote.channels.keys({}), control::ChannelSettings::Keys::subscription);
  EXPECT_EQ(config->sip.subscriptions, (sip::Subscriptions::Limits{7, 6, 5}));
  EXPECT_EQ(config->sip.min_subscription, std::chrono::seconds(61));
  EXPECT_EQ(config->sip.default_subscription, std::chrono::seconds(62));
  EXPECT_EQ(config->sip.max_subscription, std::chrono::seconds(63));
  EXPECT_EQ(config->sip.press_answer, 603);
  EXPECT_EQ(parse_config(profile, "snomd.toml")->sip.press_answer, 487);
  EXPECT_EQ(
      error_of(profile + "[subscriptions]\npress_answer = 407\n"),
      "snomd.toml:6: [subscriptions] press_answer: expected a final answer that ends a call, as 487, 480, 486 or 603");
  EXPECT_EQ(error_of(profile + "[subscriptions]\npress_answer = 302\n"),
            "snomd.toml:6: [subscriptions] press_answer: expected a whole number from 403 to 699");
  EXPECT_EQ(error_of(profile + "[subscriptions]\nmin_expires_s = 3600\ndefault_expires_s = 60\n"),
            "snomd.toml:5: [subscriptions] expected min_expires_s <= default_expires_s <= max_expires_s");
  EXPECT_EQ(error_of(profile + "[[channel]]\nkeys = \"blf\"\n"),
            "snomd.toml:6: [[channel]] keys: expected \"auto\", \"led\" or \"subscription\"");
}

TEST(Config, GroupsPicturesAndPauses) {
  const std::string users = "[[user]]\nname = \"1000\"\npassword = \"x\"\n";
  const auto config = parse_config(profile + users + R"([[group]]
name = "sales"
members = ["1000", "1001@example.com"]
[limits]
xml_pause_ms = 300
[pictures]
folder = "/tmp"
)",
                                   "snomd.toml");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->remote.groups.at("sales"), (std::vector<std::string>{"1000", "1001@example.com"}));
  EXPECT_EQ(config->remote.xml_pause, std::chrono::milliseconds(300));
  EXPECT_EQ(config->picture_folder, "/tmp");
  EXPECT_EQ(parse_config(profile, "snomd.toml")->remote.xml_pause, std::chrono::milliseconds(2000));
  EXPECT_EQ(parse_config(profile, "snomd.toml")->picture_folder, "");

  const std::string start = profile + users + "[[group]]\n";
  EXPECT_EQ(error_of(start + "name = \"1000\"\nmembers = [\"1000\"]\n"),
            "snomd.toml:9: [[group]] name: expected a name that no user has");
  EXPECT_EQ(error_of(start + "name = \"a,b\"\nmembers = [\"1000\"]\n"),
            "snomd.toml:9: [[group]] name: expected a name without blanks and without / @ * , . : ; \" < >");
  EXPECT_EQ(error_of(start + "name = \"a\"\nmembers = [\"*\"]\n"),
            "snomd.toml:10: [[group]] members: expected users, as 1000 or 1000@example.com");
  EXPECT_EQ(error_of(start + "name = \"a\"\n"), "snomd.toml:8: [[group]] needs members = [\"...\"], a list of texts");
  EXPECT_EQ(error_of(start + "name = \"a\"\nmembers = [\"1\"]\n[[group]]\nname = \"a\"\nmembers = [\"1\"]\n"),
            "snomd.toml:12: [[group]] name: expected a name no other group has");
  EXPECT_EQ(error_of(profile + "[pictures]\nfolder = \"/nowhere\"\n"),
            "snomd.toml:6: [pictures] folder: expected a folder that is there, /nowhere is not");
}

TEST(Config, ChannelsThatAreWrong) {
  const std::string start = profile + "[[channel]]\n";
  EXPECT_EQ(error_of(start + "channel = \"sip\"\n"),
            "snomd.toml:6: [[channel]] channel: expected \"auto\", \"http\" or \"notify\"");
  EXPECT_EQ(error_of(start + "keys = \"buttons\"\n"),
            "snomd.toml:6: [[channel]] keys: expected \"auto\", \"led\" or \"subscription\"");
  EXPECT_EQ(error_of(start + "user = \"1000\"\n"),
            "snomd.toml:5: [[channel]] needs channel = \"...\" or keys = \"...\"");
  EXPECT_EQ(error_of(start + "keys = \"led\"\n[[channel]]\nkeys = \"auto\"\n"),
            "snomd.toml:7: one [[channel]] for each user and model: there is another for these");
  EXPECT_EQ(error_of(start + "model = \"Snom\"\nkeys = \"led\"\n"),
            "snomd.toml:6: [[channel]] model: expected a Snom's model, as D862, 370 or MP (without model: every one)");
}

TEST(Config, ThatIsNestedToDeathIsRefused) {
  std::string dots;
  for (int i = 0; i < 50000; ++i) dots += "a.";
  EXPECT_EQ(error_of(profile + "[" + dots + "a]\n"), "snomd.toml:5: nested too deep (at most 16 levels are possible)");
  EXPECT_EQ(error_of("x = " + std::string(100000, '[')),
            "snomd.toml:1: nested too deep (at most 16 levels are possible)");
}

TEST(Config, ThatIsNoUtf8IsToldSo) {
  EXPECT_EQ(
      error_of(profile + "# T\xfcr\n"),
      "snomd.toml:5: the byte 0xfc is not UTF-8 (a file in Windows-1252 or ISO 8859-1 has such: save it in UTF-8)");
}

TEST(Config, FilesThatItNamesAreRegularOnes) {
  const auto user = profile + "[[web_credentials]]\nusername = \"admin\"\n";
  EXPECT_EQ(error_of(user + "password_file = \"/dev/zero\"\n"),
            "snomd.toml:7: [[web_credentials]] password_file: expected a file that can be read (/dev/zero: is a device "
            "(expected a regular file))");
  EXPECT_EQ(error_of(profile + "[http]\ntoken_file = \"/dev/zero\"\n"),
            "snomd.toml:6: [http] token_file: expected a file that can be read (/dev/zero: is a device (expected a "
            "regular file))");
  EXPECT_EQ(error_of(profile + "[web]\nca_file = \"/dev/zero\"\n"),
            "snomd.toml:6: [web] ca_file: expected a file with certificates that can be read (/dev/zero: is a device "
            "(expected a regular file))");
  EXPECT_EQ(load_config("/dev/zero").error(), "/dev/zero: is a device (expected a regular file)");
}

}  // namespace
}  // namespace snom::snomd
