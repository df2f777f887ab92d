#include "control/keys/key_sync.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

/// How wanted keys reach phones: order, silence, refusal, restarts, many at once.
namespace snom::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Fixture;
using testing::phone;

std::string bind_line(const std::string& key, const std::string& label = "L", const std::string& user = "1000") {
  return "snom_bind_key " + key + " on " + label + " " + user + " example.com internal";
}

Registration with_call_id(Registration registration, const std::string& call_id) {
  registration.call_id = call_id;
  return registration;
}

std::string body(const Fixture& fixture, std::size_t index) { return fixture.messages.sent.at(index).body; }

TEST(KeySync, OneDocumentAtATimeAndWhatComesMeanwhileIsMergedIntoTheNext) {
  Fixture fixture;
  fixture.run(bind_line("1"));
  fixture.run(bind_line("2"));
  fixture.run(bind_line("3", "old"));
  fixture.run(bind_line("3", "new"));
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  fixture.messages.answer(0, 200, "OK");
  EXPECT_EQ(fixture.replies.size(), 1U);
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(body(fixture, 1), "k=2\r\nc=on\r\nl=L\r\n\r\nk=3\r\nc=on\r\nl=new\r\n");
  fixture.messages.answer(1, 200, "OK");
  EXPECT_EQ(fixture.replies.size(), 4U);
  for (const auto& reply : fixture.replies) EXPECT_TRUE(reply.starts_with("+OK ")) << reply;
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
}

TEST(KeySync, ContactsDoNotWaitForEachOther) {
  Fixture fixture;
  fixture.directory.registrations.push_back(phone("1000", "192.0.2.8"));
  fixture.run(bind_line("1"));
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  fixture.messages.answer(1, 200, "OK");
  fixture.run(bind_line("2"));
  ASSERT_EQ(fixture.messages.sent.size(), 3U);  // the first contact is still busy with key 1
  EXPECT_EQ(fixture.messages.sent[2].to->network_host, "192.0.2.8");
  fixture.messages.answer(2, 200, "OK");
  EXPECT_TRUE(fixture.replies.empty());
  fixture.messages.answer(0, 0, "no answer within 5 s");
  ASSERT_EQ(fixture.replies.size(), 1U);
  EXPECT_TRUE(fixture.replies[0].starts_with("+OK 1 ")) << fixture.replies[0];
  ASSERT_EQ(fixture.messages.sent.size(), 4U);
  EXPECT_EQ(body(fixture, 3), "k=1\r\nc=on\r\nl=L\r\n\r\nk=2\r\nc=on\r\nl=L\r\n");
  fixture.messages.answer(3, 415, "Unsupported Media Type");
  ASSERT_EQ(fixture.replies.size(), 2U);
  EXPECT_TRUE(fixture.replies[1].starts_with("+OK 2 "));
  const auto key = fixture.command_service->keys("1000@example.com").at(0);
  EXPECT_EQ(key.state, KeySync::State::confirmed);
  EXPECT_EQ(key.contacts.at(0).state, KeySync::State::failed);
  EXPECT_EQ(key.contacts.at(0).status, 415);
  EXPECT_EQ(key.contacts.at(1).state, KeySync::State::confirmed);
}

TEST(KeySync, SilentPhoneIsTriedAgainAtGrowingIntervalsUntilItAnswers) {
  Fixture fixture;
  fixture.run(bind_line("2"));
  fixture.messages.answer(0, 0, "no answer within 5 s");
  EXPECT_EQ(fixture.replies.at(0), "-ERR key 2 of 1000@example.com not set: no answer within 5 s");
  fixture.clock.pass(milliseconds(999));
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  fixture.clock.pass(milliseconds(1001));
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  fixture.messages.answer(1, 0, "no answer within 5 s");
  fixture.clock.pass(milliseconds(1999));
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
  fixture.clock.pass(milliseconds(2001));
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  fixture.messages.answer(2, 200, "OK");
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").at(0).state, KeySync::State::confirmed);
  EXPECT_EQ(fixture.replies.size(), 1U);
  const auto told = fixture.events.of<KeysSent>();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].status, 0);
  EXPECT_EQ(told[1].status, 200);
  EXPECT_FALSE(told[1].restore);
  fixture.clock.pass(seconds(3600));
  EXPECT_EQ(fixture.messages.sent.size(), 3U);
}

