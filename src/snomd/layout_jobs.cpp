#include "snomd/layout_jobs.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "language/hex.h"
#include "runtime/random.h"
#include "snomd/layout_reading.h"
#include "snomd/phone_summary.h"

namespace snom::snomd {
namespace {

using layout::KeyOutcome;

/// Not to be taken for one of another run of snomd.
std::string new_id() { return language::to_hex(runtime::random_bytes(8)); }

/// What the phone said of all of them counts, wherever it is registered; where it said nothing, how the key stands
/// here.
KeyOutcome state_of(std::optional<control::Delivery> said, control::KeySync::State state) {
  using control::Delivery;
  if (said == Delivery::confirmed) return KeyOutcome::confirmed;
  if (said == Delivery::sent) return KeyOutcome::pending;
  if (said == Delivery::refused) return KeyOutcome::failed;
  switch (state) {
    case control::KeySync::State::confirmed:
      return KeyOutcome::confirmed;
    case control::KeySync::State::failed:
      return KeyOutcome::failed;
    case control::KeySync::State::pending:
      break;
  }
  return KeyOutcome::pending;
}

/// Why a phone has not got everything, from the reply to its command.
std::string why(const std::string& reply) {
  constexpr std::string_view not_set = " not set: ";
  constexpr std::string_view not_known = " is not known: ";
  if (const auto at = reply.find(not_known); at != std::string::npos && reply.starts_with("+OK")) {
    return reply.substr(at + 1);
  }
  if (reply.starts_with("+OK") && reply.ends_with("sent]")) return std::string(only_sent);
  if (reply.starts_with("+OK")) return reply.ends_with(" is not registered") ? "not registered" : "";
  if (const auto at = reply.find(not_set); at != std::string::npos) return reply.substr(at + not_set.size());
  return reply.substr(reply.find(' ') + 1);
}

}  // namespace

std::string_view to_string(LayoutJobs::State state) {
  switch (state) {
    case LayoutJobs::State::running:
      return "running";
    case LayoutJobs::State::done:
      return "done";
    case LayoutJobs::State::cancelled:
      break;
  }
  return "cancelled";
}

tl::expected<const LayoutJobs::Job*, std::string> LayoutJobs::start(std::string name, std::string by,
                                                                    layout::Difference difference,
                                                                    std::size_t parallel) {
  const auto runs = [](const JobPointer& job) { return !job->ended; };
  const auto running = static_cast<std::size_t>(std::count_if(jobs_.begin(), jobs_.end(), runs));
  if (running >= limits_.running) {
    return tl::unexpected(fmt::format("{} layouts are being applied already: wait until one has ended", running));
  }
  auto job = std::make_shared<Job>();
  job->id = new_id();
  job->name = std::move(name);
  job->by = std::move(by);
  job->begun = std::chrono::system_clock::now();
  job->same_keys = difference.same_keys;
  job->changes = std::move(difference.phones);
  job->parallel = parallel;
  job->phones.reserve(job->changes.size());
  for (const auto& change : job->changes) {
    Phone phone{change.phone, {}, {}};
    for (const auto& key : change.keys) phone.keys.push_back({key.key, std::nullopt});
    job->keys += phone.keys.size();
    job->phones.push_back(std::move(phone));
  }
  jobs_.push_back(job);
  make_room();
  go_on(job);
  return job.get();
}

void LayoutJobs::make_room() {
  const auto keys = [this] {
    std::size_t all = 0;
    for (const auto& job : jobs_) all += job->keys;
    return all;
  };
  while (jobs_.size() > limits_.kept || keys() > limits_.kept_keys) {
    const auto oldest =
        std::find_if(jobs_.begin(), jobs_.end(), [](const JobPointer& job) { return job->ended.has_value(); });
    if (oldest == jobs_.end()) return;  // as many run as may
    jobs_.erase(oldest);
  }
}

void LayoutJobs::go_on(const JobPointer& job) {
  ApiContext* const context = context_();
  while (context != nullptr && job->state == State::running && job->under_way < job->parallel &&
         job->next < job->changes.size()) {
    const auto index = job->next++;
    ++job->under_way;
    const auto said = std::make_shared<std::optional<control::Delivery>>();
    control::CommandContext how{.by = job->by};
    how.delivered = [said](control::Delivery delivery) { *said = delivery; };
    context->command_service.run(
        layout::command_line(job->changes[index]), std::move(how),
        lifetime_.guard([this, job, index, said](const std::string& reply) { settle(job, index, reply, *said); }));
  }
  if (job->under_way > 0 || (job->state == State::running && job->next < job->changes.size()) || job->ended) return;
  if (job->state == State::running) job->state = State::done;
  job->ended = std::chrono::system_clock::now();
  job->changes = {};
}

void LayoutJobs::settle(const JobPointer& job, std::size_t index, const std::string& reply,
                        std::optional<control::Delivery> said) {
  const auto change = std::exchange(job->changes[index], {});
  auto& phone = job->phones[index];
  const ApiContext* const context = context_();
  const auto now = context == nullptr ? std::vector<control::CommandService::KeyStatus>{}
                                      : context->command_service.keys(phone.phone);
  bool is_whole = true;
  for (std::size_t i = 0; i < change.keys.size(); ++i) {
    const auto is_it = [&](const auto& status) { return status.button.key == change.keys[i].key; };
    const auto status = std::find_if(now.begin(), now.end(), is_it);
    auto outcome = KeyOutcome::failed;
    if (status != now.end()) {
      const auto key = layout_key_of(*status);
      outcome = layout::outcome(change.keys[i], &key, state_of(said, status->state));
    }
    phone.keys[i].outcome = outcome;
    ++(outcome == KeyOutcome::confirmed ? job->confirmed : outcome == KeyOutcome::pending ? job->pending : job->failed);
    is_whole = is_whole && outcome == KeyOutcome::confirmed;
  }
  if (!is_whole) phone.why = why(reply);
  ++job->phones_done;
  --job->under_way;
  go_on(job);
}

const LayoutJobs::Job* LayoutJobs::find(std::string_view id) const {
  const auto found = std::find_if(jobs_.begin(), jobs_.end(), [id](const JobPointer& job) { return job->id == id; });
  return found == jobs_.end() ? nullptr : found->get();
}

std::vector<const LayoutJobs::Job*> LayoutJobs::all() const {
  std::vector<const Job*> jobs;
  for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job) jobs.push_back(job->get());
  return jobs;
}

const LayoutJobs::Job* LayoutJobs::cancel(std::string_view id) {
  const auto found = std::find_if(jobs_.begin(), jobs_.end(), [id](const JobPointer& job) { return job->id == id; });
  if (found == jobs_.end()) return nullptr;
  const auto job = *found;
  if (job->ended) {
    jobs_.erase(found);
    return nullptr;
  }
  job->state = State::cancelled;
  go_on(job);
  return job.get();
}

}  // namespace snom::snomd
