#pragma once

#include "control/keys/key_channel.h"
#include "control/keys/key_subscriptions.h"

namespace snom::control {

/// NOTIFYs to what a phone's keys subscribed to (RFC 4235): the lights of those keys. Their actions need not be
/// carried: such a key is pressed by a call to its address, and what runs then is known here.
class SubscriptionChannel final : public KeyChannel {
 public:
  explicit SubscriptionChannel(KeySubscriptions& subscriptions) : subscriptions_(subscriptions) {}

  [[nodiscard]] Channel name() const override { return Channel::subscription; }
  [[nodiscard]] bool serves(const Registration& contact) const override { return subscriptions_.has_any(contact); }
  [[nodiscard]] bool carries(const Registration& contact, std::string_view key) const override {
    return subscriptions_.is_subscribed(contact, key);
  }
  [[nodiscard]] std::string lost(const Registration& contact, const language::Button& button) const override;
  /// Who subscribed knows what a NOTIFY is.
  [[nodiscard]] bool is_unknown_to_phone(int) const override { return false; }
  /// Each key is a subscription of its own.
  [[nodiscard]] bool may_be_one_key(const SipOutcome& refusal) const override { return refusal.status >= 300; }
  /// 32 keys: as many NOTIFYs at once.
  [[nodiscard]] std::size_t most(const Registration& contact, KeySpan keys) const override;
  void send(const RegistrationPointer& contact, KeySpan keys, std::shared_ptr<const void> under_way,
            std::function<void(SipOutcome)> done) override;

 private:
  KeySubscriptions& subscriptions_;
};

/// What a phone that subscribed to this key is told of it.
[[nodiscard]] KeyLight light_of(const language::Button& button);

}  // namespace snom::control