TEST(KeySync, WhatWasSentWithoutBeingToldTheAnswerIsNotSentAgain) {
  Fixture fixture;
  fixture.run(bind_line("2"));
  fixture.messages.answer(0, {0, "sent, but not waited for", true});
  EXPECT_EQ(fixture.replies.at(0), "+OK 2 on L 1000 example.com internal [sent]");
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").at(0).state, KeySync::State::pending);
  fixture.clock.pass(std::chrono::hours(1));
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  fixture.command_service->registered(with_call_id(phone("1000"), "after its restart"));
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
}

TEST(KeySync, WhatWasClearedAndOnlySentIsDarkenedAgainWhenThePhoneComesBack) {
  Fixture fixture;
  fixture.run(bind_line("2"));
  fixture.messages.answer(0, 200, "OK");
  fixture.run("snom_clear 1000@example.com 2");
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  fixture.messages.answer(1, {0, "sent by Asterisk", true});
  fixture.clock.pass(seconds(1));
  EXPECT_TRUE(fixture.replies.back().starts_with("+OK")) << fixture.replies.back();
  EXPECT_TRUE(fixture.command_service->keys("1000@example.com").empty());
  fixture.command_service->registered(with_call_id(phone("1000"), "after its restart"));
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(body(fixture, 2), body(fixture, 1)) << "dark";
  fixture.messages.answer(2, {0, "sent by Asterisk", true});
  fixture.command_service->registered(with_call_id(phone("1000"), "once more"));
  EXPECT_EQ(fixture.messages.sent.size(), 3U) << "it was there";
}

TEST(KeySync, IntervalsGrowUpToALimit) {
  Fixture fixture;
  fixture.messages.at_once = SipOutcome{0, "no answer within 5 s"};
  fixture.run(bind_line("2"));
  fixture.clock.pass(seconds(24 * 3600));
  const auto attempts = fixture.messages.sent.size();
  EXPECT_GE(attempts, 24U * 12);  // every 5 min at the latest
  EXPECT_LE(attempts, 24U * 24 + 20);
}

TEST(KeySync, NewChangeToASilentPhoneGoesOutAtOnceWithWhatItLacks) {
  Fixture fixture;
  fixture.run(bind_line("2"));
  fixture.messages.answer(0, 0, "no answer within 5 s");
  fixture.run(bind_line("3"));
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(body(fixture, 1), "k=2\r\nc=on\r\nl=L\r\n\r\nk=3\r\nc=on\r\nl=L\r\n");
  fixture.messages.answer(1, 200, "OK");
  fixture.clock.pass(seconds(3600));
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
}

TEST(KeySync, PhoneThatIsGoneIsNotTriedAgain) {
  Fixture fixture;
  fixture.run(bind_line("2"));
  fixture.messages.answer(0, 0, "no answer within 5 s");
  fixture.directory.registrations.clear();
  fixture.clock.pass(seconds(3600));
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.clock.timers(), 0U);
}

TEST(KeySync, RefusedKeyIsTakenBackAndNotSentAgain) {
  Fixture fixture;
  fixture.bind(bind_line("2", "old"));
  fixture.run(bind_line("2", "new"));
  fixture.messages.answer(1, 404, "Not Found");
  EXPECT_EQ(fixture.replies.back(), "-ERR key 2 of 1000@example.com not set: phone answered 404 Not Found");
  const auto keys = fixture.command_service->keys("1000@example.com");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].button.label, "old");
  EXPECT_EQ(keys[0].state, KeySync::State::confirmed);
  fixture.clock.pass(seconds(3600));
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
}

TEST(KeySync, RefusedKeyUncoversTheOneThatNobodyAnswered) {
  Fixture fixture;
  fixture.run(bind_line("2", "silent"));
  fixture.messages.answer(0, 0, "no answer within 5 s");
  fixture.run(bind_line("2", "refused"));
  fixture.messages.answer(1, 404, "Not Found");
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(body(fixture, 2), "k=2\r\nc=on\r\nl=silent\r\n");
}

