#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/channel.h"
#include "control/keys/button_store.h"
#include "control/ports.h"
#include "control/registration.h"

/// The ways by which keys reach phones. Each is an object in a file of its own; the choice between them is one
/// function.
namespace snom::control {

class KeySubscriptions;
using KeySpan = std::span<const WantedButton* const>;

/// One way. Control's thread.
class KeyChannel {
 public:
  virtual ~KeyChannel() = default;

  [[nodiscard]] virtual Channel name() const = 0;
  /// Whether anything of keys can be brought to this contact.
  [[nodiscard]] virtual bool serves(const Registration& contact) const = 0;
  /// Whether anything of this key can.
  [[nodiscard]] virtual bool carries(const Registration& contact, std::string_view key) const = 0;
  /// What of a key does not come across: "label, action"; empty when that is nothing.
  [[nodiscard]] virtual std::string lost(const Registration& contact, const language::Button& button) const = 0;
  /// Whether this answer says that the phone does not know this way, whatever is sent by it.
  [[nodiscard]] virtual bool is_unknown_to_phone(int status) const = 0;
  /// Whether this refusal of a message may be one key's alone, and says nothing of the others: unless a channel knows
  /// better, that it is neither temporary nor one of x-buttons as such.
  [[nodiscard]] virtual bool may_be_one_key(const SipOutcome& refusal) const;
  /// How many of the keys, from the first on, one message holds: at least 1. `keys` is not empty.
  [[nodiscard]] virtual std::size_t most(const Registration& contact, KeySpan keys) const = 0;
  /// Sends them in one message. `done` as of MessageSender::send; `under_way` as of OutgoingMessage.
  virtual void send(const RegistrationPointer& contact, KeySpan keys, std::shared_ptr<const void> under_way,
                    std::function<void(SipOutcome)> done) = 0;
};

/// A phone that is busy or still starting says so by its status, or when it may be asked again (Retry-After), and may
/// take the same message later.
[[nodiscard]] bool is_temporary(const SipOutcome& refusal);

/// That a contact does not know a channel, and how it said so.
struct ChannelRefusal {
  Channel channel = Channel::buttons;
  SipOutcome outcome;
};

/// All channels for keys there are.
class KeyChannels final {
 public:
  /// In the order in which they are tried.
  explicit KeyChannels(std::vector<std::unique_ptr<KeyChannel>> channels) : channels_(std::move(channels)) {}

  /// The channel for a key of this contact: the first that carries it and that the contact did not refuse. Lights alone
  /// come first where they are `wanted`, and where subscriptions are, nothing else does. Those to be `avoided` come
  /// last where the choice is left to us. nullptr: there is none.
  [[nodiscard]] KeyChannel* choose(const Registration& contact, std::string_view key, ChannelSettings::Keys wanted,
                                   std::span<const ChannelRefusal> refusals,
                                   std::span<const Channel> avoided = {}) const;
  /// nullptr: keys do not go by this one.
  [[nodiscard]] const KeyChannel* find(Channel name) const;
  /// Whether there is another one than `channel` for this contact.
  [[nodiscard]] bool is_another(const Registration& contact, const KeyChannel& channel,
                                std::span<const ChannelRefusal> refusals) const;

 private:
  [[nodiscard]] KeyChannel* first(const Registration& contact, std::string_view key, ChannelSettings::Keys wanted,
                                  std::span<const ChannelRefusal> refusals, std::span<const Channel> avoided) const;

  std::vector<std::unique_ptr<KeyChannel>> channels_;
};

/// What keys subscribed to, x-buttons by MESSAGE, LEDs of Snom XML by NOTIFY. `messages` and `subscriptions` (nullptr:
/// nobody can subscribe) outlive them. A longer document than `max_document_bytes` is sent in parts.
[[nodiscard]] KeyChannels make_key_channels(MessageSender& messages, std::size_t max_document_bytes,
                                            KeySubscriptions* subscriptions = nullptr);

}  // namespace snom::control
