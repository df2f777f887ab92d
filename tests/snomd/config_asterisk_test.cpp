#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "snomd/config.h"
#include "snomd/restart.h"

namespace snom::snomd {
namespace {

namespace fs = std::filesystem;

class AsteriskProfile : public ::testing::Test {
 protected:
  AsteriskProfile() : folder(fs::temp_directory_path() / ("snomd_asterisk_" + std::to_string(getpid()))) {
    fs::create_directories(folder);
    std::ofstream(folder / "ami.secret") << "hush hush\nsecond line\n";
  }
  ~AsteriskProfile() override { fs::remove_all(folder); }

  tl::expected<Config, std::string> load(const std::string& more, const std::string& secret = "ami.secret") const {
    const auto path = folder / "snomd.toml";
    std::ofstream(path) << "[[profile]]\nname = \"office\"\nphones = \"asterisk\"\ndomain = \"pbx.example\"\n"
                        << "ami_user = \"snomd\"\nami_secret_file = \"" << secret << "\"\n"
                        << more;
    return load_config(path.string());
  }
  std::string error_of(const std::string& more, const std::string& secret = "ami.secret") const {
    const auto config = load(more, secret);
    return config ? "no error" : config.error().substr(folder.string().size() + 1);
  }

  fs::path folder;
};

TEST_F(AsteriskProfile, IsReadWithItsSecret) {
  const auto config = load("ami = \"192.0.2.1:5038\"\nresend = \"off\"\nlist_s = 5\n");
  ASSERT_TRUE(config) << config.error();
  EXPECT_TRUE(config->sip.profiles.empty());
  ASSERT_EQ(config->asterisks.size(), 1u);
  const auto& asterisk = config->asterisks[0];
  EXPECT_EQ(asterisk.phones.profile, "office");
  EXPECT_EQ(asterisk.phones.domain, "pbx.example");
  EXPECT_EQ(asterisk.ami.host, "192.0.2.1");
  EXPECT_EQ(asterisk.ami.port, 5038);
  EXPECT_EQ(asterisk.ami.user, "snomd");
  EXPECT_EQ(asterisk.ami.secret, "hush hush");
  EXPECT_FALSE(asterisk.phones.resend_at_refresh);
  EXPECT_EQ(asterisk.phones.list_every, std::chrono::seconds(5));
}

TEST_F(AsteriskProfile, HasDefaults) {
  const auto config = load("ami = \"localhost:5038\"\n");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->asterisks[0].ami.host, "127.0.0.1");
  EXPECT_TRUE(config->asterisks[0].phones.resend_at_refresh);
  EXPECT_EQ(config->asterisks[0].phones.list_every, std::chrono::seconds(60));
}

TEST_F(AsteriskProfile, ErrorsSayWhatWasExpected) {
  const std::string who = "[[profile]] with phones = \"asterisk\"";
  const std::string ami = "ami = \"127.0.0.1:5038\"\n";
  EXPECT_EQ(error_of(""), "snomd.toml:1: " + who + " needs ami = \"...\"");
  EXPECT_EQ(error_of("ami = \"127.0.0.1\"\n"),
            "snomd.toml:7: " + who +
                " ami: expected ADDRESS:PORT of Asterisk's manager, as 127.0.0.1:5038; "
                "'127.0.0.1' is none");
  EXPECT_EQ(error_of(ami + "resend = \"sometimes\"\n"),
            "snomd.toml:8: " + who + " resend: expected \"refresh\" (the default) or \"off\"");
  EXPECT_EQ(error_of(ami + "list_s = 0\n"), "snomd.toml:8: " + who + " list_s: expected a whole number from 1 to 3600");
  EXPECT_NE(error_of(ami, "nowhere").find("ami_secret_file: expected a file that can be read"), std::string::npos);
  EXPECT_NE(error_of(ami + "listen = [\"udp:127.0.0.1:5060\"]\n").find("has no setting 'listen'"), std::string::npos);
  EXPECT_NE(error_of(ami + "[[profile]]\nname = \"office\"\nlisten = [\"udp:127.0.0.1:0\"]\ndomain = \"x\"\n")
                .find("expected a name no other profile has"),
            std::string::npos);
}

TEST_F(AsteriskProfile, TakesCopiesFromItsOwnAddressUnlessAnotherIsNamed) {
  std::ofstream(folder / "hep.password") << "hush\n";
  const std::string ami = "ami = \"192.0.2.1:5038\"\n";
  const auto config = load(ami + "hep = \"udp:127.0.0.1:9060\"\nhep_password_file = \"hep.password\"\n");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->asterisks[0].hep, (asterisk::HepReader::Options{"127.0.0.1", 9060, "192.0.2.1", "hush"}));
  EXPECT_EQ(load(ami + "hep = \"udp:[::1]:9060\"\nhep_from = \"::1\"\n")->asterisks[0].hep->from, "::1");
  EXPECT_NE(error_of(ami + "hep = \"tcp:127.0.0.1:9060\"\n").find("hep: expected udp:ADDRESS:PORT"), std::string::npos);
  EXPECT_NE(error_of(ami + "hep = \"udp:127.0.0.1:9060\"\nhep_from = \"pbx\"\n").find("hep_from: expected Asterisk's"),
            std::string::npos);
  EXPECT_NE(error_of(ami + "hep_from = \"192.0.2.1\"\n").find("hep_from: expected hep ="), std::string::npos);
}

