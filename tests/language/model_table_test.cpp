#include "language/model_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests_dir.h"

namespace snom::language {
namespace {

const ModelTraits& of(std::string_view agent) { return traits_of(*parse_user_agent(agent)); }

TEST(ModelTable, EachModelHasItsRow) {
  EXPECT_EQ(of("snom300/8.7.5.35").function_keys, 4);
  EXPECT_EQ(of("snom370/8.7.5.35").function_keys, 12);
  EXPECT_EQ(of("snom870/8.7.5.35").function_keys, 15);
  EXPECT_EQ(of("snomD785/10.1.140.18").function_keys, 24);
  EXPECT_EQ(of("snomD785/10.1.140.18").family, "D7xx");
  EXPECT_EQ(of("snomd862/10.1.226.13").name, "D862");
}

TEST(ModelTable, LedsOfFunctionKeysBeginAtTheModelsOffset) {
  EXPECT_EQ(traits_of("D785").led_of_key(1), 5);
  EXPECT_EQ(traits_of("D862").led_of_key(3), 7);
  EXPECT_EQ(traits_of("D385").led_of_key(1), 2);
  EXPECT_EQ(traits_of("D713").led_of_key(4), 4);
  EXPECT_EQ(traits_of("D120").led_of_key(1), 1);
  EXPECT_EQ(traits_of("D713").led_of_key(5), std::nullopt);
  EXPECT_EQ(traits_of("D862").led_of_key(0), std::nullopt);
  EXPECT_EQ(traits_of("370").led_of_key(1), std::nullopt) << "nobody tells its number";
}

TEST(ModelTable, OnlyTheD8xxHaveNoHttpControl) {
  for (const ModelTraits& row : model_table()) {
    EXPECT_EQ(row.has_http_control, !row.name.starts_with("D8")) << row.name;
  }
  EXPECT_FALSE(traits_of("D899").has_http_control);
}

TEST(ModelTable, SilentXmlFromItsFirmwareOn) {
  EXPECT_TRUE(has_silent_xml({"D862", {10, 1, 226, 13}}));
  EXPECT_TRUE(has_silent_xml({"D385", {10, 1, 82, 0}}));
  EXPECT_TRUE(has_silent_xml({"D385", {10, 2}}));
  EXPECT_FALSE(has_silent_xml({"D385", {10, 1, 81, 99}}));
  EXPECT_FALSE(has_silent_xml({"D385", {10, 1}}));
  EXPECT_FALSE(has_silent_xml({"D385", {8, 9, 3, 80}}));
  EXPECT_FALSE(has_silent_xml({"D385", {}})) << "it does not tell";
  EXPECT_FALSE(has_silent_xml({"370", {10, 1, 226, 13}})) << "never";
  EXPECT_TRUE(has_silent_xml({"X1", {10, 1, 82, 0}}));
}

TEST(ModelTable, UnknownModelsGetTheLongestFittingRowThenTheCarefulDefault) {
  EXPECT_EQ(traits_of("D899").name, "D8*");
  EXPECT_EQ(traits_of("D799").name, "D7*");
  EXPECT_EQ(traits_of("D799").led_offset, std::nullopt);
  for (const auto* name : {"D999", "MP", "M900", ""}) EXPECT_EQ(traits_of(name).name, "*") << name;
  EXPECT_EQ(traits_of("D999").function_keys, 12);
  EXPECT_EQ(traits_of("D999").led_offset, std::nullopt);
  EXPECT_EQ(traits_of("D999").colours, std::nullopt);
  EXPECT_TRUE(traits_of("D999").has_http_control);
}

TEST(ModelTable, Colours) {
  EXPECT_EQ(traits_of("820").colours, (LedColours{true, true, false}));
  EXPECT_TRUE(traits_of("820").colours->has(Colour::local));
  EXPECT_TRUE(traits_of("820").colours->has(Colour::remote));
  EXPECT_FALSE(traits_of("820").colours->has(Colour::orange));
  EXPECT_TRUE(traits_of("D785").colours->has(Colour::orange));
}

TEST(ModelTable, NamesAreThereOnceAndEveryFactHasItsSource) {
  std::set<std::string_view> names;
  for (const ModelTraits& row : model_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " twice";
    EXPECT_GT(row.function_keys, 0) << row.name;
    const bool named = parse_user_agent("snom" + std::string(row.name)).has_value();
    EXPECT_TRUE(named || row.name == "*") << row.name << " is not what a phone would call itself";
    // What nobody tells is not told here either.
    EXPECT_EQ(row.led_offset.has_value(), row.sources.led_offset.front() != '?') << row.name;
    EXPECT_EQ(row.colours.has_value(), row.sources.colours.front() != '?') << row.name;
    EXPECT_EQ(row.takes_buttons.has_value(), row.sources.x_buttons.front() != '?') << row.name;
  }
  EXPECT_TRUE(names.contains("*"));
}

std::string cell(std::string_view value, std::string_view source) {
  return " " + std::string(value) + " (" + std::string(source) + ") |";
}

/// The row as docs/models.md has it.
std::string documented(const ModelTraits& row) {
  const auto version = [](const FirmwareVersion& v) {
    return std::to_string(v[0]) + "." + std::to_string(v[1]) + "." + std::to_string(v[2]) + "." + std::to_string(v[3]);
  };
  std::string colours;
  if (row.colours) {
    for (const auto colour : {Colour::red, Colour::green, Colour::orange}) {
      if (row.colours->has(colour)) colours += (colours.empty() ? "" : " ") + std::string(to_string(colour));
    }
  }
  std::string expansion(row.expansion);
  if (row.expansion_keys > 0) {
    expansion += ": " + std::to_string(row.expansion_modules) + " of " + std::to_string(row.expansion_keys) + " keys";
  }
  return "| `" + std::string(row.name) + "` |" + cell(std::to_string(row.function_keys), row.sources.function_keys) +
         cell(expansion, row.sources.expansion) +
         cell(row.led_offset ? std::to_string(*row.led_offset) : "none", row.sources.led_offset) +
         cell(row.colours ? colours : "not known", row.sources.colours) +
         cell(row.has_http_control ? "yes" : "no", row.sources.http_control) +
         cell(row.silent_xml_since ? version(*row.silent_xml_since) : "never", row.sources.silent_xml) +
         cell(row.firmware, row.sources.firmware) +
         cell(!row.takes_buttons   ? "not known"
              : *row.takes_buttons ? "yes"
                                   : "no",
              row.sources.x_buttons);
}

TEST(ModelTable, TheDocumentationShowsEveryRowAndNoOther) {
  std::ifstream file(snom::testing::tests_dir() + "/../docs/models.md");
  ASSERT_TRUE(file.is_open());
  std::vector<std::string> shown;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `") && line.find(" |") != std::string::npos && line.ends_with(") |")) shown.push_back(line);
  }
  std::vector<std::string> expected;
  for (const ModelTraits& row : model_table()) expected.push_back(documented(row));
  EXPECT_EQ(shown, expected);
}

}  // namespace
}  // namespace snom::language