TEST(KeySync, BusyPhoneIsAskedAgainForWhatAnotherContactTook) {
  Fixture fixture;
  fixture.directory.registrations.push_back(phone("1000", "192.0.2.8"));
  fixture.run(bind_line("2"));
  fixture.messages.answer(0, 200, "OK");
  fixture.messages.answer(1, 503, "Service Unavailable");
  EXPECT_TRUE(fixture.replies.at(0).starts_with("+OK "));
  fixture.clock.pass(seconds(2));
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(fixture.messages.sent[2].to->network_host, "192.0.2.8");
}

TEST(KeySync, PhoneThatRegistersAnewGetsAllItsKeysInOneDocument) {
  Fixture fixture;
  fixture.command_service->registered(with_call_id(phone("1000"), "a"));
  fixture.directory.registrations = {with_call_id(phone("1000"), "a")};
  fixture.bind(bind_line("2"));
  fixture.bind(bind_line("10"));
  fixture.bind(bind_line("3"));
  fixture.command_service->registered(with_call_id(phone("1000"), "a"));
  EXPECT_EQ(fixture.messages.sent.size(), 3U);  // a refresh gets nothing
  fixture.directory.registrations = {with_call_id(phone("1000"), "b")};
  fixture.command_service->registered(with_call_id(phone("1000"), "b"));
  ASSERT_EQ(fixture.messages.sent.size(), 4U);
  EXPECT_EQ(body(fixture, 3), "k=2\r\nc=on\r\nl=L\r\n\r\nk=3\r\nc=on\r\nl=L\r\n\r\nk=10\r\nc=on\r\nl=L\r\n");
  fixture.clock.pass(milliseconds(40));
  fixture.messages.answer(3, 200, "OK");
  const auto told = fixture.events.of<KeysSent>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].restore);
  EXPECT_EQ(told[0].keys, 3U);
  EXPECT_EQ(told[0].since_registered, milliseconds(40));
}

TEST(KeySync, PhoneThatLeftAndCameBackGetsItsKeys) {
  Fixture fixture;
  fixture.bind(bind_line("2"));
  fixture.command_service->unregistered(phone("1000"));
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").at(0).state, KeySync::State::pending);
  fixture.command_service->registered(phone("1000"));
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
}

TEST(KeySync, KeysOfTheStoreGoToPhonesThatRegisterAfterARestart) {
  Fixture fixture;
  fixture.bind(bind_line("2"));
  fixture.open({});
  EXPECT_EQ(fixture.command_service->keys("1000@example.com").at(0).state, KeySync::State::pending);
  fixture.command_service->registered(phone("1000"));
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(body(fixture, 1), "k=2\r\nc=on\r\nl=L\r\n");
}

TEST(KeySync, RestartInTheMiddleOfAChangeWaitsForItsEndSoThatNothingOldComesAfterTheNew) {
  Fixture fixture;
  fixture.directory.registrations = {with_call_id(phone("1000"), "a")};
  fixture.command_service->registered(fixture.directory.registrations[0]);
  fixture.bind(bind_line("1"));
  fixture.run(bind_line("2", "old"));
  fixture.directory.registrations = {with_call_id(phone("1000"), "b")};
  fixture.command_service->registered(fixture.directory.registrations[0]);
  fixture.run(bind_line("2", "new"));
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
  fixture.messages.answer(1, 0, "no answer within 5 s");
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(body(fixture, 2), "k=1\r\nc=on\r\nl=L\r\n\r\nk=2\r\nc=on\r\nl=new\r\n");
  EXPECT_EQ(fixture.replies.size(), 1U);
  fixture.messages.answer(2, 200, "OK");
  ASSERT_EQ(fixture.replies.size(), 3U);
  EXPECT_TRUE(fixture.replies[1].starts_with("+OK 2 on old")) << fixture.replies[1];
  EXPECT_TRUE(fixture.replies[2].starts_with("+OK 2 on new")) << fixture.replies[2];
}

TEST(KeySync, AcceptanceFromBeforeTheRestartDoesNotCount) {
  Fixture fixture;
  fixture.directory.registrations = {with_call_id(phone("1000"), "a")};
  fixture.run(bind_line("2"));
  fixture.directory.registrations = {with_call_id(phone("1000"), "b")};
  fixture.command_service->registered(fixture.directory.registrations[0]);
  fixture.messages.answer(0, 200, "OK");
  EXPECT_TRUE(fixture.replies.empty());
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  fixture.messages.answer(1, 200, "OK");
  EXPECT_EQ(fixture.replies.size(), 1U);
}

