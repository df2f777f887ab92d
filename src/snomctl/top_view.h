#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "snomctl/counters.h"

/// What `snomctl top` shows. Pure functions; every line is printable whatever phones and servers sent.
namespace snom::snomctl {

/// What snomd said at one time.
struct Sample {
  std::chrono::steady_clock::time_point at;
  nlohmann::json status;  ///< of /v1/status
  nlohmann::json phones;  ///< of /v1/phones: those with which something is wrong, and `states` of all
  Counters counters;
};

struct TopView {
  std::string server;
  std::string clock;               ///< the time of day
  std::optional<Sample> before;    ///< rates are of what came since
  std::optional<Sample> now;       ///< none: nothing is known yet
  std::string trouble;             ///< why it is not newer; empty: it is
  std::deque<std::string> events;  ///< the latest last, as show_event() writes them
};

/// A second, between two samples of counters; 0 where they do not tell, as after a restart.
[[nodiscard]] double rate(const Sample& before, const Sample& now, std::string_view name, std::string_view label = {});

/// A whole screen: as many lines as `rows` at most, none wider than `columns`.
[[nodiscard]] std::vector<std::string> draw(const TopView& view, std::size_t columns, std::size_t rows);

/// All of it, for what is no terminal: no line is cut.
[[nodiscard]] std::string draw_all(const TopView& view);

/// The beginning of a printable text that fits into so many columns.
[[nodiscard]] std::string fitting(const std::string& text, std::size_t columns);

}  // namespace snom::snomctl
