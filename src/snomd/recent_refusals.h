#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include <nlohmann/json.hpp>

#include "sip/server.h"

namespace snom::snomd {

/// The latest requests that were refused for who sent them, for whoever wonders why a phone is not there
/// (GET /v1/status). Pure. One owner thread.
class RecentRefusals final {
 public:
  static constexpr std::size_t most = 20;

  void add(const sip::RefusedRequest& refused, std::chrono::system_clock::time_point now);
  /// The latest first.
  [[nodiscard]] nlohmann::json list() const;

 private:
  std::deque<nlohmann::json> entries_;  ///< the latest first
};

}  // namespace snom::snomd
