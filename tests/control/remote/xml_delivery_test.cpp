#include "control/remote/xml_delivery.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

using std::chrono::milliseconds;
using testing::FakeClock;
using testing::FakeMessages;
using testing::phone;

struct Post {
  FakeClock clock;
  FakeMessages messages{clock};
  XmlDelivery xml{messages, clock, clock};
  std::vector<std::string> ended;

  void send(const std::string& name, std::vector<XmlStep> steps, const std::string& user = "1000") {
    xml.send(phone(user), std::move(steps),
             [this, name](const SipOutcome& outcome) { ended.push_back(name + " " + std::to_string(outcome.status)); });
    clock.run_posted();
  }
  [[nodiscard]] std::string bodies() const {
    std::string all;
    for (const auto& message : messages.sent) all += message.body;
    return all;
  }
};

TEST(XmlDelivery, TheNextStepWaitsForTheAnswerAndThePause) {
  Post post;
  post.send("x", {{"a", {}}, {"b", milliseconds(500)}, {"c", {}}});
  EXPECT_EQ(post.bodies(), "a");
  EXPECT_EQ(post.messages.sent[0].event, "xml");
  EXPECT_EQ(post.messages.sent[0].content_type, "application/snomxml");
  post.clock.pass(milliseconds(5000));
  EXPECT_EQ(post.bodies(), "a");
  post.messages.answer(0, 200, "OK");
  post.clock.pass(milliseconds(1999));
  EXPECT_EQ(post.bodies(), "a");
  post.clock.pass(milliseconds(1));
  EXPECT_EQ(post.bodies(), "ab");
  post.messages.answer(1, 202, "Accepted");
  post.clock.pass(milliseconds(500));
  EXPECT_EQ(post.bodies(), "abc");
  EXPECT_TRUE(post.ended.empty());
  post.messages.answer(2, 200, "OK");
  EXPECT_EQ(post.ended, std::vector<std::string>{"x 200"});
}

TEST(XmlDelivery, AStepThatIsNotTakenEndsTheCommand) {
  Post post;
  post.send("x", {{"a", {}}, {"b", {}}});
  post.messages.answer(0, 489, "Bad Event");
  EXPECT_EQ(post.ended, std::vector<std::string>{"x 489"});
  post.clock.pass(milliseconds(10000));
  EXPECT_EQ(post.bodies(), "a");
}

TEST(XmlDelivery, OneCommandAfterTheOtherToOnePhoneAndPhonesBesideEachOther) {
  Post post;
  post.send("x", {{"a", {}}});
  post.send("y", {{"b", {}}});
  post.send("z", {{"c", {}}}, "1001");
  EXPECT_EQ(post.bodies(), "ac");
  post.messages.answer(0, 200, "OK");
  EXPECT_EQ(post.ended, std::vector<std::string>{"x 200"});
  EXPECT_EQ(post.bodies(), "ac");
  post.clock.pass(milliseconds(2000));
  EXPECT_EQ(post.bodies(), "acb");
}

TEST(XmlDelivery, APhoneHasOnlySoManyWaitingCommands) {
  Post post;
  for (std::size_t i = 0; i < XmlDelivery::most_waiting; ++i) post.send("x", {{"a", {}}});
  EXPECT_TRUE(post.ended.empty());
  post.send("y", {{"b", {}}});
  EXPECT_EQ(post.ended, std::vector<std::string>{"y 0"});
}

TEST(XmlDelivery, SoManyPhonesAtOnce) {
  Post post;
  for (std::size_t i = 0; i <= XmlDelivery::most_under_way; ++i) post.send("x", {{"a", {}}}, std::to_string(i));
  EXPECT_EQ(post.messages.sent.size(), XmlDelivery::most_under_way);
  post.messages.answer(0, 200, "OK");
  EXPECT_EQ(post.messages.sent.size(), XmlDelivery::most_under_way + 1);
}

TEST(XmlDelivery, NothingIsLeftBehind) {
  Post post;
  post.messages.at_once = SipOutcome{0, "sent", true};
  post.send("x", {{"a", {}}, {"b", {}}});
  post.clock.pass(milliseconds(4000));
  EXPECT_EQ(post.ended, std::vector<std::string>{"x 0"});
  EXPECT_EQ(post.bodies(), "ab");
  EXPECT_EQ(post.clock.timers(), 0U);
}

TEST(XmlDelivery, ThePauseAfterACommandIsNoPartOfTheNextOnesLimit) {
  Post post;
  post.xml.use(milliseconds(10000));
  post.send("x", {{"a", {}}});
  post.messages.answer(0, 200, "OK");
  post.send("y", {{"b", {}}});
  post.clock.pass(milliseconds(10000));
  EXPECT_EQ(post.bodies(), "ab");
  post.clock.pass(milliseconds(4900));
  post.messages.answer(1, 200, "OK");
  EXPECT_EQ(post.ended, (std::vector<std::string>{"x 200", "y 200"}));
}

TEST(XmlDelivery, DurationIsThatOfThePausesInBetween) {
  Post post;
  EXPECT_EQ(post.xml.duration({{"a", {}}}), milliseconds(0));
  EXPECT_EQ(post.xml.duration({{"a", {}}, {"b", milliseconds(10)}, {"c", milliseconds(99)}}), milliseconds(2010));
  post.xml.use(milliseconds(100));
  EXPECT_EQ(post.xml.duration({{"a", {}}, {"b", {}}}), milliseconds(100));
}

}  // namespace
}  // namespace snom::control
