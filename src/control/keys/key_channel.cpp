#include "control/keys/key_channel.h"

#include <algorithm>
#include <iterator>

#include "control/keys/led_channel.h"
#include "control/keys/subscription_channel.h"
#include "control/keys/x_buttons_channel.h"

namespace snom::control {
namespace {

bool is_refused(const KeyChannel& channel, std::span<const ChannelRefusal> refusals) {
  return std::any_of(refusals.begin(), refusals.end(),
                     [&](const ChannelRefusal& refusal) { return refusal.channel == channel.name(); });
}

}  // namespace

bool is_temporary(const SipOutcome& refusal) {
  constexpr int temporary[] = {408, 480, 486, 491, 500, 503, 504, 600};
  return refusal.retry_after > 0 ||
         std::find(std::begin(temporary), std::end(temporary), refusal.status) != std::end(temporary);
}

bool KeyChannel::may_be_one_key(const SipOutcome& refusal) const {
  return refusal.status >= 300 && !is_temporary(refusal) && !refuses_buttons(refusal.status);
}

KeyChannel* KeyChannels::choose(const Registration& contact, std::string_view key, ChannelSettings::Keys wanted,
                                std::span<const ChannelRefusal> refusals, std::span<const Channel> avoided) const {
  if (wanted != ChannelSettings::Keys::automatic) avoided = {};
  auto* const chosen = first(contact, key, wanted, refusals, avoided);
  return chosen == nullptr && !avoided.empty() ? first(contact, key, wanted, refusals, {}) : chosen;
}

KeyChannel* KeyChannels::first(const Registration& contact, std::string_view key, ChannelSettings::Keys wanted,
                               std::span<const ChannelRefusal> refusals, std::span<const Channel> avoided) const {
  KeyChannel* chosen = nullptr;
  for (const auto& channel : channels_) {
    if (chosen != nullptr && wanted != ChannelSettings::Keys::led) break;
    if (wanted == ChannelSettings::Keys::subscription && channel->name() != Channel::subscription) continue;
    if (std::find(avoided.begin(), avoided.end(), channel->name()) != avoided.end()) continue;
    if (is_refused(*channel, refusals) || !channel->carries(contact, key)) continue;
    if (wanted == ChannelSettings::Keys::led && channel->name() == Channel::notify) return channel.get();
    if (chosen == nullptr) chosen = channel.get();
  }
  return chosen;
}

const KeyChannel* KeyChannels::find(Channel name) const {
  const auto found =
      std::find_if(channels_.begin(), channels_.end(), [name](const auto& one) { return one->name() == name; });
  return found == channels_.end() ? nullptr : found->get();
}

bool KeyChannels::is_another(const Registration& contact, const KeyChannel& channel,
                             std::span<const ChannelRefusal> refusals) const {
  return std::any_of(channels_.begin(), channels_.end(), [&](const std::unique_ptr<KeyChannel>& other) {
    return other.get() != &channel && !is_refused(*other, refusals) && other->serves(contact);
  });
}

KeyChannels make_key_channels(MessageSender& messages, std::size_t max_document_bytes,
                              KeySubscriptions* subscriptions) {
  std::vector<std::unique_ptr<KeyChannel>> channels;
  if (subscriptions != nullptr) channels.push_back(std::make_unique<SubscriptionChannel>(*subscriptions));
  channels.push_back(std::make_unique<XButtonsChannel>(messages, max_document_bytes));
  channels.push_back(std::make_unique<LedChannel>(messages));
  return KeyChannels(std::move(channels));
}

}  // namespace snom::control
