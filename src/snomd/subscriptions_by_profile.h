#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/keys/key_subscriptions.h"

namespace snom::snomd {

/// Has each contact's keys told by whoever notifies the phones of its registration's profile. Control's thread.
class SubscriptionsByProfile final : public control::KeySubscriptions {
 public:
  /// `others`: of the profiles that nobody was added for. It outlives this.
  explicit SubscriptionsByProfile(control::KeySubscriptions& others) : others_(others) {}

  /// The profile is this one's and nobody else's; it outlives this. Before anything is told.
  void add(std::string profile, control::KeySubscriptions& subscriptions) {
    by_profile_.emplace_back(std::move(profile), &subscriptions);
  }

  [[nodiscard]] bool has_any(const registration::Registration& contact) const override {
    return of(contact).has_any(contact);
  }
  [[nodiscard]] bool is_subscribed(const registration::Registration& contact, std::string_view key) const override {
    return of(contact).is_subscribed(contact, key);
  }
  [[nodiscard]] bool shows_all(const registration::Registration& contact, std::string_view key) const override {
    return of(contact).shows_all(contact, key);
  }
  [[nodiscard]] bool tells_callers(const registration::Registration& contact) const override {
    return of(contact).tells_callers(contact);
  }
  [[nodiscard]] std::string address_of(const registration::Registration& contact, std::string_view key) const override {
    return of(contact).address_of(contact, key);
  }
  void notify(const registration::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
              std::shared_ptr<const void> under_way, std::function<void(control::SipOutcome)> done) override {
    of(*contact).notify(contact, std::move(keys), std::move(under_way), std::move(done));
  }

 private:
  [[nodiscard]] control::KeySubscriptions& of(const registration::Registration& contact) const {
    for (const auto& [profile, subscriptions] : by_profile_) {
      if (profile == contact.profile) return *subscriptions;
    }
    return others_;
  }

  control::KeySubscriptions& others_;
  std::vector<std::pair<std::string, control::KeySubscriptions*>> by_profile_;
};

}  // namespace snom::snomd
