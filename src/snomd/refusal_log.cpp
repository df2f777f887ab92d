#include "snomd/refusal_log.h"

#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "language/text.h"
#include "snomd/log.h"

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

void RefusalLog::write(const sip::RefusedRequest& refused, TimePoint now) {
  const auto written = lines(refused, now);
  for (const auto& line : written) {
    // The last one is about this request, one before it about those that were left out.
    log_about(spdlog::level::warn, &line == &written.back() ? fields_of(refused) : LogFields{}, line);
  }
}

LogFields fields_of(const sip::RefusedRequest& refused) {
  return {{"SNOM_EVENT", "refused"},      {"SNOM_METHOD", refused.method},       {"SNOM_USER", refused.user},
          {"SNOM_ADDRESS", refused.host}, {"SNOM_TRANSPORT", refused.transport}, {"SNOM_REASON", refused.why}};
}

}  // namespace snom::snomd
