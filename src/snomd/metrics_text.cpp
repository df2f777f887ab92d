#include "snomd/metrics_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace snom::snomd {
namespace {

std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void Histogram::observe(double seconds) {
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
  ++counts_[static_cast<std::size_t>(bucket)];
  sum_ += seconds;
}

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, false), name, type);
}

void MetricsText::sample(Labels labels, double value) { line({}, labels, {}, value); }

void MetricsText::histogram(Labels labels, const Histogram& histogram) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
    all += histogram.counts()[i];
    line("_bucket", labels, {"le", fmt::format("{}", Histogram::bounds[i])}, static_cast<double>(all));
  }
  all += histogram.counts().back();
  line("_bucket", labels, {"le", "+Inf"}, static_cast<double>(all));
  line("_sum", labels, {}, histogram.sum());
  line("_count", labels, {}, static_cast<double>(all));
}

void MetricsText::line(std::string_view suffix, Labels labels, std::pair<std::string_view, std::string_view> more,
                       double value) {
  text_.append(name_).append(suffix);
  bool first = true;
  const auto add = [&](const std::pair<std::string_view, std::string_view>& label) {
    text_ += fmt::format("{}{}=\"{}\"", first ? "{" : ",", label.first, escaped(label.second, true));
    first = false;
  };
  for (const auto& label : labels) add(label);
  if (!more.first.empty()) add(more);
  text_ += fmt::format("{} {}\n", first ? "" : "}", value);
}

}  // namespace snom::snomd