TEST(KeySync, ContactThatLeavesAnswersThoseWhoWait) {
  Fixture fixture;
  fixture.run(bind_line("2"));
  fixture.run(bind_line("3"));
  fixture.command_service->unregistered(phone("1000"));
  EXPECT_EQ(fixture.replies.at(0), "-ERR key 3 of 1000@example.com not set: not registered any more");
  fixture.messages.answer(0, 200, "OK");
  EXPECT_TRUE(fixture.replies.at(1).starts_with("+OK 2 "));
}

TEST(KeySync, NothingNewerGoesOutWhileTheOlderOneMayStillArrive) {
  Fixture fixture;
  fixture.run(bind_line("2", "old"));
  // Told, and yet not over: a second flow is silent, and what was sent by it is repeated.
  fixture.messages.answer_early(0, {200, "OK"});
  EXPECT_EQ(fixture.replies.size(), 1U);
  fixture.run(bind_line("2", "new"));
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  fixture.clock.pass(seconds(2));
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  fixture.messages.end(0);
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(body(fixture, 1), "k=2\r\nc=on\r\nl=new\r\n");
}

TEST(KeySync, ACommandWhoseTimeEndsBeforeTheOlderOneIsOverIsToldSo) {
  Fixture fixture;
  fixture.run(bind_line("2", "old"));
  fixture.messages.answer_early(0, {0, "no answer within 5 s"});
  fixture.run(bind_line("2", "new"));
  fixture.clock.pass(seconds(6));
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  EXPECT_EQ(fixture.replies.at(1),
            "-ERR key 2 of 1000@example.com not set: not sent within 5 s: the phone has not answered what was sent "
            "before it");
  fixture.messages.end(0);
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(body(fixture, 1), "k=2\r\nc=on\r\nl=new\r\n");
}

TEST(KeySync, APhoneThatLeftAndCameBackInTheMiddleGetsNothingBeforeTheOldOneIsOver) {
  Fixture fixture;
  fixture.run(bind_line("2", "old"));
  fixture.command_service->unregistered(phone("1000"));
  fixture.command_service->registered(phone("1000"));
  fixture.run(bind_line("2", "new"));
  EXPECT_EQ(fixture.messages.sent.size(), 1U);
  fixture.messages.answer(0, 0, "no answer within 5 s");
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(body(fixture, 1), "k=2\r\nc=on\r\nl=new\r\n");
}

