#include "control/keys/channel_memory.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

using Channels = std::vector<Channel>;

Registration of(const std::string& user, const std::string& user_agent = "snomD862/10.1.226.13") {
  auto registration = testing::phone(user);
  registration.user_agent = user_agent;
  return registration;
}

TEST(ChannelMemory, WhatTwoOfAModelRefuseFurtherOnesAreNotAskedFirst) {
  ChannelMemory memory;
  memory.refused(of("1000"), Channel::buttons);
  memory.refused(of("1000"), Channel::buttons);
  EXPECT_EQ(memory.avoided(of("1002")), Channels{}) << "one phone twice";
  memory.refused(of("1001"), Channel::buttons);
  EXPECT_EQ(memory.avoided(of("1002")), Channels{Channel::buttons});
  EXPECT_EQ(memory.avoided(of("1000")), Channels{}) << "it is asked as ever when it registers anew";
  EXPECT_EQ(memory.avoided(of("1002", "snomD862/10.1.300.1")), Channels{}) << "another firmware";
  EXPECT_EQ(memory.avoided(of("1002", "snomD865/10.1.226.13")), Channels{});
  EXPECT_EQ(memory.avoided(of("1002", "Yealink SIP-T46U")), Channels{});
}

TEST(ChannelMemory, OneThatTakesItMakesTheRefusalsForgotten) {
  ChannelMemory memory;
  memory.refused(of("1000"), Channel::buttons);
  memory.refused(of("1001"), Channel::buttons);
  memory.accepted(of("1003"), Channel::notify);
  EXPECT_EQ(memory.avoided(of("1002")), Channels{Channel::buttons});
  memory.accepted(of("1003"), Channel::buttons);
  EXPECT_EQ(memory.avoided(of("1002")), Channels{});
}

/// Who has two accounts would else decide for all phones of a model that he names.
TEST(ChannelMemory, RefusalsOfWhatAnotherOneTookDoNotCount) {
  ChannelMemory memory;
  memory.accepted(of("1003"), Channel::buttons);
  for (const auto* user : {"1000", "1001"}) memory.refused(of(user), Channel::buttons);
  EXPECT_EQ(memory.avoided(of("1002")), Channels{});
}

/// The same where no other phone of that model was asked before.
TEST(ChannelMemory, SomeAreAskedAllTheSameTheFewerTheMoreRefused) {
  ChannelMemory memory;
  for (const auto* user : {"1000", "1001"}) memory.refused(of(user), Channel::buttons);
  std::vector<int> asked;
  for (int i = 0; i < 200; ++i) {
    const auto phone = of("a" + std::to_string(i));
    if (!memory.avoided(phone).empty()) {
      EXPECT_FALSE(memory.avoided(phone).empty()) << "it stays so for this phone";
      continue;
    }
    asked.push_back(i);
    memory.refused(phone, Channel::buttons);
  }
  EXPECT_EQ(asked, (std::vector<int>{4, 13, 30, 63, 128, 193}));
  for (int i = 200; i < 300 && !memory.avoided(of("a" + std::to_string(i))).empty(); ++i) asked.push_back(i);
  EXPECT_EQ(asked.back(), 257) << "of 65 one";
  memory.accepted(of("a258"), Channel::buttons);
  EXPECT_EQ(memory.avoided(of("a259")), Channels{});
}

TEST(ChannelMemory, OthersThanSnomsAreNotRemembered) {
  ChannelMemory memory;
  for (const auto* user : {"1000", "1001"}) memory.refused(of(user, "Yealink SIP-T46U"), Channel::buttons);
  EXPECT_EQ(memory.avoided(of("1002", "Yealink SIP-T46U")), Channels{});
}

TEST(ChannelMemory, NamesThatSomebodyThinksUpFillNoMemory) {
  ChannelMemory memory;
  for (const auto* user : {"1000", "1001"}) memory.refused(of(user), Channel::buttons);
  for (int i = 0; i < 1000; ++i) {
    for (const auto* user : {"1", "2"}) memory.refused(of(user, "snomD862/11." + std::to_string(i)), Channel::buttons);
  }
  EXPECT_EQ(memory.avoided(of("1002")), Channels{Channel::buttons});
  EXPECT_EQ(memory.avoided(of("1002", "snomD862/11.999")), Channels{});
}

/// The third D862 gets its light in the way that the first two know.
TEST(ChannelMemory, TheThirdOfAModelGetsItsLightAtOnce) {
  testing::Fixture fixture;
  auto& phones = fixture.directory.registrations;
  phones = {of("1000"), of("1001"), of("1002")};
  for (std::size_t i = 0; i < phones.size(); ++i) phones[i].call_id = std::to_string(i);
  for (const auto* user : {"1000", "1001"}) {
    const auto before = fixture.messages.sent.size();
    fixture.run(std::string("snom_bind_key 2 on DND ") + user + " example.com internal");
    ASSERT_EQ(fixture.messages.sent.size(), before + 1);
    EXPECT_EQ(fixture.messages.sent.back().content_type, "application/x-buttons");
    fixture.messages.answer(before, 415, "No");
    fixture.messages.answer(before + 1, 200, "OK");
  }
  ASSERT_EQ(fixture.messages.sent.size(), 4U);
  fixture.run("snom_bind_key 2 on DND 1002 example.com internal");
  ASSERT_EQ(fixture.messages.sent.size(), 5U);
  EXPECT_EQ(fixture.messages.sent[4].content_type, "application/snomxml");
  fixture.messages.answer(4, 200, "OK");
  EXPECT_EQ(fixture.replies.back(), "+OK 2 on DND 1002 example.com internal [notify]");

  // A key without a LED that is known is tried by x-buttons all the same: there is no other way.
  fixture.run("snom_bind_key EK0 on x 1002 example.com internal");
  ASSERT_EQ(fixture.messages.sent.size(), 6U);
  EXPECT_EQ(fixture.messages.sent[5].content_type, "application/x-buttons");
}

}  // namespace
}  // namespace snom::control
