#include "snomctl/counters.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace snom::snomctl {
namespace {

constexpr std::size_t most_samples = 10'000;
constexpr std::size_t longest_sample = 1024;

}  // namespace

Counters read_counters(std::string_view text) {
  Counters counters;
  while (!text.empty() && counters.size() < most_samples) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto space = line.rfind(' ');
    if (line.starts_with('#') || space == std::string_view::npos || line.size() > longest_sample) continue;
    double value = 0;
    const auto* const end = line.data() + line.size();
    const auto [read, failed] = std::from_chars(line.data() + space + 1, end, value);
    if (failed == std::errc() && read == end && std::isfinite(value))
      counters.insert_or_assign(std::string(line.substr(0, space)), value);
  }
  return counters;
}

double sum(const Counters& counters, std::string_view name, std::string_view label) {
  double all = 0;
  for (auto it = counters.lower_bound(name); it != counters.end() && it->first.starts_with(name); ++it) {
    const auto labels = std::string_view(it->first).substr(name.size());
    if (!labels.empty() && !labels.starts_with('{')) continue;  // another name that begins so
    if (labels.find(label) != std::string_view::npos) all += it->second;
  }
  return all;
}

}  // namespace snom::snomctl
