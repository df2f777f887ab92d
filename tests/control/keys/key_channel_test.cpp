#include "control/keys/key_channel.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/fake_ports.h"
#include "control/keys/key_document.h"
#include "control/keys/led_channel.h"
#include "control/keys/subscription_channel.h"
#include "control/keys/x_buttons_channel.h"

/// What every channel for keys keeps to, and the choice between them.
namespace snom::control {
namespace {

WantedButton wanted(const std::string& key, std::uint64_t revision = 1) {
  WantedButton made;
  made.address_of_record = "1000@example.com";
  made.button.key = key;
  made.button.light = language::Light::on;
  made.button.label = "L" + key;
  made.revision = revision;
  return made;
}

Registration of_model(const std::string& user_agent) {
  auto registration = testing::phone("1000");
  registration.user_agent = user_agent;
  return registration;
}

const auto d862 = of_model("snomD862/10.1.226.13");
const auto s370 = of_model("snom370/8.7.5.35");

using MakeChannel = std::function<std::unique_ptr<KeyChannel>(MessageSender&, KeySubscriptions&)>;
struct Kind {
  std::string name;
  MakeChannel make;
};

class KeyChannelContract : public ::testing::TestWithParam<Kind> {
 protected:
  testing::FakeClock clock_;
  testing::FakeMessages messages_{clock_};
  testing::FakeSubscriptions subscriptions_{messages_, {{"1000@example.com", "1"}}};
  std::unique_ptr<KeyChannel> channel_ = GetParam().make(messages_, subscriptions_);
  std::vector<WantedButton> kept_ = {wanted("1"), wanted("2"), wanted("3")};
  std::vector<const WantedButton*> keys_ = {&kept_[0], &kept_[1], &kept_[2]};
};

TEST_P(KeyChannelContract, CarriesKeysOnlyOfContactsThatItServes) {
  for (const auto& contact : {d862, s370}) {
    if (channel_->serves(contact)) {
      EXPECT_TRUE(channel_->carries(contact, "1"));
    } else {
      for (const auto* key : {"1", "2", "99", "EK0"}) EXPECT_FALSE(channel_->carries(contact, key)) << key;
    }
  }
}

TEST_P(KeyChannelContract, AMessageHoldsAtLeastOneKeyAndNoMoreThanThereAre) {
  const auto most = channel_->most(d862, keys_);
  EXPECT_GE(most, 1U);
  EXPECT_LE(most, keys_.size());
  EXPECT_EQ(channel_->most(d862, KeySpan(keys_).first(1)), 1U);
}

TEST_P(KeyChannelContract, SendsOneMessageToTheContactAndTellsItsOutcomeOnce) {
  int told = 0;
  SipOutcome last;
  channel_->send(d862, keys_, nullptr, [&](SipOutcome outcome) {
    ++told;
    last = std::move(outcome);
  });
  ASSERT_EQ(messages_.sent.size(), 1U);
  EXPECT_EQ(told, 0) << "never from within the call";
  EXPECT_EQ(messages_.sent[0].to->contact, d862.contact);
  EXPECT_TRUE(messages_.sent[0].from_user.empty());
  EXPECT_FALSE(messages_.sent[0].body.empty());
  messages_.answer(0, 486, "Busy Here");
  EXPECT_EQ(told, 1);
  EXPECT_EQ(last.status, 486);
  EXPECT_EQ(last.reason, "Busy Here");
}

TEST_P(KeyChannelContract, TheMessageKeepsTheWayTakenUntilItIsOver) {
  const auto way = std::make_shared<const int>(1);
  channel_->send(d862, keys_, way, [](const SipOutcome&) {});
  EXPECT_GT(way.use_count(), 1);
  messages_.answer(0, 200, "OK");
  EXPECT_EQ(way.use_count(), 1);
}

TEST_P(KeyChannelContract, EveryKeyAskedForIsInTheDocumentAndNoOther) {
  channel_->send(d862, KeySpan(keys_).first(2), nullptr, [](const SipOutcome&) {});
  channel_->send(d862, KeySpan(keys_).subspan(2), nullptr, [](const SipOutcome&) {});
  channel_->send(d862, keys_, nullptr, [](const SipOutcome&) {});
  const auto& sent = messages_.sent;
  EXPECT_NE(sent[0].body, sent[1].body);
  EXPECT_GT(sent[2].body.size(), sent[0].body.size());
  EXPECT_GT(sent[0].body.size(), sent[1].body.size());
}

INSTANTIATE_TEST_SUITE_P(All, KeyChannelContract,
                         ::testing::Values(Kind{"x_buttons",
                                                [](MessageSender& messages, KeySubscriptions&) {
                                                  return std::make_unique<XButtonsChannel>(messages, 48 * 1024);
                                                }},
                                           Kind{"leds",
                                                [](MessageSender& messages, KeySubscriptions&) {
                                                  return std::make_unique<LedChannel>(messages);
                                                }},
                                           Kind{"subscriptions",
                                                [](MessageSender&, KeySubscriptions& subscriptions) {
                                                  return std::make_unique<SubscriptionChannel>(subscriptions);
                                                }}),
                         [](const auto& kind) { return kind.param.name; });

struct Choice {
  testing::FakeClock clock;
  testing::FakeMessages messages{clock};
  KeyChannels channels = make_key_channels(messages, 1000);
  std::vector<WantedButton> kept;
  std::vector<const WantedButton*> missing;
  std::vector<ChannelRefusal> refusals;

