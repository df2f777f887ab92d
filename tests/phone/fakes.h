#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "phone/virtual_phone.h"
#include "runtime/hand_clock.h"

namespace snom::phone::testing {

using FakeClock = runtime::testing::HandClock;

/// Writes down what the phone wants of its line: "call 1 1001", "hang_up 1".
class FakeLine final : public VirtualPhone::Line {
 public:
  void log_on() override { said.emplace_back("log_on"); }
  void log_off() override { said.emplace_back("log_off"); }
  void watch(const std::string& uri) override { said.push_back("watch " + uri); }
  void watch_list(const std::string& uri) override { said.push_back("watch list " + uri); }
  void unwatch(const std::string& uri) override { said.push_back("unwatch " + uri); }
  void start_afresh() override { said.emplace_back("start_afresh"); }
  CallId call(const std::string& number) override {
    said.push_back("call " + std::to_string(++last_call) + " " + number);
    return last_call;
  }
  void answer(CallId call) override { said.push_back("answer " + std::to_string(call)); }
  void reject(CallId call, int status) override {
    said.push_back("reject " + std::to_string(call) + " " + std::to_string(status));
  }
  void hang_up(CallId call) override { said.push_back("hang_up " + std::to_string(call)); }
  void hold(CallId call, bool on) override { said.push_back((on ? "hold " : "resume ") + std::to_string(call)); }
  void send_dtmf(CallId call, char digit, std::chrono::milliseconds duration) override {
    said.push_back("dtmf " + std::to_string(call) + " " + digit + " " + std::to_string(duration.count()));
  }
  void transfer(CallId call, const std::string& number, VirtualPhone::MessageDone done) override {
    said.push_back("transfer " + std::to_string(call) + " " + number);
    answers.push_back(std::move(done));
  }
  void message(const std::string& user, std::string_view content_type, const std::string& body,
               VirtualPhone::MessageDone done) override {
    said.push_back("message " + user + " " + std::string(content_type) + " " + body);
    answers.push_back(std::move(done));
  }
  /// What was said since the last look.
  std::vector<std::string> take() { return std::exchange(said, {}); }

  std::vector<std::string> said;
  std::vector<VirtualPhone::MessageDone> answers;
  CallId last_call = 0;
};

/// Pages that a phone asks for: answered by hand.
class FakeWeb final : public VirtualPhone::Web {
 public:
  void settings(Text done) override {
    asked.emplace_back("settings");
    texts.push_back(std::move(done));
  }
  void get(const std::string& url, VirtualPhone::MessageDone done) override {
    asked.push_back(url);
    answers.push_back(std::move(done));
  }
  std::vector<std::string> asked;
  std::vector<Text> texts;
  std::vector<VirtualPhone::MessageDone> answers;
};

class Recorder final : public VirtualPhone::Observer {
 public:
  void happened(const VirtualPhone& phone, const Event& event) override {
    lines.push_back(to_json(event, phone.options().user));
    names.push_back(event.name);
  }
  std::vector<std::string> lines;
  std::vector<std::string> names;
};

/// A phone with its fakes around it.
struct Bench {
  explicit Bench(VirtualPhone::Options options) : phone(std::move(options), line, clock, &recorder) {}
  Bench() : Bench(defaults("370")) {}
  static VirtualPhone::Options defaults() { return defaults("370"); }
  static VirtualPhone::Options defaults(std::string_view model) {
    VirtualPhone::Options options;
    options.user = "1000";
    options.domain = "example.com";
    options.model = model_by_name(model);
    return options;
  }
  /// Presses a sequence that must be right.
  void press(std::string_view sequence) {
    const auto parsed = language::parse_key_sequence(sequence);
    if (!parsed || !phone.press(*parsed))
      throw std::logic_error("not a sequence of this phone: " + std::string(sequence));
  }
  VirtualPhone::SipReply buttons(std::string_view document) {
    return phone.message("application/x-buttons", document, "sip:1000@example.com");
  }
  [[nodiscard]] const language::Button& button(std::size_t place) const { return phone.keys().at(place - 1).button; }

  FakeLine line;
  FakeClock clock;
  Recorder recorder;
  VirtualPhone phone;
};

}  // namespace snom::phone::testing
