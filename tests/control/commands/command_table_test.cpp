#include "control/commands/command_table.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "control/contact.h"
#include "control/fake_ports.h"
#include "language/command_line.h"
#include "language/refused.h"
#include "tests_dir.h"

namespace snom::control {
namespace {

using testing::Fixture;
using Lines = std::vector<std::string>;

TEST(CommandTable, SaysOfEachCommandHowItIsTypedAndWhatItDoes) {
  std::set<std::string_view> names;
  for (const auto& command : command_table) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_EQ(find_command(command.name), &command);
    for (const auto text : {command.name, command.usage, command.summary}) {
      EXPECT_FALSE(text.empty()) << command.name;
      EXPECT_EQ(text.data()[text.size()], '\0') << text;
    }
    Fixture fixture;
    EXPECT_EQ(fixture.reply_to(command.name), fmt::format("-ERR usage: {} {}", command.name, command.usage));
    EXPECT_EQ(fixture.events.of<CommandDone>().at(0).command, command.name);
  }
  EXPECT_EQ(find_command("snom"), nullptr);
  EXPECT_EQ(find_command("SNOM_COMMAND"), nullptr);
}

TEST(CommandTable, IsWhatAnUnknownCommandIsToldOf) {
  std::string names;
  for (const auto& command : command_table) names.append(names.empty() ? "" : ", ").append(command.name);
  EXPECT_EQ(read_command("nonsense geheim").name, "nonsense");
  EXPECT_EQ(read_command("nonsense geheim").command.error(), "unknown command 'nonsense' (commands: " + names + ")");
}

TEST(CommandTable, IsReadIntoTheCommandOfThatName) {
  const auto index = [](std::string_view line) { return read_command(line).command.value().index(); };
  EXPECT_EQ(index("snom_bind_key 2 on D 1000 example.com internal"), Command(BindKey{}).index());
  EXPECT_EQ(index("snom_command 1000 dnd"), Command(SnomCommand{}).index());
  EXPECT_EQ(index("snom_button 1000@example.com 2 light=on"), Command(SetButtons{}).index());
  EXPECT_EQ(index("snom_buttons 1000@example.com"), Command(ListButtons{}).index());
  EXPECT_EQ(index("snom_clear 1000@example.com 2"), Command(ClearButtons{}).index());
}

// --- the manual

/// docs/commands.md by heading.
std::map<std::string, std::string> sections_of_the_manual() {
  std::map<std::string, std::string> sections;
  std::ifstream manual(snom::testing::tests_dir() + "/../docs/commands.md");
  EXPECT_TRUE(manual);
  std::string heading;
  for (std::string line; std::getline(manual, line);) {
    if (line.starts_with("## ")) heading = line.substr(3);
    sections[heading] += line + "\n";
  }
  return sections;
}

TEST(CommandTable, HasASectionOfTheManualForEachCommandThatBeginsWithItsUsage) {
  const auto sections = sections_of_the_manual();
  for (const auto& command : command_table) {
    const auto section = std::find_if(sections.begin(), sections.end(), [&](const auto& one) {
      const auto words = language::split_command_line(one.first, 20);
      return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return word == command.name || word == std::string(command.name) + ",";
      });
    });
    ASSERT_NE(section, sections.end()) << command.name;
    const auto usage = fmt::format("\n    {} {}\n", command.name, command.usage);
    EXPECT_NE(section->second.find(usage), std::string::npos) << usage;
  }
}

TEST(CommandTable, NamesItsCommandsInTheManualsFirstWords) {
  const auto error = read_command("x").command.error();
  EXPECT_NE(sections_of_the_manual().at("").find("`-ERR " + error + "`"), std::string::npos) << error;
}

// --- completion

TEST(CommandTable, OffersWordsThatMakeALineTheCommandReads) {
  const std::map<std::string, std::string> words = {{"<keys>", "2"},
                                                    {"<lights>", "on"},
                                                    {"<users>", "1000"},
                                                    {"<domains>", "example.com"},
                                                    {"<profiles>", "internal"},
                                                    {"<phones>", "*/1000"},
                                                    {"<addresses>", "1000@example.com"},
                                                    {"<any>", "Label"}};
  // What is to be typed behind the words that are offered.
  const std::map<std::string, std::string> ends = {
      {"key", "P1"},      {"dial", "1001"},         {"dtmf", "1"},       {"transfer", "1001"},
      {"setting", "a b"}, {"message", "call back"}, {"screen", "a.png"}, {"snom_button", "light=on"}};
  for (const auto& command : command_table) {
    EXPECT_FALSE(command.complete().empty()) << command.name;
    for (const auto& offered : command.complete()) {
      std::string line(command.name);
      std::string last = line;
      for (const auto& word : language::split_command_line(offered, 20)) {
        const auto known = words.find(word);
        EXPECT_TRUE(!word.starts_with('<') || known != words.end()) << word;
        line += " " + (known == words.end() ? word : known->second);
        last = word;
      }
      auto end = ends.find(last);
      if (end == ends.end()) end = ends.find(std::string(command.name));
      if (end != ends.end()) line += " " + end->second;
      const auto read = read_command(line);
      EXPECT_TRUE(read.command) << line << ": " << read.command.error();
    }
  }
}

// --- what is shown

constexpr std::string_view secret = "geheim";

