#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace snom::snomd {

/// Counts what took how long, in seconds. One owner thread.
class Histogram final {
 public:
  /// Upper bounds, each included (`le`); whatever took longer is in the last bucket, +Inf.
  static constexpr std::array<double, 12> bounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};

  void observe(double seconds);
  /// Of each bucket by itself, +Inf the last.
  [[nodiscard]] const std::array<std::uint64_t, bounds.size() + 1>& counts() const { return counts_; }
  [[nodiscard]] double sum() const { return sum_; }

 private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};
  double sum_ = 0;
};

/// Writes Prometheus' text format, version 0.0.4. Pure. A metric's family() goes before its samples.
class MetricsText final {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// `type`: "counter", "gauge" or "histogram".
  void family(std::string_view name, std::string_view type, std::string_view help);
  /// Of the family begun last.
  void sample(Labels labels, double value);
  void histogram(Labels labels, const Histogram& histogram);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void line(std::string_view suffix, Labels labels, std::pair<std::string_view, std::string_view> more, double value);

  std::string name_;
  std::string text_;
};

}  // namespace snom::snomd
