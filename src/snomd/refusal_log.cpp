#include "snomd/refusal_log.h"

#include <utility>

#include <fmt/format.h>

#include "language/text.h"

namespace snom::snomd {
std::vector<std::string> RefusalLog::lines(const sip::RefusedRequest& refused, TimePoint now) {
  std::vector<std::string> lines;
  if (!by_host_.of(refused.host, now).take(now) || !all_.take(now)) {
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
