#include "asterisk/key_calls.h"

#include <gtest/gtest.h>

#include "asterisk/fake_ami.h"

namespace snom::asterisk {
namespace {

using testing::FakeAmi;
using testing::value;

const std::string channel = "PJSIP/1000-00000001";

AmiMessage press(const std::string& of, const std::string& extension) {
  return {{{"Event", "UserEvent"}, {"Channel", of}, {"Exten", extension}, {"UserEvent", "SnomPress"}}};
}

class KeyCallsTest : public ::testing::Test {
 protected:
  /// Asterisk answers the oldest question about a channel.
  void answer(const std::string& variable, const std::string& with, bool ok = true) {
    const auto asked = ami.take("Getvar");
    EXPECT_EQ(value(asked.fields, "Channel"), channel);
    EXPECT_EQ(value(asked.fields, "Variable"), variable);
    Ami::Answer said;
    said.ok = ok;
    said.response.fields = {{"Value", with}};
    asked.done(said);
  }
  /// "desk" has two users.
  void it_is(const std::string& extension, const std::string& endpoint) {
    answer("EXTEN", extension);
    answer("CONTEXT", "phones");
    answer("CHANNEL(endpoint)", endpoint);
  }
  /// The cause by which the channel was ended.
  std::string cause() { return value(ami.take("Hangup").fields, "Cause"); }

  FakeAmi ami;
  control::CommandService::KeyPress bound{true, {}};
  std::vector<std::string> pressed;
  std::vector<std::string> refused;
  KeyCalls calls{ami,
                 std::chrono::milliseconds(1000),
                 {[](std::string_view endpoint) {
                    std::vector<registration::RegistrationPointer> found;
                    const auto add = [&found](std::string_view user) {
                      registration::Registration made;
                      made.user = user;
                      found.emplace_back(std::move(made));
                    };
                    if (endpoint == "desk") {
                      add("1002");
                      add("1003");
                    } else if (endpoint != "stranger") {
                      add(endpoint);
                    }
                    return found;
                  },
                  [this](const registration::RegistrationPointer& from, const std::string& key) {
                    pressed.push_back(from->user + " " + key);
                    return bound;
                  },
                  [this](const registration::RegistrationPointer& from, const std::string& extension) {
                    refused.push_back(from->user + " " + extension);
                  }}};
};

TEST(KeyCalls, AreToldOfByTheDialplan) {
  EXPECT_EQ(channel_of_key_call(press(channel, "snom+1000*2")), channel);
  EXPECT_FALSE(channel_of_key_call(press(channel, "*9012345678901234567890"))) << "a code";
  EXPECT_FALSE(channel_of_key_call(press("Local/1000", "snom+1000*2")));
  auto other = press(channel, "snom+1000*2");
  other.fields.back().second = "Another";
  EXPECT_FALSE(channel_of_key_call(other));
}

TEST_F(KeyCallsTest, AKeyIsPressedByItsPhoneAndTheCallEnds) {
  calls.called(channel);
  it_is("snom+1000*2", "1000");
  EXPECT_EQ(pressed, std::vector<std::string>{"1000 2"});
  EXPECT_EQ(cause(), "16");
}

TEST_F(KeyCallsTest, WhatNothingIsBoundToIsNotFound) {
  bound.bound = false;
  calls.called(channel);
  it_is("snom+1000*2", "1000");
  EXPECT_EQ(cause(), "1");
}

TEST_F(KeyCallsTest, AKeyThatCallsIsSentOnInTheCallersContext) {
  for (const auto* number : {"1001", "1001@example.com", "sip:1001@example.com"}) {
    bound.number = number;
    calls.called(channel + number);
    for (const auto* said : {"snom+1000*2", "phones", "1000"}) {
      Ami::Answer answer;
      answer.ok = true;
      answer.response.fields = {{"Value", said}};
      ami.take("Getvar").done(answer);
    }
    const auto redirect = ami.take("Redirect");
    EXPECT_EQ(value(redirect.fields, "Context"), "phones");
    EXPECT_EQ(value(redirect.fields, "Exten"), "1001") << number;
    EXPECT_EQ(value(redirect.fields, "Channel"), channel + number);
    redirect.done({});
    EXPECT_EQ(cause(), "1") << "it could not be sent on";
  }
}

TEST_F(KeyCallsTest, AnotherPhonesKeyIsRefused) {
  calls.called(channel);
  it_is("snom+1000*2", "1001");
  EXPECT_TRUE(pressed.empty());
  EXPECT_EQ(refused, std::vector<std::string>{"1001 snom+1000*2"});
  EXPECT_EQ(cause(), "21");
}

TEST_F(KeyCallsTest, AnEndpointOfSeveralUsersPressesTheKeysOfEach) {
  calls.called(channel);
  it_is("snom+1003*2", "desk");
  EXPECT_EQ(pressed, std::vector<std::string>{"1003 2"});
  EXPECT_EQ(cause(), "16");
  calls.connected();
  calls.called(channel);
  it_is("snom+1000*2", "desk");
  EXPECT_EQ(refused, std::vector<std::string>{"1002 snom+1000*2"});
  EXPECT_EQ(cause(), "21");
}

TEST_F(KeyCallsTest, WhoIsNotRegisteredPressesNothing) {
  calls.called(channel);
  it_is("snom+1000*2", "stranger");
  EXPECT_TRUE(pressed.empty());
  EXPECT_EQ(cause(), "21");
}

TEST_F(KeyCallsTest, AMadeUpEventDoesNothing) {
  calls.called(channel);
  answer("EXTEN", "", false);
  answer("CONTEXT", "", false);
  answer("CHANNEL(endpoint)", "", false);
  EXPECT_TRUE(ami.asked.empty()) << "there is no such channel";
  calls.called(channel);
  it_is("1001", "1000");
  EXPECT_TRUE(ami.asked.empty()) << "it calls somebody else, and goes on";
  EXPECT_TRUE(pressed.empty());
}

TEST_F(KeyCallsTest, ACallPressesOnce) {
  calls.called(channel);
  calls.called(channel);  // told twice before anything was answered
  it_is("snom+1000*2", "1000");
  it_is("snom+1000*2", "1000");
  calls.called(channel);
  EXPECT_EQ(pressed.size(), 1U);
  EXPECT_EQ(cause(), "16");
  EXPECT_TRUE(ami.asked.empty());
}

TEST_F(KeyCallsTest, AnAsteriskThatRestartedCountsItsChannelsFromTheStart) {
  for (const std::size_t presses : {1U, 2U}) {
    calls.connected();
    calls.called(channel);
    it_is("snom+1000*2", "1000");
    EXPECT_EQ(pressed.size(), presses);
    EXPECT_EQ(cause(), "16");
  }
}

TEST_F(KeyCallsTest, NoMoreAreAskedAboutThanTheirBound) {
  for (std::size_t i = 0; i < 2 * KeyCalls::most_under_way; ++i) calls.called(channel + std::to_string(i));
  EXPECT_EQ(ami.count("Getvar"), 3 * KeyCalls::most_under_way);
}

}  // namespace
}  // namespace snom::asterisk
