#include "layout/layout.h"

#include <chrono>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

namespace snom::layout {
namespace {

using Texts = std::vector<std::string>;

Texts errors_of(std::string_view text, LayoutFormat format = LayoutFormat::toml) {
  const auto layout = parse_layout(text, format == LayoutFormat::toml ? "desk.toml" : "desk.csv", format);
  return layout ? Texts{"no error"} : layout.error();
}

Layout parsed(std::string_view text, LayoutFormat format = LayoutFormat::toml) {
  const auto layout = parse_layout(text, "desk.toml", format);
  EXPECT_TRUE(layout) << (layout ? "" : layout.error().front());
  return layout.value_or(Layout{});
}

constexpr std::string_view desk = R"([[group]]
name = "reception"
phones = ["1000@example.com", "1001@example.com"]

[[group.key]]
key = 1
light = "on"
color = "green"
label = "Front door"
number = "4711"
action = "invite"

[[group.key]]
key = "2"
label = "Night"
number = "api+night on"
action = "message"
caller = "Bob"
)";

TEST(Layout, TomlHasGroupsOfPhonesWithKeys) {
  const auto layout = parsed(desk);
  ASSERT_EQ(layout.size(), 2u);
  const auto& keys = layout.at("1001@example.com");
  ASSERT_EQ(keys.size(), 2u);
  const auto& door = keys.at("1").button;
  EXPECT_EQ(door.light, language::Light::on);
  EXPECT_EQ(door.colour, language::Colour::green);
  EXPECT_EQ(door.label, "Front door");
  EXPECT_EQ(door.number, "4711");
  EXPECT_EQ(door.action, language::Action::invite);
  EXPECT_EQ(keys.at("2").button.light, std::nullopt);
  EXPECT_EQ(keys.at("2").button.caller, "Bob");
  EXPECT_EQ(keys.at("2").line, 13);
}

TEST(Layout, CsvHasOneKeyALine) {
  const auto layout = parsed(
      "\xef\xbb\xbfphone,key,label,light,colour,action,number\r\n"
      "1000@example.com,1,\"Door, \"\"front\"\"\",on,green,invite,4711\r\n"
      "\r\n"
      " 1000..1001@example.com , 2 , Night ,,,message,\"api+night\"\n",
      LayoutFormat::csv);
  ASSERT_EQ(layout.size(), 2u);
  EXPECT_EQ(layout.at("1000@example.com").at("1").button.label, "Door, \"front\"");
  EXPECT_EQ(layout.at("1000@example.com").at("1").button.colour, language::Colour::green);
  EXPECT_EQ(layout.at("1001@example.com").at("2").button.label, "Night");
  EXPECT_EQ(layout.at("1001@example.com").at("2").button.light, std::nullopt);
  EXPECT_EQ(layout.at("1001@example.com").at("2").line, 4);
}

TEST(Layout, CsvWithSemicolonsIsReadToo) {
  const auto layout = parsed("phone;key;label\n1000@example.com;1;Door, front\n", LayoutFormat::csv);
  EXPECT_EQ(layout.at("1000@example.com").at("1").button.label, "Door, front");
}

TEST(Layout, CsvAsSpreadsheetsLeaveIt) {
  // Rows and columns that were used and emptied.
  const auto left = parsed(
      ";;;;\r\n\r\nphone;key;label;;\r\n;;;;\r\n1000@example.com;1;Door;;\r\n ; ;;\"\";\r\n"
      "1000@example.com;2;Yard\r\n;;;;;;;;\r\n",
      LayoutFormat::csv);
  ASSERT_EQ(left.size(), 1u);
  ASSERT_EQ(left.at("1000@example.com").size(), 2u);
  EXPECT_EQ(left.at("1000@example.com").at("1").button.label, "Door");
  EXPECT_EQ(left.at("1000@example.com").at("2").line, 7);
  for (const auto* text :
       {"sep=;\r\nphone;key;label\r\n1000@example.com;2;a,b\r\n", "sep=|\nphone|key|label\n1000@example.com|2|a,b\n",
        "Phone;KEY;Label\n1000@example.com;2;a,b\n", "phone\tkey\tlabel\n1000@example.com\t2\ta,b\n"}) {
    EXPECT_EQ(parsed(text, LayoutFormat::csv).at("1000@example.com").at("2").button.label, "a,b") << text;
  }
  EXPECT_EQ(parsed("sep=;\nphone;key\n1000@example.com;1\n", LayoutFormat::csv).at("1000@example.com").at("1").line, 3);
}

TEST(Layout, AFileThatIsNoUtf8IsToldSo) {
  for (const auto format : {LayoutFormat::csv, LayoutFormat::toml}) {
    const auto file = format == LayoutFormat::csv ? std::string("desk.csv") : std::string("desk.toml");
    EXPECT_EQ(errors_of("phone,key,label\n1000@h,1,T\xfcr\n", format),
              (Texts{file + ":2: the byte 0xfc is not UTF-8 (a file in Windows-1252 or ISO 8859-1 has such: save it in "
                            "UTF-8)"}));
    EXPECT_EQ(errors_of(std::string_view("\xff\xfep\0h\0", 6), format),
              (Texts{file + ":1: the file is UTF-16 (expected UTF-8: save it as text or CSV in UTF-8)"}));
  }
}

TEST(Layout, ARangeOfPhonesIsAsWideAsItsFirst) {
  const auto layout = parsed("[[group]]\nphones = [\"098..101@example.com\"]\nkey = [{ key = 1, label = \"x\" }]\n");
  ASSERT_EQ(layout.size(), 4u);
  EXPECT_TRUE(layout.contains("098@example.com"));
  EXPECT_TRUE(layout.contains("101@example.com"));
}

TEST(Layout, WhatSteersATerminalIsEscapedInTomlAndReadAsItWas) {
  const std::string label =
      "Gr\xc3\xbcn \xf0\x9f\x98\x80 \xe2\x80\xae\xe2\x80\x8f\xe2\x81\xa6\xc2\x9b\xf3\xa0\x80\x81\\\"";
  Layout layout;
  layout["1000@example.com"]["1"].button.key = "1";
  layout["1000@example.com"]["1"].button.number = label;
  const auto text = write_layout(layout, LayoutFormat::toml);
  EXPECT_NE(text.find("\"Gr\xc3\xbcn \xf0\x9f\x98\x80 \\u202E\\u200F\\u2066\\u009B\\U000E0001\\\\\\\"\""),
            std::string::npos)
      << text;
  layout["1000@example.com"]["1"].button.number.erase(label.find("\xc2\x9b"), 2);  // which no key can have
  EXPECT_EQ(parsed(write_layout(layout, LayoutFormat::toml))["1000@example.com"]["1"].button.number,
            layout["1000@example.com"]["1"].button.number);
}

TEST(Layout, TheFormatIsTheEndOfTheName) {
  EXPECT_EQ(layout_format("a/desk.toml"), LayoutFormat::toml);
  EXPECT_EQ(layout_format("desk.csv"), LayoutFormat::csv);
  EXPECT_EQ(layout_format("DESK.CSV"), LayoutFormat::csv);
  EXPECT_EQ(layout_format("desk.Toml"), LayoutFormat::toml);
  EXPECT_EQ(layout_format("desk.txt").error(),
            "'desk.txt' ends neither in .toml nor in .csv, which says how it is written");
}

TEST(Layout, ErrorsNameFileLineAndArgument) {
  EXPECT_EQ(errors_of("[[group]\n").front().substr(0, 13), "desk.toml:1: ");
  EXPECT_EQ(errors_of(""), (Texts{"desk.toml:1: group: the file has no [[group]], written so, once for each"}));
  EXPECT_EQ(errors_of("group = 1\n"),
            (Texts{"desk.toml:1: group: the file has no [[group]], written so, once for each"}));
  EXPECT_EQ(errors_of("x = 1\n" + std::string(desk)),
            (Texts{"desk.toml:1: 'x' is not known here (expected [[group]])"}));
  EXPECT_EQ(
      errors_of("[[group]]\nphone = []\n"),
      (Texts{
          "desk.toml:2: 'phone' is not a setting of [[group]] (expected name, phones, key; model, keys, modules, mac)",
          "desk.toml:1: phones: [[group]] needs phones = [\"user@host\", ...]",
          "desk.toml:1: key: [[group]] needs keys, written [[group.key]], once for each"}));
  const std::string group = "[[group]]\nphones = [\"1000@example.com\"]\n";
  EXPECT_EQ(errors_of("[[group]]\nphones = [1000]\n[[group.key]]\nkey = 1\n"),
            (Texts{"desk.toml:2: phones: expected texts in quotes"}));
  EXPECT_EQ(
      errors_of(group + "[[group.key]]\nkey = 1\nlight = \"purple\"\n"),
      (Texts{"desk.toml:5: light: 'purple' is not a light (expected off, on, hold, pickup, park, message, offline, "
             "error, seized, record)"}));
  EXPECT_EQ(errors_of(group + "[[group.key]]\nkey = 1\ncolour = \"blue\"\naction = \"call\"\n"),
            (Texts{"desk.toml:5: color: 'blue' is not a colour (expected red, green, orange, local, remote)",
                   "desk.toml:6: action: 'call' is not an action name (expected invite, message)"}));
  EXPECT_EQ(errors_of(group + "[[group.key]]\nkey = 1\nlabel = \"a\\tb\"\n").front().substr(0, 20),
            "desk.toml:5: label: ");
  EXPECT_EQ(errors_of(group + "[[group.key]]\nkey = 1\nlabel = [1]\n"),
            (Texts{"desk.toml:5: label: expected a text in quotes"}));
  EXPECT_EQ(errors_of(group + "[[group.key]]\nlabel = \"x\"\n"),
            (Texts{"desk.toml:3: key: is missing (expected the number or name of a key, such as 2)"}));
  EXPECT_EQ(errors_of(group + "[[group.key]]\nkey = \"a=b\"\n"),
            (Texts{"desk.toml:4: key: 'a=b' holds a '=', which no key has here"}));
  EXPECT_EQ(errors_of(group + "[[group.key]]\nkey = 1\nlite = \"on\"\n"),
            (Texts{"desk.toml:5: 'lite' is not a property of a key (expected key, light, color, label, number, action, "
                   "caller, number_hidden, place)"}));
  EXPECT_EQ(errors_of(group + "[[group.key]]\nkey = 1\nnumber_hidden = \"yes\"\n"),
            (Texts{"desk.toml:5: number_hidden: 'yes' is neither true nor false"}));
}

TEST(Layout, ThatIsNestedToDeathIsRefused) {
  std::string dots;
  for (int i = 0; i < 50000; ++i) dots += "a.";
  EXPECT_EQ(errors_of(std::string(desk) + "[" + dots + "a]\n"),
            (Texts{"desk.toml:19: nested too deep (at most 16 levels are possible)"}));
}

TEST(Layout, PhonesThatCannotBeAreRefused) {
  const auto with = [](const std::string& phone) {
    return errors_of("[[group]]\nphones = [\n\"" + phone + "\"]\nkey = [{ key = 1 }]\n");
  };
  const std::string expected = " is not a phone (expected user@host, or 1000..1019@host for twenty of them)";
  for (const std::string phone : {"1000", "@example.com", "1000@", "1@2@3"}) {
    EXPECT_EQ(with(phone), (Texts{"desk.toml:3: phone: '" + phone + "'" + expected}));
  }
  EXPECT_EQ(with("10 00@example.com"), (Texts{"desk.toml:3: phone: '10 ...'" + expected}));
  for (const std::string phone : {"2..1@h", "a..b@h", "..@h", "1..@h"}) {
    EXPECT_EQ(with(phone), (Texts{"desk.toml:3: phone: '" + phone +
                                  "' is not a range (expected two numbers, the smaller first, as 1000..1019@host)"}));
  }
  EXPECT_EQ(with("1..200000@h"),
            (Texts{"desk.toml:3: phone: '1..200000@h' are 200000 phones (at most 100000 are possible)"}));
}

TEST(Layout, AKeyIsSaidOnce) {
  EXPECT_EQ(errors_of(std::string(desk) + "\n[[group]]\nphones = [\"1001@example.com\"]\nkey = [{ key = 2 }]\n"),
            (Texts{"desk.toml:22: key: key 2 of 1001@example.com is set in line 13 already"}));
}

TEST(Layout, CsvErrorsNameTheLine) {
  const auto csv = [](std::string_view text) { return errors_of(text, LayoutFormat::csv); };
  EXPECT_EQ(csv(""),
            (Texts{"desk.csv:1: the file is empty (the first line names the columns, as phone,key,light,label)"}));
  EXPECT_EQ(csv("phone,label\n"), (Texts{"desk.csv:1: key: the first line has no such column (it names the columns, as "
                                         "phone,key,light,label)"}));
  EXPECT_EQ(csv("phone,key,lite\n"),
            (Texts{"desk.csv:1: 'lite' is not a column (expected phone, key, light, color, label, "
                   "number, action, caller, number_hidden; place, model, keys, modules, mac)"}));
  EXPECT_EQ(csv("phone,key,key\n").front().substr(0, 38), "desk.csv:1: 'key' is a column twice (e");
  EXPECT_EQ(csv("phone,key\n1000@h,1,on\n"), (Texts{"desk.csv:2: has 3 fields (expected 2, as the first line)"}));
  EXPECT_EQ(csv("phone,key,,\n1000@h,1,,on\n"), (Texts{"desk.csv:2: has 4 fields (expected 2, as the first line)"}));
  EXPECT_EQ(csv("phone,,key\n").front().substr(0, 28), "desk.csv:1: '' is not a colu");
  EXPECT_EQ(csv("phone,key,\"label\n").front().substr(0, 28), "desk.csv:1: a field in quote");
  EXPECT_EQ(csv(",,\n\n,\n"),
            (Texts{"desk.csv:1: the file is empty (the first line names the columns, as phone,key,light,label)"}));
  EXPECT_EQ(csv("phone,key,label\n1000@h,1,\"a\nb\n"),
            (Texts{"desk.csv:2: a field in quotes that begins in line 2 has no end"}));
  EXPECT_EQ(csv("phone,key,label\n1000@h,1,\"a\"b\n"),
            (Texts{"desk.csv:2: text behind the closing quote of a field (a quote within one is written \"\")"}));
  EXPECT_EQ(csv("phone,key,label,light\n1000@h,1,\"a\nb\",on\n1000@h,2,x,purple\n").back().substr(0, 27),
            "desk.csv:4: light: 'purple'");
}

/// All that is said of a layout: what is wrong with it, what it changes, what of it is impossible.
std::string everything_said_of(const std::string& text, LayoutFormat format) {
  std::string said;
  const auto layout = parse_layout(text, "desk", format);
  if (!layout) {
    for (const auto& error : layout.error()) said += error + "\n";
    return said;
  }
  const auto difference = compare({}, *layout, "desk");
  for (const auto& phone : difference.phones) said += show_change(phone);
  for (const auto& phone :
       compare(*layout, *parse_layout("phone,key,label\n1000@h,1,x\n", "x", LayoutFormat::csv), "x").phones) {
    said += show_change(phone);
  }
  for (const auto& error : difference.impossible) said += error + "\n";
  return said;
}

TEST(Layout, ACommandInTheWrongPlaceIsSaidWithoutItsPassword) {
  const std::vector<std::string> lines = {
      "api+snom_command 1001 key enter admin geheim", "API+SNOM_COMMAND 1001 key enter admin geheim",
      "snom_command 1001 key enter admin geheim", "api+snom_command\\t1001\\tkey\\tenter\\tadmin\\tgeheim"};
  const std::vector<std::string> columns = {"phone",  "key",    "place",         "light", "color", "label",   "number",
                                            "action", "caller", "number_hidden", "model", "keys",  "modules", "mac"};
  const auto row = [&columns](const std::string& column, const std::string& value) {
    std::string heading;
    std::string fields;
    for (const auto& name : columns) {
      if (name != "phone" && name != "key" && name != column) continue;
      heading += (heading.empty() ? "" : ",") + name;
      const std::string usual = name == "phone" ? "1000@h" : "1";
      fields += (fields.empty() ? "\"" : ",\"") + (name == column ? value : usual) + '"';
    }
    return heading + "\n" + fields + "\n";
  };
  const std::string group = "[[group]]\nphones = [\"1000@h\"]\n";
  for (const auto& line : lines) {
    const auto quoted = '"' + line + '"';
    auto csv_line = line;
    for (std::size_t at = 0; (at = csv_line.find("\\t")) != std::string::npos;) csv_line.replace(at, 2, "\t");
    std::vector<std::pair<std::string, LayoutFormat>> files;
    for (const auto& column : columns) {
      files.emplace_back(row(column, csv_line), LayoutFormat::csv);
      files.emplace_back(row(column, csv_line) + row(column, csv_line), LayoutFormat::csv);
      files.emplace_back(row(column, csv_line + "@h"), LayoutFormat::csv);
      files.emplace_back(row(column, csv_line + "=1"), LayoutFormat::csv);
      files.emplace_back(group + column + " = " + quoted + "\nkey = [{ key = 1 }]\n", LayoutFormat::toml);
      if (column != "key")
        files.emplace_back(group + "key = [{ key = 1, " + column + " = " + quoted + " }]\n", LayoutFormat::toml);
    }
    files.emplace_back("phone,key,\"" + csv_line + "\"\n", LayoutFormat::csv);
    files.emplace_back("\"" + csv_line + "\",key,phone\n", LayoutFormat::csv);
    files.emplace_back("[[group]]\nphones = [" + quoted + "]\nkey = [{ key = 1 }]\n", LayoutFormat::toml);
    files.emplace_back(group + "key = [{ key = " + quoted + " }, { key = " + quoted + " }]\n", LayoutFormat::toml);
    files.emplace_back(group + "key = [{ key = " + quoted + ", number = \"1\", number_hidden = true }]\n",
                       LayoutFormat::toml);
    files.emplace_back(group + "key = [{ key = 1, " + quoted + " = 1 }]\n", LayoutFormat::toml);
    files.emplace_back(group + quoted + " = 1\nkey = [{ key = 1 }]\n", LayoutFormat::toml);
    files.emplace_back(quoted + " = 1\n", LayoutFormat::toml);
    files.emplace_back(quoted + " = 1\n" + quoted + " = 2\n", LayoutFormat::toml);
    files.emplace_back("[" + quoted + "]\n[" + quoted + "]\n", LayoutFormat::toml);
    files.emplace_back(quoted + ".a = 1\n[[" + quoted + "]]\n", LayoutFormat::toml);
    files.emplace_back(group + "key = [{ key = 1, number = " + line + " }]\n", LayoutFormat::toml);
    for (const auto& [text, format] : files) {
      const auto said = everything_said_of(text, format);
      EXPECT_NE(said, "") << text;
      EXPECT_EQ(said.find("geheim"), std::string::npos) << text << "\n" << said;
    }
  }
}

TEST(Layout, AHundredErrorsAreNotAllTold) {
  std::string text = "phone,key\n";
  for (int i = 0; i < 100; ++i) text += "1000,1\n";
  const auto errors = errors_of(text, LayoutFormat::csv);
  ASSERT_EQ(errors.size(), 21u);
  EXPECT_EQ(errors.back(), "desk.csv: and 80 more");
}

TEST(Layout, WhatIsWrittenIsReadBack) {
  auto layout = parsed(desk);
  auto& odd = layout["1002@example.com"]["EK0"].button;
  odd.key = "EK0";
  odd.label = " \"quoted\", back\\slash; and \xc3\xa4 ";
  odd.number = "api+say 'it''s'";
  layout["1002@example.com"]["EK0"].number_hidden = true;
  for (const auto format : {LayoutFormat::toml, LayoutFormat::csv}) {
    const auto again = parsed(write_layout(layout, format), format);
    ASSERT_EQ(again.size(), layout.size());
    for (const auto& [phone, keys] : layout) {
      ASSERT_EQ(again.at(phone).size(), keys.size());
      for (const auto& [name, key] : keys) {
        EXPECT_EQ(again.at(phone).at(name).button, key.button) << name;
        EXPECT_EQ(again.at(phone).at(name).number_hidden, key.number_hidden) << name;
      }
    }
  }
}

TEST(Layout, PhonesWithTheSameKeysAreWrittenAsOneGroup) {
  EXPECT_EQ(write_layout(parsed("phone,key,label\n1@h,2,x\n2@h,2,x\n3@h,2,y\n", LayoutFormat::csv), LayoutFormat::toml),
            R"(# A layout of keys, as snomctl apply reads it.

[[group]]
phones = [
  "1@h",
  "2@h",
]

[[group.key]]
key = "2"
label = "x"

[[group]]
phones = [
  "3@h",
]

[[group.key]]
key = "2"
label = "y"
)");
}

/// 59 groups that are within the limit each, of phones that differ.
std::string many_ranges(std::string_view before, std::string_view between, std::string_view after) {
  std::string text(before);
  for (int i = 0; i < 59; ++i) {
    text += between;
    text += std::to_string(1'000'000 + i * 100'000) + ".." + std::to_string(1'000'000 + i * 100'000 + 99'999) + "@h";
    text += after;
  }
  return text;
}

TEST(LayoutLimits, AFileHasSoManyPhonesAtMost) {
  for (const auto& [text, format] :
       {std::pair(many_ranges("", "[[group]]\nphones = [\"", "\"]\n[[group.key]]\nkey = \"1\"\nlight = \"on\"\n"),
                  LayoutFormat::toml),
        std::pair(many_ranges("phone,key,light\n", "", ",1,on\n"), LayoutFormat::csv)}) {
    const auto layout = parse_layout(text, "many", format);
    ASSERT_FALSE(layout);
    EXPECT_NE(layout.error().front().find("is one more than the 100000 phones that a file can have"), std::string::npos)
        << layout.error().front();
  }
}

TEST(LayoutLimits, AGroupHasSoManyPhonesAtMost) {
  const auto text =
      many_ranges("[[group]]\nphones = [", "\"", "\",") + "]\n[[group.key]]\nkey = \"1\"\nlight = \"on\"\n";
  const auto layout = parse_layout(text, "many", LayoutFormat::toml);
  ASSERT_FALSE(layout);
  EXPECT_NE(layout.error().front().find("makes it 200000 phones here (at most 100000 are possible)"), std::string::npos)
      << layout.error().front();
}

TEST(LayoutLimits, AFileHasSoManyKeysAtMost) {
  std::string text = "[[group]]\nphones = [\"100000..199999@h\"]\n";
  for (int i = 0; i < 59; ++i) text += "[[group.key]]\nkey = \"" + std::to_string(i) + "\"\nlight = \"on\"\n";
  const auto layout = parse_layout(text, "many", LayoutFormat::toml);
  ASSERT_FALSE(layout);
  EXPECT_NE(layout.error().front().find("the file has more than 2000000 keys"), std::string::npos)
      << layout.error().front();
}

/// So many rows, each of so many phones, that to write them out would take minutes.
std::string wide_rows(std::string_view heading, std::string_view behind) {
  std::string text(heading);
  for (int i = 0; i < 20'000; ++i) text.append("0..99999@h").append(behind).append("\n");
  return text;
}

/// What is said of it first; fails when that takes long.
std::string first_error_at_once(const std::string& text) {
  const auto begun = std::chrono::steady_clock::now();
  const auto layout = parse_whole_layout(text, "wide", LayoutFormat::csv);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20)) << text.substr(0, 60);
  return layout ? "no error" : layout.error().front();
}

TEST(LayoutLimits, WhatIsWrongIsNotWrittenOut) {
  EXPECT_EQ(first_error_at_once(wide_rows("phone,key,light\n", ",,on")),
            "wide:2: key: is missing (expected the number or name of a key, such as 2)");
  EXPECT_EQ(first_error_at_once(wide_rows("phone,key,light\n", ",1,on")),
            "wide:3: key: key 1 of 0@h is set in line 2 already");
  EXPECT_EQ(first_error_at_once(wide_rows("phone,key,model\n", ",,D862")),
            "wide:2: key: is missing (expected the number or name of a key, such as 2)");
}

TEST(LayoutLimits, WhatIsSaidOfPhonesHasABound) {
  std::string text;
  for (int i = 0; i < 3; ++i) {
    text += "[[group]]\nphones = [\"0..9@h\"]\nmodel = \"D862\"\n[[group.key]]\nkey = " + std::to_string(i) + "\n";
  }
  const LayoutLimits limits{.phones = 100, .keys = 29};
  const auto layout = parse_whole_layout(text, "desk", LayoutFormat::toml, limits);
  ASSERT_FALSE(layout);
  EXPECT_EQ(layout.error(),
            (Texts{"desk:11: phone: with this one the file says more than 29 times what a phone is, each "
                   "phone counted",
                   "desk:14: key: with this one the file has more than 29 keys"}));
  EXPECT_TRUE(parse_whole_layout(text, "desk", LayoutFormat::toml, {.phones = 100, .keys = 30}));
}

TEST(Layout, ARangeIsEachOfItsPhonesInTurn) {
  const auto layout = parsed("phone,key,light\n008..011@h,1,on\n7@h,1,on\n", LayoutFormat::csv);
  Texts phones;
  for (const auto& [phone, keys] : layout) phones.push_back(phone);
  EXPECT_EQ(phones, (Texts{"008@h", "009@h", "010@h", "011@h", "7@h"}));
}

TEST(LayoutLimits, AReadingThatIsStoppedEnds) {
  std::stop_source source;
  source.request_stop();
  for (const auto& [text, format] :
       {std::pair("phone,key\n1000@h,1\n", LayoutFormat::csv),
        std::pair("[[group]]\nphones = [\"1@h\"]\n[[group.key]]\nkey = 1\n", LayoutFormat::toml)}) {
    const auto layout = parse_layout(text, "desk", format, {}, source.get_token());
    ASSERT_FALSE(layout);
    EXPECT_EQ(layout.error(), Texts{"desk: not read to its end: stopping"});
  }
}

TEST(LayoutLimits, AReadingIsStoppedWhileItWrites) {
  std::string text = "[[group]]\nphones = [\"0..99999@h\"]\n";
  for (int i = 0; i < 20; ++i) text += "[[group.key]]\nkey = " + std::to_string(i) + "\nlight = \"on\"\n";
  std::stop_source source;
  std::thread later([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    source.request_stop();
  });
  const auto layout = parse_layout(text, "many", LayoutFormat::toml, {}, source.get_token());
  later.join();
  ASSERT_FALSE(layout);
  EXPECT_EQ(layout.error(), Texts{"many: not read to its end: stopping"});
}

}  // namespace
}  // namespace snom::layout
