#include "sip/subscriptions.h"

#include <algorithm>

#include "sip/key_document.h"
#include "sip/subscriptions_fixture.h"

/// Lists of keys (RFC 4662).
namespace snom::sip::test {
namespace {

using control::KeyLight;
using language::Light;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

class ListsTest : public SubscriptionsTest {
 protected:
  static std::vector<KeyLight> lights(int count, Light light = Light::off) {
    std::vector<KeyLight> all;
    for (int key = 0; key < count; ++key) all.push_back({"k" + std::to_string(100 + key), light});
    return all;
  }
  static Subscription list(const std::string& transport = "udp") {
    auto made = of("");
    made.transport = transport;
    return made;
  }
  void begin_list(std::vector<KeyLight> members, const std::string& transport = "udp") {
    subscriptions_->begin(list(transport), seconds(600), std::move(members));
    clock_.run_posted();
  }
  /// "<version> full|partial <key>=<light>,... +<others>" of each NOTIFY.
  [[nodiscard]] Strings lists() const {
    Strings all;
    for (const auto& one : sent_) {
      std::string text = std::to_string(one.notify.version) + (one.notify.is_full ? " full" : " partial");
      for (const auto& member : one.notify.members)
        text += " " + member.key + "=" + std::string(to_string(member.light));
      if (!one.notify.others.empty()) text += " +" + std::to_string(one.notify.others.size());
      all.push_back(std::move(text));
    }
    return all;
  }
};

TEST_F(ListsTest, AllIsToldAtOnceAndThenWhatHasNews) {
  begin_list({{"1", Light::on}, {"2", Light::off}});
  EXPECT_EQ(lists(), (Strings{"0 full 1=on 2=off"}));
  EXPECT_EQ(sent_[0].notify.state, "active;expires=600");
  ok(0);
  tell({{"2", Light::hold}});
  EXPECT_EQ(lists().back(), "1 partial 2=hold");
  EXPECT_TRUE(told_.empty());
  ok(1);
  EXPECT_EQ(told_, (Strings{"200 OK"}));
  tell({{"1", Light::on}, {"2", Light::hold}});
  EXPECT_EQ(sent_.size(), 2U) << "no news";
  EXPECT_EQ(told_.size(), 2U);
  tell({{"3", Light::on}});
  EXPECT_EQ(lists().back(), "2 partial 3=on") << "a key that is new";
}

TEST_F(ListsTest, WhileOneIsUnderWayNewsAreGathered) {
  begin_list({{"1", Light::off}, {"2", Light::off}});
  tell({{"1", Light::on}});
  tell({{"1", Light::hold}, {"2", Light::on}});
  ASSERT_EQ(sent_.size(), 1U);
  ok(0);
  EXPECT_EQ(lists().back(), "1 partial 1=hold 2=on");
  ok(1);
  EXPECT_EQ(told_, (Strings{"200 OK", "200 OK"}));
}

TEST_F(ListsTest, ANotifyHasNoMoreStatesThanFit) {
  constexpr int at_once = static_cast<int>(Subscriptions::states_at_once_by_udp);
  begin_list(lights(2 * at_once + 1));
  tell(lights(2 * at_once + 1));
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0].notify.members.size(), Subscriptions::states_at_once_by_udp);
  EXPECT_EQ(sent_[0].notify.others.size(), Subscriptions::states_at_once_by_udp + 1) << "all are named";
  ok(0);
  ASSERT_EQ(sent_.size(), 2U);
  EXPECT_FALSE(sent_[1].notify.is_full);
  EXPECT_TRUE(sent_[1].notify.others.empty());
  ok(1);
  EXPECT_TRUE(told_.empty()) << "one is not told of yet";
  ASSERT_EQ(sent_.size(), 3U);
  EXPECT_EQ(sent_[2].notify.members.size(), 1U);
  ok(2);
  EXPECT_EQ(told_, (Strings{"200 OK"}));
  EXPECT_EQ(sent_.size(), 3U);
}

TEST_F(ListsTest, OverTcpMoreFit) {
  begin_list(lights(Subscriptions::states_at_once_by_tcp), "tcp");
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0].notify.members.size(), Subscriptions::states_at_once_by_tcp);
}

TEST_F(ListsTest, BehindANotifyThatGotNoAnswerTheWholeIsTold) {
  begin_list({{"1", Light::off}, {"2", Light::off}});
  ok(0);
  tell({{"1", Light::on}});
  answer(1, {0, "no answer within 5 s"});
  EXPECT_EQ(told_, (Strings{"0 no answer within 5 s"}));
  pass(seconds(2));
  EXPECT_EQ(lists().back(), "2 full 1=on 2=off") << "whether it knows version 1 is not known";
  ok(2);
  tell({{"1", Light::on}});
  EXPECT_EQ(sent_.size(), 3U);
}

