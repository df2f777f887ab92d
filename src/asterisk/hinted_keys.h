#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "asterisk/ami.h"
#include "control/keys/key_address.h"
#include "control/keys/key_subscriptions.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::asterisk {

/// The custom device state that stands for a key: "Custom:snom+1000*2".
[[nodiscard]] std::string device_of_key(const control::KeyAddress& key);
/// What a device is when a key shows this light: off = NOT_INUSE; on, seized, record, offline = INUSE; pickup, message
/// = RINGING; hold, park, error = ONHOLD.
[[nodiscard]] std::string_view device_state_of(language::Light light);

/// A key that somebody subscribed to at Asterisk.
struct ListedSubscription {
  std::string endpoint;  ///< who subscribed
  control::KeyAddress key;
};
/// One event InboundSubscriptionDetail of the action PJSIPShowSubscriptionsInbound; nullopt: it is another one, has
/// ended, or is of no key.
[[nodiscard]] std::optional<ListedSubscription> read_subscription(const AmiMessage& message);

/// Keys that subscribe at Asterisk, which notifies them itself of the device states behind its hint: this knows which
/// they are, by Asterisk's list, and sets the states. How a phone answers a NOTIFY Asterisk tells nobody. Control's
/// thread.
class HintedKeys final : public control::KeySubscriptions {
 public:
  static constexpr std::size_t most = 200000;  ///< of all phones together; more are not known here

  struct Options {
    std::chrono::milliseconds answer_limit{5000};
    std::chrono::milliseconds list_limit{30000};
    /// After a list, a multiple of the time that it took, before the next one.
    int pause_factor = 2;
  };
  /// Somebody subscribed who was not on the list before, or is on it no more.
  using Changed = std::function<void(const ListedSubscription&)>;
  /// Whether nothing is wanted of a key that would light it.
  using IsDark = std::function<bool(const control::KeyAddress&)>;
  using Log = std::function<void(const std::string&)>;

  /// All outlive it.
  HintedKeys(Options options, Ami& ami, runtime::Executor& control, runtime::Clock& clock, Changed changed,
             IsDark is_dark, Log warn);
  HintedKeys(const HintedKeys&) = delete;
  HintedKeys& operator=(const HintedKeys&) = delete;

  /// The connection is there (again): asks who is subscribed. All phones get their keys anew then, so that nobody is
  /// told of who is not any more.
  void connected();
  /// Asks whenever something may have changed.
  void list();

  [[nodiscard]] bool has_any(const control::Registration& contact) const override;
  [[nodiscard]] bool is_subscribed(const control::Registration& contact, std::string_view key) const override;
  /// Neither labels nor callers come across.
  [[nodiscard]] bool shows_all(const control::Registration&, std::string_view) const override { return false; }
  [[nodiscard]] bool tells_callers(const control::Registration&) const override { return false; }
  [[nodiscard]] std::string address_of(const control::Registration& contact, std::string_view key) const override;
  void notify(const control::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
              std::shared_ptr<const void> under_way, std::function<void(control::SipOutcome)> done) override;

 private:
  using Extensions = std::set<std::string, std::less<>>;
  using Endpoints = std::map<std::string, Extensions, std::less<>>;
  [[nodiscard]] const Extensions* of(const control::Registration& contact) const;
  void ask();
  void listed(const Ami::Answer& answer, runtime::Clock::TimePoint asked);
  void learn(const Ami::Answer& answer);
  /// Asterisk keeps a state for ever: that of a key which was cleared while nobody was subscribed is set to what it is.
  /// One after the other.
  void darken_next();
  void darkened();
  /// Of a question on that way: one that is not answered is put again by the next connection.
  [[nodiscard]] Ami::Done darkens(control::KeyAddress key, std::function<void(const Ami::Answer&)> answered);

  Options options_;
  Ami& ami_;
  runtime::Executor& control_;
  runtime::Clock& clock_;
  Changed changed_;
  IsDark is_dark_;
  Log warn_;
  Endpoints subscribed_keys_;             ///< the extensions that an endpoint subscribed to
  std::deque<control::KeyAddress> dark_;  ///< subscribed to anew, and not looked at yet
  bool darkening_ = false;
  unsigned connection_ = 0;  ///< how many there were: what an earlier one was asked counts no more
  bool first_ = true;        ///< no list of this connection has come
  bool listing_ = false;
  bool again_ = false;  ///< something may have changed since the list was asked for
  bool timer_set_ = false;
  runtime::Clock::TimePoint not_before_{};
  bool complained_ = false;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
