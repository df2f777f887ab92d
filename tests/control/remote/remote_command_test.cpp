#include "control/remote/remote_command.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "control/commands/snom_command.h"
#include "tests_dir.h"

namespace snom::control {
namespace {

/// The wire of one command: the request of HTTP, the bodies of the NOTIFYs, or why there is none.
std::string wire(const std::string& typed) {
  const auto command = parse_snom_command("1000 " + typed);
  auto text = "> " + typed + "\n";
  if (!command) return text + "refused: " + command.error() + "\n";
  const auto& remote = command->remote;
  text += remote.web ? "GET " + *remote.web + "\n" : "no HTTP: " + remote.web.error() + "\n";
  if (!remote.xml) return text + "no NOTIFY: " + remote.xml.error() + "\n";
  for (const auto& step : *remote.xml) {
    text += "NOTIFY" + (step.event.empty() ? std::string() : " " + step.event) +
            (step.pause ? ", then " + std::to_string(step.pause->count()) + " ms" : std::string()) + "\n" +
            (step.body.empty() ? "" : step.body + "\n");
  }
  return text;
}

TEST(RemoteCommand, EachCommandOnTheWireOfEachChannel) {
  std::ifstream file(snom::testing::tests_dir() + "/control/golden/commands.wire", std::ios::binary);
  ASSERT_TRUE(file.is_open());
  const std::string golden{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::string all;
  std::size_t commands = 0;
  for (std::size_t at = golden.find("> "); at != std::string::npos; at = golden.find("\n> ", at)) {
    if (golden[at] == '\n') ++at;
    const auto end = golden.find('\n', at);
    all += wire(golden.substr(at + 2, end - at - 2));
    ++commands;
    at = end - 1;
  }
  EXPECT_EQ(all, golden);
  EXPECT_EQ(commands, 29U);
}

std::string refusal(const std::string& typed) {
  const auto command = parse_snom_command("1000 " + typed);
  return command ? "(taken)" : command.error();
}

TEST(RemoteCommand, WhatIsWrongIsNamed) {
  EXPECT_EQ(refusal("dial ''"), "number: '' cannot be dialled (expected a number or an address without blanks)");
  EXPECT_EQ(refusal("dial 'a b'"),
            "number: 'a ...' cannot be dialled (expected a number or an address without blanks)");
  EXPECT_TRUE(refusal("dial 10\\n01").starts_with("number: ")) << refusal("dial 10\\n01");
  EXPECT_EQ(refusal("dtmf 12x"), "digits: '12x' cannot be sent (expected up to 128 of 0 to 9, *, #, A to D)");
  EXPECT_EQ(refusal("dtmf ''"), "digits: '' cannot be sent (expected up to 128 of 0 to 9, *, #, A to D)");
  EXPECT_EQ(refusal("transfer +49"), "number: '+49' cannot be typed on a phone's keys (expected 0 to 9, *, #)");
  EXPECT_EQ(refusal("logoff 13"), "identity: expected a number from 1 to 12");
  EXPECT_EQ(refusal("reregister x"), "identity: expected a number from 1 to 12");
  // Somebody who puts the quotes wrong has the password in here.
  EXPECT_EQ(refusal("dtmf '12 admin PW'"),
            "digits: '12 ...' cannot be sent (expected up to 128 of 0 to 9, *, #, A to D)");
  EXPECT_EQ(refusal("transfer '12 admin PW'"),
            "number: '12 ...' cannot be typed on a phone's keys (expected 0 to 9, *, #)");
  EXPECT_EQ(refusal("key 'enter admin PW'"),
            "type: 'enter ...' holds a blank (expected Key[,Time[,Pause]][;...] without blanks)");
  EXPECT_EQ(refusal("screen 'a.png admin PW'"),
            "file: 'a.png ...' is not the name of a picture (expected letters, digits, - _ . @ and .png at the end; no "
            "folder)");
  EXPECT_EQ(refusal("setting 'a b' c"), "name: 'a ...' is not the name of a setting");
  EXPECT_EQ(refusal("setting name sec\\nret"),
            "value: a setting's value is UTF-8 without control characters, at most 1024 bytes");
  EXPECT_EQ(refusal("message ''"), "text: is empty");
}

TEST(RemoteCommand, PicturesHaveAPlainName) {
  for (const auto* file : {"a/b.png", "../b.png", ".b.png", "b.bmp", ".png", "''", "/etc/b.png"}) {
    EXPECT_TRUE(refusal(std::string("screen ") + file).starts_with("file: ")) << file;
  }
  EXPECT_EQ(refusal("screen desk.PNG"), "(taken)");
}

}  // namespace
}  // namespace snom::control