TEST_F(ListsTest, ARefreshTellsTheWhole) {
  begin_list({{"1", Light::on}, {"2", Light::off}});
  ok(0);
  subscriptions_->refresh(*subscriptions_->find("c1", "l-c1", "r-c1"), seconds(600),
                          std::vector<KeyLight>{{"1", Light::on}});
  EXPECT_EQ(lists().back(), "1 full 1=on") << "key 2 is a member no more";
}

TEST_F(ListsTest, TheLastNotifyHasAll) {
  begin_list(lights(30));
  ok(0);
  ok(1);
  ok(2);
  pass(seconds(600));
  EXPECT_EQ(sent_.back().notify.state, "terminated;reason=timeout");
  EXPECT_EQ(sent_.back().notify.members.size(), 30U);
  ok(3);
  EXPECT_EQ(subscriptions_->size(), 0U);
}

TEST_F(ListsTest, TheLastNotifyOverUdpIsNoMoreThanADatagram) {
  for (const std::string transport : {"udp", "tcp"}) {
    sent_.clear();
    subscriptions_->begin(list(transport), seconds(0), lights(200));
    clock_.run_posted();
    ASSERT_EQ(sent_.size(), 1U) << "who only asks is told once";
    const auto& last = sent_.back().notify;
    EXPECT_EQ(last.state.find("terminated"), 0U);
    EXPECT_EQ(last.members.size(), transport == "udp" ? Subscriptions::states_in_last_by_udp : 200);
    EXPECT_EQ(last.members.size() + last.others.size(), 200U) << "all are named";
    ok(0);
    EXPECT_EQ(sent_.size(), 1U);
    EXPECT_EQ(subscriptions_->size(), 0U);
  }
}

TEST_F(ListsTest, EveryKeyOfThePhoneIsSubscribedByIt) {
  begin_list({});
  ok(0);
  const auto all = [](const Subscription&) { return true; };
  EXPECT_TRUE(subscriptions_->is_subscribed("internal", {"1000", "7"}, all));
  EXPECT_FALSE(subscriptions_->is_subscribed("internal", {"1001", "7"}, all));
  begin(of("7", "c2"), Light::on);
  EXPECT_EQ(subscriptions_->size(), 2U) << "a key's own subscription is another one";
}

TEST_F(ListsTest, AKeyThatWasClearedIsForgottenOnceItIsToldDark) {
  const auto cleared = [](const std::string& key) { return KeyLight{key, Light::off, {}, {}, true}; };
  begin_list({{"1", Light::on}, {"2", Light::off}});
  ok(0);
  tell({cleared("1"), cleared("2")});
  EXPECT_EQ(lists().back(), "1 partial 1=off") << "key 2 was dark";
  answer(1, {0, "no answer within 5 s"});
  pass(seconds(2));
  EXPECT_EQ(lists().back(), "2 full 1=off") << "not forgotten before it was taken";
  ok(2);
  tell({{"3", Light::on}});
  answer(3, {0, "no answer within 5 s"});
  pass(seconds(2));
  EXPECT_EQ(lists().back(), "4 full 3=on");
}

TEST_F(ListsTest, KeysThatWereClearedTakeNobodysPlace) {
  begin_list({}, "tcp");
  ok(0);
  for (std::size_t i = 0; i < Subscriptions::most_members + 1; ++i) {
    const std::string key = "k" + std::to_string(i);
    tell({{key, Light::on}});
    ok(sent_.size() - 1);
    tell({{key, Light::off, {}, {}, true}});
    ok(sent_.size() - 1);
  }
  tell({{"2", Light::on}});
  EXPECT_EQ(lists().back().substr(lists().back().find(' ')), " partial 2=on");
}

TEST_F(ListsTest, AKeyComesInPlaceOfOneWhoseEndIsNotToldYet) {
  auto members = lights(Subscriptions::most_members, Light::on);
  begin_list(members, "tcp");
  for (std::size_t i = 0; i < sent_.size(); ++i) ok(i);
  tell({{members[7].key, Light::off, {}, {}, true}});
  const auto before = sent_.size();
  const auto all = [](const Subscription&) { return true; };
  EXPECT_TRUE(subscriptions_->is_subscribed("internal", {"1000", "new"}, all));
  tell({{"new", Light::on}});
  EXPECT_FALSE(subscriptions_->is_subscribed("internal", {"1000", "another"}, all));
  ok(before - 1);
  ASSERT_GT(sent_.size(), before);
  const auto& whole = sent_[before].notify;
  EXPECT_TRUE(whole.is_full) << "so that it knows of the one that is gone";
  EXPECT_EQ(whole.members.size() + whole.others.size(), Subscriptions::most_members);
  for (std::size_t i = before; i < sent_.size(); ++i) ok(i);
  EXPECT_EQ(told_.back(), "200 OK");
}

