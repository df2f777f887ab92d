#include "snomd/sender_by_profile.h"

#include <deque>

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

class Queue final : public runtime::Executor {
 public:
  bool post(std::function<void()> work) override {
    work_.push_back(std::move(work));
    return true;
  }
  void run() {
    for (; !work_.empty(); work_.pop_front()) work_.front()();
  }

 private:
  std::deque<std::function<void()>> work_;
};

/// Keeps what it is to send.
class Outbox final : public control::MessageSender {
 public:
  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)>) override {
    bodies.push_back(message.body);
  }
  std::vector<std::string> bodies;
};

control::OutgoingMessage message(const std::string& profile, const std::string& body) {
  registration::Registration phone;
  phone.profile = profile;
  return {std::move(phone), "", "text/plain", body};
}

TEST(SenderByProfile, PicksTheSenderOfTheRegistrationsProfile) {
  Queue queue;
  Outbox here;
  Outbox branch;
  SenderByProfile sender(queue);
  sender.add({"internal", "guests"}, here);
  sender.add({"branch"}, branch);
  for (const char* profile : {"guests", "branch", "internal"}) sender.send(message(profile, profile), {});
  EXPECT_EQ(here.bodies, (std::vector<std::string>{"guests", "internal"}));
  EXPECT_EQ(branch.bodies, std::vector<std::string>{"branch"});
}

TEST(SenderByProfile, AProfileThatNobodyServesIsAnOutcomeAndIsToldLater) {
  Queue queue;
  SenderByProfile sender(queue);
  control::SipOutcome outcome;
  outcome.status = 1;
  sender.send(message("gone", ""), [&](control::SipOutcome told) { outcome = std::move(told); });
  EXPECT_EQ(outcome.status, 1);
  queue.run();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.reason, "profile 'gone' does not exist");
}

}  // namespace
}  // namespace snom::snomd
