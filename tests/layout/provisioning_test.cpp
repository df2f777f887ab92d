#include "layout/provisioning.h"

#include <gtest/gtest.h>

#include "language/phone_settings.h"
#include "language/xml_definition.h"

/// Settings files made of layouts.
namespace snom::layout {
namespace {

using Texts = std::vector<std::string>;

WholeLayout parsed(std::string_view text, LayoutFormat format = LayoutFormat::toml) {
  auto layout = parse_whole_layout(text, "desk", format);
  EXPECT_TRUE(layout) << (layout ? "" : layout.error().front());
  return layout.value_or(WholeLayout{});
}
Texts errors_of(std::string_view text, const ProvisioningOptions& options = {},
                LayoutFormat format = LayoutFormat::toml) {
  const auto layout = parse_whole_layout(text, "desk", format);
  if (!layout) return layout.error();
  const auto files = make_settings_files(*layout, options, "desk");
  return files ? Texts{"no error"} : files.error();
}
std::vector<SettingsFile> made(const WholeLayout& layout, const ProvisioningOptions& options = {}) {
  const auto files = make_settings_files(layout, options, "desk");
  EXPECT_TRUE(files) << (files ? "" : files.error().front());
  return files.value_or(std::vector<SettingsFile>{});
}
/// "0 button 1", one for each key of a file.
Texts keys_of(const SettingsFile& file) {
  Texts keys;
  const auto settings = language::parse_phone_settings(file.text);
  EXPECT_TRUE(settings);
  if (!settings) return {};
  for (const auto& key : settings->keys) {
    keys.push_back(std::to_string(key.index) + " " + key.type + " " + key.argument);
  }
  return keys;
}

const std::string desk =
    "[[group]]\nphones = [\"1000@example.com\"]\nmodel = \"D862\"\n"
    "[[group.key]]\nkey = 2\nlabel = \"DND\"\n"
    "[[group.key]]\nkey = \"line-1\"\nplace = \"P1\"\n";

TEST(Provisioning, WritesAFileForEachPhone) {
  const auto files = made(parsed(desk));
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].name, "1000@example.com.xml");
  EXPECT_EQ(files[0].keys, 2U);
  EXPECT_EQ(files[0].text,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
            "<settings>\n"
            "  <functionKeys>\n"
            "    <fkey idx=\"0\" context=\"active\" label=\"\" perm=\"\">blf "
            "&lt;sip:snom+1000-line=2D1@example.com&gt;</fkey>\n"
            "    <fkey idx=\"1\" context=\"active\" label=\"DND\" perm=\"\">blf "
            "&lt;sip:snom+1000-2@example.com&gt;</fkey>\n"
            "  </functionKeys>\n"
            "</settings>\n");
}

TEST(Provisioning, TheModelChoosesTheTypeUnlessItIsSaid) {
  const auto keys = [](const std::string& more, const ProvisioningOptions& options = {}) {
    return keys_of(
        made(parsed("[[group]]\nphones = [\"1000@example.com\"]\n" + more + "[[group.key]]\nkey = 3\n"), options)
            .at(0));
  };
  EXPECT_EQ(keys("model = 370\n"), (Texts{"2 button 3"}));
  EXPECT_EQ(keys("model = \"snomd785\"\n"), (Texts{"2 blf <sip:snom+1000-3@example.com>"}));
  EXPECT_EQ(keys("model = \"D785\"\nkeys = \"button\"\n"), (Texts{"2 button 3"}));
  ProvisioningOptions options;
  options.model = "D862";
  options.keys = KeyType::button;
  EXPECT_EQ(keys("", options), (Texts{"2 button 3"}));
  EXPECT_EQ(keys("keys = \"auto\"\n", options), (Texts{"2 blf <sip:snom+1000-3@example.com>"}));
  options.models["1000@example.com"] = "370";
  EXPECT_EQ(keys("keys = \"auto\"\n", options), (Texts{"2 button 3"})) << "what is known of the phone goes first";
}

TEST(Provisioning, ModulesAreCountedBehindThePhonesOwnKeys) {
  // Snom's <functionKeys> tag: 0 to (own keys + modules * keys of a module) - 1.
  const std::string head =
      "[[group]]\nphones = [\"1000@example.com\"]\nmodel = \"D785\"\nmodules = 2\nkeys = \"button\"\n";
  const auto keys = keys_of(made(parsed(head + "[[group.key]]\nkey = 24\n[[group.key]]\nkey = 25\n"
                                               "[[group.key]]\nkey = \"x\"\nplace = \"ek35\"\n"))
                                .at(0));
  EXPECT_EQ(keys, (Texts{"23 button 24", "24 button 25", "59 button x"}));
  EXPECT_EQ(
      errors_of(head + "[[group.key]]\nkey = 61\n[[group.key]]\nkey = \"x\"\nplace = \"EK36\"\n"),
      (Texts{"desk:6: key: 61 is not on 1000@example.com, a D785 with 2 modules (it has P1 to P24, and EK0 to EK35)",
             "desk:8: place: EK36 is not on 1000@example.com, a D785 with 2 modules (it has P1 to P24, and EK0 to "
             "EK35)"}));
}

