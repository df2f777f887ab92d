#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "control/channel.h"
#include "control/keys/key_subscriptions.h"
#include "control/ports.h"
#include "control/registration.h"
#include "language/button.h"
#include "runtime/executor.h"

namespace snom::control {

/// One message about a key or a LED by a channel that is named, whatever the phone's model: to find out what a phone
/// makes of it.
struct KeyTrial {
  Channel channel = Channel::buttons;  ///< `buttons`, `notify` or `subscription`
  language::Button button;             ///< of `buttons` the whole key, of `subscription` its light and label
  std::optional<int> led;              ///< of `notify`: which LED, with the light and colour of `button`
};

/// Sends trials, which are kept nowhere, and catches the presses of keys that were tried. Control's thread.
class KeyTrials {
 public:
  /// All outlive it. `subscriptions`: nullptr where keys cannot subscribe.
  KeyTrials(MessageSender& messages, KeySubscriptions* subscriptions, runtime::Executor& executor)
      : messages_(messages), subscriptions_(subscriptions), executor_(executor) {}

  /// `done` gets the phone's answer, later; status 0 and the reason where nothing can be sent.
  void send(const RegistrationPointer& contact, const KeyTrial& trial, std::function<void(SipOutcome)> done);

  /// What a phone sent when a key was pressed whose number a trial set.
  struct Press {
    std::string action;        ///< that number
    std::string key;           ///< that its body names; empty = none
    std::string content_type;  ///< empty = none
    std::string body;          ///< the first 256 bytes
  };
  /// A press that nothing is bound to: kept, if it is one of a trial of that phone's.
  void note_press(const std::string& address_of_record, const Press& press);
  /// The latest one since the number was set; nullptr: there is none.
  [[nodiscard]] const Press* press(std::string_view address_of_record) const;

 private:
  struct Tried {
    std::string number;
    std::optional<Press> press;
    std::uint64_t turn = 0;  ///< the higher, the later
  };
  /// Phones whose presses are waited for: they are tried by people, one after the other. One more drops the oldest.
  static constexpr std::size_t most_phones = 64;

  MessageSender& messages_;
  KeySubscriptions* subscriptions_;
  runtime::Executor& executor_;
  std::map<std::string, Tried, std::less<>> tried_;  ///< by address of record
  std::uint64_t turns_ = 0;
};

}  // namespace snom::control