TEST(KeySync, ASiteThatComesBackIsRestoredAtItsRateAndToTheLast) {
  Fixture fixture;
  constexpr int count = 1000;
  fixture.directory.registrations.clear();
  for (int user = 2000; user < 2000 + count; ++user) {
    fixture.directory.registrations.push_back(phone(std::to_string(user)));
  }
  for (int user = 2000; user < 2000 + count; ++user) fixture.bind(bind_line("2", "L", std::to_string(user)));
  fixture.messages.sent.clear();
  CommandService::Options options;
  options.delivery.restores_per_second = 100;
  fixture.open(options);
  fixture.messages.at_once = SipOutcome{200, "OK"};
  for (const auto& registration : fixture.directory.registrations) fixture.command_service->registered(registration);
  EXPECT_LE(fixture.messages.sent.size(), 5U);
  fixture.clock.pass(seconds(1));
  EXPECT_NEAR(static_cast<double>(fixture.messages.sent.size()), 100, 5);
  fixture.clock.pass(seconds(4));
  EXPECT_NEAR(static_cast<double>(fixture.messages.sent.size()), 500, 5);
  fixture.clock.pass(seconds(5));
  EXPECT_EQ(fixture.messages.sent.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(fixture.clock.timers(), 0U);
  EXPECT_EQ(fixture.command_service->delivery().counters().restores, static_cast<std::uint64_t>(count));
}

TEST(KeySync, CommandToAPhoneThatWaitsForItsRestoreBringsEverything) {
  Fixture fixture;
  fixture.directory.registrations = {phone("1000"), phone("1001"), phone("1002")};
  for (const auto* user : {"1000", "1001", "1002"}) fixture.bind(bind_line("2", "L", user));
  fixture.messages.sent.clear();
  CommandService::Options options;
  options.delivery.restores_per_second = 0.1;
  fixture.open(options);
  for (const auto& registration : fixture.directory.registrations) fixture.command_service->registered(registration);
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  fixture.run(bind_line("3", "L", "1002"));
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(body(fixture, 1), "k=2\r\nc=on\r\nl=L\r\n\r\nk=3\r\nc=on\r\nl=L\r\n");
  fixture.clock.pass(seconds(60));
  EXPECT_EQ(fixture.messages.sent.size(), 3U);
}

TEST(KeySync, ABadKeyDoesNotKeepTheGoodOnesAway) {
  Fixture fixture;
  fixture.run(bind_line("1"));
  fixture.run(bind_line("2", "bad"));
  fixture.run(bind_line("3"));
  fixture.messages.answer(0, 200, "OK");
  fixture.messages.answer(1, 400, "Bad Request");  // keys 2 and 3
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(body(fixture, 2), "k=2\r\nc=on\r\nl=bad\r\n");
  fixture.messages.answer(2, 400, "Bad Request");
  ASSERT_EQ(fixture.messages.sent.size(), 4U);
  EXPECT_EQ(body(fixture, 3), "k=3\r\nc=on\r\nl=L\r\n");
  fixture.messages.answer(3, 200, "OK");
  ASSERT_EQ(fixture.replies.size(), 3U);
  EXPECT_EQ(fixture.replies[1], "-ERR key 2 of 1000@example.com not set: phone answered 400 Bad Request");
  EXPECT_TRUE(fixture.replies[2].starts_with("+OK 3 "));
  EXPECT_EQ(fixture.messages.sent.size(), 4U);
  fixture.run(bind_line("4"));
  fixture.run(bind_line("5"));
  fixture.run(bind_line("6"));
  fixture.messages.answer(4, 200, "OK");
  EXPECT_EQ(body(fixture, 5), "k=5\r\nc=on\r\nl=L\r\n\r\nk=6\r\nc=on\r\nl=L\r\n");
}

TEST(KeySync, CommandOfSeveralKeysIsTakenBackWholeWhenOneIsRefused) {
  Fixture fixture;
  fixture.bind(bind_line("2", "old"));
  fixture.run("snom_button 1000@example.com 1 label=bad 2 label=new");
  fixture.messages.answer(1, 400, "Bad Request");
  fixture.messages.answer(2, 400, "Bad Request");  // key 1
  EXPECT_EQ(body(fixture, 3), "k=2\r\nc=on\r\nl=new\r\n");
  EXPECT_EQ(fixture.replies.size(), 1U);
  fixture.messages.answer(3, 200, "OK");
  EXPECT_EQ(fixture.replies.at(1), "-ERR keys 1, 2 of 1000@example.com not set: phone answered 400 Bad Request");
  ASSERT_EQ(fixture.messages.sent.size(), 5U);
  EXPECT_EQ(body(fixture, 4), "k=2\r\nc=on\r\nl=old\r\n");
  fixture.messages.answer(4, 200, "OK");
  const auto keys = fixture.command_service->keys("1000@example.com");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].button.label, "old");
  EXPECT_EQ(keys[0].state, KeySync::State::confirmed);
}

TEST(KeySync, CommandOfSeveralKeysIsTakenBackWholeThoughItsFirstKeyWasShown) {
  Fixture fixture;
  fixture.bind(bind_line("1", "old"));
  fixture.run("snom_button 1000@example.com 1 label=new 2 label=bad 3 label=good");
  fixture.messages.answer(1, 400, "Bad Request");
  fixture.messages.answer(2, 200, "OK");           // key 1
  fixture.messages.answer(3, 400, "Bad Request");  // key 2
  fixture.messages.answer(4, 200, "OK");           // key 3
  EXPECT_EQ(fixture.replies.at(1), "-ERR keys 1, 2, 3 of 1000@example.com not set: phone answered 400 Bad Request");
  ASSERT_EQ(fixture.messages.sent.size(), 6U);
  EXPECT_EQ(body(fixture, 5), "k=1\r\nc=on\r\nl=old\r\n\r\nk=3\r\nc=off\r\n");
  fixture.messages.answer(5, 200, "OK");
  const auto keys = fixture.command_service->keys("1000@example.com");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].button.label, "old");
  EXPECT_EQ(keys[0].state, KeySync::State::confirmed);
  EXPECT_EQ(fixture.command_service->wanted_keys().wanted("1000@example.com", "3"), nullptr) << "dark, and forgotten";
  EXPECT_EQ(fixture.messages.sent.size(), 6U);
}

