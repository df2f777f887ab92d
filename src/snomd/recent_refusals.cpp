#include "snomd/recent_refusals.h"

#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "language/text.h"

namespace snom::snomd {
namespace {

/// A sender may have made the user's name as long as a datagram.
constexpr std::size_t longest_user = 100;

}  // namespace

void RecentRefusals::add(const sip::RefusedRequest& refused, std::chrono::system_clock::time_point now) {
  const bool v6 = refused.host.find(':') != std::string::npos;
  entries_.push_front({{"time", fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", std::chrono::floor<std::chrono::seconds>(now))},
                       {"method", refused.method},
                       {"user", language::printable(std::string_view(refused.user).substr(0, longest_user))},
                       {"from", fmt::format("{}{}{}:{}", v6 ? "[" : "", refused.host, v6 ? "]" : "", refused.port)},
                       {"transport", refused.transport},
                       {"why", refused.why}});
  if (entries_.size() > most) entries_.pop_back();
}

nlohmann::json RecentRefusals::list() const { return entries_; }

}  // namespace snom::snomd
