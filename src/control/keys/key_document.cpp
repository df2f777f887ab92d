#include "control/keys/key_document.h"

namespace snom::control {

KeyDocument next_document(const Registration& contact, std::span<const WantedButton* const> missing,
                          const KeyChannels& channels, ChannelSettings::Keys wanted,
                          std::span<const ChannelRefusal> refusals, bool one_by_one, std::span<const Channel> avoided) {
  KeyDocument document;
  for (const auto* key : missing) {
    auto* channel = channels.choose(contact, key->button.key, wanted, refusals, avoided);
    if (channel == nullptr) {
      document.failed.push_back(key);
      continue;
    }
    if (document.channel == nullptr) document.channel = channel;
    if (channel == document.channel) {
      document.keys.push_back(key);
    } else {
      document.is_last = false;
    }
  }
  if (document.channel == nullptr) return document;
  const auto most = one_by_one ? 1 : document.channel->most(contact, document.keys);
  if (most < document.keys.size()) {
    document.keys.resize(most);
    document.is_last = false;
  }
  return document;
}

}  // namespace snom::control