/// Lines of a command with the secret wherever one may stand: where it belongs, and where it goes by mistake.
Lines lines_with_a_secret(const CommandEntry& command) {
  Lines lines;
  const std::string name(command.name);
  if (command.name == snom_command_name) {
    const std::map<std::string_view, std::string> words = {
        {"key", "ENTER"}, {"action", "reboot"}, {"dial", "1001"},    {"dtmf", "1"},
        {"hangup", ""},   {"hold", ""},         {"transfer", "1"},   {"dnd", ""},
        {"logoff", "2"},  {"reregister", "2"},  {"screen", "a.png"}, {"provision", ""}};
    for (const auto& form : command_forms()) {
      const auto typed = fmt::format("{} 1000 {}", name, form.name);
      if (form.words == CommandForm::Words::rest_of_line) continue;  // all of it is shown on a phone
      if (form.words == CommandForm::Words::name_and_value) {
        lines.push_back(fmt::format("{} user_pass1 {}", typed, secret));
        lines.push_back(fmt::format("{} user_pass1 {} admin {}", typed, secret, secret));
        continue;
      }
      const auto word = words.find(form.name);
      if (word == words.end()) {
        ADD_FAILURE() << "no words for " << form.name;
        continue;
      }
      const auto whole = word->second.empty() ? typed : typed + " " + word->second;
      lines.push_back(fmt::format("{} admin {}", whole, secret));
      lines.push_back(fmt::format("{} admin my {} '{}'", whole, secret, secret));
      lines.push_back(fmt::format("{} {}", whole, secret));
      if (form.words == CommandForm::Words::optional_identity)
        lines.push_back(fmt::format("{} admin {}", typed, secret));
    }
    lines.push_back(fmt::format("{} 1000 kee ENTER admin {}", name, secret));
    lines.push_back(fmt::format("{} admin {} 1000 key ENTER", name, secret));
    lines.push_back(fmt::format("{} http://admin:{}@192.0.2.7 key ENTER", name, secret));
    return lines;
  }
  const auto remote = fmt::format("snom_command 1001 key ENTER admin {}", secret);
  if (command.name == bind_key_name) {
    for (const auto& action : {"api+" + remote, "API+" + remote, remote, "api+bgapi " + remote,
                               "api+snom_bind_key 3 on D 1000 example.com internal message api+" + remote,
                               fmt::format("sip:1001:{}@192.0.2.7", secret)}) {
      lines.push_back(fmt::format("{} 2 on D 1000 example.com internal message {}", name, action));
      lines.push_back(fmt::format("{} 2 oon D 1000 example.com internal message {}", name, action));
      lines.push_back(fmt::format("{} 2 on D 1000 example.com internal mesage {}", name, action));
      lines.push_back(fmt::format("{} 2 on 1000 example.com internal message {}", name, action));
    }
    return lines;
  }
  if (command.name == button_name) {
    lines.push_back(fmt::format("{} 1000@example.com 2 light=on number='api+{}'", name, remote));
    lines.push_back(fmt::format("{} 1000@example.com 2 number='API+{}' 3 light=on", name, remote));
    lines.push_back(fmt::format("{} 1000@example.com 2 number='sip:1001:{}@192.0.2.7'", name, secret));
    lines.push_back(fmt::format("{} 1000@example.com 2 number=api+{}", name, remote));
    lines.push_back(fmt::format("{} 1000@example.com 2 'nmber {}'=x", name, secret));
    lines.push_back(fmt::format("{} 1000@example.com 2 light='on {}'", name, secret));
  }
  lines.push_back(fmt::format("{} 1000:{}@example.com 2", name, secret));
  lines.push_back(fmt::format("{} 1000@example.com 2 admin {}", name, secret));
  return lines;
}

TEST(CommandTable, HidesAPasswordWhereverItStandsInAnyCommand) {
  for (const auto& command : command_table) {
    const auto lines = lines_with_a_secret(command);
    EXPECT_FALSE(lines.empty()) << command.name;
    for (const auto& line : lines) {
      Fixture fixture;
      fixture.messages.at_once = SipOutcome{200, "OK"};
      fixture.web.at_once = WebOutcome{401, {}};
      const auto reply = fixture.reply_to(line);
      EXPECT_TRUE(reply.starts_with("+OK") || reply.starts_with("-ERR")) << line << ": " << reply;
      EXPECT_EQ(reply.find(secret), std::string::npos) << line << ": " << reply;
      for (const auto& done : fixture.events.of<CommandDone>()) {
        EXPECT_EQ(done.command.find(secret), std::string::npos) << line << ": " << done.command;
        EXPECT_EQ(done.reply.find(secret), std::string::npos) << line << ": " << done.reply;
      }
      for (const auto& set : fixture.events.of<ButtonSet>()) {
        EXPECT_EQ(set.button.number.find(secret), std::string::npos) << line << ": " << set.button.number;
      }
      for (const auto& key : fixture.command_service->keys("1000@example.com")) {
        EXPECT_EQ(key.button.number.find(secret), std::string::npos) << line << ": " << key.button.number;
      }
      for (const auto& action : {"api+" + line, "API+" + line, line,
                                 "api+snom_bind_key 2 on D 1000 example.com internal message api+" + line}) {
        const auto shown = action_without_password(action);
        EXPECT_EQ(shown.find(secret), std::string::npos) << action << ": " << shown;
      }
      const auto arguments = std::string_view(line).substr(command.name.size() + 1);
      const auto shown = command.redact(arguments, action_without_password);
      EXPECT_EQ(language::without_uri_passwords(shown.value_or("")).find(secret), std::string::npos)
          << line << ": " << *shown;
    }
  }
}

}  // namespace
}  // namespace snom::control
