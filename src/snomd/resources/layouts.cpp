#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "control/commands/redact.h"
#include "language/refused.h"
#include "language/text.h"
#include "snomd/api_core.h"
#include "snomd/layout_jobs.h"
#include "snomd/layout_reading.h"
#include "snomd/problem.h"
#include "snomd/query.h"

namespace snom::snomd {
namespace {

using layout::KeyOutcome;
using layout::LayoutFormat;
using nlohmann::json;
using JobsPointer = std::shared_ptr<LayoutJobs>;

/// Layouts that are read and compared at the same time; one more is answered 503.
constexpr long most_readings = 2;
/// Phones that one answer tells of.
constexpr std::uint64_t most_compared = 20'000;
constexpr std::uint64_t most_outcomes = 200;
constexpr std::uint64_t most_parallel = 64;
/// What a key's outcome keeps in memory until it is text, about.
constexpr std::size_t bytes_a_key = 512;

constexpr std::array<std::string_view, 2> formats{"toml", "csv"};
constexpr std::array<std::string_view, 4> outcome_names{"confirmed", "pending", "failed", "waiting"};

/// "waiting": not begun, or not answered yet.
std::string_view to_string(const std::optional<KeyOutcome>& outcome) {
  return outcome_names[outcome ? static_cast<std::size_t>(*outcome) : outcome_names.size() - 1];
}

/// What a request with a layout asks for.
struct Asked {
  std::string name;
  LayoutFormat format = LayoutFormat::toml;
  std::uint64_t limit = 0;     ///< of compare
  std::uint64_t parallel = 0;  ///< of apply
};

tl::expected<LayoutFormat, http::Response> format_of(const http::Request& request, const Query& query) {
  const auto said = query.words("format", formats);
  if (!said) return tl::unexpected(said.error());
  if (said->size() == 1) return said->front() == "csv" ? LayoutFormat::csv : LayoutFormat::toml;
  if (!query.text("format")) {
    const auto type = request.header("content-type");
    const auto media = type.substr(0, type.find(';'));
    if (language::equal_ignoring_case(media, "text/csv")) return LayoutFormat::csv;
    if (language::equal_ignoring_case(media, "application/toml")) return LayoutFormat::toml;
  }
  return tl::unexpected(problem(
      400, "format: expected toml or csv, or Content-Type application/toml or text/csv in its place", "format"));
}

tl::expected<Asked, http::Response> asked_of(const http::Request& request, const Query& query) {
  const auto format = format_of(request, query);
  if (!format) return tl::unexpected(format.error());
  const auto limit = query.number("limit", 1000, 1, most_compared);
  if (!limit) return tl::unexpected(limit.error());
  const auto parallel = query.number("parallel", 16, 1, most_parallel);
  if (!parallel) return tl::unexpected(parallel.error());
  constexpr std::size_t longest_name = 200;
  const auto name = query.text("name").value_or("layout");
  if (name.empty() || name.size() > longest_name || language::printable(name) != name) {
    return tl::unexpected(problem(400, "name: expected a file's name of at most 200 bytes", "name"));
  }
  return Asked{name, *format, *limit, *parallel};
}

/// A property as resources name it.
std::string_view in_json(std::string_view property) { return property == "color" ? "colour" : property; }

json to_json(const layout::PropertyChange& change) {
  const auto shown = change.name == "number" ? control::action_without_password(change.after) : change.after;
  json value{{"property", in_json(change.name)}, {"before", change.before}, {"after", shown}};
  if (shown != change.after) value["after_hidden"] = true;
  return value;
}

json to_json(const layout::PhoneChange& change) {
  json keys = json::array();
  for (const auto& key : change.keys) {
    json properties = json::array();
    for (const auto& property : key.properties) properties.push_back(to_json(property));
    keys.push_back({{"key", key.key}, {"new", key.is_new}, {"changes", std::move(properties)}});
  }
  return {{"phone", change.phone}, {"keys", std::move(keys)}};
}

http::Response comparison(const layout::Difference& difference, std::size_t limit) {
  json phones = json::array();
  std::size_t keys = 0;
  for (const auto& change : difference.phones) {
    if (phones.size() < limit) phones.push_back(to_json(change));
    keys += change.keys.size();
  }
  return json_response(200, {{"phones", std::move(phones)},
                             {"changing", {{"phones", difference.phones.size()}, {"keys", keys}}},
                             {"same_keys", difference.same_keys}});
}

std::string time_of(std::chrono::system_clock::time_point time) {
  return control::iso_time(std::chrono::floor<std::chrono::milliseconds>(time));
}

json summary(const LayoutJobs::Job& job) {
  return {{"id", job.id},
          {"name", job.name},
          {"state", to_string(job.state)},
          {"begun_at", time_of(job.begun)},
          {"ended_at", job.ended ? json(time_of(*job.ended)) : json(nullptr)},
          {"phones", {{"all", job.phones.size()}, {"done", job.phones_done}}},
          {"keys",
           {{"all", job.keys},
            {"confirmed", job.confirmed},
            {"pending", job.pending},
            {"failed", job.failed},
            {"waiting", job.keys - job.confirmed - job.pending - job.failed},
            {"same", job.same_keys}}}};
}

/// Which outcomes of a job are to be told.
struct Page {
  std::vector<std::string> outcomes;  ///< of phones that have one of them; empty: all
  std::uint64_t begin = 0;
  std::uint64_t limit = 0;
};

json to_json(const LayoutJobs::Phone& phone) {
  json keys = json::array();
  for (const auto& key : phone.keys) keys.push_back({{"key", key.key}, {"outcome", to_string(key.outcome)}});
  json value{{"phone", phone.phone}, {"keys", std::move(keys)}};
  if (!phone.why.empty()) value["why"] = phone.why;
  return value;
}

/// A page of a job, as it was at one moment. Copied on the loop's thread, made JSON on any.
struct Details {
  json summary;
  std::vector<LayoutJobs::Phone> outcomes = {};
  json next = nullptr;
  std::size_t keys = 0;  ///< of the outcomes
};

Details details_of(const LayoutJobs::Job& job, const Page& page) {
  const auto is_wanted = [&page](const LayoutJobs::Phone& phone) {
    return page.outcomes.empty() || std::any_of(phone.keys.begin(), phone.keys.end(), [&page](const auto& key) {
             return std::find(page.outcomes.begin(), page.outcomes.end(), to_string(key.outcome)) !=
                    page.outcomes.end();
           });
  };
  Details details{summary(job)};
  for (auto i = page.begin; i < job.phones.size(); ++i) {
    if (!is_wanted(job.phones[i])) continue;
    if (details.outcomes.size() == page.limit) {
      details.next = std::to_string(i);
      break;
    }
    details.outcomes.push_back(job.phones[i]);
    details.keys += job.phones[i].keys.size();
  }
  return details;
}

json to_json(const Details& details) {
  auto value = details.summary;
  json outcomes = json::array();
  for (const auto& phone : details.outcomes) outcomes.push_back(to_json(phone));
  value["outcomes"] = std::move(outcomes);
  value["next"] = details.next;
  return value;
}

tl::expected<Page, http::Response> page_of(const Query& query) {
  auto outcomes = query.words("outcome", outcome_names);
  if (!outcomes) return tl::unexpected(outcomes.error());
  const auto limit = query.number("limit", 50, 1, most_outcomes);
  if (!limit) return tl::unexpected(limit.error());
  const auto begin = query.number("cursor", 0, 0, LayoutReading::limits.phones);
  if (!begin) return tl::unexpected(problem(400, "cursor: expected what an answer has as next", "cursor"));
  return Page{std::move(*outcomes), *begin, *limit};
}

http::Response no_such_job(const std::string& id) {
  return problem(404, "no job " + language::in_quotes_to_its_blank(id) + ": there is none, or it is not kept any more");
}

/// The layouts that are being read: each has the place as long as that takes.
struct Readings {
  const std::shared_ptr<const char> place = std::make_shared<const char>('\0');
  [[nodiscard]] bool is_full() const { return place.use_count() > most_readings; }
};
using ReadingsPointer = std::shared_ptr<const Readings>;

/// Has a layout read and compared, and `then` answer with what it would change.
void read_layout(ApiCore& core, const http::Request& request, const Asked& asked, const Readings& readings,
                 const ResponderPointer& responder, std::function<void(layout::Difference)> then) {
  if (readings.is_full()) {
    return responder->send(problem(503, "other layouts are being read: try again later"));
  }
  std::make_shared<LayoutReading>(
      core.parts(), asked.name,
      [responder, then = std::move(then)](tl::expected<layout::Difference, http::Response> difference) {
        if (!difference) return responder->send(std::move(difference.error()));
        then(std::move(*difference));
      },
      readings.place)
      ->read(request.body, asked.format);
}

void add_jobs(Router& router, ApiCore& core, const JobsPointer& jobs) {
  router.add("GET", "/v1/layouts/jobs",
             [&core, jobs](const http::Request&, const auto&, const ResponderPointer& responder) {
               core.on_loop(responder, [jobs, responder](ApiContext&) {
                 json list = json::array();
                 for (const auto* job : jobs->all()) list.push_back(summary(*job));
                 responder->send(json_response(200, {{"jobs", std::move(list)}}));
               });
             });
  router.add("GET", "/v1/layouts/jobs/{job}",
             [&core, jobs](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               auto page = page_of(values.query);
               if (!page) return responder->send(page.error());
               core.on_loop(responder, [&core, jobs, responder, id = values[0], page = std::move(*page)](ApiContext&) {
                 const auto* job = jobs->find(id);
                 if (job == nullptr) return responder->send(no_such_job(id));
                 auto details = details_of(*job, page);
                 const auto bytes = details.keys * bytes_a_key;
                 core.answer_elsewhere(bytes, responder,
                                       [details = std::move(details)] { return json_response(200, to_json(details)); });
               });
             },
             {"outcome...", "limit", "cursor"});
  router.add("DELETE", "/v1/layouts/jobs/{job}",
             [&core, jobs](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               core.on_loop(responder, [jobs, responder, id = values[0]](ApiContext&) {
                 const auto* job = jobs->find(id);
                 if (job == nullptr) return responder->send(no_such_job(id));
                 auto last = summary(*job);
                 if (const auto* cancelled = jobs->cancel(id)) last = summary(*cancelled);
                 responder->send(json_response(200, last));
               });
             });
}

}  // namespace

void add_layouts(Router& router, ApiCore& core) {
  const auto jobs = std::make_shared<LayoutJobs>(core.parts().context);
  const ReadingsPointer readings = std::make_shared<const Readings>();
  router.add(
      "POST", "/v1/layouts/compare",
      [&core, readings](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
        const auto asked = asked_of(request, values.query);
        if (!asked) return responder->send(asked.error());
        read_layout(core, request, *asked, *readings, responder,
                    [responder, limit = asked->limit](const layout::Difference& difference) {
                      responder->send(comparison(difference, limit));
                    });
      },
      {"format", "name", "limit"});
  router.add("POST", "/v1/layouts/apply",
             [&core, readings, jobs](const http::Request& request, const Router::Values& values,
                                     const ResponderPointer& responder) {
               const auto asked = asked_of(request, values.query);
               if (!asked) return responder->send(asked.error());
               read_layout(
                   core, request, *asked, *readings, responder,
                   [&core, responder, jobs, asked = *asked, by = set_by(values.caller)](layout::Difference difference) {
                     const auto made = std::make_shared<layout::Difference>(std::move(difference));
                     core.on_loop(responder, [responder, jobs, asked, by, made](ApiContext&) {
                       const auto job = jobs->start(asked.name, by, std::move(*made), asked.parallel);
                       if (!job) return responder->send(problem(503, job.error()));
                       auto answer = json_response(202, summary(**job));
                       answer.headers.emplace_back("Location", "/v1/layouts/jobs/" + (*job)->id);
                       responder->send(std::move(answer));
                     });
                   });
             },
             {"format", "name", "parallel"});
  add_jobs(router, core, jobs);
}

}  // namespace snom::snomd
