#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

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

  tl::expected<std::vector<Registration>, std::string> find(const Query& query) const override {
    const auto any = [](const std::string& text) { return text.empty() || text == "*"; };
    if (!any(query.profile) && std::find(profiles.begin(), profiles.end(), query.profile) == profiles.end()) {
      return tl::unexpected("unknown profile '" + query.profile + "' (profiles: internal, external)");
    }
    std::vector<Registration> found;
    for (const auto& registration : registrations) {
      if ((any(query.profile) || registration.profile == query.profile) &&
          (any(query.user) || registration.user == query.user) &&
          (any(query.domain) || registration.domain == query.domain)) {
        found.push_back(registration);
      }
    }
    return found;
  }
  std::vector<Registration> all() const override { return registrations; }
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
  std::vector<std::string> replies;
  std::optional<Switchboard> switchboard;

  House() {
    directory.registrations = {phone("1000")};
    switchboard.emplace(directory, messages, web, events);
  }

  void run(std::string_view line) {
    switchboard->run(line, [this](std::string reply) { replies.push_back(std::move(reply)); });
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
