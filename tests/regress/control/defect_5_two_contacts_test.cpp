#include <gtest/gtest.h>

#include "control/fake_ports.h"

// The original answered "-ERR Query ... failed!" for a user with two contacts, or with a quote in a contact.
namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

TEST(Defect5TwoContacts, SnomCommandAsksBoth) {
  Fixture fixture;
  fixture.directory.registrations = {phone("1000", "192.0.2.7"), phone("1000", "192.0.2.8")};
  fixture.run("snom_command */1000 key enter");
  ASSERT_EQ(fixture.web.requests.size(), 2U);
  EXPECT_EQ(fixture.web.requests[0].url, "http://192.0.2.7/command.htm?key=enter");
  EXPECT_EQ(fixture.web.requests[1].url, "http://192.0.2.8/command.htm?key=enter");
  fixture.web.answer(0, 0, "no answer within 5 s");
  fixture.web.answer(1, 200);
  EXPECT_EQ(fixture.replies.at(0), "+OK */1000 key enter");
}

TEST(Defect5TwoContacts, BindKeySendsToBothAndTellsOfTheOneThatDidNot) {
  Fixture fixture;
  fixture.directory.registrations = {phone("1000", "192.0.2.7"), phone("1000", "192.0.2.8")};
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal");
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(fixture.messages.sent[0].body, fixture.messages.sent[1].body);
  fixture.messages.answer(1, 200, "OK");
  EXPECT_TRUE(fixture.replies.empty());
  fixture.messages.answer(0, 0, "no answer within 5 s");
  EXPECT_EQ(fixture.replies.at(0), "+OK 2 on DND 1000 example.com internal");
  const auto set = fixture.events.of<ButtonSet>().at(0);
  EXPECT_TRUE(set.confirmed);
  ASSERT_EQ(set.contacts.size(), 2U);
  EXPECT_EQ(set.contacts[0].status, 0);
  EXPECT_EQ(set.contacts[0].reason, "no answer within 5 s");
  EXPECT_EQ(set.contacts[1].status, 200);
}

TEST(Defect5TwoContacts, ReplyListsEachWhenNoneTookIt) {
  Fixture fixture;
  fixture.directory.registrations = {phone("1000", "192.0.2.7"), phone("1000", "192.0.2.8")};
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal");
  fixture.messages.answer(0, 404, "Not Found");
  fixture.messages.answer(1, 0, "no answer within 5 s");
  EXPECT_EQ(fixture.replies.at(0),
            "-ERR key 2 of 1000@example.com not set: sip:1000@192.0.2.7:5060;line=abc: answered 404 Not Found; "
            "sip:1000@192.0.2.8:5060;line=abc: no answer within 5 s");
}

TEST(Defect5TwoContacts, QuoteInAContact) {
  Fixture fixture;
  fixture.directory.registrations[0].contact = "sip:1000'x\"y@192.0.2.7;line='a b'";
  fixture.web.at_once = WebOutcome{200, ""};
  EXPECT_EQ(fixture.reply_to("snom_command */1000 key enter"), "+OK */1000 key enter");
  fixture.run("snom_bind_key 2 on DND 1000 example.com internal");
  EXPECT_EQ(fixture.messages.sent.at(0).to->contact, "sip:1000'x\"y@192.0.2.7;line='a b'");
}

}  // namespace
}  // namespace snom::control
