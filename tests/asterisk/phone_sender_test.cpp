#include "asterisk/phone_sender.h"

#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "asterisk/fake_ami.h"
#include "asterisk/phone_list.h"
#include "http/basic_credentials.h"

namespace snom::asterisk {
namespace {

using control::OutgoingMessage;
using control::SipOutcome;
using testing::FakeAmi;
using testing::FakeClock;
using testing::value;
using namespace std::chrono_literals;

registration::RegistrationPointer phone(bool reachable = true, bool alone = true) {
  registration::Registration made;
  made.user = "1000";
  made.domain = "example.com";
  made.profile = "office";
  made.contact = "sip:1000@192.0.2.7:5060;line=abc";
  made.address = std::make_shared<const AsteriskAddress>("desk", reachable, alone);
  return made;
}

class PhoneSenderTest : public ::testing::Test {
 protected:
  void send(OutgoingMessage message) {
    sender.send(std::move(message), [this](const SipOutcome& outcome) { outcomes.push_back(outcome); });
    clock.run_posted();
  }
  static OutgoingMessage buttons(std::string body) { return {phone(), {}, "application/x-buttons", std::move(body)}; }
  static OutgoingMessage notify(std::string body, bool alone = true) {
    return {phone(true, alone), {}, "application/snomxml", std::move(body), "xml"};
  }

  FakeClock clock;
  FakeAmi ami;
  PhoneSender sender{{}, ami, clock, clock};
  std::vector<SipOutcome> outcomes;
};

TEST_F(PhoneSenderTest, AMessageGoesToTheContactByItsEndpoint) {
  send(buttons("k=2\nl=on\n"));
  ASSERT_EQ(ami.asked.size(), 1U);
  const auto& fields = ami.asked[0].fields;
  EXPECT_EQ(ami.asked[0].action, "MessageSend");
  EXPECT_EQ(value(fields, "Destination"), "pjsip:desk/sip:1000@192.0.2.7:5060;line=abc");
  EXPECT_EQ(value(fields, "To"), "sip:1000@example.com");
  EXPECT_EQ(value(fields, "From"), "sip:1000@example.com");
  EXPECT_EQ(value(fields, "Variable"), "Content-Type=application/x-buttons");
  EXPECT_EQ(value(fields, "Base64Body"), http::base64("k=2\nl=on\n"));
}

TEST_F(PhoneSenderTest, WhatAsteriskTookWasOnlySent) {
  send(buttons("k=2\n"));
  EXPECT_TRUE(outcomes.empty());
  ami.succeed("MessageSend", "Message successfully sent");
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_TRUE(outcomes[0].unconfirmed);
  EXPECT_EQ(outcomes[0].status, 0);
}

TEST_F(PhoneSenderTest, WhatAsteriskDidNotTakeIsSaidAsItSaysIt) {
  send(buttons("k=2\n"));
  ami.fail("MessageSend", "Message failed to send.");
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_FALSE(outcomes[0].unconfirmed);
  EXPECT_EQ(outcomes[0].reason, "Asterisk: Message failed to send.");
}

TEST_F(PhoneSenderTest, OneThatAsteriskDoesNotReachIsOffline) {
  send({phone(false), {}, "application/x-buttons", "k=2\n"});
  EXPECT_TRUE(ami.asked.empty());
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_FALSE(outcomes[0].unconfirmed);
  EXPECT_EQ(outcomes[0].reason, "offline: Asterisk's OPTIONS get no answer");
}

TEST_F(PhoneSenderTest, ADocumentThatNoLineHoldsIsRefusedHere) {
  EXPECT_EQ(sender.max_body(phone()), 756U);
  send(buttons(std::string(756, 'x')));
  EXPECT_EQ(ami.asked.size(), 1U);
  send(buttons(std::string(757, 'x')));
  EXPECT_EQ(ami.asked.size(), 1U);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].status, 513);
  EXPECT_EQ(outcomes[0].reason, "Message Too Large: 757 bytes, and Asterisk's manager takes 756");
}

TEST_F(PhoneSenderTest, ANotifyIsWrittenAsVariables) {
  send(notify("<SnomIPPhoneText id=\"a,b\">\n<x/></SnomIPPhoneText>"));
  ASSERT_EQ(ami.asked.size(), 1U);
  EXPECT_EQ(ami.asked[0].action, "PJSIPNotify");
  EXPECT_EQ(ami.asked[0].fields, (Fields{{"Endpoint", "desk"},
                                         {"Variable", "Event=xml"},
                                         {"Variable", "Content-Type=application/snomxml"},
                                         {"Variable", "Content=<SnomIPPhoneText id=\\\"a\\,b\\\">"},
                                         {"Variable", "Content=<x/></SnomIPPhoneText>"}}));
}

