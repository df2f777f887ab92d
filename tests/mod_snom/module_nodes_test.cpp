#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/node_letter.h"
#include "mod_snom/loaded_module.h"
#include "store/node_member.h"
#include "store/postgres_server.h"
#include "wait_until.h"

/// The module as one of several nodes that share a PostgreSQL (docs/freeswitch.md).
namespace snom::freeswitch::testing {
namespace {

using snom::testing::wait_until;

/// Another node, which has no phones and says what the test wants.
class OtherNode {
 public:
  explicit OtherNode(const std::string& url)
      : member_({.url = url, .name = "other"}, [this](const store::NodeMember::Change& change) {
          const std::lock_guard lock(mutex_);
          changes_.push_back(change);
        }) {}

  void take() {
    std::vector<store::NodeMember::Change> changes;
    {
      const std::lock_guard lock(mutex_);
      changes = std::exchange(changes_, {});
    }
    for (const auto& change : changes) {
      for (const auto& name : change.names) {
        if (name.node == "fs1") module_ = name.epoch;
      }
      for (const auto& letter : change.letters) {
        if (auto read = cluster::read_node_letter(letter.text)) letters_.push_back(std::move(*read));
      }
      static_cast<void>(member_.found(change.found));
    }
  }
  bool owns(const std::string& phone) {
    take();
    return member_.owns(phone);
  }
  bool knows_module() {
    take();
    return module_ != 0;
  }
  template <typename Letter>
  const Letter* letter() {
    take();
    for (const auto& one : letters_) {
      if (const auto* found = std::get_if<Letter>(&one)) return found;
    }
    return nullptr;
  }
  void send(const cluster::NodeLetter& letter) {
    EXPECT_TRUE(member_.send({module_, cluster::write_node_letter(letter)}));
  }
  store::NodeMember& member() { return member_; }

 private:
  std::mutex mutex_;
  std::vector<store::NodeMember::Change> changes_;
  nodes::Epoch module_ = 0;
  std::vector<cluster::NodeLetter> letters_;
  store::NodeMember member_;  ///< last: its thread uses the others
};

class ModuleNodes : public LoadedModule {
 protected:
  void SetUp() override {
    server_ = store::testing::PostgresServer::make();
    if (!server_) GTEST_SKIP() << "there is no PostgreSQL here";
    LoadedModule::SetUp();
    url_ = server_->url_of_new_schema();
  }
  void load_as_node() {
    load({{"confirm-delivery", "true"}, {"store-url", url_}, {"node-name", "fs1"}});
    other_ = std::make_unique<OtherNode>(url_);
    ASSERT_TRUE(wait_until([this] {
      return status().find("node: fs1 speaks with 2 phones, other with") != std::string::npos;
    })) << status();
    ASSERT_TRUE(wait_until([this] { return other_->knows_module(); }));
  }
  std::string status() { return host_.api("snom_status", ""); }
  void TearDown() override {
    LoadedModule::TearDown();
    other_.reset();
  }
  bool wait_until_it_is_the_others(const std::string& phone) {
    other_->member().claim(phone);
    return wait_until([&] { return other_->owns(phone); }) && wait_until([&] {
             return host_.api("snom_buttons", phone).find("(registered with other)") != std::string::npos;
           });
  }

