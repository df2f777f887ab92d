#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "control/world.h"

namespace snom::freeswitch {

/// Runs the API commands of pressed keys as FreeSWITCH's background jobs: they may take as long as they like, and no
/// thread of this module waits for them. Control's thread.
class JobRunner final : public control::ActionRunner {
 public:
  /// In front of the Job-UUIDs of this module's jobs.
  static constexpr std::string_view job_prefix = "snom-";

  void run(std::string_view command_line, std::function<void(std::string)> done) override;
  /// A BACKGROUND_JOB event with a Job-UUID of ours.
  void ended(const std::string& job, std::string output);

 private:
  static constexpr std::size_t max_jobs = 1000;
  std::unordered_map<std::string, std::function<void(std::string)>> jobs_;
};

/// `bytes` bytes that nobody can guess, in hex.
[[nodiscard]] std::string unguessable(std::size_t bytes);

}  // namespace snom::freeswitch