TEST_F(PhoneSenderTest, OneOfSeveralContactsIsNotifiedByItsUri) {
  send(notify("<x/>", false));
  EXPECT_EQ(ami.asked[0].fields[0], Fields::value_type("URI", "sip:1000@192.0.2.7:5060;line=abc"));
}

TEST_F(PhoneSenderTest, NotifiesToOnePhoneAreKeptApart) {
  send(notify("<a/>"));
  send(notify("<b/>"));
  EXPECT_EQ(ami.count("PJSIPNotify"), 1U);
  ami.succeed("PJSIPNotify", "NOTIFY sent");
  EXPECT_EQ(outcomes.size(), 1U);
  clock.pass(4ms);
  EXPECT_EQ(ami.count("PJSIPNotify"), 0U);
  clock.pass(1ms);
  ASSERT_EQ(ami.count("PJSIPNotify"), 1U);
  EXPECT_EQ(ami.asked[0].fields.back().second, "Content=<b/>");
  ami.succeed("PJSIPNotify", "NOTIFY sent");
  send(notify("<c/>"));  // within the pause after <b/>
  EXPECT_EQ(ami.count("PJSIPNotify"), 0U);
  clock.pass(5ms);
  EXPECT_EQ(ami.count("PJSIPNotify"), 1U);
}

/// With copies of what phones answer, and ARI.
class WatchedSenderTest : public PhoneSenderTest {
 protected:
  class Ari final : public LongMessages {
   public:
    [[nodiscard]] bool is_open() const override { return true; }
    void send(AriMessage /*message*/, std::function<void(Answer)> done) override { done_ = std::move(done); }
    void answer(Answer answer) { std::exchange(done_, nullptr)(std::move(answer)); }

   private:
    std::function<void(Answer)> done_;
  };

  /// Sends it and returns what shows whether the way to the phone is taken.
  std::weak_ptr<const void> take_the_way(OutgoingMessage message) {
    auto way = std::make_shared<const int>(0);
    message.under_way = way;
    watched.send(std::move(message), [this](const SipOutcome& outcome) { outcomes.push_back(outcome); });
    clock.run_posted();
    return way;
  }
  void lose(std::string_view action) {
    Ami::Answer answer;
    answer.message = "no answer of Asterisk's manager within 5 s";
    answer.lost = true;
    ami.take(action).done(std::move(answer));
    clock.run_posted();
  }
  std::string reference() const {
    const std::string begins = "X-Snom-Ref=";
    const auto& line = ami.asked.back().fields.back().second;
    EXPECT_TRUE(line.starts_with(begins)) << line;
    return line.substr(begins.size());
  }

  PhoneAnswers answers{5s, clock, clock};
  Ari ari;
  PhoneSender watched{{}, ami, clock, clock, &answers, &ari};
};

TEST_F(WatchedSenderTest, WhatAsteriskSaysNothingOfWasNotSent) {
  (void)take_the_way(buttons("k=2\n"));
  clock.pass(5s);
  lose("MessageSend");
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_FALSE(outcomes[0].unconfirmed);
  EXPECT_EQ(outcomes[0].reason, "no answer of Asterisk's manager within 5 s");
}

TEST_F(WatchedSenderTest, WhatAsteriskTookAndNoCopyShowsWasOnlySent) {
  (void)take_the_way(buttons("k=2\n"));
  ami.succeed("MessageSend", "Message successfully sent");
  (void)take_the_way(buttons(std::string(1000, 'x')));
  ari.answer({true, {}});
  clock.pass(5s);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_TRUE(outcomes[0].unconfirmed);
  EXPECT_TRUE(outcomes[1].unconfirmed);
}

TEST_F(WatchedSenderTest, ANotifyThatWaitsForItsTurnHasTheLimitFromThenOn) {
  (void)take_the_way(notify("<a/>"));
  (void)take_the_way(notify("<b/>"));
  EXPECT_EQ(answers.waiting(), 1U);
  clock.pass(4s);
  lose("PJSIPNotify");
  EXPECT_EQ(outcomes.size(), 1U);
  clock.pass(4s);
  EXPECT_EQ(outcomes.size(), 1U);
  answers.copied({0, {}, "call-1", reference()});
  answers.copied({200, "OK", "call-1", {}});
  clock.run_posted();
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[1].status, 200);
}

