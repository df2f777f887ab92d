#include <algorithm>

#include <nlohmann/json.hpp>

#include "language/text.h"
#include "snomctl/answer_json.h"
#include "snomctl/client.h"
#include "snomctl/counters.h"
#include "snomctl/layout_answers.h"
#include "snomctl/show.h"
#include "snomctl/top_view.h"
#include "targets.h"

namespace snom::fuzz {
namespace {

using Seen = std::vector<std::pair<std::string, nlohmann::json>>;

/// The events of a stream whose bytes arrive `piece` at a time, up to one that is called "stop".
Seen read(std::string_view stream, std::size_t piece) {
  Seen seen;
  snomctl::EventReader reader([&seen](std::string_view name, const nlohmann::json& data) {
    seen.emplace_back(name, data);
    return name != "stop";
  });
  while (!stream.empty()) {
    const auto bytes = stream.substr(0, piece);
    stream.remove_prefix(bytes.size());
    if (!reader.take(bytes)) break;
  }
  return seen;
}

/// It becomes a header of the next request.
void must_be_a_header(const std::string& id) {
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f'; };
  must(id.size() <= 128 && std::all_of(id.begin(), id.end(), is_plain), "the id of an event is fit for a header");
}

void must_be_printable(const std::string& shown) {
  must(language::printable_lines(shown) == shown, "what is shown does nothing to a terminal");
}

}  // namespace

/// What `top` draws, whatever snomd answered.
void draw_top(const nlohmann::json& status, const nlohmann::json& phones, std::string_view metrics) {
  snomctl::TopView view;
  view.now = view.before = snomctl::Sample{{}, status, phones, snomctl::read_counters(metrics)};
  must(view.now->counters.size() <= 10'000, "counters have a bound");
  must_be_printable(snomctl::draw_all(view));
  constexpr std::size_t columns = 40;
  const auto lines = snomctl::draw(view, columns, 12);
  must(lines.size() <= 12, "a frame is no higher than its screen");
  for (const auto& line : lines) {
    must_be_printable(line);
    must(snomctl::display_width(line) <= columns, "a frame is no wider than its screen");
  }
}

/// A server's event stream; and its body as the answer to each question that snomctl asks.
void event_stream(std::string_view input) {
  const auto seen = read(input, input.size());
  must(seen == read(input, 1), "events are the same however their bytes arrive");
  for (const auto& event : seen) {
    must(event.second.is_object(), "the data of an event is an object");
    must_be_printable(snomctl::show_event("12:00:00", event.first, event.second));
  }
  snomctl::EventReader reader([](std::string_view, const nlohmann::json&) { return true; });
  reader.take(input);
  must_be_a_header(reader.last_id());
  draw_top(nullptr, nullptr, input);
  const auto body = snomctl::parse_answer(input);
  if (!body) return;
  draw_top(*body, *body, {});
  must_be_printable(snomctl::show_groups(*body));
  must_be_printable(snomctl::show_jobs(*body));
  must_be_printable(snomctl::show_outcomes(*body, snomctl::list_of(*body, "outcomes")));
  must_be_printable(snomctl::show_phones(*body));
  must_be_printable(snomctl::show_buttons(*body));
  (void)snomctl::read_buttons(*body);
}

}  // namespace snom::fuzz
