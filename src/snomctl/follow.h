#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <tl/expected.hpp>

#include "snomctl/client.h"

namespace snom::snomctl {

/// One stream of events after another, so that a watcher who loses the connection misses nothing that snomd remembers.
/// What it does not remember any more it says itself, as an event `gap`.
struct Follow {
  /// Reads a stream to its end, from the event behind `last_id`; calls `opened` when it has begun.
  std::function<tl::expected<void, Client::Ended>(std::string& last_id, const std::function<void()>& opened)> stream;
  std::function<void(const std::string& what)> tell;          ///< that it is lost, and there again
  std::function<void(std::chrono::milliseconds time)> pause;  ///< waits
};

/// Ends when the watcher does, or with an error: when there was no stream to begin with, one that nobody can come back
/// to (its events have no id), or what will be the same next time, as a token that is not known any more.
[[nodiscard]] tl::expected<void, Client::Failure> follow(const Follow& how);

}  // namespace snom::snomctl
