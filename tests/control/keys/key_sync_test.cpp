#include "control/keys/key_sync.h"

#include <gtest/gtest.h>

#include "control/fake_world.h"

/// How wanted keys reach phones: order, silence, refusal, restarts, many at once.
namespace snom::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::House;
using testing::phone;

std::string bind_line(const std::string& key, const std::string& label = "L", const std::string& user = "1000") {
  return "snom_bind_key " + key + " on " + label + " " + user + " example.com internal";
}

Registration with_call_id(Registration registration, const std::string& call_id) {
  registration.call_id = call_id;
  return registration;
}

std::string body(const House& house, std::size_t index) { return house.messages.sent.at(index).body; }

TEST(KeySync, OneDocumentAtATimeAndWhatComesMeanwhileIsMergedIntoTheNext) {
  House house;
  house.run(bind_line("1"));
  house.run(bind_line("2"));
  house.run(bind_line("3", "old"));
  house.run(bind_line("3", "new"));
  ASSERT_EQ(house.messages.sent.size(), 1U);
  house.messages.answer(0, 200, "OK");
  EXPECT_EQ(house.replies.size(), 1U);
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(body(house, 1), "k=2\r\nc=on\r\nl=L\r\n\r\nk=3\r\nc=on\r\nl=new\r\n");
  house.messages.answer(1, 200, "OK");
  EXPECT_EQ(house.replies.size(), 4U);
  for (const auto& reply : house.replies) EXPECT_TRUE(reply.starts_with("+OK ")) << reply;
  EXPECT_EQ(house.messages.sent.size(), 2U);
}

TEST(KeySync, ContactsDoNotWaitForEachOther) {
  House house;
  house.directory.registrations.push_back(phone("1000", "192.0.2.8"));
  house.run(bind_line("1"));
  ASSERT_EQ(house.messages.sent.size(), 2U);
  house.messages.answer(1, 200, "OK");
  house.run(bind_line("2"));
  ASSERT_EQ(house.messages.sent.size(), 3U);  // the first contact is still busy with key 1
  EXPECT_EQ(house.messages.sent[2].to->network_host, "192.0.2.8");
  house.messages.answer(2, 200, "OK");
  EXPECT_TRUE(house.replies.empty());
  house.messages.answer(0, 0, "no answer within 5 s");
  ASSERT_EQ(house.replies.size(), 1U);
  EXPECT_TRUE(house.replies[0].starts_with("+OK 1 ")) << house.replies[0];
  ASSERT_EQ(house.messages.sent.size(), 4U);
  EXPECT_EQ(body(house, 3), "k=1\r\nc=on\r\nl=L\r\n\r\nk=2\r\nc=on\r\nl=L\r\n");
  house.messages.answer(3, 415, "Unsupported Media Type");
  ASSERT_EQ(house.replies.size(), 2U);
  EXPECT_TRUE(house.replies[1].starts_with("+OK 2 "));
  const auto key = house.switchboard->keys("1000@example.com").at(0);
  EXPECT_EQ(key.state, KeySync::State::confirmed);
  EXPECT_EQ(key.contacts.at(0).state, KeySync::State::failed);
  EXPECT_EQ(key.contacts.at(0).status, 415);
  EXPECT_EQ(key.contacts.at(1).state, KeySync::State::confirmed);
}

TEST(KeySync, SilentPhoneIsTriedAgainAtGrowingIntervalsUntilItAnswers) {
  House house;
  house.run(bind_line("2"));
  house.messages.answer(0, 0, "no answer within 5 s");
  EXPECT_EQ(house.replies.at(0), "-ERR key 2 of 1000@example.com not set: no answer within 5 s");
  house.clock.pass(milliseconds(999));
  EXPECT_EQ(house.messages.sent.size(), 1U);
  house.clock.pass(milliseconds(1001));
  ASSERT_EQ(house.messages.sent.size(), 2U);
  house.messages.answer(1, 0, "no answer within 5 s");
  house.clock.pass(milliseconds(1999));
  EXPECT_EQ(house.messages.sent.size(), 2U);
  house.clock.pass(milliseconds(2001));
  ASSERT_EQ(house.messages.sent.size(), 3U);
  house.messages.answer(2, 200, "OK");
  EXPECT_EQ(house.switchboard->keys("1000@example.com").at(0).state, KeySync::State::confirmed);
  EXPECT_EQ(house.replies.size(), 1U);
  const auto told = house.events.of<KeysSent>();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].status, 0);
  EXPECT_EQ(told[1].status, 200);
  EXPECT_FALSE(told[1].restore);
  house.clock.pass(seconds(3600));
  EXPECT_EQ(house.messages.sent.size(), 3U);
}