TEST(Provisioning, IsInCsvToo) {
  const auto files =
      made(parsed("phone,key,label,place,model,keys,modules,mac\n"
                  "1000@example.com,1,Ada,,D862,button,1,00:04:13:aa:bb:cc\n"
                  "1000@example.com,9,,EK0,,,,\n"
                  "1001@example.com,1,Bob,P2,370,,,\n",
                  LayoutFormat::csv));
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].name, "000413AABBCC.xml");
  EXPECT_EQ(keys_of(files[0]), (Texts{"0 button 1", "32 button 9"}));
  EXPECT_EQ(keys_of(files[1]), (Texts{"1 button 1"}));
}

TEST(Provisioning, WhatIsWrongIsNamedWithItsRowAndColumn) {
  const std::string head = "phone,key,place,model,keys,modules,mac\n";
  const auto csv = [&](const std::string& rows) { return errors_of(head + rows, {}, LayoutFormat::csv); };
  EXPECT_EQ(csv("1000@h,1,,D999,,,\n"), (Texts{"desk:2: model: 'D999' is not a Snom that the table of models has "
                                               "(expected such as 370, D862)"}));
  EXPECT_EQ(csv("1000@h,1,,370,lamp,,\n"),
            (Texts{"desk:2: keys: 'lamp' is not a type of keys (expected auto, button, blf, xml, url)"}));
  EXPECT_EQ(csv("1000@h,1,,D785,,x,\n"),
            (Texts{"desk:2: modules: 'x' is not how many expansion modules there are (expected 0 to 9)"}));
  EXPECT_EQ(csv("1000@h,1,,D785,,5,\n"), (Texts{"desk:2: modules: a D785 takes 4 of them at most, not 5"}));
  EXPECT_EQ(csv("1000@h,1,,370,,1,\n"),
            (Texts{"desk:2: modules: how many keys an expansion module of a 370 has is not known"}));
  EXPECT_EQ(csv("1000@h,1,,370,,,00:04:13\n"),
            (Texts{"desk:2: mac: '00:04:13' is not a MAC (expected such as 00:04:13:AA:BB:CC)"}));
  EXPECT_EQ(csv("1000..1001@h,1,,370,,,000413AABBCC\n"),
            (Texts{"desk:2: mac: '000413AABBCC' is of one phone, and here are 2"}));
  EXPECT_EQ(csv("1000@h,1,,370,,,000413AABBCC\n1001@h,1,,370,,,000413AABBCC\n"),
            (Texts{"desk:3: mac: 1001@h has that of 1000@h"}));
  EXPECT_EQ(
      csv("1000@h,1,Q3,370,,,\n"),
      (Texts{"desk:2: place: 'Q3' is not the place of a key (expected such as P3, or EK0 on an expansion module)"}));
  EXPECT_EQ(csv("1000@h,13,,370,,,\n"),
            (Texts{"desk:2: key: 13 is not on 1000@h, a 370 with 0 modules (it has P1 to P12)"}));
  EXPECT_EQ(csv("1000@h,night,,370,,,\n"),
            (Texts{"desk:2: place: where key 'night' of 1000@h is cannot be known (expected place = \"P3\" or such)"}));
  EXPECT_EQ(csv("1000@h,1,,370,,,\n1000@h,2,P1,,,,\n"),
            (Texts{"desk:3: place: key 2 of 1000@h is where its key 1 is"}));
  EXPECT_EQ(csv("1000@h,1,,370,,,\n1000@h,2,,D862,,,\n"), (Texts{"desk:3: model: 1000@h has another one in line 2"}));
  EXPECT_EQ(csv("1000@h,1,,,,,\n"),
            (Texts{"desk:2: model: nobody says which Snom 1000@h is (expected model = \"D862\" or such)"}));
  EXPECT_EQ(
      csv("1000@h,1,,370,url,,\n"),
      (Texts{"desk:2: keys: what key 1 of 1000@h asks for when it is pressed is not known (snomd says it of listed "
             "phones whose key is set: apply the layout first)"}));
}

