#pragma once

#include <map>
#include <string>
#include <string_view>

/// What /metrics counts, as far as `snomctl top` shows it. Pure functions.
namespace snom::snomctl {

/// By name and labels as they stand there, `snomd_presses_total{outcome="accepted"}`.
using Counters = std::map<std::string, double, std::less<>>;

/// Of the text format of Prometheus (0.0.4). Lines that are no sample are passed over; of more than 10,000 the rest.
[[nodiscard]] Counters read_counters(std::string_view text);

/// All of one name together, and with a label only those that have it: `outcome="accepted"`.
[[nodiscard]] double sum(const Counters& counters, std::string_view name, std::string_view label = {});

}  // namespace snom::snomctl
