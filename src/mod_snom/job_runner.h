#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "control/clock.h"
#include "control/world.h"

namespace snom::freeswitch {

/// Runs the API commands of pressed keys as FreeSWITCH's background jobs: no thread of this module waits for them. One
/// that has not ended within the limit is told so; FreeSWITCH has no means to end it, so it keeps its place among the
/// jobs until it ends or an hour is over. Control's thread.
class JobRunner final : public control::ActionRunner {
 public:
  /// `clock` outlives this.
  JobRunner(control::Clock& clock, std::chrono::milliseconds limit) : clock_(clock), limit_(limit) {}

  /// In front of the Job-UUIDs of this module's jobs.
  static constexpr std::string_view job_prefix = "snom-";

  void run(std::string_view command_line, std::function<void(std::string)> done) override;
  /// A BACKGROUND_JOB event with a Job-UUID of ours.
  void ended(const std::string& job, std::string output);

 private:
  static constexpr std::size_t max_jobs = 1000;
  static constexpr std::chrono::hours forgotten_after{1};

  void give_up(const std::string& job);

  control::Clock& clock_;
  std::chrono::milliseconds limit_;
  std::unordered_map<std::string, std::function<void(std::string)>> jobs_;  ///< empty: told that the time was over
  /// Timers hold it weakly: they may come after this has gone.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

/// `bytes` bytes that nobody can guess, in hex.
[[nodiscard]] std::string unguessable(std::size_t bytes);

}  // namespace snom::freeswitch
