#pragma once

#include "control/keys/button_store.h"
#include "control/keys/key_subscriptions.h"
#include "control/ports.h"
#include "runtime/clock.h"
#include "snomd/metrics.h"

/// What stands between control and its ports, and counts what goes through. All on the loop's thread; what each is
/// given outlives it, and what it calls back.
namespace snom::snomd {

class MeasuredSender final : public control::MessageSender {
 public:
  MeasuredSender(control::MessageSender& to, Metrics& metrics) : to_(to), metrics_(metrics) {}
  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) override;
  [[nodiscard]] std::size_t max_body(const registration::Registration& to) const override { return to_.max_body(to); }

 private:
  control::MessageSender& to_;
  Metrics& metrics_;
};

class MeasuredWeb final : public control::PhoneWeb {
 public:
  MeasuredWeb(control::PhoneWeb& to, Metrics& metrics) : to_(to), metrics_(metrics) {}
  void get(control::WebRequest request, std::function<void(control::WebOutcome)> done) override;

 private:
  control::PhoneWeb& to_;
  Metrics& metrics_;
};

class MeasuredSubscriptions final : public control::KeySubscriptions {
 public:
  MeasuredSubscriptions(control::KeySubscriptions& to, Metrics& metrics) : to_(to), metrics_(metrics) {}
  [[nodiscard]] bool has_any(const registration::Registration& contact) const override { return to_.has_any(contact); }
  [[nodiscard]] bool is_subscribed(const registration::Registration& contact, std::string_view key) const override {
    return to_.is_subscribed(contact, key);
  }
  [[nodiscard]] bool shows_all(const registration::Registration& contact, std::string_view key) const override {
    return to_.shows_all(contact, key);
  }
  [[nodiscard]] bool tells_callers(const registration::Registration& contact) const override {
    return to_.tells_callers(contact);
  }
  [[nodiscard]] std::string address_of(const registration::Registration& contact, std::string_view key) const override {
    return to_.address_of(contact, key);
  }
  void notify(const registration::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
              std::shared_ptr<const void> under_way, std::function<void(control::SipOutcome)> done) override;

 private:
  control::KeySubscriptions& to_;
  Metrics& metrics_;
};

class MeasuredStore final : public control::ButtonStore {
 public:
  MeasuredStore(control::ButtonStore& to, Metrics& metrics) : to_(to), metrics_(metrics) {}
  [[nodiscard]] tl::expected<std::vector<control::WantedButton>, std::string> load() override { return to_.load(); }
  [[nodiscard]] tl::expected<std::vector<control::KeptGroup>, std::string> load_groups() override {
    return to_.load_groups();
  }
  void save(Change change, std::function<void(Result)> done) override;
  [[nodiscard]] bool is_shared() const override { return to_.is_shared(); }
  [[nodiscard]] std::string away() const override { return to_.away(); }
  void close() override { to_.close(); }

 private:
  control::ButtonStore& to_;
  Metrics& metrics_;
};

}  // namespace snom::snomd
