#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "control/commands/command_service.h"
#include "control/faulty_button_store.h"
#include "control/keys/memory_button_store.h"
#include "language/refused.h"
#include "runtime/hand_clock.h"

/// A world for the command service whose answers are given by hand.
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
  mutable std::size_t asked = 0;  ///< times that find() was called

  tl::expected<std::vector<RegistrationPointer>, std::string> find(const Query& query) const override {
    ++asked;
    const auto any = [](const std::string& text) { return text.empty() || text == "*"; };
    if (!any(query.profile) && std::find(profiles.begin(), profiles.end(), query.profile) == profiles.end()) {
      return tl::unexpected("unknown profile " + language::in_quotes_to_its_blank(query.profile) +
                            " (profiles: internal, external)");
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

using FakeClock = runtime::testing::HandClock;

/// Something of control's: after each step that a test takes with it, what that posted is done.
template <typename Thing>
class Stepped {
 public:
  explicit Stepped(FakeClock& control) : control_(control) {}

  template <typename... Arguments>
  void emplace(Arguments&&... arguments) {
    thing_.emplace(std::forward<Arguments>(arguments)...);
  }
  void reset() { thing_.reset(); }

  class Step {
   public:
    Step(Thing& thing, FakeClock& control) : thing_(thing), control_(control) {}
    ~Step() { control_.run_posted(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    Thing* operator->() { return &thing_; }

   private:
    Thing& thing_;
    FakeClock& control_;
  };
  Step operator->() { return {thing_.value(), control_}; }
  const Thing* operator->() const { return &thing_.value(); }
  Thing& operator*() { return thing_.value(); }
  const Thing& operator*() const { return thing_.value(); }

 private:
  FakeClock& control_;
  std::optional<Thing> thing_;
};

class FakeMessages : public MessageSender {
 public:
  std::vector<OutgoingMessage> sent;
  std::vector<std::function<void(SipOutcome)>> waiting;
  std::optional<SipOutcome> at_once;  ///< when set, every MESSAGE is answered so, without being asked

  explicit FakeMessages(FakeClock& control) : control_(control) {}
  void send(OutgoingMessage message, std::function<void(SipOutcome)> done) override {
    under_way_.resize(sent.size() + 1);
    under_way_.back() = std::move(message.under_way);
    sent.push_back(std::move(message));
    waiting.resize(sent.size());
    waiting.back() = std::move(done);
    if (at_once) {
      control_.post([told = std::exchange(waiting.back(), nullptr), outcome = *at_once,
                     over = std::move(under_way_.back())]() mutable {
        told(outcome);
        over.reset();
      });
    }
  }
  void answer(std::size_t message, int status, std::string reason) {
    answer(message, SipOutcome{status, std::move(reason)});
  }
  /// The answer, and the end of the message.
  void answer(std::size_t message, SipOutcome outcome) {
    waiting.at(message)(std::move(outcome));
    under_way_.at(message).reset();
    control_.run_posted();
  }
  /// As a sender does that posts the answer: the message ends first.
  void answer_posted(std::size_t message, SipOutcome outcome) {
    control_.post(
        [told = std::exchange(waiting.at(message), nullptr), outcome = std::move(outcome)] { told(outcome); });
    under_way_.at(message).reset();
    control_.run_posted();
  }
  /// The answer alone: something of the message may still reach the phone until end() is called.
  void answer_early(std::size_t message, SipOutcome outcome) {
    waiting.at(message)(std::move(outcome));
    control_.run_posted();
  }
  void end(std::size_t message) {
    under_way_.at(message).reset();
    control_.run_posted();
  }

 private:
  FakeClock& control_;
  std::vector<std::shared_ptr<const void>> under_way_;
};

/// Phones whose keys subscribed, as a test says; what they are told is among the messages, a line "<key> <light>" each.
class FakeSubscriptions : public KeySubscriptions {
 public:
  using Subscribed = std::set<std::pair<std::string, std::string>>;  ///< address of record and key
  Subscribed subscribed;

  explicit FakeSubscriptions(FakeMessages& messages, Subscribed already = {})
      : subscribed(std::move(already)), messages_(messages) {}
  [[nodiscard]] bool has_any(const Registration& contact) const override {
    const auto is_its = [&](const auto& one) { return one.first == contact.address_of_record(); };
    return std::any_of(subscribed.begin(), subscribed.end(), is_its);
  }
  [[nodiscard]] bool is_subscribed(const Registration& contact, std::string_view key) const override {
    return subscribed.contains({contact.address_of_record(), std::string(key)});
  }
  std::set<std::string> showing_all;  ///< keys of type XML definition
  std::vector<std::string> cleared;   ///< keys that were told dark because nothing is wanted of them
  [[nodiscard]] bool shows_all(const Registration& contact, std::string_view key) const override {
    return is_subscribed(contact, key) && showing_all.contains(std::string(key));
  }
  void notify(const RegistrationPointer& contact, std::vector<KeyLight> keys, std::shared_ptr<const void> under_way,
              std::function<void(SipOutcome)> done) override {
    std::string body;
    for (const auto& key : keys) {
      if (key.is_cleared) cleared.push_back(key.key);
      body.append(key.key).append(" ").append(language::to_string(key.light));
      body.append(key.caller.empty() ? "" : " " + key.caller).append("\n");
    }
    messages_.send({contact, {}, "application/dialog-info+xml", body, "dialog", std::move(under_way)}, std::move(done));
  }

 private:
  FakeMessages& messages_;
};

class FakeWeb : public PhoneWeb {
 public:
  std::vector<WebRequest> requests;
  std::vector<std::function<void(WebOutcome)>> waiting;
  std::optional<WebOutcome> at_once;

  explicit FakeWeb(FakeClock& control) : control_(control) {}
  void get(WebRequest request, std::function<void(WebOutcome)> done) override {
    requests.push_back(std::move(request));
    waiting.resize(requests.size());
    waiting.back() = std::move(done);
    if (at_once) control_.post([told = std::exchange(waiting.back(), nullptr), outcome = *at_once] { told(outcome); });
  }
  void answer(std::size_t request, int status, std::string error = {}) {
    answer(request, WebOutcome{status, std::move(error)});
  }
  void answer(std::size_t request, WebOutcome outcome) {
    waiting.at(request)(std::move(outcome));
    control_.run_posted();
  }

 private:
  FakeClock& control_;
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

/// A command service in that world; 1000@example.com is registered on profile internal from 192.0.2.7.
struct Fixture {
  FakeClock clock;
  FakeDirectory directory;
  FakeMessages messages{clock};
  FakeSubscriptions subscriptions{messages};
  FakeWeb web{clock};
  FakeEvents events;
  MemoryButtonStore kept{clock};
  FaultyButtonStore store{kept, clock};
  std::vector<std::string> replies;
  Stepped<CommandService> command_service{clock};

  Fixture() {
    directory.registrations = {phone("1000")};
    open({});
  }

  Ports ports() { return {directory, messages, web, events, store, clock, clock, &subscriptions}; }
  /// A command service that starts with what the store keeps.
  void open(CommandService::Options options) {
    command_service.emplace(ports(), std::move(options));
    EXPECT_TRUE(command_service->load());
  }

  void run(std::string_view line) {
    command_service->run(line, {}, [this](std::string reply) { replies.push_back(std::move(reply)); });
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
    return command_service->press({phone(user), target, target_host, body});
  }
};

}  // namespace snom::control::testing