/// Of a list that has all that makes a message long.
Subscription long_list() {
  Subscription made;
  made.key.user = "front desk & lobby";
  made.domain = "sip.example.com";
  made.local_tag = std::string(32, 't');
  made.transport = "udp";
  return made;
}

TEST_F(ListsTest, WhatAMemberTakesIsNoLessThanItIsWritten) {
  auto to = long_list();
  for (const auto package : {EventPackage::dialog, EventPackage::presence}) {
    for (const bool shows_all : {false, true}) {
      to.package = package;
      to.shows_all = shows_all;
      Subscriptions::Notify notify{4294967295U, {}, "active;expires=3600"};
      std::size_t counted = bytes_without_members(to);
      for (int i = 0; i < 100; ++i) {
        const std::string key = "a key & more-" + std::to_string(i);
        notify.members.push_back({key, i % 2 == 0 ? Light::pickup : Light::hold, std::string(200, '"'), "<'&>"});
        counted += bytes_of_state(to, notify.members.back());
        notify.others.push_back("other/" + key);
        counted += bytes_of_name(to, notify.others.back());
      }
      const auto written = write_document(to, notify).body.size();
      EXPECT_LE(written, counted);
      EXPECT_GE(written * 3, counted * 2) << "and not much more";
    }
  }
}

TEST_F(ListsTest, ANotifyOverUdpIsNoLongerThanADatagram) {
  for (const char character : {'"', '&', 'x'}) {
    open({});
    sent_.clear();
    told_.clear();
    std::vector<KeyLight> members;
    for (int key = 100; key < 130; ++key)
      members.push_back({std::to_string(key), Light::pickup, std::string(1000, character)});
    begin_list(members);
    tell(members);
    std::size_t states = 0;
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      const auto& one = sent_[i];
      EXPECT_LT(write_document(one.to, one.notify).body.size(), Subscriptions::bytes_at_once_by_udp);
      const bool names_all = one.notify.members.size() + one.notify.others.size() == members.size();
      EXPECT_EQ(names_all, one.notify.is_full) << i;
      states += one.notify.members.size();
      ok(i);
    }
    EXPECT_EQ(states, members.size());
    EXPECT_EQ(told_, (Strings{"200 OK"}));
    EXPECT_EQ(character == 'x', sent_.size() == 3) << "twelve at once where they fit";
  }
}

TEST_F(ListsTest, ThatWhichCannotBeToldHoldsUpNoOther) {
  begin_list({{"1", Light::on}, {"2", Light::on}, {"3", Light::on}, {"4", Light::on}});
  const auto is_in = [this](std::size_t which, const std::string& key) {
    const auto& members = sent_.at(which).notify.members;
    return std::ranges::any_of(members, [&](const KeyLight& one) { return one.key == key; });
  };
  tell({{"2", Light::on}});
  tell({{"3", Light::on}});
  // Whatever has key 2 is too long.
  for (std::size_t i = 0; i < sent_.size() && i < 40; ++i) {
    if (is_in(i, "2")) {
      answer(i, {513, "message too long"});
    } else {
      ok(i);
    }
  }
  EXPECT_LT(sent_.size(), 30U);
  EXPECT_EQ(told_, (Strings{"513 message too long", "200 OK"}));
  EXPECT_EQ(subscriptions_->size(), 1U);
  const auto before = sent_.size();
  tell({{"2", Light::off}});
  ASSERT_EQ(sent_.size(), before + 1) << "another light is tried";
  EXPECT_TRUE(is_in(before, "2"));
  ok(before);
  EXPECT_EQ(told_.back(), "200 OK");
}

TEST_F(ListsTest, WhoFindsAllTooLongIsToldLessAndLessAndThenNothing) {
  for (const std::string transport : {"udp", "tcp"}) {
    sent_.clear();
    begin_list(lights(20, Light::on), transport);
    for (std::size_t i = 0; i < sent_.size() && i < 500; ++i) answer(i, {513, "Message Too Large"});
    EXPECT_LT(sent_.size(), 100U) << transport;
    EXPECT_EQ(subscriptions_->size(), 0U);
  }
}

TEST_F(ListsTest, AListHasABound) {
  begin_list(lights(Subscriptions::most_members + 1), "tcp");
  EXPECT_EQ(sent_[0].notify.members.size() + sent_[0].notify.others.size(), Subscriptions::most_members);
  const auto all = [](const Subscription&) { return true; };
  EXPECT_TRUE(subscriptions_->is_subscribed("internal", {"1000", "k100"}, all));
  EXPECT_FALSE(subscriptions_->is_subscribed("internal", {"1000", "another"}, all)) << "it may go another way";
  tell({{"another", Light::on}});
  EXPECT_EQ(told_, (Strings{"0 it has no subscription to key another any more"}));
}

}  // namespace
}  // namespace snom::sip::test
