#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "control/ports.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::freeswitch {

/// Runs the API commands of pressed keys as FreeSWITCH's background jobs: no thread of this module waits for them. One
/// that has not ended within the limit is told so; FreeSWITCH has no means to end it, so it keeps its place among the
/// jobs until it ends or an hour is over. Control's thread.
class JobRunner final : public control::ActionRunner {
 public:
  /// Both outlive this.
  JobRunner(runtime::Executor& executor, runtime::Clock& clock, std::chrono::milliseconds limit)
      : executor_(executor), clock_(clock), limit_(limit) {}

  /// In front of the Job-UUIDs of this module's jobs.
  static constexpr std::string_view job_prefix = "snom-";

  void run(std::string_view command_line, std::function<void(std::string)> done) override;
  /// A BACKGROUND_JOB event with a Job-UUID of ours.
  void ended(const std::string& job, std::string output);

 private:
  static constexpr std::size_t max_jobs = 1000;
  static constexpr std::chrono::hours forgotten_after{1};

  void give_up(const std::string& job);

  runtime::Executor& executor_;
  runtime::Clock& clock_;
  std::chrono::milliseconds limit_;
  std::unordered_map<std::string, std::function<void(std::string)>> jobs_;  ///< empty: told that the time was over
  runtime::Lifetime lifetime_;                                              ///< of timers
};

}  // namespace snom::freeswitch
