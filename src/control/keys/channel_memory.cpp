#include "control/keys/channel_memory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "language/model_table.h"
#include "language/phone_model.h"

namespace snom::control {

ChannelMemory::Kind ChannelMemory::read_kind(const std::string& user_agent) {
  const auto model = language::parse_user_agent(user_agent);
  if (!model) return {};
  return {fmt::format("{}/{}", model->name, fmt::join(model->firmware, ".")),
          language::traits_of(*model).takes_buttons == false};
}

const ChannelMemory::Kind& ChannelMemory::kind_of(const Registration& contact) {
  const auto found = kinds_.find(contact.user_agent);
  if (found != kinds_.end()) return found->second;
  if (contact.user_agent.size() > longest_user_agent) return other_ = read_kind(contact.user_agent);
  if (kinds_.size() >= most) kinds_.clear();
  return kinds_.emplace(contact.user_agent, read_kind(contact.user_agent)).first->second;
}

void ChannelMemory::refused(const Registration& by, Channel channel) {
  const auto& kind = kind_of(by).name;
  if (kind.empty()) return;
  // Whoever calls himself by ever new names makes nobody forget the others.
  if (known_.size() >= most && !known_.contains(kind)) return;
  auto& known = known_[kind][channel];
  if (!known.taken && known.refusers.size() < most_refusers) known.refusers.insert(by.address_of_record());
}

void ChannelMemory::accepted(const Registration& by, Channel channel) {
  const auto& kind = kind_of(by).name;
  if (kind.empty() || (known_.size() >= most && !known_.contains(kind))) return;
  auto& known = known_[kind][channel];
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
  const auto& kind = kind_of(contact);
  if (kind.name.empty()) return channels;
  if (kind.takes_no_buttons) channels.push_back(Channel::buttons);
  const auto found = known_.find(kind.name);
  if (found == known_.end()) return channels;
  for (auto& [channel, known] : found->second) {
    if (known.refusers.size() < enough || is_asked(known, contact.address_of_record())) continue;
    channels.push_back(channel);
  }
  return channels;
}

}  // namespace snom::control
