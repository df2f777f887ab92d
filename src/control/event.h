#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "control/channel.h"
#include "control/ports.h"
#include "control/registration.h"
#include "language/button.h"

namespace snom::control {

/// What one contact said to a command.
struct ContactOutcome {
  std::string contact;  ///< contact URI, or for HTTP the URL without query and credentials
  int status = 0;       ///< SIP or HTTP status; 0 = none
  std::string reason;
  std::optional<Channel> channel = {};  ///< by which it was asked; none = it was not
  bool unconfirmed = false;             ///< sent, and how the phone answers is not told (status 0)
  std::string lost = {};                ///< what of a key this channel cannot carry: "label, action"
};

/// A phone registered a contact that was not there before, or refreshed one under a new Call-ID (a reboot).
struct Registered {
  RegistrationPointer registration;
  bool taken_over = false;  ///< it registered at another node, and to the phone nothing has happened
};
/// A contact went: removed by the phone, expired, or its user was taken out of the configuration.
struct Unregistered {
  RegistrationPointer registration;
  std::string why;  ///< "removed", "expired", "user removed", "taken by another node"
};
/// A key was set, or could not be: one for each key of a command that reached at least the point of sending, or that
/// was answered before the store refused it.
struct ButtonSet {
  std::string address_of_record;
  language::Button button;
  bool confirmed = false;                ///< at least one contact answered 2xx
  std::vector<ContactOutcome> contacts;  ///< those asked
  std::string error = {};                ///< why it was sent to none: the store could not keep it
};
/// Keys reached a contact, or did not, without a command that waits for it: after it registered anew, or after it was
/// silent or busy.
struct KeysSent {
  RegistrationPointer registration;
  std::size_t keys = 0;  ///< how many
  bool restore = false;  ///< all of them, because it registered anew
  int status = 0;        ///< the contact's answer; 0 = none
  std::string reason;
  std::chrono::milliseconds since_registered{};
  Channel channel = Channel::buttons;
};
/// A phone's MESSAGE to one of the actions, or to what was none.
struct Pressed {
  std::string address_of_record;
  std::string key;     ///< empty when it is no key of this phone
  std::string action;  ///< what the phone asked for
  bool accepted = false;
  std::string why;           ///< why it was refused; empty when accepted
  std::string output;        ///< what the action's command wrote; empty when there was none
  std::string network = {};  ///< host that asked for what is not bound to its keys; empty otherwise
};
/// A command line ended. Arguments are as typed, less passwords.
struct CommandDone {
  std::string command;                   ///< the line without secrets
  std::string reply;                     ///< without the line end
  std::vector<ContactOutcome> contacts;  ///< those asked, in order; empty when none was
};

using Event = std::variant<Registered, Unregistered, ButtonSet, KeysSent, Pressed, CommandDone>;

/// Takes events on control's thread and must not wait.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void publish(const Event& event) = 0;
};

}  // namespace snom::control
