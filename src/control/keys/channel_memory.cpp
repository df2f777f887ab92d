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
  if (refused_.size() >= most && !refused_.contains(kind)) return;
  auto& refusers = refused_[std::move(kind)][channel];
  if (refusers.size() < enough) refusers.insert(by.address_of_record());
}

void ChannelMemory::accepted(const Registration& by, Channel channel) {
  if (refused_.empty()) return;
  const auto found = refused_.find(kind_of(by));
  if (found == refused_.end()) return;
  found->second.erase(channel);
  if (found->second.empty()) refused_.erase(found);
}

std::vector<Channel> ChannelMemory::avoided(const Registration& contact) const {
  std::vector<Channel> channels;
  const auto model = language::parse_user_agent(contact.user_agent);
  if (!model) return channels;
  if (language::traits_of(*model).takes_buttons == false) channels.push_back(Channel::buttons);
  if (refused_.empty()) return channels;
  const auto found = refused_.find(kind_of(contact));
  if (found == refused_.end()) return channels;
  for (const auto& [channel, refusers] : found->second) {
    if (refusers.size() >= enough && !refusers.contains(contact.address_of_record())) channels.push_back(channel);
  }
  return channels;
}

}  // namespace snom::control
