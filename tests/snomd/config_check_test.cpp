#include "snomd/config_check.h"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

std::string profile(const std::string& name, const std::string& listen) {
  return "[[profile]]\nname = \"" + name + "\"\nlisten = [" + listen + "]\ndomain = \"" + name + ".example\"\n";
}

std::string said_of(const tl::expected<void, std::string>& checked) { return checked ? "right" : checked.error(); }

std::string listeners_of(const std::string& text) {
  const auto config = parse_config(text, "snomd.toml");
  return config ? said_of(check_listeners(*config)) : config.error();
}

TEST(ConfigListeners, HaveAnAddressEach) {
  const std::string both = R"("udp:127.0.0.1:5060", "tcp:127.0.0.1:5060")";
  EXPECT_EQ(listeners_of(profile("i", both)), "right");
  EXPECT_EQ(listeners_of(profile("i", both) + profile("j", R"("udp:127.0.0.2:5060", "udp:127.0.0.1:5062")")), "right");
  EXPECT_EQ(listeners_of(profile("i", R"("udp:127.0.0.1:0")") + profile("j", R"("udp:127.0.0.1:0")")), "right");
  EXPECT_EQ(listeners_of(profile("i", R"("udp:127.0.0.1:8080")") + "[http]\nlisten = \"127.0.0.1:8080\"\n"), "right");
}

TEST(ConfigListeners, AnAddressTwiceIsToldOfWithBothSettings) {
  EXPECT_EQ(listeners_of(profile("i", R"("udp:127.0.0.1:5060")") + profile("j", R"("udp:127.0.0.1:5060")")),
            "[[profile]] j listen: udp:127.0.0.1:5060 is listened at by [[profile]] i listen already (expected an "
            "address of its own for each)");
  EXPECT_EQ(listeners_of(profile("i", R"("udp:[::1]:5060")") + profile("j", R"("udp:[0:0::1]:5060")")),
            "[[profile]] j listen: udp:[0:0::1]:5060 is listened at by [[profile]] i listen already (expected an "
            "address of its own for each)");
  EXPECT_EQ(listeners_of(profile("i", R"("tcp:127.0.0.1:8080")") + "[http]\nlisten = \"127.0.0.1:8080\"\n"),
            "[http] listen: 127.0.0.1:8080 is listened at by [[profile]] i listen already (expected an address of its "
            "own for each)");
  EXPECT_EQ(listeners_of(profile("i", R"("udp:127.0.0.1:5060")") + "[http]\nlisten = \"127.0.0.1:8080\"\n" +
                         "[provisioning]\nlisten = \"127.0.0.1:8080\"\nfolder = \".\"\n"),
            "[provisioning] listen: 127.0.0.1:8080 is listened at by [http] listen already (expected an address of its "
            "own for each)");
}

TEST(ConfigListeners, EachAddressMeetsAnyOfItsFamily) {
  const std::string taken = "(expected an address of its own for each)";
  EXPECT_EQ(listeners_of(profile("i", R"("udp:0.0.0.0:5060")") + profile("j", R"("udp:192.0.2.1:5060")")),
            "[[profile]] j listen: udp:192.0.2.1:5060 is listened at by [[profile]] i listen already " + taken);
  EXPECT_EQ(
      listeners_of(profile("i", R"("tcp:127.0.0.1:8080")") +
                   "[http]\nlisten = \"127.0.0.1:8081\"\n[provisioning]\nlisten = \"0.0.0.0:8081\"\nfolder = \".\"\n"),
      "[provisioning] listen: 0.0.0.0:8081 is listened at by [http] listen already " + taken);
  EXPECT_EQ(listeners_of(profile("i", R"("udp:[::]:5060")") + profile("j", R"("udp:[2001:db8::1]:5060")")),
            "[[profile]] j listen: udp:[2001:db8::1]:5060 is listened at by [[profile]] i listen already " + taken);
  EXPECT_EQ(listeners_of(profile("i", R"("udp:0.0.0.0:5060", "tcp:127.0.0.1:5060", "udp:127.0.0.1:5062")")), "right");
  EXPECT_EQ(listeners_of(profile("i", R"("udp:0.0.0.0:5060", "udp:[::1]:5060")")), "right");
}

class ConfigFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(::testing::TempDir()) /
        ("snom-check-" + std::to_string(::getpid()) + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    folder_ = std::filesystem::canonical(folder_);
    std::filesystem::create_directory(folder_ / "folder");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] std::string in_folder(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::string said(const std::string& more) const {
    write("snomd.toml", profile("i", R"("udp:127.0.0.1:5060")") + more);
    const auto config = load_config(in_folder("snomd.toml"));
    return config ? said_of(check_start(*config)) : config.error();
  }

  std::filesystem::path folder_;
};

TEST_F(ConfigFiles, AStoreThatAStartWouldRefuse) {
  EXPECT_EQ(said(""), "right");
  EXPECT_EQ(said("[store]\npath = \"\"\n"), "right");
  EXPECT_EQ(said("[store]\npath = \"folder\"\n"),
            "[store] " + in_folder("folder") + " is not a file: name a file for the keys");
  write("text", std::string(5000, 'x'));
  write("short", "SQLite");
  for (const auto* name : {"text", "short"}) {
    EXPECT_EQ(said(std::string("[store]\npath = \"") + name + "\"\n"),
              "[store] " + in_folder(name) + " is not an SQLite file: name another one, or move this one away");
  }
  write("empty", "");
  EXPECT_EQ(said("[store]\npath = \"empty\"\n"), "right");
  write("database", std::string("SQLite format 3\0", 16) + std::string(4080, '\0'));
  EXPECT_EQ(said("[store]\npath = \"database\"\n"), "right");
  // SQLite's Database File Format, 1.3: the version at 60, whose file it is at 68.
  const auto database = [this](const std::string& owner, char version) {
    std::string text = std::string("SQLite format 3\0", 16) + std::string(4080, '\0');
    text.replace(68, owner.size(), owner);
    text[63] = version;
    write("database", text);
    return said("[store]\npath = \"database\"\n");
  };
  EXPECT_EQ(database("SNOM", 2), "right");
  EXPECT_EQ(database("SNOM", 3), "[store] " + in_folder("database") +
                                     ": written by a newer version of this program (schema 3, this one knows 2): run "
                                     "that version, or restore the backup made before the change");
  EXPECT_EQ(database("GPKG", 0), "[store] " + in_folder("database") +
                                     " is a database of another program: give the keys a file of their own");
  EXPECT_EQ(said("[store]\npath = \"none yet\"\n"), "right");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none yet"));
}

TEST_F(ConfigFiles, AFileOfPinsThatAStartWouldRefuse) {
  const auto said_of_pins = [this](const std::string& name) {
    return said("[store]\npath = \"\"\n[web]\nverify = \"pin\"\npin_file = \"" + name + "\"\n");
  };
  EXPECT_EQ(said_of_pins("none yet"), "right");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none yet"));
  EXPECT_NE(said_of_pins("folder").find("[web] pin_file: the file of pinned certificates cannot be read: "),
            std::string::npos);
  EXPECT_EQ(said_of_pins("no/such"),
            "[web] pin_file: " + in_folder("no/such") +
                ": the file of pinned certificates cannot be written: No such file or directory");
  write("broken", "abc\n");
  EXPECT_EQ(said_of_pins("broken"), "[web] pin_file: " + in_folder("broken") +
                                        ":1: expected a phone's name and sha256/ with 64 hex digits (0-9 a-f)");
  write("right", "1000@example.com sha256/" + std::string(64, 'a') + "\n");
  EXPECT_EQ(said_of_pins("right"), "right");
}

}  // namespace
}  // namespace snom::snomd
