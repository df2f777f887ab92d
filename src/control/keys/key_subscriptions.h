#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/keys/key_address.h"
#include "control/ports.h"
#include "control/registration.h"
#include "language/button.h"

namespace snom::control {

/// What a phone that subscribed to one of its keys is told of it.
struct KeyLight {
  std::string key;
  language::Light light = language::Light::off;
  std::string caller = {};  ///< shown beside `pickup`; empty = none
  std::string label = {};   ///< to keys that show it
  bool is_cleared = false;  ///< nothing is wanted of it any more: it is dark, and forgotten then
  bool operator==(const KeyLight&) const = default;
};

/// Phones' subscriptions to the states of their keys (RFC 6665), as control sees them. Control's thread.
class KeySubscriptions {
 public:
  virtual ~KeySubscriptions() = default;

  /// Whether this contact's phone subscribed to any of its keys, or to this one.
  [[nodiscard]] virtual bool has_any(const Registration& contact) const = 0;
  [[nodiscard]] virtual bool is_subscribed(const Registration& contact, std::string_view key) const = 0;
  /// Whether whatever subscribes to this key shows its label and each light as it is (keys of type XML definition).
  [[nodiscard]] virtual bool shows_all(const Registration& contact, std::string_view key) const = 0;
  /// Whether the caller beside a `pickup` is told.
  [[nodiscard]] virtual bool tells_callers(const Registration& /*contact*/) const { return true; }
  /// What the contact's phone subscribes to for this key: "sip:snom+1000-2@example.com".
  [[nodiscard]] virtual std::string address_of(const Registration& contact, std::string_view key) const {
    return key_uri({contact.user, std::string(key)}, contact.domain);
  }

  /// Tells the contact's phone what these keys show, each to whatever subscribes to it. `done` is called once, later,
  /// within the limit of a MessageSender: 2xx when every NOTIFY was answered 2xx; otherwise what became of one that was
  /// not, with status 0 where there is no subscription any more. `under_way` as of OutgoingMessage.
  virtual void notify(const RegistrationPointer& contact, std::vector<KeyLight> keys,
                      std::shared_ptr<const void> under_way, std::function<void(SipOutcome)> done) = 0;
};

}  // namespace snom::control
