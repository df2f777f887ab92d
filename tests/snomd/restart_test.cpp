#include "snomd/restart.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests_dir.h"

namespace snom::snomd {
namespace {

using Names = std::vector<std::string_view>;

const std::string profile = "[[profile]]\nname = 'internal'\nlisten = ['udp:127.0.0.1:5060']\ndomain = '127.0.0.1'\n";

Config read(const std::string& text) {
  auto config = parse_config(text, "snomd.toml");
  EXPECT_TRUE(config) << config.error();
  return config.value_or(Config{});
}

Names changed_by(const std::string& more) { return settings_that_need_a_restart(read(profile), read(profile + more)); }

/// Settings by section and key, each with a text that changes it.
const std::vector<std::pair<std::string, std::string>> needing = {
    {"[http] listen", "[http]\nlisten = '127.0.0.1:8081'\n"},
    {"[http] https_listen", ""},
    {"[http] token_file", "[http]\ntoken_file = 'token'\n"},
    {"[http] tokens_file", "[http]\ntokens_file = 'tokens'\n"},
    {"[http] audit_file", "[http]\naudit_file = 'audit'\n"},
    {"[http] press_secret_file", "[http]\npress_secret_file = 'secret'\n"},
    {"[provisioning] listen", ""},
    {"[provisioning] folder", ""},
    {"[provisioning] https_listen", ""},
    {"[web] verify", "[web]\nverify = 'off'\n"},
    {"[web] ca_file", "[web]\nca_file = 'ca.pem'\n"},
    {"[web] pin_file", "[web]\nverify = 'pin'\npin_file = 'pins'\n"},
    {"[store] path", "[store]\npath = ''\n"},
    {"[store] url", "[store]\nurl = 'postgresql://db/'\n"},
    {"[nodes] name", "[store]\nurl = 'postgresql://db/'\n[nodes]\nname = 'one'\n"},
    {"[restore] per_second", "[restore]\nper_second = 7\n"},
    {"[restore] first_retry_ms", "[restore]\nfirst_retry_ms = 777\n"},
    {"[restore] longest_retry_ms", "[restore]\nlongest_retry_ms = 7777\n"},
    {"[pictures] folder", "[pictures]\nfolder = '/'\n"},
    {"[limits] answer_timeout_ms", "[limits]\nanswer_timeout_ms = 777\n"},
    {"[limits] web_timeout_ms", "[limits]\nweb_timeout_ms = 777\n"},
    {"[limits] web_connect_timeout_ms", "[limits]\nweb_connect_timeout_ms = 777\n"},
    {"[limits] sip_connections", "[limits]\nsip_connections = 7\n"},
    {"[limits] sip_connections_per_address", "[limits]\nsip_connections_per_address = 7\n"},
    {"[limits] subscriptions", "[limits]\nsubscriptions = 7\n"},
    {"[limits] subscriptions_per_user", "[limits]\nsubscriptions_per_user = 7\n"},
    {"[limits] subscriptions_per_address", "[limits]\nsubscriptions_per_address = 7\n"},
    {"[subscriptions] min_expires_s", "[subscriptions]\nmin_expires_s = 77\n"},
    {"[subscriptions] default_expires_s", "[subscriptions]\ndefault_expires_s = 777\n"},
    {"[subscriptions] max_expires_s", "[subscriptions]\nmax_expires_s = 7777\n"},
    {"[subscriptions] press_answer", "[subscriptions]\npress_answer = 480\n"},
    {"[limits] http_connections", "[limits]\nhttp_connections = 7\n"},
    {"[limits] http_connections_per_address", "[limits]\nhttp_connections_per_address = 7\n"},
    {"[limits] http_event_streams", "[limits]\nhttp_event_streams = 7\n"},
    {"[limits] http_event_streams_per_address", "[limits]\nhttp_event_streams_per_address = 7\n"},
    {"[limits] http_idle_s", "[limits]\nhttp_idle_s = 7\n"},
    {"[limits] events_kept", "[limits]\nevents_kept = 7\n"},
    {"[limits] events_kept_kb", "[limits]\nevents_kept_kb = 7\n"},
    {"[limits] http_token_requests_per_second", "[limits]\nhttp_token_requests_per_second = 7\n"},
    {"[limits] http_token_body_bytes", "[limits]\nhttp_token_body_bytes = 7\n"},
    {"[registrar] min_expires_s", "[registrar]\nmin_expires_s = 77\n"},
    {"[registrar] default_expires_s", "[registrar]\ndefault_expires_s = 777\n"},
    {"[registrar] max_expires_s", "[registrar]\nmax_expires_s = 7777\n"},
    {"[registrar] nonce_lifetime_s", "[registrar]\nnonce_lifetime_s = 77\n"},
    {"[registrar] max_contacts", "[registrar]\nmax_contacts = 7\n"},
    {"[registrar] max_users", "[registrar]\nmax_users = 7\n"},
};

/// What SIGHUP takes, in the words of docs/snomd.md.
const std::set<std::string> heeded_sections = {"[[user]]", "[[web_credentials]]", "[[channel]]", "[[group]]", "[tls]"};

TEST(SettingsThatNeedARestart, AreNamedEachByItself) {
  for (const auto& [name, text] : needing) {
    // Files with a secret or a certificate in them are looked into while they are read: the value is changed here.
    if (text.empty() || name == "[http] token_file" || name == "[http] press_secret_file" || name == "[web] ca_file")
      continue;
    const auto changed = changed_by(text);
    EXPECT_NE(std::find(changed.begin(), changed.end(), name), changed.end()) << name;
    // pin_file goes with verify, a node with a store's URL
    EXPECT_LE(changed.size(), name == "[web] pin_file" || name == "[nodes] name" ? 2U : 1U) << name;
  }
  auto other = read(profile);
  other.https_listen = "127.0.0.1:8443";
  other.gate.token = "0123456789abcdef";
  other.press_secret = "fedcba9876543210";
  other.provisioning = {"127.0.0.1:8082", "127.0.0.1:8083", "phones"};
  other.web.ca_file = "ca.pem";
  EXPECT_EQ(settings_that_need_a_restart(read(profile), other),
            (Names{"[http] https_listen", "[http] token_file", "[http] press_secret_file", "[provisioning] listen",
                   "[provisioning] folder", "[provisioning] https_listen", "[web] ca_file"}));
}

TEST(SettingsThatNeedARestart, AreTheProfilesWhateverOfThemChanged) {
  auto listen = profile;
  listen.replace(listen.find("5060"), 4, "5070");
  auto domain = profile;
  domain.replace(domain.rfind("127.0.0.1"), 9, "example.c");
  for (const auto& text :
       {listen, domain, profile + "phones = 'proxy'\ntrusted = ['127.0.0.1']\n", profile + "phones = 'listed'\n",
        profile + "[[profile]]\nname = 'x'\nlisten = ['udp:127.0.0.1:0']\ndomain = 'x'\n"}) {
    EXPECT_EQ(settings_that_need_a_restart(read(profile), read(text)), Names{"[[profile]]"}) << text;
  }
}

TEST(SettingsThatNeedARestart, AreNoneOfThoseThatSighupTakes) {
  auto renewed = read(profile);
  renewed.tls.identity = {"certificate", "key"};
  EXPECT_EQ(settings_that_need_a_restart(read(profile), renewed), Names{});
  EXPECT_EQ(changed_by("[[user]]\nname = '1000'\npassword = '1'\n[[web_credentials]]\nusername = 'a'\npassword = 'b'\n"
                       "[[channel]]\nchannel = 'notify'\n[[group]]\nname = 'g'\nmembers = ['1000']\n"
                       "[limits]\nxml_pause_ms = 7\n"),
            Names{});
}

TEST(SettingsThatNeedARestart, AreAllOfTheManualsButThoseThatSighupTakes) {
  std::set<std::string> known = {"[limits] xml_pause_ms"};
  for (const auto& [name, text] : needing) known.insert(name);
  std::ifstream manual(snom::testing::tests_dir() + "/../docs/snomd.md");
  ASSERT_TRUE(manual);
  std::string section;
  std::size_t settings = 0;
  for (std::string line; std::getline(manual, line);) {
    if (line.starts_with("#")) section.clear();
    if (line.starts_with("    [")) section = line.substr(4, line.rfind(']') - 3);
    const auto equals = line.find(" = ");
    if (section.empty() || !line.starts_with("    ") || line[4] == ' ' || equals == std::string::npos) continue;
    ++settings;
    if (section == "[[profile]]" || heeded_sections.contains(section)) continue;
    EXPECT_TRUE(known.contains(section + " " + line.substr(4, equals - 4))) << section << line;
  }
  EXPECT_GT(settings, known.size());
}

}  // namespace
}  // namespace snom::snomd
