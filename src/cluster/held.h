#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/lingering.h"
#include "cluster/nodes.h"
#include "control/keys/key_subscriptions.h"
#include "control/ports.h"
#include "registration/directory.h"
#include "runtime/executor.h"

/// What stands between control and the world at a node: phones that it does not own are not there.
namespace snom::cluster {

/// Of the phones that are registered here those that are this node's. Control's thread.
class HeldPhones final : public registration::Directory {
 public:
  /// Both outlive it.
  HeldPhones(const registration::Directory& all, const Nodes& nodes) : all_(all), nodes_(nodes) {}
  [[nodiscard]] tl::expected<std::vector<registration::RegistrationPointer>, std::string> find(
      const Query& query) const override;
  /// Of one that this program does not know, too, if another node has its phone.
  [[nodiscard]] std::optional<std::string> account(const Query& query) const override;
  [[nodiscard]] std::vector<Query> names() const override;
  [[nodiscard]] std::vector<registration::RegistrationPointer> all() const override;

 private:
  const registration::Directory& all_;
  const Nodes& nodes_;
};

/// What control sends, as far as its phones are this node's. All on control's thread; what each is given outlives it.
class HeldSender final : public control::MessageSender {
 public:
  /// `lingering`: of who repeats beyond what it is told; nullptr: nobody does.
  HeldSender(control::MessageSender& to, Nodes& nodes, runtime::Executor& executor, Lingering* lingering = nullptr)
      : to_(to), nodes_(nodes), executor_(executor), lingering_(lingering) {}
  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) override;
  [[nodiscard]] std::size_t max_body(const registration::Registration& to) const override { return to_.max_body(to); }

 private:
  control::MessageSender& to_;
  Nodes& nodes_;
  runtime::Executor& executor_;
  Lingering* lingering_;
};

/// Of a program whose notifier does not ask by itself whether it may speak.
class HeldSubscriptions final : public control::KeySubscriptions {
 public:
  HeldSubscriptions(control::KeySubscriptions& to, Nodes& nodes, runtime::Executor& executor, Lingering& lingering)
      : to_(to), nodes_(nodes), executor_(executor), lingering_(lingering) {}
  [[nodiscard]] bool has_any(const control::Registration& contact) const override { return to_.has_any(contact); }
  [[nodiscard]] bool is_subscribed(const control::Registration& contact, std::string_view key) const override {
    return to_.is_subscribed(contact, key);
  }
  [[nodiscard]] bool shows_all(const control::Registration& contact, std::string_view key) const override {
    return to_.shows_all(contact, key);
  }
  [[nodiscard]] bool tells_callers(const control::Registration& contact) const override {
    return to_.tells_callers(contact);
  }
  [[nodiscard]] std::string address_of(const control::Registration& contact, std::string_view key) const override {
    return to_.address_of(contact, key);
  }
  void notify(const control::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
              std::shared_ptr<const void> under_way, std::function<void(control::SipOutcome)> done) override;

 private:
  control::KeySubscriptions& to_;
  Nodes& nodes_;
  runtime::Executor& executor_;
  Lingering& lingering_;
};

class HeldWeb final : public control::PhoneWeb {
 public:
  HeldWeb(control::PhoneWeb& to, Nodes& nodes, runtime::Executor& executor)
      : to_(to), nodes_(nodes), executor_(executor) {}
  void get(control::WebRequest request, std::function<void(control::WebOutcome)> done) override;

 private:
  control::PhoneWeb& to_;
  Nodes& nodes_;
  runtime::Executor& executor_;
};

}  // namespace snom::cluster