TEST(KeySync, WhatWasSentWithoutBeingToldTheAnswerIsNotSentAgain) {
  House house;
  house.run(bind_line("2"));
  house.messages.answer(0, {0, "sent, but not waited for", true});
  EXPECT_EQ(house.replies.at(0), "+OK 2 on L 1000 example.com internal [sent]");
  EXPECT_EQ(house.switchboard->keys("1000@example.com").at(0).state, KeySync::State::pending);
  house.clock.pass(std::chrono::hours(1));
  EXPECT_EQ(house.messages.sent.size(), 1U);
  house.switchboard->registered(with_call_id(phone("1000"), "after its restart"));
  EXPECT_EQ(house.messages.sent.size(), 2U);
}

TEST(KeySync, IntervalsGrowUpToALimit) {
  House house;
  house.messages.at_once = SipOutcome{0, "no answer within 5 s"};
  house.run(bind_line("2"));
  house.clock.pass(seconds(24 * 3600));
  const auto attempts = house.messages.sent.size();
  EXPECT_GE(attempts, 24U * 12);  // every 5 min at the latest
  EXPECT_LE(attempts, 24U * 24 + 20);
}

TEST(KeySync, NewChangeToASilentPhoneGoesOutAtOnceWithWhatItLacks) {
  House house;
  house.run(bind_line("2"));
  house.messages.answer(0, 0, "no answer within 5 s");
  house.run(bind_line("3"));
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(body(house, 1), "k=2\r\nc=on\r\nl=L\r\n\r\nk=3\r\nc=on\r\nl=L\r\n");
  house.messages.answer(1, 200, "OK");
  house.clock.pass(seconds(3600));
  EXPECT_EQ(house.messages.sent.size(), 2U);
}

TEST(KeySync, PhoneThatIsGoneIsNotTriedAgain) {
  House house;
  house.run(bind_line("2"));
  house.messages.answer(0, 0, "no answer within 5 s");
  house.directory.registrations.clear();
  house.clock.pass(seconds(3600));
  EXPECT_EQ(house.messages.sent.size(), 1U);
  EXPECT_EQ(house.clock.timers(), 0U);
}

TEST(KeySync, RefusedKeyIsTakenBackAndNotSentAgain) {
  House house;
  house.bind(bind_line("2", "old"));
  house.run(bind_line("2", "new"));
  house.messages.answer(1, 404, "Not Found");
  EXPECT_EQ(house.replies.back(), "-ERR key 2 of 1000@example.com not set: phone answered 404 Not Found");
  const auto keys = house.switchboard->keys("1000@example.com");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].button.label, "old");
  EXPECT_EQ(keys[0].state, KeySync::State::confirmed);
  house.clock.pass(seconds(3600));
  EXPECT_EQ(house.messages.sent.size(), 2U);
}

TEST(KeySync, RefusedKeyUncoversTheOneThatNobodyAnswered) {
  House house;
  house.run(bind_line("2", "silent"));
  house.messages.answer(0, 0, "no answer within 5 s");
  house.run(bind_line("2", "refused"));
  house.messages.answer(1, 404, "Not Found");
  ASSERT_EQ(house.messages.sent.size(), 3U);
  EXPECT_EQ(body(house, 2), "k=2\r\nc=on\r\nl=silent\r\n");
}

TEST(KeySync, BusyPhoneIsAskedAgainForWhatAnotherContactTook) {
  House house;
  house.directory.registrations.push_back(phone("1000", "192.0.2.8"));
  house.run(bind_line("2"));
  house.messages.answer(0, 200, "OK");
  house.messages.answer(1, 503, "Service Unavailable");
  EXPECT_TRUE(house.replies.at(0).starts_with("+OK "));
  house.clock.pass(seconds(2));
  ASSERT_EQ(house.messages.sent.size(), 3U);
  EXPECT_EQ(house.messages.sent[2].to->network_host, "192.0.2.8");
}

