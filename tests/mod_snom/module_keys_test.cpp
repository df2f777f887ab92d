#include "mod_snom/loaded_module.h"

/// Keys that outlive reloads of the module and restarts of phones.
namespace snom::freeswitch::testing {
namespace {

using ModuleKeys = LoadedModule;

TEST_F(ModuleKeys, OneChangedPropertyLeavesTheOthers) {
  load({{"confirm-delivery", "true"}});
  EXPECT_EQ(bind("2 on DND 1000 example.test internal invite 9001"),
            "+OK 2 on DND 1000 example.test internal invite 9001\n");
  EXPECT_EQ(host_.api("snom_button", "1000@example.test 2 light=off"), "+OK 1000@example.test 2 light=off\n");
  const auto sent = sofia_.wait_messages(2);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].body, "k=2\r\nc=off\r\nl=DND\r\nn=9001\r\na=invite\r\n");
  const auto listed = host_.api("snom_buttons", "1000@example.test");
  EXPECT_TRUE(
      listed.starts_with("+OK 1 key of 1000@example.test\n2 light=off label=DND number=9001 action=invite "
                         "state=confirmed set="))
      << listed;
  EXPECT_EQ(host_.api("snom_clear", "1000@example.test 2"), "+OK 1000@example.test 2\n");
  EXPECT_EQ(sofia_.wait_messages(3).back().body, "k=2\r\nc=off\r\n");
  EXPECT_EQ(host_.api("snom_buttons", "1000@example.test"), "+OK 0 keys of 1000@example.test\n");
}

TEST_F(ModuleKeys, PhonesGetTheirKeysAgainAfterAReload) {
  load({{"confirm-delivery", "true"}});
  bind("2 on DND 1000 example.test internal");
  bind("3 off Lamp 1000 example.test internal");
  ASSERT_TRUE(host_.unload());
  load({{"confirm-delivery", "true"}});
  const auto sent = sofia_.wait_messages(3);
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[2].body, "k=2\r\nc=on\r\nl=DND\r\n\r\nk=3\r\nc=off\r\nl=Lamp\r\n");
  const auto told = host_.wait_for("snom::keys");
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)["Key-Count"], "2");
  EXPECT_EQ((*told)["Restore"], "true");
  EXPECT_EQ((*told)["Status"], "200");
}

TEST_F(ModuleKeys, InMemoryOnlyWhenSoConfigured) {
  load({{"confirm-delivery", "true"}, {"store-file", ""}});
  bind("2 on DND 1000 example.test internal");
  ASSERT_TRUE(host_.unload());
  load({{"store-file", ""}});
  EXPECT_EQ(host_.api("snom_buttons", "1000@example.test"), "+OK 0 keys of 1000@example.test\n");
}

TEST_F(ModuleKeys, StoreThatCannotBeOpenedIsToldAndTheModuleNotLoaded) {
  host_.settings = Settings{{"store-file", "/nonexistent/snom.db"}};
  EXPECT_FALSE(host_.load(module));
  const auto log = host_.log();
  ASSERT_FALSE(log.empty());
  EXPECT_NE(log.back().find("store-file: "), std::string::npos) << log.back();
  EXPECT_NE(log.back().find("/nonexistent/snom.db"), std::string::npos) << log.back();
}

}  // namespace
}  // namespace snom::freeswitch::testing
