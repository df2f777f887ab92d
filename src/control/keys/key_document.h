#pragma once

#include <span>
#include <vector>

#include "control/keys/key_channel.h"

namespace snom::control {

/// What goes to a contact next.
struct KeyDocument {
  KeyChannel* channel = nullptr;            ///< nullptr: nothing is missing that could be sent
  std::vector<const WantedButton*> keys;    ///< in their order, all of one channel and of one message
  bool is_last = true;                      ///< nothing of what could be sent is left over
  std::vector<const WantedButton*> failed;  ///< missing, and there is no channel for them
};

/// Which of the missing keys are sent, and how: those that the first one's channel carries, as many as a message holds,
/// or one alone. `avoided`: as of KeyChannels::choose(). Pure.
[[nodiscard]] KeyDocument next_document(const Registration& contact, std::span<const WantedButton* const> missing,
                                        const KeyChannels& channels, ChannelSettings::Keys wanted,
                                        std::span<const ChannelRefusal> refusals, bool one_by_one,
                                        std::span<const Channel> avoided = {});

}  // namespace snom::control
