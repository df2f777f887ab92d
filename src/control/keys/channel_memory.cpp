#include "control/keys/channel_memory.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "language/model_table.h"
#include "language/phone_model.h"

namespace snom::control {

std::string ChannelMemory::kind_of(const Registration& contact) {
  const auto model = language::parse_user_agent(contact.user_agent);
  return model ? fmt::format("{}/{}", model->name, fmt::join(model->firmware, ".")) : std::string();
}

void ChannelMemory::refused(const Registration& by, Channel channel) {
  auto kind = kind_of(by);
  if (kind.empty()) return;
  // Whoever calls himself by ever new names makes nobody forget the others.
  if (known_.size() >= most && !known_.contains(kind)) return;
  auto& known = known_[std::move(kind)][channel];
  if (!known.taken && known.refusers.size() < most_refusers) known.refusers.insert(by.address_of_record());
}

void ChannelMemory::accepted(const Registration& by, Channel channel) {
  auto kind = kind_of(by);
  if (kind.empty() || (known_.size() >= most && !known_.contains(kind))) return;
  auto& known = known_[std::move(kind)][channel];
  if (!known.taken) known = {{}, {}, true};
}

bool ChannelMemory::is_asked(Known& known, const std::string& address_of_record) {
  if (known.refusers.contains(address_of_record)) return true;
  if (known.spared.contains(address_of_record)) return false;
  if (known.spared.size() >= std::size_t{1} << known.refusers.size()) {
    known.spared.clear();
    return true;
  }
  known.spared.insert(address_of_record);
  return false;
}

std::vector<Channel> ChannelMemory::avoided(const Registration& contact) {
  std::vector<Channel> channels;
  const auto model = language::parse_user_agent(contact.user_agent);
  if (!model) return channels;
  if (language::traits_of(*model).takes_buttons == false) channels.push_back(Channel::buttons);
  if (known_.empty()) return channels;
  const auto found = known_.find(kind_of(contact));
  if (found == known_.end()) return channels;
  for (auto& [channel, known] : found->second) {
    if (known.refusers.size() < enough || is_asked(known, contact.address_of_record())) continue;
    channels.push_back(channel);
  }
  return channels;
}

}  // namespace snom::control