TEST(KeySync, CommandOfSeveralKeysIsTakenBackWholeAlsoWhenTheMessageEndsBeforeItsAnswerIsTold) {
  Fixture fixture;
  fixture.bind(bind_line("1", "old"));
  fixture.run("snom_button 1000@example.com 1 label=new 2 label=bad");
  fixture.messages.answer_posted(1, {400, "Bad Request"});
  fixture.messages.answer_posted(2, {200, "OK"});           // key 1
  fixture.messages.answer_posted(3, {400, "Bad Request"});  // key 2
  EXPECT_EQ(fixture.replies.at(1), "-ERR keys 1, 2 of 1000@example.com not set: phone answered 400 Bad Request");
  ASSERT_EQ(fixture.messages.sent.size(), 5U);
  EXPECT_EQ(body(fixture, 4), "k=1\r\nc=on\r\nl=old\r\n");
}

TEST(KeySync, PhoneThatKnowsNoButtonsIsNotAskedKeyByKey) {
  Fixture fixture;
  fixture.run(bind_line("1"));
  fixture.run(bind_line("2"));
  fixture.run(bind_line("3"));
  fixture.messages.answer(0, 415, "Unsupported Media Type");
  fixture.messages.answer(1, 415, "Unsupported Media Type");
  EXPECT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(fixture.replies.size(), 3U);
}

TEST(KeySync, PartsFollowEachOtherAndEachCommandWaitsForItsOwn) {
  Fixture fixture;
  const std::string label(900, 'x');
  CommandService::Options options;
  options.delivery.max_document_bytes = 2500;
  fixture.open(options);
  fixture.run(bind_line("1", label));
  for (int key = 2; key <= 5; ++key) fixture.run(bind_line(std::to_string(key), label));
  fixture.messages.answer(0, 200, "OK");
  ASSERT_EQ(fixture.messages.sent.size(), 2U);
  EXPECT_EQ(fixture.replies.size(), 1U);
  fixture.messages.answer(1, 200, "OK");
  EXPECT_EQ(fixture.replies.size(), 3U);
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  fixture.messages.answer(2, 200, "OK");
  EXPECT_EQ(fixture.replies.size(), 5U);
  EXPECT_EQ(fixture.messages.sent.size(), 3U);
}

TEST(KeySync, ABusyPhoneGetsItsOtherKeysWhateverBecomesOfACommandMeanwhile) {
  for (const int answer : {503, 200}) {
    Fixture fixture;
    fixture.directory.registrations = {with_call_id(phone("1000"), "a")};
    fixture.command_service->registered(fixture.directory.registrations[0]);
    fixture.bind(bind_line("1"));
    fixture.directory.registrations = {with_call_id(phone("1000"), "b")};
    fixture.command_service->registered(fixture.directory.registrations[0]);
    ASSERT_EQ(fixture.messages.sent.size(), 2U);
    fixture.messages.answer(1, 503, "Booting");
    fixture.run(bind_line("2"));
    ASSERT_EQ(fixture.messages.sent.size(), 3U);
    fixture.messages.answer(2, answer, "?");
    fixture.messages.at_once = SipOutcome{200, "OK"};
    fixture.clock.pass(seconds(60));
    ASSERT_EQ(fixture.messages.sent.size(), 4U) << answer;
    EXPECT_EQ(body(fixture, 3), "k=1\r\nc=on\r\nl=L\r\n");
    EXPECT_EQ(fixture.clock.timers(), 0U);
  }
}

TEST(KeySync, CommandOfSeveralKeysIsRolledBackWholeOnTwoContacts) {
  Fixture fixture;
  fixture.directory.registrations.push_back(phone("1000", "192.0.2.8"));
  fixture.bind(bind_line("1", "old"));
  fixture.run("snom_button 1000@example.com 1 label=new 2 label=bad");
  ASSERT_EQ(fixture.messages.sent.size(), 4U);
  fixture.messages.answer(2, 400, "Bad");
  fixture.messages.answer(3, 400, "Bad");
  fixture.messages.answer(4, 200, "OK");   // key 1 of the first
  fixture.messages.answer(5, 200, "OK");   // key 1 of the second
  fixture.messages.answer(6, 400, "Bad");  // key 2 of the first, which has answered now
  fixture.messages.answer(7, 400, "Bad");
  const auto keys = fixture.command_service->keys("1000@example.com");
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].button.label, "old");
}

