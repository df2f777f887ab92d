#include "mod_snom/job_runner.h"

#include <utility>

#include <fmt/format.h>

#include "language/hex.h"
#include "mod_snom/core.h"
#include "runtime/random.h"

namespace snom::freeswitch {

void JobRunner::run(std::string_view command_line, std::function<void(std::string)> done) {
  const auto refuse = [this](std::function<void(std::string)> to, std::string why) {
    executor_.post([to = std::move(to), why = std::move(why)]() mutable { to(std::move(why)); });
  };
  if (jobs_.size() >= max_jobs) return refuse(std::move(done), "-ERR too many actions of pressed keys are running");
  // mod_commands keeps 36 characters of a job's name, no more.
  const auto job = std::string(job_prefix) + language::to_hex(runtime::random_bytes(12));
  const auto [kept, fresh] = jobs_.emplace(job, std::move(done));
  const auto output = run_api("bgapi", fmt::format("uuid:{} {}", job, command_line));
  if (output.starts_with("+OK")) {
    clock_.after(limit_, lifetime_.guard([this, job] { give_up(job); }));
    return;
  }
  auto failed = std::exchange(kept->second, nullptr);
  jobs_.erase(kept);
  refuse(std::move(failed), fmt::format("-ERR the action was not run: bgapi answered '{}'", output));
}

void JobRunner::ended(const std::string& job, std::string output) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  auto done = std::move(found->second);
  jobs_.erase(found);
  while (!output.empty() && (output.back() == '\n' || output.back() == '\r')) output.pop_back();
  if (done) done(std::move(output));
}

void JobRunner::give_up(const std::string& job) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  const auto done = std::exchange(found->second, nullptr);
  // Should its end never be told, its place is not lost for good.
  clock_.after(forgotten_after, lifetime_.guard([this, job] { jobs_.erase(job); }));
  const auto seconds = std::chrono::duration<double>(limit_).count();
  if (done) done(fmt::format("-ERR the action has not ended within {:g} s (it may still be running)", seconds));
}

}  // namespace snom::freeswitch