TEST_F(AsteriskProfile, KeysSubscribeThereWhereItIsSaid) {
  const std::string ami = "ami = \"192.0.2.1:5038\"\n";
  EXPECT_FALSE(load(ami)->asterisks[0].hints);
  EXPECT_TRUE(load(ami + "hints = true\n")->asterisks[0].hints);
  EXPECT_FALSE(load(ami)->asterisks[0] == load(ami + "hints = true\n")->asterisks[0]) << "it needs a restart";
  EXPECT_NE(error_of(ami + "hints = 1\n").find("hints"), std::string::npos);
}

TEST_F(AsteriskProfile, WithPressesHasADomainOfItsOwn) {
  const std::string ami = "ami = \"192.0.2.1:5038\"\n";
  EXPECT_EQ(load(ami + "feature_prefix = \"*90\"\n")->asterisks[0].feature_prefix, "*90");
  EXPECT_NE(error_of(ami + "feature_prefix = \"90x\"\n").find("feature_prefix: expected one to eight of 0-9, * and #"),
            std::string::npos);
  const std::string another =
      "[[profile]]\nname = \"here\"\nlisten = [\"udp:127.0.0.1:0\"]\ndomain = \"pbx.example\"\n";
  EXPECT_NE(error_of(ami + "feature_prefix = \"*90\"\n" + another).find("office: expected a domain that no other"),
            std::string::npos);
  EXPECT_EQ(error_of(ami + another), "no error");
}

TEST_F(AsteriskProfile, MayHaveAri) {
  std::ofstream(folder / "ari.password") << "hush\n";
  const std::string ami = "ami = \"192.0.2.1:5038\"\n";
  const std::string ari = ami + "ari = \"192.0.2.1:8088\"\nari_user = \"snomd\"\n";
  const auto config = load(ari + "ari_password_file = \"ari.password\"\ntexts = true\n");
  ASSERT_TRUE(config) << config.error();
  const auto& made = config->asterisks[0].ari;
  ASSERT_TRUE(made);
  EXPECT_EQ(made->host, "192.0.2.1");
  EXPECT_EQ(made->port, 8088);
  EXPECT_EQ(made->user, "snomd");
  EXPECT_EQ(made->password, "hush");
  EXPECT_EQ(made->application, "snomd-office");
  EXPECT_TRUE(made->texts);
  EXPECT_NE(error_of(ari).find("needs ari_password_file"), std::string::npos);
  EXPECT_NE(error_of(ami + "texts = true\n").find("texts: expected ari ="), std::string::npos);
  EXPECT_NE(error_of(ami + "ari = \"pbx\"\n").find("ari: expected ADDRESS:PORT of Asterisk's HTTP server"),
            std::string::npos);
}

TEST_F(AsteriskProfile, HasLamps) {
  const std::string lamp = "ami = \"192.0.2.1:5038\"\n[[lamp]]\ndevice = \"Custom:DND1000\"\n";
  const auto config = load(lamp +
                           "key = \"1000@pbx.example 2\"\nlabel = \"DND\"\nwho = true\n"
                           "lights = { INUSE = \"hold\" }\n");
  ASSERT_TRUE(config) << config.error();
  ASSERT_EQ(config->asterisks[0].lamps.size(), 1u);
  EXPECT_EQ(config->asterisks[0].lamps[0],
            (asterisk::DeviceLamp{
                "Custom:DND1000", "1000@pbx.example", "2", "DND", true, {{"INUSE", language::Light::hold}}}));
  for (const char* bad : {"1000 2", "1000@pbx.example", "@pbx.example 2", "1000@ 2", "1000@pbx.example 2 3"}) {
    EXPECT_NE(error_of(lamp + "key = \"" + bad + "\"\n").find("[[lamp]] key: expected a phone and its key"),
              std::string::npos)
        << bad;
  }
  const std::string keyed = lamp + "key = \"1000@pbx.example 2\"\n";
  EXPECT_NE(error_of(keyed + "lights = { LATE = \"on\" }\n").find("[[lamp]] lights: expected a state"),
            std::string::npos);
  EXPECT_NE(error_of(keyed + "lights = { INUSE = \"red\" }\n").find("and a light (off, on,"), std::string::npos);
  EXPECT_NE(error_of(keyed + "profile = \"other\"\n").find("[[lamp]] profile: expected the name"), std::string::npos);
  EXPECT_NE(error_of(keyed + "who = 1\n").find("[[lamp]] who: expected true or false"), std::string::npos);
}

TEST_F(AsteriskProfile, AnotherSecretNeedsARestart) {
  const auto before = load("ami = \"127.0.0.1:5038\"\n");
  ASSERT_TRUE(before);
  EXPECT_TRUE(settings_that_need_a_restart(*before, *load("ami = \"127.0.0.1:5038\"\n")).empty());
  std::ofstream(folder / "ami.secret") << "another\n";
  EXPECT_EQ(settings_that_need_a_restart(*before, *load("ami = \"127.0.0.1:5038\"\n")),
            (std::vector<std::string_view>{"[[profile]]"}));
}

}  // namespace
}  // namespace snom::snomd
