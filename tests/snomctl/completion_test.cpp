#include "snomctl/completion.h"

#include <gtest/gtest.h>

namespace snom::snomctl {
namespace {

using Words = std::vector<std::string>;

class FakeKnown final : public Known {
 public:
  [[nodiscard]] Words phones(const std::string&) const override { return {"1001@h", "1000@h", "2000@other"}; }
  [[nodiscard]] Words keys(const std::string& phone) const override {
    return phone == "1000@h" ? Words{"2", "P5"} : Words{};
  }
  [[nodiscard]] Words groups() const override { return {"sales"}; }
  [[nodiscard]] Words profiles() const override { return {"internal", "internal"}; }
  [[nodiscard]] Words tokens() const override { return {"desk", "board"}; }
};

/// Words and options as snomctl has some.
class Completion : public ::testing::Test {
 protected:
  void SetUp() override {
    app_.add_option("--server", text_);
    auto* button = app_.add_subcommand("button");
    button->add_option("phone", text_);
    button->add_option("key", text_);
    button->add_option("--light", text_);
    app_.add_subcommand("buttons")->add_flag("--json", flag_);
    auto* token = app_.add_subcommand("token");
    token->add_subcommand("revoke")->add_option("name", text_);
    auto* add = token->add_subcommand("add");
    add->add_option("name", text_);
    add->add_option("--role", text_);
    app_.add_subcommand("api")->add_option("line", text_);
    auto* group = app_.add_subcommand("group")->add_subcommand("set");
    group->add_option("name", text_);
    group->add_option("members", words_);
    auto* command = app_.add_subcommand("command");
    command->add_option("--to", text_);
    command->add_option_group("what")->add_option("--key", text_);
    auto* bind = app_.add_subcommand("bind-key");
    for (const char* name : {"--user", "--host", "--profile"}) bind->add_option(name, text_);
  }
  Words of(const Words& words) { return complete(app_, words, known_); }

  CLI::App app_;
  std::string text_;
  bool flag_ = false;
  Words words_;
  FakeKnown known_;
};

TEST_F(Completion, WordsAndOptionsAreThoseThatThereAre) {
  EXPECT_EQ(of({"b"}), (Words{"bind-key", "button", "buttons"}));
  EXPECT_EQ(of({"--"}), (Words{"--help", "--server"}));
  EXPECT_EQ(of({"buttons", "--j"}), (Words{"--json"}));
  EXPECT_EQ(of({"token", ""}), (Words{"add", "revoke"}));
  EXPECT_EQ(of({"--server", "http://h", "api", "snom_button"}), (Words{"snom_button", "snom_buttons"}));
  EXPECT_EQ(of({"none", "x"}), Words());
  EXPECT_FALSE(of({}).empty());
}

TEST_F(Completion, PhonesAndGroupsStandWhereAPhoneIsMeant) {
  EXPECT_EQ(of({"button", ""}), (Words{"1000@h", "1001@h", "2000@other", "@sales"}));
  EXPECT_EQ(of({"button", "100"}), (Words{"1000@h", "1001@h"}));
  EXPECT_EQ(of({"button", "@"}), (Words{"@sales"}));
}

TEST_F(Completion, KeysAreThoseOfThePhoneBefore) {
  EXPECT_EQ(of({"button", "1000@h", ""}), (Words{"2", "P5"}));
  EXPECT_EQ(of({"button", "1000@h", "--light", "on", "P"}), (Words{"P5"}));
  EXPECT_EQ(of({"button", "1001@h", ""}), Words());
  EXPECT_EQ(of({"button", "1000@h", "2", ""}), Words());
}

TEST_F(Completion, OptionsOfAGroupOfThemAreOptionsToo) {
  EXPECT_EQ(of({"command", "--"}), (Words{"--help", "--key", "--to"}));
  EXPECT_EQ(of({"command", "--key", "2", "--to", "20"}), (Words{"2000"}));
}

TEST_F(Completion, GroupsAndTheirMembersAreKnown) {
  EXPECT_EQ(of({"group", "set", "s"}), (Words{"sales"}));
  EXPECT_EQ(of({"group", "set", "sales", "10"}), (Words{"1000", "1001"}));
  EXPECT_EQ(of({"group", "set", "sales", "1000", "1001", "2"}), (Words{"2000"}));
}

TEST_F(Completion, ValuesOfOptionsAreWhatTheyCanBe) {
  EXPECT_EQ(of({"button", "1000@h", "2", "--light", "p"}), (Words{"park", "pickup"}));
  EXPECT_EQ(of({"token", "add", "--role", ""}), (Words{"admin", "operate", "read"}));
  EXPECT_EQ(of({"bind-key", "--user", ""}), (Words{"1000", "1001", "2000"}));
  EXPECT_EQ(of({"bind-key", "--host", "o"}), (Words{"other"}));
  EXPECT_EQ(of({"bind-key", "--profile", ""}), (Words{"internal"}));
  EXPECT_EQ(of({"--server", ""}), Words());
  EXPECT_EQ(of({"token", "revoke", "d"}), (Words{"desk"}));
  EXPECT_EQ(of({"token", "add", ""}), Words());
}

}  // namespace
}  // namespace snom::snomctl
