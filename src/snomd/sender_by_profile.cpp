#include "snomd/sender_by_profile.h"

#include <algorithm>

namespace snom::snomd {

void SenderByProfile::add(std::vector<std::string> profiles, control::MessageSender& sender) {
  for (std::string& profile : profiles) senders_.emplace_back(std::move(profile), &sender);
}

void SenderByProfile::send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) {
  const auto found = std::ranges::find(senders_, message.to->profile, [](const auto& one) { return one.first; });
  if (found != senders_.end()) return found->second->send(std::move(message), std::move(done));
  executor_.post([done = std::move(done), profile = message.to->profile] {
    done({0, "profile '" + profile + "' does not exist"});
  });
}

std::size_t SenderByProfile::max_body(const registration::Registration& to) const {
  const auto found = std::ranges::find(senders_, to.profile, [](const auto& one) { return one.first; });
  return found != senders_.end() ? found->second->max_body(to) : MessageSender::max_body(to);
}

}  // namespace snom::snomd