  explicit Choice(const std::vector<std::string>& keys) {
    for (const auto& key : keys) kept.push_back(wanted(key));
    for (const auto& key : kept) missing.push_back(&key);
  }
  KeyDocument next(const Registration& contact, ChannelSettings::Keys keys = ChannelSettings::Keys::automatic,
                   bool one_by_one = false) {
    return next_document(contact, missing, channels, keys, refusals, one_by_one);
  }
};

TEST(KeyDocument, ButtonsComeFirstAndHoldAll) {
  Choice c({"1", "2", "99"});
  const auto document = c.next(d862);
  ASSERT_NE(document.channel, nullptr);
  EXPECT_EQ(document.channel->name(), Channel::buttons);
  EXPECT_EQ(document.keys, c.missing);
  EXPECT_TRUE(document.is_last);
  EXPECT_TRUE(document.failed.empty());
}

TEST(KeyDocument, WhereButtonsAreRefusedLightsGoAsLedsAndTheRestFails) {
  Choice c({"1", "2", "99"});
  c.refusals.push_back({Channel::buttons, {415, "No"}});
  const auto document = c.next(d862);
  EXPECT_EQ(document.channel->name(), Channel::notify);
  EXPECT_EQ(document.keys.size(), 2U);
  EXPECT_EQ(document.failed, std::vector<const WantedButton*>{&c.kept[2]});
  EXPECT_TRUE(document.is_last);
  const auto other = c.next(s370);
  EXPECT_EQ(other.channel, nullptr);
  EXPECT_EQ(other.failed.size(), 3U);
}

TEST(KeyDocument, WhereLedsAreWantedTheyComeFirstAndOtherKeysAfter) {
  Choice c({"99", "1", "2"});
  const auto document = c.next(d862, ChannelSettings::Keys::led);
  EXPECT_EQ(document.channel->name(), Channel::buttons) << "the first key's";
  EXPECT_EQ(document.keys, std::vector<const WantedButton*>{&c.kept[0]});
  EXPECT_FALSE(document.is_last);
  EXPECT_EQ(c.next(s370, ChannelSettings::Keys::led).keys.size(), 3U);
}

TEST(KeyDocument, OneByOneAndBySize) {
  Choice c({"1", "2", "3"});
  auto document = c.next(s370, ChannelSettings::Keys::automatic, true);
  EXPECT_EQ(document.keys.size(), 1U);
  EXPECT_FALSE(document.is_last);
  for (auto& key : c.kept) key.button.label = std::string(600, 'x');
  document = c.next(s370);
  EXPECT_EQ(document.keys.size(), 1U) << "at least one, however long";
  EXPECT_FALSE(document.is_last);
}

TEST(KeyDocument, NothingMissingIsNothingToSend) {
  Choice c({});
  const auto document = c.next(d862);
  EXPECT_EQ(document.channel, nullptr);
  EXPECT_TRUE(document.is_last);
}

/// One whose messages hold less.
class Narrow : public testing::FakeMessages {
 public:
  using FakeMessages::FakeMessages;
  [[nodiscard]] std::size_t max_body(const Registration&) const override { return 150; }
};

TEST(KeyDocument, TheSendersBoundCountsToo) {
  testing::FakeClock clock;
  Narrow messages(clock);
  XButtonsChannel channel(messages, 48 * 1024);
  const auto a = wanted("1");
  const auto b = wanted("2");
  const auto c = wanted("3");
  const std::vector<const WantedButton*> keys{&a, &b, &c};
  EXPECT_EQ(channel.most(s370, keys), 2U);
}

}  // namespace
}  // namespace snom::control
