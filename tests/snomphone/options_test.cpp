#include "snomphone/options.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace snom::snomphone {
namespace {

using Words = std::vector<const char*>;

std::variant<phone::FleetOptions, Exit> parse(const Words& words) {
  std::vector<const char*> all{"snomphone"};
  all.insert(all.end(), words.begin(), words.end());
  return parse_options(static_cast<int>(all.size()), all.data());
}

/// With the three that every command line has.
std::variant<phone::FleetOptions, Exit> parse_more(const Words& words) {
  Words all{"--server", "127.0.0.1:5060", "--user", "1000", "--password", "1234"};
  all.insert(all.end(), words.begin(), words.end());
  return parse(all);
}

phone::FleetOptions good(const Words& words) {
  auto options = parse_more(words);
  if (const auto* exit = std::get_if<Exit>(&options)) {
    ADD_FAILURE() << exit->text;
    return {};
  }
  return std::get<phone::FleetOptions>(std::move(options));
}

/// What it says when it refuses; its status is 2.
std::string refusal(const std::variant<phone::FleetOptions, Exit>& options) {
  const auto* exit = std::get_if<Exit>(&options);
  if (exit == nullptr) return "not refused";
  EXPECT_EQ(exit->status, 2);
  return exit->text;
}

TEST(SnomphoneOptions, WhatIsSaidOfWrongOnesSteersNoTerminal) {
  const auto* steering = "\x1b[31m\xe2\x80\xae";
  const std::string shown = "\\x1b[31m\\xe2\\x80\\xae";
  EXPECT_EQ(refusal(parse_more({"--model", steering})),
            "--model: '" + shown + "' is not a Snom's model (as 370, D862 or snom370/8.7.5.35)\n");
  EXPECT_EQ(refusal(parse_more({"b", steering})),
            "The following arguments were not expected: b " + shown + "\nsnomphone --help tells all options.\n");
  const auto missing = refusal(parse({"--user", "1", "--bogus"}));
  EXPECT_EQ(missing.substr(0, missing.find(" is required")),
            "The following argument was not expected: --bogus\n--server");
}

TEST(SnomphoneOptions, TheCommandLineOfTheManualIsRead) {
  const auto options =
      good({"--domain", "example.com", "--realm", "pbx", "--transport", "tcp", "--model", "D862", "--web",
            "127.0.0.1:8081", "--web-auth", "digest", "--web-user", "admin", "--web-password", "0000", "--count", "3"});
  EXPECT_EQ(options.server_host, "127.0.0.1");
  EXPECT_EQ(options.server_port, 5060);
  EXPECT_EQ(options.transport, "tcp");
  EXPECT_EQ(options.domain, "example.com");
  EXPECT_EQ(options.realm, "pbx");
  EXPECT_TRUE(options.filter_registrar);
  EXPECT_FALSE(good({"--filter-registrar", "off"}).filter_registrar);
  EXPECT_EQ(options.users, (std::vector<std::string>{"1000", "1001", "1002"}));
  EXPECT_EQ(options.password, "1234");
  EXPECT_EQ(options.model.identity.name, "D862");
  EXPECT_EQ(options.web_host, "127.0.0.1");
  EXPECT_EQ(options.web_port, 8081);
  EXPECT_EQ(options.web.scheme, phone::WebScheme::digest);
  EXPECT_EQ(options.web.user, "admin");
  EXPECT_EQ(options.web.password, "0000");
}

TEST(SnomphoneOptions, WhatIsNotSaidIsThis) {
  const auto options = good({});
  EXPECT_EQ(options.transport, "udp");
  EXPECT_EQ(options.domain, "127.0.0.1");
  EXPECT_EQ(options.model.identity.name, "370");
  EXPECT_EQ(options.expires, std::chrono::seconds(3600));
  EXPECT_EQ(options.web_host, "");
  EXPECT_EQ(options.web.scheme, phone::WebScheme::none);
  EXPECT_FALSE(options.answer_after);
  EXPECT_FALSE(options.quiet);
}

TEST(SnomphoneOptions, KeysThatWatchAddresses) {
  const auto options = good({"--blf", "2=sip:snom+{user}-2@example.com", "--blf", "EK0=sip:1001@example.com"});
  EXPECT_EQ(options.watched_keys, (std::vector<std::pair<std::string, std::string>>{
                                      {"2", "sip:snom+{user}-2@example.com"}, {"EK0", "sip:1001@example.com"}}));
  EXPECT_TRUE(good({}).watched_keys.empty());
  for (const char* wrong : {"2", "2=1001", "=sip:1001@example.com", "2=sip:example.com", "2=sip:a b@example.com"}) {
    EXPECT_EQ(refusal(parse_more({"--blf", wrong})),
              "--blf: '" + std::string(wrong) + "' is not KEY=URI (as 2=sip:1001@example.com)\n");
  }
}

TEST(SnomphoneOptions, ServersInEveryForm) {
  const auto server = [](const char* text) {
    const auto parsed = parse({"--server", text, "--user", "1"});
    const auto* options = std::get_if<phone::FleetOptions>(&parsed);
    return options == nullptr
               ? refusal(parsed)
               : options->server_host + " " + std::to_string(options->server_port) + " " + options->domain;
  };
  EXPECT_EQ(server("pbx.example.com"), "pbx.example.com 5060 pbx.example.com");
  EXPECT_EQ(server("pbx.example.com:5070"), "pbx.example.com 5070 pbx.example.com");
  EXPECT_EQ(server("[2001:db8::1]:5070"), "2001:db8::1 5070 2001:db8::1");
  EXPECT_EQ(server("[2001:db8::1]"), "2001:db8::1 5060 2001:db8::1");
  EXPECT_EQ(server("2001:db8::1"), "2001:db8::1 5060 2001:db8::1");
  for (const char* wrong :
       {"", ":5060", "[]:5060", "[::1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:0", "127.0.0.1:65536", "[::1]5060"}) {
    EXPECT_EQ(server(wrong), "--server: '" + std::string(wrong) + "' is not HOST or HOST:PORT\n");
  }
}

TEST(SnomphoneOptions, UsersCountUpAsWideAsTheFirst) {
  const auto users = [](const char* first, const char* count) {
    const auto parsed = parse({"--server", "127.0.0.1", "--user", first, "--count", count});
    const auto* options = std::get_if<phone::FleetOptions>(&parsed);
    return options == nullptr ? std::vector<std::string>{refusal(parsed)} : options->users;
  };
  EXPECT_EQ(users("0998", "4"), (std::vector<std::string>{"0998", "0999", "1000", "1001"}));
  EXPECT_EQ(users("frontdesk", "1"), std::vector<std::string>{"frontdesk"});
  EXPECT_EQ(users("frontdesk", "2"),
            std::vector<std::string>{"--count: counts up from --user, and 'frontdesk' is not a number\n"});
  EXPECT_EQ(users("18446744073709551615", "2"),
            std::vector<std::string>{"--count: counts up from --user, and '18446744073709551615' is not a number\n"});
}

TEST(SnomphoneOptions, FaultsAreRead) {
  const auto options = good({"--fault", "delay=500,drop=10,answer=486,unknown-key=200,web-delay=20,web-silent"});
  EXPECT_EQ(options.faults.delay, std::chrono::milliseconds(500));
  EXPECT_EQ(options.faults.drop_percent, 10);
  EXPECT_EQ(options.faults.answer, 486);
  EXPECT_TRUE(options.faults.unknown_keys_pass);
  EXPECT_EQ(options.faults.web_delay, std::chrono::milliseconds(20));
  EXPECT_TRUE(options.faults.web_silent);
}

TEST(SnomphoneOptions, APageMayBeHttpsWithAnHttpOneThatSendsThere) {
  EXPECT_FALSE(good({"--web", "http://127.0.0.1:8081"}).web_tls);
  const auto options =
      good({"--web", "https://[::1]:8443", "--web-redirect", "127.0.0.1:8081", "--web-auth", "digest-sha256",
            "--web-user", "admin", "--web-password", "0000", "--fault", "web-certificate=foreign"});
  EXPECT_TRUE(options.web_tls);
  EXPECT_EQ(options.web_host, "::1");
  EXPECT_EQ(options.web_port, 8443);
  EXPECT_EQ(options.web_redirect_host, "127.0.0.1");
  EXPECT_EQ(options.web_redirect_port, 8081);
  EXPECT_EQ(options.web.scheme, phone::WebScheme::digest_sha256);
  EXPECT_EQ(options.faults.web_certificate, phone::Faults::Certificate::foreign);
}

TEST(SnomphoneOptions, EveryRefusalNamesTheArgumentAndWhatWasExpected) {
  EXPECT_EQ(refusal(parse_more({"--web", "https://127.0.0.1"})),
            "--web: '127.0.0.1' is not HOST:PORT (as 127.0.0.1:8081)\n");
  EXPECT_EQ(refusal(parse_more({"--web", "127.0.0.1:0", "--web-redirect", "127.0.0.1:0"})),
            "--web-redirect: needs --web https://HOST:PORT, where it redirects to\n");
  EXPECT_EQ(refusal(parse_more({"--web", "https://127.0.0.1:0", "--web-redirect", "127.0.0.1:65530", "--count", "10"})),
            "--web-redirect: there are no 10 ports from 65530 on\n");
  EXPECT_EQ(refusal(parse_more({"--web", "127.0.0.1"})), "--web: '127.0.0.1' is not HOST:PORT (as 127.0.0.1:8081)\n");
  EXPECT_EQ(refusal(parse_more({"--web", "127.0.0.1:65530", "--count", "10"})),
            "--web: there are no 10 ports from 65530 on\n");
  EXPECT_EQ(refusal(parse_more({"--page", "127.0.0.1"})), "--page: '127.0.0.1' is not HOST:PORT (as 127.0.0.1:8081)\n");
  for (const char* host : {"0.0.0.0", "192.0.2.1", "[::]", "[::2]", "example.com", "127.0.0.1.example.com"}) {
    const std::string address = std::string(host) + ":8090";
    const std::string text = refusal(parse_more({"--page", address.c_str()}));
    EXPECT_NE(text.find("is not a loopback address: the page asks for no password"), std::string::npos) << text;
  }
  EXPECT_EQ(refusal(parse_more({"--web-auth", "basic"})), "--web-auth: basic needs --web-user and --web-password\n");
  EXPECT_EQ(refusal(parse_more({"--model", "grandstream"})),
            "--model: 'grandstream' is not a Snom's model (as 370, D862 or snom370/8.7.5.35)\n");
  EXPECT_EQ(refusal(parse_more({"--domain", "a b"})), "--domain: 'a b' is not a host name or address\n");
  EXPECT_EQ(refusal(parse({"--server", "127.0.0.1", "--user", "a@b"})), "--user: 'a@b' is not a SIP user name\n");
  const std::string fault = refusal(parse_more({"--fault", "sleepy"}));
  EXPECT_TRUE(fault.starts_with("--fault: 'sleepy': expected delay=MS, drop=PERCENT, answer=STATUS, ")) << fault;
  for (const auto& [words, part] : std::vector<std::pair<Words, std::string>>{
           {{"--transport", "sctp"}, "--transport"},
           {{"--count", "0"}, "--count"},
           {{"--expires", "0"}, "--expires"},
           {{"--expansion-keys", "127"}, "--expansion-keys"},
           {{"--answer-after", "-1"}, "--answer-after"},
           {{"--colour", "red"}, "--colour"},
       }) {
    const std::string text = refusal(parse_more(words));
    EXPECT_NE(text.find(part), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with("\nsnomphone --help tells all options.\n")) << text;
  }
  EXPECT_NE(refusal(parse({"--user", "1"})).find("--server is required"), std::string::npos);
}

TEST(SnomphoneOptions, ThePageIsOnALoopbackAddress) {
  for (const char* host : {"127.0.0.1", "127.3.2.1", "[::1]", "localhost"}) {
    const std::string address = std::string(host) + ":0";
    const auto read = parse_more({"--page", address.c_str(), "--count", "3"});
    ASSERT_TRUE(std::holds_alternative<phone::FleetOptions>(read)) << host;
    const std::string plain = host == std::string("[::1]") ? "::1" : host;
    EXPECT_EQ(std::get<phone::FleetOptions>(read).page_host, plain);
    EXPECT_EQ(std::get<phone::FleetOptions>(read).page_port, 0);
  }
}

TEST(SnomphoneOptions, ThePasswordMayStandInAFile) {
  const auto path = std::filesystem::temp_directory_path() / ("snomphone-password-" + std::to_string(std::rand()));
  std::ofstream(path) << "secret word\r\nsecond line\n";
  const auto read = parse({"--server", "127.0.0.1", "--user", "1", "--password-file", path.c_str()});
  ASSERT_TRUE(std::holds_alternative<phone::FleetOptions>(read));
  EXPECT_EQ(std::get<phone::FleetOptions>(read).password, "secret word");
  EXPECT_EQ(refusal(parse_more({"--password-file", path.c_str()})),
            "--password-file: give either this or --password\n");
  std::filesystem::remove(path);
  EXPECT_EQ(refusal(parse({"--server", "127.0.0.1", "--user", "1", "--password-file", path.c_str()})),
            "--password-file: " + path.string() + ": No such file or directory\n");
}

TEST(SnomphoneOptions, HelpNamesThemAll) {
  const auto parsed = parse({"--help"});
  const auto* exit = std::get_if<Exit>(&parsed);
  ASSERT_NE(exit, nullptr);
  EXPECT_EQ(exit->status, 0);
  for (const char* option : {"--server", "--user", "--password", "--domain", "--realm", "--transport", "--model",
                             "--web", "--web-auth", "--web-user", "--web-password", "--count", "--fault", "--page"}) {
    EXPECT_NE(exit->text.find(option), std::string::npos) << option;
  }
}

TEST(SnomphoneOptions, TheVersionIsTold) {
  const auto parsed = parse({"--version"});
  const auto* exit = std::get_if<Exit>(&parsed);
  ASSERT_NE(exit, nullptr);
  EXPECT_EQ(exit->status, 0);
  EXPECT_TRUE(exit->text.starts_with("snomphone 2.")) << exit->text;
}

}  // namespace
}  // namespace snom::snomphone
