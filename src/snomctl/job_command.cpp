#include "snomctl/job_command.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "file/read_file.h"
#include "language/percent.h"
#include "language/text.h"
#include "snomctl/answer_json.h"
#include "snomctl/apply.h"
#include "snomctl/complain.h"
#include "snomctl/progress.h"
#include "snomctl/show.h"

namespace snom::snomctl {
namespace {

using layout::LayoutFormat;
using nlohmann::json;

constexpr auto between_looks = std::chrono::milliseconds(200);
/// snomd takes 20,000 phones in a layout.
constexpr std::size_t most_pages = 1000;
/// Of a file's name, as snomd takes it.
constexpr std::size_t longest_name = 200;

std::string path_of(const std::string& id) { return "/v1/layouts/jobs/" + language::percent_encode(id); }

std::size_t count_of(const json& object, const char* name) {
  return static_cast<std::size_t>(std::max<std::int64_t>(0, number_of(object, name)));
}

const json& part(const json& object, const char* name) {
  static const json none = json::object();
  const auto found = object.find(name);
  return found == object.end() || !found->is_object() ? none : *found;
}

/// What was wrong with the layout, line by line, and that nothing was done.
int complain_of_layout(const Client::Failure& failure) {
  for (const auto& line : failure.errors) fmt::print(stderr, "{}\n", language::printable(line));
  if (!failure.errors.empty()) return complain("apply: nothing was applied", nothing_applied);
  return complain(failure.text, failure.status == 400 || failure.status == 413 ? nothing_applied : some_failed);
}

/// What all phones of a job came to; of its pages.
tl::expected<json, Client::Failure> outcomes_of(const Client& client, const std::string& id) {
  json all = json::array();
  std::string cursor;
  for (std::size_t page = 0; page < most_pages; ++page) {
    const auto answer = client.send(
        "GET", path_of(id) + "?limit=200" + (cursor.empty() ? "" : "&cursor=" + language::percent_encode(cursor)),
        nullptr);
    if (!answer) return tl::unexpected(answer.error());
    for (const auto& phone : list_of(*answer, "outcomes")) all.push_back(phone);
    cursor = text_of(*answer, "next");
    if (cursor.empty()) break;
  }
  return all;
}

int status_of(const json& job) {
  const auto& keys = part(job, "keys");
  if (number_of(keys, "failed") > 0) return some_failed;
  return number_of(keys, "pending") + number_of(keys, "waiting") > 0 ? some_pending : all_confirmed;
}

/// Until it has ended; the job then.
tl::expected<json, Client::Failure> wait_for(const Client& client, const std::string& id) {
  std::optional<Progress> progress;
  for (;;) {
    auto job = client.send("GET", path_of(id) + "?limit=1", nullptr);
    if (!job) return job;
    const auto& phones = part(*job, "phones");
    if (text_of(*job, "state") != "running") return job;
    if (!progress) progress.emplace(count_of(phones, "all"));
    progress->show(count_of(phones, "done"));
    std::this_thread::sleep_for(between_looks);
  }
}

int follow_job(const Client& client, const std::string& id) {
  const auto job = wait_for(client, id);
  if (!job) return complain(job.error().text, some_failed);
  if (count_of(part(*job, "keys"), "all") == 0) {
    const auto same = count_of(part(*job, "keys"), "same");
    fmt::print("nothing to change: {} {} as {} says\n", same, same == 1 ? "key is" : "keys are",
               language::printable(text_of(*job, "name")));
    return all_confirmed;
  }
  const auto outcomes = outcomes_of(client, id);
  if (!outcomes) return complain(outcomes.error().text, some_failed);
  tell(show_outcomes(*job, *outcomes));
  if (text_of(*job, "state") == "cancelled") return complain("the job was cancelled", some_failed);
  return status_of(*job);
}

}  // namespace

int apply_as_job(const Client& client, const JobLayout& wanted) {
  const auto format = layout::layout_format(wanted.file);
  if (!format) return complain("apply: " + format.error(), nothing_applied);
  const auto text = file::read(wanted.file);
  if (!text) return complain("apply: " + text.error(), nothing_applied);
  const bool is_csv = *format == LayoutFormat::csv;
  const auto slash = wanted.file.rfind('/');
  auto name = language::printable(slash == std::string::npos ? wanted.file : wanted.file.substr(slash + 1));
  if (name.size() > longest_name) name = is_csv ? "layout.csv" : "layout.toml";
  const auto job = client.send_text(
      "POST", fmt::format("/v1/layouts/apply?name={}&parallel={}", language::percent_encode(name), wanted.parallel),
      is_csv ? "text/csv" : "application/toml", *text);
  if (!job) return complain_of_layout(job.error());
  const auto id = text_of(*job, "id");
  if (id.empty()) return complain("what answered is not snomd: its job has no id", some_failed);
  if (wanted.detach) return tell(language::printable(id) + "\n");
  fmt::print(stderr, "job {}: it goes on if this ends (snomctl job follow {})\n", language::printable(id),
             language::printable(id));
  std::fflush(stderr);
  return follow_job(client, id);
}

int run(const Client& client, const JobCommand& command) {
  using What = JobCommand::What;
  if (command.what == What::follow) return follow_job(client, command.id);
  const auto answer = command.what == What::list
                          ? client.send("GET", "/v1/layouts/jobs", nullptr)
                          : client.send(command.what == What::cancel ? "DELETE" : "GET", path_of(command.id), nullptr);
  if (!answer) return complain(answer.error());
  if (command.as_json) return tell(json_text(*answer, 2) + "\n");
  if (command.what == What::show) {
    const auto outcomes = outcomes_of(client, command.id);
    return outcomes ? tell(show_outcomes(*answer, *outcomes)) : complain(outcomes.error());
  }
  return tell(show_jobs(command.what == What::list ? *answer : json{{"jobs", json::array({*answer})}}));
}

}  // namespace snom::snomctl