TEST(KeySync, CommandOfSeveralKeysIsRolledBackWholeWhileAnotherChangeIsWritten) {
  Fixture fixture;
  fixture.bind(bind_line("1", "old"));
  fixture.run("snom_button 1000@example.com 1 label=new 2 label=bad");
  fixture.messages.answer(1, 400, "Bad Request");
  fixture.messages.answer(2, 200, "OK");  // key 1
  fixture.store.hold_answers();
  fixture.run(bind_line("7", "other"));
  fixture.messages.answer(3, 400, "Bad Request");  // key 2
  fixture.store.release();
  fixture.clock.run_posted();
  const auto* wanted = fixture.command_service->wanted_keys().wanted("1000@example.com", "1");
  ASSERT_NE(wanted, nullptr);
  EXPECT_EQ(wanted->button.label, "old");
}

TEST(KeySync, WhatIsLongerThanOneDocumentIsNotRepeatedWithoutEndWhenSendingFailsAtOnce) {
  Fixture fixture;
  const std::string label(900, 'x');
  CommandService::Options options;
  options.delivery.max_document_bytes = 1500;
  fixture.open(options);
  fixture.run("snom_button 1000@example.com 1 label=" + label + " 2 label=" + label);
  ASSERT_EQ(fixture.messages.sent.size(), 1U);
  fixture.messages.answer(0, 0, "the connection is closed");
  EXPECT_EQ(fixture.messages.sent.size(), 1U) << "without any time passing";
  ASSERT_EQ(fixture.replies.size(), 1U);
  EXPECT_EQ(fixture.replies[0], "-ERR keys 1, 2 of 1000@example.com not set: the connection is closed");
  fixture.messages.at_once = SipOutcome{200, "OK"};
  fixture.clock.pass(seconds(2));
  EXPECT_EQ(fixture.messages.sent.size(), 3U) << "both parts";
}

TEST(KeySync, AContactThatWentWhileItsKeysWereWrittenIsSentNothing) {
  Fixture fixture;
  fixture.command_service->registered(phone("1000"));
  fixture.store.hold_answers();
  fixture.run(bind_line("1"));
  fixture.directory.registrations.clear();
  fixture.command_service->unregistered(phone("1000"));
  fixture.store.release();
  fixture.clock.run_posted();
  EXPECT_TRUE(fixture.messages.sent.empty());
  EXPECT_EQ(fixture.replies.at(0), "-ERR key 1 of 1000@example.com not set: not registered any more");
  EXPECT_TRUE(fixture.command_service->keys("1000@example.com").at(0).contacts.empty());
}

TEST(KeySync, KeysGoWhereThePhoneIsWhenTheyAreWritten) {
  Fixture fixture;
  fixture.directory.registrations = {with_call_id(phone("1000"), "a")};
  fixture.command_service->registered(fixture.directory.registrations[0]);
  fixture.bind(bind_line("1"));
  fixture.store.hold_answers();
  fixture.run(bind_line("2"));
  auto moved = with_call_id(phone("1000"), "b");
  moved.network_port = 7777;
  fixture.directory.registrations = {moved};
  fixture.command_service->registered(moved);
  fixture.messages.answer(1, 200, "OK");  // restored
  fixture.store.release();
  fixture.clock.run_posted();
  ASSERT_EQ(fixture.messages.sent.size(), 3U);
  EXPECT_EQ(fixture.messages.sent[2].to->network_port, 7777);
  EXPECT_EQ(body(fixture, 2), "k=2\r\nc=on\r\nl=L\r\n") << "key 1 is shown already";
}

TEST(KeySync, MayGoWithTimersAndAnswersStillToCome) {
  Fixture fixture;
  fixture.run(bind_line("2"));
  fixture.messages.answer(0, 0, "no answer within 5 s");
  fixture.run(bind_line("3"));
  fixture.command_service.reset();
  fixture.clock.pass(seconds(60));
  fixture.messages.answer(1, 200, "OK");
  EXPECT_EQ(fixture.replies.size(), 1U);
}

}  // namespace
}  // namespace snom::control
