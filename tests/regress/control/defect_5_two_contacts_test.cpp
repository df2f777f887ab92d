#include <gtest/gtest.h>

#include "control/fake_world.h"

// The original answered "-ERR Query ... failed!" for a user with two contacts, or with a quote in a contact.
namespace snom::control {
namespace {

using testing::House;
using testing::phone;

TEST(Defect5TwoContacts, SnomCommandAsksBoth) {
  House house;
  house.directory.registrations = {phone("1000", "192.0.2.7"), phone("1000", "192.0.2.8")};
  house.run("snom_command */1000 key enter");
  ASSERT_EQ(house.web.requests.size(), 2U);
  EXPECT_EQ(house.web.requests[0].url, "http://192.0.2.7/command.htm?key=enter");
  EXPECT_EQ(house.web.requests[1].url, "http://192.0.2.8/command.htm?key=enter");
  house.web.answer(0, 0, "no answer within 5 s");
  house.web.answer(1, 200);
  EXPECT_EQ(house.replies.at(0), "+OK */1000 key enter");
}

TEST(Defect5TwoContacts, BindKeySendsToBothAndTellsOfTheOneThatDidNot) {
  House house;
  house.directory.registrations = {phone("1000", "192.0.2.7"), phone("1000", "192.0.2.8")};
  house.run("snom_bind_key 2 on DND 1000 example.com internal");
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(house.messages.sent[0].body, house.messages.sent[1].body);
  house.messages.answer(1, 200, "OK");
  EXPECT_TRUE(house.replies.empty());
  house.messages.answer(0, 0, "no answer within 5 s");
  EXPECT_EQ(house.replies.at(0), "+OK 2 on DND 1000 example.com internal");
  const auto set = house.events.of<ButtonSet>().at(0);
  EXPECT_TRUE(set.confirmed);
  ASSERT_EQ(set.contacts.size(), 2U);
  EXPECT_EQ(set.contacts[0].status, 0);
  EXPECT_EQ(set.contacts[0].reason, "no answer within 5 s");
  EXPECT_EQ(set.contacts[1].status, 200);
}

TEST(Defect5TwoContacts, ReplyListsEachWhenNoneTookIt) {
  House house;
  house.directory.registrations = {phone("1000", "192.0.2.7"), phone("1000", "192.0.2.8")};
  house.run("snom_bind_key 2 on DND 1000 example.com internal");
  house.messages.answer(0, 404, "Not Found");
  house.messages.answer(1, 0, "no answer within 5 s");
  EXPECT_EQ(house.replies.at(0),
            "-ERR key 2 of 1000@example.com not set: sip:1000@192.0.2.7:5060;line=abc: answered 404 Not Found; "
            "sip:1000@192.0.2.8:5060;line=abc: no answer within 5 s");
}

TEST(Defect5TwoContacts, QuoteInAContact) {
  House house;
  house.directory.registrations[0].contact = "sip:1000'x\"y@192.0.2.7;line='a b'";
  house.web.at_once = WebOutcome{200, ""};
  EXPECT_EQ(house.reply_to("snom_command */1000 key enter"), "+OK */1000 key enter");
  house.run("snom_bind_key 2 on DND 1000 example.com internal");
  EXPECT_EQ(house.messages.sent.at(0).to->contact, "sip:1000'x\"y@192.0.2.7;line='a b'");
}

}  // namespace
}  // namespace snom::control
