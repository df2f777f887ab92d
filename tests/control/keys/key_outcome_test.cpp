#include "control/keys/key_outcome.h"

#include <gtest/gtest.h>

namespace snom::control {
namespace {

TEST(KeyOutcome, OneAcceptanceConfirms) {
  EXPECT_EQ(delivery({{"a", 404, ""}, {"b", 200, ""}, {"c", 0, ""}}), Delivery::confirmed);
  EXPECT_EQ(delivery({{"a", 202, ""}}), Delivery::confirmed);
}

TEST(KeyOutcome, WhatIsSentAndNotToldIsNotConfirmed) {
  ContactOutcome message{"a", 0, "sent"};
  message.unconfirmed = true;
  auto notify = message;
  notify.channel = Channel::notify;
  ContactOutcome taken{"b", 200, "OK"};
  EXPECT_EQ(delivery({message, {"b", 404, ""}}), Delivery::sent);
  EXPECT_EQ(delivery({message, taken}), Delivery::confirmed);
  const auto reply = [](const std::vector<ContactOutcome>& contacts) {
    return keys_reply("x", {"2"}, "a@b", contacts);
  };
  EXPECT_EQ(reply({message}), "+OK x [sent]");
  EXPECT_EQ(reply({message, notify}), "+OK x [notify sent]");
  auto subscription = message;
  subscription.channel = Channel::subscription;
  EXPECT_EQ(reply({subscription, message, notify}), "+OK x [subscription sent]");
  EXPECT_EQ(reply({message, notify, taken}), "+OK x");
  taken.channel = Channel::notify;
  EXPECT_EQ(reply({message, notify, taken}), "+OK x [notify]");
}

TEST(KeyOutcome, SilenceOutweighsRefusal) {
  EXPECT_EQ(delivery({{"a", 404, ""}, {"b", 0, ""}}), Delivery::unanswered);
  EXPECT_EQ(delivery({{"a", 404, ""}, {"b", 302, ""}}), Delivery::refused);
}

TEST(KeyOutcome, TellsTheOutcome) {
  const auto reply = [](const std::vector<ContactOutcome>& contacts) {
    return keys_reply("2  on  DND 1000 example.com internal", {"2"}, "1000@example.com", contacts);
  };
  EXPECT_EQ(reply({{"sip:a", 200, "OK"}}), "+OK 2  on  DND 1000 example.com internal");
  EXPECT_EQ(reply({{"sip:a", 404, "Not Found"}}),
            "-ERR key 2 of 1000@example.com not set: phone answered 404 Not Found");
  EXPECT_EQ(reply({{"sip:a", 415, ""}}), "-ERR key 2 of 1000@example.com not set: phone answered 415");
  EXPECT_EQ(reply({{"sip:a", 0, "no answer within 5 s"}}),
            "-ERR key 2 of 1000@example.com not set: no answer within 5 s");
  EXPECT_EQ(reply({{"sip:a", 0, ""}}), "-ERR key 2 of 1000@example.com not set: no answer");
  EXPECT_EQ(reply({{"sip:a", 404, "Not Found"}, {"sip:b", 0, "no answer within 5 s"}}),
            "-ERR key 2 of 1000@example.com not set: sip:a: answered 404 Not Found; sip:b: no answer within 5 s");
}

TEST(KeyOutcome, SeveralKeysAreNamed) {
  EXPECT_EQ(keys_reply("x", {"2", "3", "EK1"}, "1000@example.com", {{"sip:a", 486, "Busy Here"}}),
            "-ERR keys 2, 3, EK1 of 1000@example.com not set: phone answered 486 Busy Here");
}

}  // namespace
}  // namespace snom::control
