#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/keys/key_address.h"
#include "control/keys/key_subscriptions.h"
#include "runtime/clock.h"
#include "runtime/executor.h"

namespace snom::freeswitch {

/// Keys that phones subscribe to at mod_sofia, which notifies them itself of what an event PRESENCE_IN says: this knows
/// which they are, by the probes that mod_sofia sends for them, and tells it their lights. How a phone answers a NOTIFY
/// nobody hears from mod_sofia. On control's thread.
class PresenceKeys final : public control::KeySubscriptions {
 public:
  /// Of all phones together; more are told their state when they subscribe, and set by the other channels.
  static constexpr std::size_t most = 100000;

  /// What a subscriber is to be told. `name`: of the key as the phone wrote it, behind "snom+": "1000-2".
  struct Presence {
    std::string name;
    std::string host;
    control::KeyLight light;
  };
  using Tell = std::function<void(const Presence&)>;

  /// All outlive it.
  PresenceKeys(runtime::Executor& executor, const runtime::Clock& clock, Tell tell)
      : executor_(executor), clock_(clock), tell_(std::move(tell)) {}

  /// mod_sofia has a subscription to this key for so long; 0: no more. `name` and `host`: as of Presence.
  void probed(const std::string& profile, const control::KeyAddress& key, std::chrono::seconds lifetime,
              std::string name, std::string host);
  /// Tells mod_sofia what a key shows, subscribed or not.
  void tell(const Presence& presence) const { tell_(presence); }

  [[nodiscard]] bool has_any(const control::Registration& contact) const override;
  [[nodiscard]] bool is_subscribed(const control::Registration& contact, std::string_view key) const override;
  /// Labels do not come across.
  [[nodiscard]] bool shows_all(const control::Registration&, std::string_view) const override { return false; }
  void notify(const control::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
              std::shared_ptr<const void> under_way, std::function<void(control::SipOutcome)> done) override;

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Subscribed {
    std::string name;
    std::string host;
    runtime::Clock::TimePoint until;
  };
  using Keys = std::map<std::string, Subscribed, std::less<>>;
  [[nodiscard]] const Keys* of(const control::Registration& contact) const;
  void forget_expired();

  runtime::Executor& executor_;
  const runtime::Clock& clock_;
  Tell tell_;
  std::map<std::pair<std::string, std::string>, Keys> phones_;  ///< by profile and user
  std::size_t size_ = 0;
};

}  // namespace snom::freeswitch