TEST(Provisioning, OnlyTheFirstOfManyErrorsAreTold) {
  std::string rows = "phone,key,model\n";
  for (int i = 0; i < 30; ++i) rows += "10" + std::to_string(10 + i) + "@h,13,370\n";
  const auto errors = errors_of(rows, {}, LayoutFormat::csv);
  ASSERT_EQ(errors.size(), 21U);
  EXPECT_EQ(errors.back(), "desk: and 10 more");
}

TEST(Provisioning, AnActionUrlIsWhatSnomdSays) {
  ProvisioningOptions options;
  options.presses["1000@h"]["1"] = "http://192.0.2.3:8080/press/0123";
  const auto files = made(parsed("phone,key,model,keys\n1000@h,1,D862,url\n", LayoutFormat::csv), options);
  EXPECT_EQ(keys_of(files.at(0)), (Texts{"0 url http://192.0.2.3:8080/press/0123"}));
}

TEST(Provisioning, AnXmlDefinitionIsOfItsKey) {
  ProvisioningOptions options;
  options.presses["1001@h"]["1"] = "http://192.0.2.3:8080/press/0123";
  const auto files = made(
      parsed("phone,key,model,keys,label\n1000@h,1,D862,xml,Ada\n1001@h,1,370,xml,\n", LayoutFormat::csv), options);
  EXPECT_EQ(keys_of(files.at(0)), (Texts{"0 xml " + language::write_xml_definition({"sip:snom+1000-1@h", "Ada", {}})}));
  EXPECT_EQ(keys_of(files.at(1)),
            (Texts{"0 xml " +
                   language::write_xml_definition({"sip:snom+1001-1@h", "", "http://192.0.2.3:8080/press/0123"})}));
  EXPECT_EQ(errors_of("phone,key,model,keys\n1000@h,1,190,xml\n", {}, LayoutFormat::csv),
            (Texts{"desk:2: keys: a 190 has no XML definitions (firmware 8.7.3 and later has)"}));
}

TEST(Provisioning, AtAnAsteriskAddressesHaveNoDash) {
  ProvisioningOptions options;
  options.notifier = Notifier::asterisk;
  const std::string head = "phone,key,place,model,keys\n";
  const auto files =
      made(parsed(head + "1000@h,line-1,P3,D862,blf\nfront-desk@h,2,,D862,blf\n", LayoutFormat::csv), options);
  EXPECT_EQ(keys_of(files.at(0)), (Texts{"2 blf <sip:snom+1000*line=2D1@h>"}));
  EXPECT_EQ(keys_of(files.at(1)), (Texts{"1 blf <sip:snom+front=2Ddesk*2@h>"}));
  EXPECT_EQ(errors_of(head + "1000@h,2,,D862,xml\n", options, LayoutFormat::csv),
            (Texts{"desk:2: keys: Asterisk tells an XML definition no more than a BLF key (expected blf)"}));
  const std::string user(72, 'a');
  EXPECT_EQ(errors_of(head + user + "@h,2,,D862,blf\n", options, LayoutFormat::csv),
            (Texts{"desk:2: key: the address of key '2' of " + user +
                   "@h has 79 characters or more, and Asterisk cuts it there"}));
}

TEST(Provisioning, NoPhoneNamesAFileElsewhere) {
  const auto files = made(parsed("phone,key,model\n/etc/x@h,1,370\n.1000@h,1,370\n", LayoutFormat::csv));
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].name, "%2E1000@h.xml");
  EXPECT_EQ(files[1].name, "%2Fetc%2Fx@h.xml");
}

TEST(Provisioning, TheSameLayoutMakesTheSameFiles) {
  const std::string one = "phone,key,model,label\n1001@h,2,370,b\n1000@h,1,370,a\n1001@h,1,370,c\n";
  const std::string other = "phone,label,key,model\n1001@h,c,1,370\n1001@h,b,2,370\n1000@h,a,1,370\n";
  const auto files = made(parsed(one, LayoutFormat::csv));
  const auto others = made(parsed(other, LayoutFormat::csv));
  ASSERT_EQ(files.size(), others.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(files[i].name, others[i].name);
    EXPECT_EQ(files[i].text, others[i].text);
  }
}

TEST(Provisioning, KeysAreLaidOutAsEverByApply) {
  // What is for provisioning changes nothing of what a layout says otherwise.
  const auto layout = parsed(desk);
  EXPECT_EQ(layout.keys.at("1000@example.com").size(), 2U);
  EXPECT_EQ(layout.keys.at("1000@example.com").at("2").button.label, "DND");
  EXPECT_EQ(compare(layout.keys, layout.keys, "desk").phones.size(), 0U);
}

}  // namespace
}  // namespace snom::layout
