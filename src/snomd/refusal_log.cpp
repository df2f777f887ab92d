#include "snomd/refusal_log.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "language/text.h"

namespace snom::snomd {
namespace {

/// Addresses that are remembered; beyond them the oldest starts anew.
constexpr std::size_t most_hosts = 1024;

}  // namespace

bool RefusalLog::Allowance::take(TimePoint now) {
  const double passed = std::chrono::duration<double>(now - at_).count();
  at_ = now;
  left_ = std::min(most_, left_ + passed * per_second_);
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

bool RefusalLog::allowed(const std::string& host, TimePoint now) {
  auto found = by_host_.find(host);
  if (found == by_host_.end()) {
    if (hosts_.size() >= most_hosts) {
      by_host_.erase(hosts_.front());
      hosts_.pop_front();
    }
    hosts_.push_back(host);
    found = by_host_.emplace(host, Allowance(10, 0.1, now)).first;
  }
  return found->second.take(now) && all_.take(now);
}

std::vector<std::string> RefusalLog::lines(const sip::RefusedRequest& refused, TimePoint now) {
  std::vector<std::string> lines;
  if (!allowed(refused.host, now)) {
    ++left_out_;
    return lines;
  }
  if (const auto left_out = std::exchange(left_out_, 0); left_out > 0)
    lines.push_back(fmt::format("{} refused requests were not written here: too many", left_out));
  const bool v6 = refused.host.find(':') != std::string::npos;
  lines.push_back(fmt::format("refused {} from {}{}{}:{} ({}): {}, user {}", refused.method, v6 ? "[" : "",
                              refused.host, v6 ? "]" : "", refused.port, refused.transport, refused.why,
                              language::in_quotes(refused.user)));
  return lines;
}

}  // namespace snom::snomd