TEST(KeySync, PhoneThatRegistersAnewGetsAllItsKeysInOneDocument) {
  House house;
  house.switchboard->registered(with_call_id(phone("1000"), "a"));
  house.directory.registrations = {with_call_id(phone("1000"), "a")};
  house.bind(bind_line("2"));
  house.bind(bind_line("10"));
  house.bind(bind_line("3"));
  house.switchboard->registered(with_call_id(phone("1000"), "a"));
  EXPECT_EQ(house.messages.sent.size(), 3U);  // a refresh gets nothing
  house.directory.registrations = {with_call_id(phone("1000"), "b")};
  house.switchboard->registered(with_call_id(phone("1000"), "b"));
  ASSERT_EQ(house.messages.sent.size(), 4U);
  EXPECT_EQ(body(house, 3), "k=2\r\nc=on\r\nl=L\r\n\r\nk=3\r\nc=on\r\nl=L\r\n\r\nk=10\r\nc=on\r\nl=L\r\n");
  house.clock.pass(milliseconds(40));
  house.messages.answer(3, 200, "OK");
  const auto told = house.events.of<KeysSent>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].restore);
  EXPECT_EQ(told[0].keys, 3U);
  EXPECT_EQ(told[0].since_registered, milliseconds(40));
}

TEST(KeySync, PhoneThatLeftAndCameBackGetsItsKeys) {
  House house;
  house.bind(bind_line("2"));
  house.switchboard->unregistered(phone("1000"));
  EXPECT_EQ(house.switchboard->keys("1000@example.com").at(0).state, KeySync::State::pending);
  house.switchboard->registered(phone("1000"));
  EXPECT_EQ(house.messages.sent.size(), 2U);
}

TEST(KeySync, KeysOfTheStoreGoToPhonesThatRegisterAfterARestart) {
  House house;
  house.bind(bind_line("2"));
  house.open({});
  EXPECT_EQ(house.switchboard->keys("1000@example.com").at(0).state, KeySync::State::pending);
  house.switchboard->registered(phone("1000"));
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(body(house, 1), "k=2\r\nc=on\r\nl=L\r\n");
}

TEST(KeySync, RestartInTheMiddleOfAChangeWaitsForItsEndSoThatNothingOldComesAfterTheNew) {
  House house;
  house.directory.registrations = {with_call_id(phone("1000"), "a")};
  house.switchboard->registered(house.directory.registrations[0]);
  house.bind(bind_line("1"));
  house.run(bind_line("2", "old"));
  house.directory.registrations = {with_call_id(phone("1000"), "b")};
  house.switchboard->registered(house.directory.registrations[0]);
  house.run(bind_line("2", "new"));
  EXPECT_EQ(house.messages.sent.size(), 2U);
  house.messages.answer(1, 0, "no answer within 5 s");
  ASSERT_EQ(house.messages.sent.size(), 3U);
  EXPECT_EQ(body(house, 2), "k=1\r\nc=on\r\nl=L\r\n\r\nk=2\r\nc=on\r\nl=new\r\n");
  EXPECT_EQ(house.replies.size(), 1U);
  house.messages.answer(2, 200, "OK");
  ASSERT_EQ(house.replies.size(), 3U);
  EXPECT_TRUE(house.replies[1].starts_with("+OK 2 on old")) << house.replies[1];
  EXPECT_TRUE(house.replies[2].starts_with("+OK 2 on new")) << house.replies[2];
}

TEST(KeySync, AcceptanceFromBeforeTheRestartDoesNotCount) {
  House house;
  house.directory.registrations = {with_call_id(phone("1000"), "a")};
  house.run(bind_line("2"));
  house.directory.registrations = {with_call_id(phone("1000"), "b")};
  house.switchboard->registered(house.directory.registrations[0]);
  house.messages.answer(0, 200, "OK");
  EXPECT_TRUE(house.replies.empty());
  ASSERT_EQ(house.messages.sent.size(), 2U);
  house.messages.answer(1, 200, "OK");
  EXPECT_EQ(house.replies.size(), 1U);
}

TEST(KeySync, ContactThatLeavesAnswersThoseWhoWait) {
  House house;
  house.run(bind_line("2"));
  house.run(bind_line("3"));
  house.switchboard->unregistered(phone("1000"));
  EXPECT_EQ(house.replies.at(0), "-ERR key 3 of 1000@example.com not set: not registered any more");
  house.messages.answer(0, 200, "OK");
  EXPECT_TRUE(house.replies.at(1).starts_with("+OK 2 "));
}

TEST(KeySync, NothingNewerGoesOutWhileTheOlderOneMayStillArrive) {
  House house;
  house.run(bind_line("2", "old"));
  // Told, and yet not over: a second flow is silent, and what was sent by it is repeated.
  house.messages.answer_early(0, {200, "OK"});
  EXPECT_EQ(house.replies.size(), 1U);
  house.run(bind_line("2", "new"));
  EXPECT_EQ(house.messages.sent.size(), 1U);
  house.clock.pass(seconds(2));
  EXPECT_EQ(house.messages.sent.size(), 1U);
  house.messages.end(0);
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(body(house, 1), "k=2\r\nc=on\r\nl=new\r\n");
}