TEST_F(WatchedSenderTest, ANotifyDoesNotWaitForItsTurnWithoutEnd) {
  (void)take_the_way(notify("<a/>"));
  for (const auto* body : {"<b/>", "<c/>"}) (void)take_the_way(notify(body));
  clock.pass(5s);
  ASSERT_EQ(outcomes.size(), 2U);
  for (const auto& outcome : outcomes) {
    EXPECT_EQ(outcome.reason, "not sent in time: Asterisk is not done with what was sent before");
  }
  lose("PJSIPNotify");
  clock.pass(1s);
  EXPECT_EQ(ami.count("PJSIPNotify"), 0U) << "their time is over";

  (void)take_the_way(notify("<d/>"));
  (void)take_the_way(notify("<e/>"));
  watched.stop();
  clock.run_posted();
  EXPECT_EQ(outcomes.back().reason, "stopping");
}

TEST_F(WatchedSenderTest, WhatWasNotSentLeavesTheWayFree) {
  EXPECT_TRUE(take_the_way({phone(false), {}, "application/x-buttons", "k=2\n"}).expired()) << "offline";
  const auto refused = take_the_way(buttons("k=2\n"));
  ami.fail("MessageSend", "Message failed to send.");
  clock.run_posted();
  EXPECT_TRUE(refused.expired());
  const auto refused_by_ari = take_the_way(buttons(std::string(1000, 'x')));
  ari.answer({false, "ARI: 404 Endpoint not found"});
  clock.run_posted();
  EXPECT_TRUE(refused_by_ari.expired());
  EXPECT_EQ(outcomes.size(), 3U);
}

TEST_F(WatchedSenderTest, WhatMayStillBeRepeatedKeepsTheWay) {
  const auto silent = take_the_way(buttons("k=2\n"));
  answers.copied({0, {}, "call-1", reference()});
  ami.succeed("MessageSend", "Message successfully sent");
  clock.pass(5s);
  const auto lost = take_the_way(buttons("k=2\n"));
  lose("MessageSend");
  const auto lost_by_ari = take_the_way(buttons(std::string(1000, 'x')));
  ari.answer({false, "ARI: no answer within 5 s", true});
  clock.run_posted();
  EXPECT_EQ(outcomes.size(), 3U);
  clock.pass(26s);
  EXPECT_FALSE(silent.expired() || lost.expired() || lost_by_ari.expired());
  clock.pass(1s);
  EXPECT_TRUE(silent.expired() && lost.expired() && lost_by_ari.expired());
}

TEST_F(PhoneSenderTest, NotAllNotifiesOfTheWorldWaitForOnePhone) {
  for (int i = 0; i < 70; ++i) send(notify("<a/>"));
  EXPECT_EQ(outcomes.size(), 6U);
  EXPECT_EQ(outcomes[0].reason, "too many NOTIFYs wait for this phone");
}

TEST(ContentLines, AreCutWhereTwoTagsMeet) {
  EXPECT_EQ(as_content_lines("<a><b/></a>").value(), (std::vector<std::string>{"<a><b/></a>"}));
  std::string document = "<a>";
  for (int i = 0; i < 100; ++i) document += "<b c=\"1\">text</b>";
  document += "</a>";
  const auto lines = as_content_lines(document).value();
  ASSERT_GT(lines.size(), 1U);
  std::string joined;
  for (const auto& line : lines) {
    EXPECT_LE(as_variable("Content", line).size() + 10, longest_line);
    EXPECT_TRUE(line.starts_with('<') && line.ends_with('>')) << line;
    joined += line;
  }
  EXPECT_EQ(joined, document);
}

TEST(ContentLines, WhatCannotBeCutIsRefused) {
  EXPECT_FALSE(as_content_lines("<a>" + std::string(1100, 'x') + "</a>"));
  EXPECT_FALSE(as_content_lines("<a>" + std::string(600, ',') + "</a>")) << "each comma needs a backslash";
  std::string many;
  for (int i = 0; i < 200; ++i) many += "<b/>\n";
  EXPECT_FALSE(as_content_lines(many));
}

}  // namespace
}  // namespace snom::asterisk
