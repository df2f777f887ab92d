#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runtime/hand_clock.h"
#include "sip/subscriptions.h"

namespace snom::sip::test {

/// The notifier, with phones whose answers are given by hand.
class SubscriptionsTest : public ::testing::Test {
 protected:
  struct Sent {
    Subscription to;
    Subscriptions::Notify notify;
    Subscriptions::Done done;
  };
  static Subscription of(const std::string& key, const std::string& call_id = "c1", const std::string& instance = "",
                         const std::string& user = "1000") {
    Subscription made;
    made.profile = "internal";
    made.domain = "example.com";
    made.key = {user, key};
    made.call_id = call_id;
    made.local_tag = "l-" + call_id;
    made.remote_tag = "r-" + call_id;
    made.contact = "sip:" + user + "@192.0.2.7:5060" + (instance.empty() ? "" : ";ob");
    made.instance = instance;
    made.source_host = "192.0.2.7";
    made.source_port = 5060;
    made.transport = "udp";
    return made;
  }
  void open(Subscriptions::Limits limits) {
    subscriptions_.emplace(
        clock_, clock_, limits,
        [this](const Subscription& to, const Subscriptions::Notify& notify, Subscriptions::Done done) {
          sent_.push_back({to, notify, std::move(done)});
        });
  }
  void SetUp() override { open({}); }
  void answer(std::size_t which, control::SipOutcome outcome) {
    sent_.at(which).done(std::move(outcome));
    clock_.run_posted();
  }
  void ok(std::size_t which) { answer(which, {200, "OK"}); }
  void begin(const Subscription& one, language::Light light = language::Light::off,
             std::chrono::seconds lifetime = std::chrono::seconds(600)) {
    subscriptions_->begin(one, lifetime, {one.key.key, light});
    clock_.run_posted();
  }
  void tell(std::vector<control::KeyLight> lights) {
    subscriptions_->tell(
        "internal", "1000", lights, [](const Subscription&) { return true; }, nullptr,
        [this](const control::SipOutcome& outcome) {
          told_.push_back(std::to_string(outcome.status) + " " + outcome.reason);
        });
    clock_.run_posted();
  }
  void pass(std::chrono::seconds time) {
    clock_.pass(time);
    subscriptions_->expire();
    clock_.run_posted();
  }
  /// "<version> <light> <state>" of each NOTIFY.
  [[nodiscard]] std::vector<std::string> notifies() const {
    std::vector<std::string> all;
    for (const auto& one : sent_)
      all.push_back(std::to_string(one.notify.version) + " " + std::string(to_string(one.notify.light.light)) + " " +
                    one.notify.state);
    return all;
  }

  runtime::testing::HandClock clock_;
  std::vector<Sent> sent_;
  std::vector<std::string> told_;
  std::optional<Subscriptions> subscriptions_;
};

}  // namespace snom::sip::test