TEST(KeySync, ACommandWhoseTimeEndsBeforeTheOlderOneIsOverIsToldSo) {
  House house;
  house.run(bind_line("2", "old"));
  house.messages.answer_early(0, {0, "no answer within 5 s"});
  house.run(bind_line("2", "new"));
  house.clock.pass(seconds(6));
  EXPECT_EQ(house.messages.sent.size(), 1U);
  EXPECT_EQ(house.replies.at(1),
            "-ERR key 2 of 1000@example.com not set: not sent within 5 s: the phone has not answered what was sent "
            "before it");
  house.messages.end(0);
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(body(house, 1), "k=2\r\nc=on\r\nl=new\r\n");
}

TEST(KeySync, APhoneThatLeftAndCameBackInTheMiddleGetsNothingBeforeTheOldOneIsOver) {
  House house;
  house.run(bind_line("2", "old"));
  house.switchboard->unregistered(phone("1000"));
  house.switchboard->registered(phone("1000"));
  house.run(bind_line("2", "new"));
  EXPECT_EQ(house.messages.sent.size(), 1U);
  house.messages.answer(0, 0, "no answer within 5 s");
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(body(house, 1), "k=2\r\nc=on\r\nl=new\r\n");
}

TEST(KeySync, ASiteThatComesBackIsRestoredAtItsRateAndToTheLast) {
  House house;
  constexpr int count = 1000;
  house.directory.registrations.clear();
  for (int user = 2000; user < 2000 + count; ++user) {
    house.directory.registrations.push_back(phone(std::to_string(user)));
  }
  for (int user = 2000; user < 2000 + count; ++user) house.bind(bind_line("2", "L", std::to_string(user)));
  house.messages.sent.clear();
  Switchboard::Options options;
  options.delivery.restores_per_second = 100;
  house.open(options);
  house.messages.at_once = SipOutcome{200, "OK"};
  for (const auto& registration : house.directory.registrations) house.switchboard->registered(registration);
  EXPECT_LE(house.messages.sent.size(), 5U);
  house.clock.pass(seconds(1));
  EXPECT_NEAR(static_cast<double>(house.messages.sent.size()), 100, 5);
  house.clock.pass(seconds(4));
  EXPECT_NEAR(static_cast<double>(house.messages.sent.size()), 500, 5);
  house.clock.pass(seconds(5));
  EXPECT_EQ(house.messages.sent.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(house.clock.timers(), 0U);
  EXPECT_EQ(house.switchboard->delivery().counters().restores, static_cast<std::uint64_t>(count));
}

TEST(KeySync, CommandToAPhoneThatWaitsForItsRestoreBringsEverything) {
  House house;
  house.directory.registrations = {phone("1000"), phone("1001"), phone("1002")};
  for (const auto* user : {"1000", "1001", "1002"}) house.bind(bind_line("2", "L", user));
  house.messages.sent.clear();
  Switchboard::Options options;
  options.delivery.restores_per_second = 0.1;
  house.open(options);
  for (const auto& registration : house.directory.registrations) house.switchboard->registered(registration);
  ASSERT_EQ(house.messages.sent.size(), 1U);
  house.run(bind_line("3", "L", "1002"));
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(body(house, 1), "k=2\r\nc=on\r\nl=L\r\n\r\nk=3\r\nc=on\r\nl=L\r\n");
  house.clock.pass(seconds(60));
  EXPECT_EQ(house.messages.sent.size(), 3U);
}

TEST(KeySync, ABadKeyDoesNotKeepTheGoodOnesAway) {
  House house;
  house.run(bind_line("1"));
  house.run(bind_line("2", "bad"));
  house.run(bind_line("3"));
  house.messages.answer(0, 200, "OK");
  house.messages.answer(1, 400, "Bad Request");  // keys 2 and 3
  ASSERT_EQ(house.messages.sent.size(), 3U);
  EXPECT_EQ(body(house, 2), "k=2\r\nc=on\r\nl=bad\r\n");
  house.messages.answer(2, 400, "Bad Request");
  ASSERT_EQ(house.messages.sent.size(), 4U);
  EXPECT_EQ(body(house, 3), "k=3\r\nc=on\r\nl=L\r\n");
  house.messages.answer(3, 200, "OK");
  ASSERT_EQ(house.replies.size(), 3U);
  EXPECT_EQ(house.replies[1], "-ERR key 2 of 1000@example.com not set: phone answered 400 Bad Request");
  EXPECT_TRUE(house.replies[2].starts_with("+OK 3 "));
  EXPECT_EQ(house.messages.sent.size(), 4U);
  house.run(bind_line("4"));
  house.run(bind_line("5"));
  house.run(bind_line("6"));
  house.messages.answer(4, 200, "OK");
  EXPECT_EQ(body(house, 5), "k=5\r\nc=on\r\nl=L\r\n\r\nk=6\r\nc=on\r\nl=L\r\n");
}

TEST(KeySync, CommandOfSeveralKeysIsTakenBackWholeWhenOneIsRefused) {
  House house;
  house.bind(bind_line("2", "old"));
  house.run("snom_button 1000@example.com 1 label=bad 2 label=new");
  house.messages.answer(1, 400, "Bad Request");
  house.messages.answer(2, 400, "Bad Request");  // key 1
  EXPECT_EQ(body(house, 3), "k=2\r\nc=on\r\nl=new\r\n");
  EXPECT_EQ(house.replies.size(), 1U);
  house.messages.answer(3, 200, "OK");
  EXPECT_EQ(house.replies.at(1), "-ERR keys 1, 2 of 1000@example.com not set: phone answered 400 Bad Request");
  ASSERT_EQ(house.messages.sent.size(), 5U);
  EXPECT_EQ(body(house, 4), "k=2\r\nc=on\r\nl=old\r\n");
  house.messages.answer(4, 200, "OK");
  const auto keys = house.switchboard->keys("1000@example.com");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].button.label, "old");
  EXPECT_EQ(keys[0].state, KeySync::State::confirmed);
}