  std::unique_ptr<store::testing::PostgresServer> server_;
  std::string url_;
  std::unique_ptr<OtherNode> other_;
};

TEST_F(ModuleNodes, ItsOwnPhonesAreSpokenToAsEver) {
  load_as_node();
  EXPECT_EQ(bind("2 on DND 1000 example.test internal"), "+OK 2 on DND 1000 example.test internal\n");
  EXPECT_EQ(sofia_.wait_messages(1).back().body, "k=2\r\nc=on\r\nl=DND\r\n");
}

TEST_F(ModuleNodes, AKeyOfAnotherNodesPhoneIsBroughtThereAndItsWordComesBack) {
  load_as_node();
  ASSERT_TRUE(wait_until_it_is_the_others("5000@example.test"));
  std::string reply;
  std::thread asking([&] { reply = bind("2 on Far 5000 example.test internal"); });
  const bool asked = wait_until([&] { return other_->letter<cluster::AskDelivery>() != nullptr; });
  if (asked) {
    const auto ask = *other_->letter<cluster::AskDelivery>();
    EXPECT_EQ(ask.address_of_record, "5000@example.test");
    control::ContactOutcome refused;
    refused.contact = "sip:5000@192.0.2.7";
    refused.status = 403;
    refused.reason = "Forbidden";
    other_->send(cluster::NodeAnswer{ask.id, {refused}, {}});
  }
  asking.join();
  ASSERT_TRUE(asked);
  EXPECT_TRUE(reply.starts_with("-ERR key 2 of 5000@example.test not set: phone answered 403")) << reply;
  EXPECT_TRUE(sofia_.messages().empty());
}

TEST_F(ModuleNodes, ACommandForAnotherNodesPhoneIsSentThereWithTheCredentialsOfItsPage) {
  host_.directory["5000@example.test"] =
      Element{"user",
              {{"id", "5000"}},
              {{"params",
                {},
                {{"param", {{"name", "snom-web-user"}, {"value", "admin"}}, {}},
                 {"param", {{"name", "snom-web-password"}, {"value", "s3cret"}}, {}}}}}};
  load_as_node();
  ASSERT_TRUE(wait_until_it_is_the_others("5000@example.test"));
  std::string reply;
  // Without a domain, as people type it.
  std::thread asking([&] { reply = command("5000 key enter"); });
  const bool asked = wait_until([&] { return other_->letter<cluster::AskCommand>() != nullptr; });
  if (asked) {
    const auto ask = *other_->letter<cluster::AskCommand>();
    EXPECT_EQ(ask.address_of_record, "5000@example.test");
    EXPECT_EQ(ask.credentials.username, "admin");
    EXPECT_EQ(ask.credentials.password, "s3cret");
    other_->send(cluster::NodeAnswer{ask.id, {}, "the page is on fire"});
  }
  asking.join();
  ASSERT_TRUE(asked) << reply;
  EXPECT_TRUE(reply.starts_with("-ERR ")) << reply;
  EXPECT_NE(reply.find("the page is on fire"), std::string::npos) << reply;
}

TEST_F(ModuleNodes, WhatAnotherNodeAsksForIsDoneAndAnswered) {
  load_as_node();
  EXPECT_EQ(bind("2 on DND 1000 example.test internal"), "+OK 2 on DND 1000 example.test internal\n");
  other_->send(cluster::AskCommand{7, "1000@example.test", "snom_command 1000@example.test key enter", {}});
  ASSERT_TRUE(wait_until([&] { return other_->letter<cluster::NodeAnswer>() != nullptr; }));
  const auto answer = *other_->letter<cluster::NodeAnswer>();
  EXPECT_EQ(answer.id, 7U);
  EXPECT_EQ(answer.error, "");
  ASSERT_EQ(answer.contacts.size(), 1U);
  EXPECT_NE(answer.contacts[0].contact.find("127.0.0.1"), std::string::npos) << answer.contacts[0].contact;
}

TEST_F(ModuleNodes, APhoneThatRegistersElsewhereIsLeftAloneAndComesBackWhenItRegistersHere) {
  load_as_node();
  EXPECT_EQ(bind("2 on DND 1000 example.test internal"), "+OK 2 on DND 1000 example.test internal\n");
  ASSERT_TRUE(wait_until_it_is_the_others("1000@example.test"));
  // Stored, and nobody tells of the phone: `other` does not answer.
  EXPECT_TRUE(
      bind("2 off DND 1000 example.test internal").starts_with("+OK 2 off DND 1000 example.test internal: stored;"));
  EXPECT_EQ(sofia_.messages().size(), 1U);
  auto anew = phone_1000_;
  anew.call_id = "call-2";
  sofia_.add(anew);
  // Its former owner gives it away when it takes what it is told.
  ASSERT_TRUE(wait_until([&] {
    other_->take();
    return sofia_.messages().size() == 2;
  }));
  EXPECT_EQ(sofia_.messages()[1].body, "k=2\r\nc=off\r\nl=DND\r\n");
}

TEST_F(ModuleNodes, OnlyItsOwnPhonesKeysAreToldTheirLights) {
  load_as_node();
  ASSERT_TRUE(wait_until_it_is_the_others("1000@example.test"));
  const auto probe = [this](const std::string& user) {
    host_.fire({SWITCH_EVENT_PRESENCE_PROBE,
                {},
                {{"proto", "snom"},
                 {"sip_profile", "internal"},
                 {"from", user + "@example.test"},
                 {"to", "snom+" + user + "-2@example.test"},
                 {"expires", "3600"}},
                std::nullopt});
  };
  probe("1000");
  probe("2000");
  auto told = host_.wait_for_type(SWITCH_EVENT_PRESENCE_IN, 1);
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)["from"], "2000-2@example.test") << "the other one's is told nothing";
  // It subscribed here, and wants to be spoken to from here; its former owner gives it away when it takes what it is
  // told.
  ASSERT_TRUE(wait_until([this] {
    other_->take();
    return bind("2 hold DND 1000 example.test internal").starts_with("+OK 2 hold DND 1000 example.test internal [sub");
  }));
  told = host_.wait_for_type(SWITCH_EVENT_PRESENCE_IN, 2);
  ASSERT_TRUE(told);
  EXPECT_EQ((*told)["from"], "1000-2@example.test");
}

TEST_F(ModuleNodes, WhenItIsUnloadedPhonesAreOthersOnceNothingIsUnderWayToThem) {
  load_as_node();
  sofia_.answer("1000", 0);
  std::thread asking([this] { bind("2 on DND 1000 example.test internal"); });
  ASSERT_TRUE(sofia_.wait_waiting(1));
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(host_.unload());
  asking.join();
  const auto owned_after = [&](const std::string& phone) {
    EXPECT_TRUE(wait_until([&] { return other_->owns(phone); })) << phone;
    return std::chrono::steady_clock::now() - begun;
  };
  EXPECT_LT(owned_after("2000@example.test"), std::chrono::seconds(4));
  EXPECT_FALSE(other_->owns("1000@example.test"));
  EXPECT_GT(owned_after("1000@example.test"), std::chrono::seconds(4));
}

TEST_F(ModuleNodes, NeedAStoreThatIsShared) {
  host_.settings = Settings{{"node-name", "fs1"}};
  EXPECT_FALSE(host_.load(module));
  EXPECT_NE(host_.log().back().find("node-name needs store-url"), std::string::npos) << host_.log().back();
  host_.settings = Settings{{"node-name", "fs 1"}, {"store-url", url_}};
  EXPECT_FALSE(host_.load(module));
  EXPECT_NE(host_.log().back().find("node-name: 'fs 1' (expected a name of this FreeSWITCH"), std::string::npos)
      << host_.log().back();
}

}  // namespace
}  // namespace snom::freeswitch::testing
