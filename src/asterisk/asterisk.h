#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "asterisk/ami_client.h"
#include "asterisk/ari_client.h"
#include "asterisk/device_lamps.h"
#include "asterisk/hep_reader.h"
#include "asterisk/hinted_keys.h"
#include "asterisk/key_calls.h"
#include "asterisk/phone_answers.h"
#include "asterisk/phone_sender.h"
#include "asterisk/phone_source.h"
#include "asterisk/press_code.h"
#include "control/commands/command_service.h"
#include "control/ports.h"
#include "registration/source.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::asterisk {

/// The phones of one Asterisk: who is registered there, and sending to them. Control's thread, but where it says so.
class Asterisk final : public registration::Source, public control::MessageSender, private AmiClient::Listener {
 public:
  struct Options {
    AmiClient::Options ami;
    PhoneSource::Options phones;
    PhoneSender::Options sender;
    std::optional<AriClient::Options> ari;
    std::optional<HepReader::Options> hep;  ///< where copies of phones' answers come
    std::string feature_prefix;             ///< of presses that are calls; empty = none are
    bool hints = false;                     ///< keys that subscribe there are lit, and pressed by a call
    std::vector<DeviceLamp> lamps;
    DeviceLamps::Run run = {};  ///< for lamps
    /// Runs a press; false: it is not bound.
    std::function<bool(const control::CommandService::Press&)> pressed = {};
    /// What a phone's key shows, by address of record. Without it a lamp's key that somebody else set stays so, and one
    /// that was cleared while nobody was subscribed to it stays lit for who subscribes then.
    std::function<control::KeyLight(const std::string& address_of_record, const std::string& key)> key_light = {};
    /// Of keys that subscribe: one was pressed by its phone; one subscribed, or is subscribed no more.
    std::function<control::CommandService::KeyPress(const registration::RegistrationPointer&, const std::string& key)>
        key_pressed = {};
    std::function<void(const registration::RegistrationPointer&, const std::string& key)> key_subscribed = {};
    std::function<void(const std::string&)> warn = {};  ///< what an administrator should know
    std::function<void(const std::string&)> inform = {};

    /// Whether what an administrator sets is the same.
    [[nodiscard]] bool operator==(const Options& other) const;
  };

  Asterisk(Options options, runtime::Executor& control, runtime::Clock& clock, registration::Watcher& watcher);
  Asterisk(const Asterisk&) = delete;
  Asterisk& operator=(const Asterisk&) = delete;

  /// The error says which address could not be bound.
  [[nodiscard]] tl::expected<void, std::string> start();
  /// Within 1 s; what is under way is told "stopping".
  void stop();

  // As registration::Source.
  void ask_again(const Query& query, std::function<void()> done) override;
  [[nodiscard]] tl::expected<std::vector<registration::RegistrationPointer>, std::string> find(
      const Query& query) const override {
    return phones_.find(query);
  }
  [[nodiscard]] std::optional<std::string> account(const Query& query) const override { return phones_.account(query); }
  [[nodiscard]] std::vector<registration::RegistrationPointer> all() const override { return phones_.all(); }

  // As control::MessageSender.
  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) override {
    sender_.send(std::move(message), std::move(done));
  }
  [[nodiscard]] std::size_t max_body(const registration::Registration& to) const override {
    return sender_.max_body(to);
  }

  /// Keys that subscribe; nullptr where none do.
  [[nodiscard]] control::KeySubscriptions* subscriptions() { return hinted_ ? &*hinted_ : nullptr; }

 private:
  void connected(const std::string& banner) override;
  void disconnected(const std::string& why) override;
  void event(const AmiMessage& message) override;
  void ask_lamps_later();
  [[nodiscard]] AriClient::Told told_by_ari();
  void said(const AriText& text);
  void dialled(const DialledPress& dialled);
  /// A contact of each user of an endpoint, as one who presses.
  [[nodiscard]] std::vector<registration::RegistrationPointer> pressing(std::string_view endpoint) const;
  /// Tries each of them, `from` being that one; false: it is bound to none.
  [[nodiscard]] bool press(std::string_view endpoint, control::CommandService::Press what);
  void watch_hints(const Options& options, runtime::Executor& control);
  [[nodiscard]] KeyCalls::Ports ports_of_calls(const Options& options);

  std::string name_;
  std::string feature_prefix_;
  std::function<bool(const control::CommandService::Press&)> pressed_;
  std::optional<HepReader::Options> hep_options_;
  runtime::Executor& control_;
  runtime::Clock& clock_;
  std::function<void(const std::string&)> warn_;
  std::function<void(const std::string&)> inform_;
  AmiClient ami_;
  PhoneSource phones_;
  std::optional<AriClient> ari_;
  std::optional<PhoneAnswers> answers_;  ///< where there is HEP
  PhoneSender sender_;
  DeviceLamps lamps_;
  std::optional<HintedKeys> hinted_;  ///< where keys subscribe
  std::optional<KeyCalls> calls_;     ///< as hinted_
  std::unique_ptr<HepReader> hep_;
  TryLimit tries_;
  bool too_many_tries_ = false;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