TEST(KeySync, CommandOfSeveralKeysIsTakenBackWholeThoughItsFirstKeyWasShown) {
  House house;
  house.bind(bind_line("1", "old"));
  house.run("snom_button 1000@example.com 1 label=new 2 label=bad 3 label=good");
  house.messages.answer(1, 400, "Bad Request");
  house.messages.answer(2, 200, "OK");           // key 1
  house.messages.answer(3, 400, "Bad Request");  // key 2
  house.messages.answer(4, 200, "OK");           // key 3
  EXPECT_EQ(house.replies.at(1), "-ERR keys 1, 2, 3 of 1000@example.com not set: phone answered 400 Bad Request");
  ASSERT_EQ(house.messages.sent.size(), 6U);
  EXPECT_EQ(body(house, 5), "k=1\r\nc=on\r\nl=old\r\n\r\nk=3\r\nc=off\r\n");
  house.messages.answer(5, 200, "OK");
  const auto keys = house.switchboard->keys("1000@example.com");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].button.label, "old");
  EXPECT_EQ(keys[0].state, KeySync::State::confirmed);
  EXPECT_EQ(house.switchboard->board().wanted("1000@example.com", "3"), nullptr) << "dark, and forgotten";
  EXPECT_EQ(house.messages.sent.size(), 6U);
}

TEST(KeySync, PhoneThatKnowsNoButtonsIsNotAskedKeyByKey) {
  House house;
  house.run(bind_line("1"));
  house.run(bind_line("2"));
  house.run(bind_line("3"));
  house.messages.answer(0, 415, "Unsupported Media Type");
  house.messages.answer(1, 415, "Unsupported Media Type");
  EXPECT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(house.replies.size(), 3U);
}

TEST(KeySync, PartsFollowEachOtherAndEachCommandWaitsForItsOwn) {
  House house;
  const std::string label(900, 'x');
  Switchboard::Options options;
  options.delivery.max_document_bytes = 2500;
  house.open(options);
  house.run(bind_line("1", label));
  for (int key = 2; key <= 5; ++key) house.run(bind_line(std::to_string(key), label));
  house.messages.answer(0, 200, "OK");
  ASSERT_EQ(house.messages.sent.size(), 2U);
  EXPECT_EQ(house.replies.size(), 1U);
  house.messages.answer(1, 200, "OK");
  EXPECT_EQ(house.replies.size(), 3U);
  ASSERT_EQ(house.messages.sent.size(), 3U);
  house.messages.answer(2, 200, "OK");
  EXPECT_EQ(house.replies.size(), 5U);
  EXPECT_EQ(house.messages.sent.size(), 3U);
}

TEST(KeySync, MayGoWithTimersAndAnswersStillToCome) {
  House house;
  house.run(bind_line("2"));
  house.messages.answer(0, 0, "no answer within 5 s");
  house.run(bind_line("3"));
  house.switchboard.reset();
  house.clock.pass(seconds(60));
  house.messages.answer(1, 200, "OK");
  EXPECT_EQ(house.replies.size(), 1U);
}

}  // namespace
}  // namespace snom::control
