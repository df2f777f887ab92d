#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "control/faulty_button_store.h"
#include "control/memory_button_store.h"
#include "control/switchboard.h"

/// A world for the switchboard whose answers are given by hand.
namespace snom::control::testing {

inline Registration phone(const std::string& user, const std::string& network_host = "192.0.2.7",
                          const std::string& domain = "example.com", const std::string& profile = "internal") {
  Registration registration;
  registration.user = user;
  registration.domain = domain;
  registration.profile = profile;
  registration.contact = "sip:" + user + "@" + network_host + ":5060;line=abc";
  registration.network_host = network_host;
  registration.network_port = 5060;
  registration.transport = "udp";
  return registration;
}

class FakeDirectory : public Directory {
 public:
  std::vector<std::string> profiles = {"internal", "external"};
  std::vector<Registration> registrations;

  tl::expected<std::vector<RegistrationPointer>, std::string> find(const Query& query) const override {
    const auto any = [](const std::string& text) { return text.empty() || text == "*"; };
    if (!any(query.profile) && std::find(profiles.begin(), profiles.end(), query.profile) == profiles.end()) {
      return tl::unexpected("unknown profile '" + query.profile + "' (profiles: internal, external)");
    }
    std::vector<RegistrationPointer> found;
    for (const auto& registration : registrations) {
      if ((any(query.profile) || registration.profile == query.profile) &&
          (any(query.user) || registration.user == query.user) &&
          (any(query.domain) || registration.domain == query.domain)) {
        found.push_back(registration);
      }
    }
    return found;
  }
  std::vector<RegistrationPointer> all() const override { return {registrations.begin(), registrations.end()}; }
  /// Accounts: those registered, and 1009@example.com, who never is.
  std::optional<std::string> account(const Query& query) const override {
    const auto found = find(query);
    if (found && !found->empty()) return found->front()->address_of_record();
    if (query.user == "1009" || std::find(away.begin(), away.end(), query.user) != away.end()) {
      return query.user + "@example.com";
    }
    return std::nullopt;
  }
  std::vector<std::string> away;  ///< further users who have an account
};

/// Time that stands still until a test moves it.
class FakeClock : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return WallTime(std::chrono::milliseconds(1000000)); }
  void after(std::chrono::milliseconds delay, std::function<void()> work) override {
    timers_.emplace(now_ + delay, std::move(work));
  }
  /// Moves on, and runs what is due on the way at its time.
  void pass(std::chrono::milliseconds time) {
    const auto end = now_ + time;
    while (!timers_.empty() && timers_.begin()->first <= end) {
      auto timer = timers_.extract(timers_.begin());
      now_ = timer.key();
      timer.mapped()();
    }
    now_ = end;
  }
  [[nodiscard]] std::size_t timers() const { return timers_.size(); }

 private:
  TimePoint now_{std::chrono::hours(1)};
  std::multimap<TimePoint, std::function<void()>> timers_;
};

class FakeMessages : public MessageSender {
 public:
  std::vector<OutgoingMessage> sent;
  std::vector<std::function<void(SipOutcome)>> waiting;
  std::optional<SipOutcome> at_once;  ///< when set, every MESSAGE is answered so before send() returns

  void send(OutgoingMessage message, std::function<void(SipOutcome)> done) override {
    sent.push_back(std::move(message));
    if (at_once) return done(*at_once);
    waiting.resize(sent.size());
    waiting.back() = std::move(done);
  }
  void answer(std::size_t message, int status, std::string reason) {
    waiting.at(message)(SipOutcome{status, std::move(reason)});
  }
};

class FakeWeb : public PhoneWeb {
 public:
  std::vector<WebRequest> requests;
  std::vector<std::function<void(WebOutcome)>> waiting;
  std::optional<WebOutcome> at_once;

  void get(WebRequest request, std::function<void(WebOutcome)> done) override {
    requests.push_back(std::move(request));
    if (at_once) return done(*at_once);
    waiting.resize(requests.size());
    waiting.back() = std::move(done);
  }
  void answer(std::size_t request, int status, std::string error = {}) {
    waiting.at(request)(WebOutcome{status, std::move(error)});
  }
};

class FakeEvents : public EventSink {
 public:
  std::vector<Event> published;

  void publish(const Event& event) override { published.push_back(event); }

  template <typename Kind>
  std::vector<Kind> of() const {
    std::vector<Kind> kept;
    for (const auto& event : published) {
      if (const auto* kind = std::get_if<Kind>(&event)) kept.push_back(*kind);
    }
    return kept;
  }
};

/// A switchboard in that world; 1000@example.com is registered on profile internal from 192.0.2.7.
struct House {
  FakeDirectory directory;
  FakeMessages messages;
  FakeWeb web;
  FakeEvents events;
  MemoryButtonStore kept;
  FaultyButtonStore store{kept};
  FakeClock clock;
  std::vector<std::string> replies;
  std::optional<Switchboard> switchboard;

  House() {
    directory.registrations = {phone("1000")};
    open({});
  }

  World world() { return {directory, messages, web, events, store, clock}; }
  /// A switchboard that starts with what the store keeps.
  void open(Switchboard::Options options) {
    options.delivery.seed = 1;
    switchboard.emplace(world(), std::move(options));
    EXPECT_TRUE(switchboard->load());
  }

  void run(std::string_view line) {
    switchboard->run(line, {}, [this](std::string reply) { replies.push_back(std::move(reply)); });
  }
  /// Runs a line that is answered at once.
  std::string reply_to(std::string_view line) {
    const auto before = replies.size();
    run(line);
    return replies.size() == before + 1 ? replies.back() : "(no reply, or several)";
  }
  /// Runs a snom_bind_key and has every contact take it.
  void bind(std::string_view line) {
    messages.at_once = SipOutcome{200, "OK"};
    run(line);
    messages.at_once.reset();
  }

  bool press(const std::string& target, const std::string& body = {}, const std::string& user = "1000",
             const std::string& target_host = "example.com") {
    return switchboard->press({phone(user), target, target_host, body});
  }
};

}  // namespace snom::control::testing
