#include <nlohmann/json.hpp>

#include "language/text.h"
#include "snomctl/answer_json.h"
#include "snomctl/client.h"
#include "snomctl/layout_answers.h"
#include "snomctl/show.h"
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

void must_be_printable(const std::string& shown) {
  must(language::printable_lines(shown) == shown, "what is shown does nothing to a terminal");
}

}  // namespace

/// A server's event stream; and its body as the answer to each question that snomctl asks.
void event_stream(std::string_view input) {
  const auto seen = read(input, input.size());
  must(seen == read(input, 1), "events are the same however their bytes arrive");
  for (const auto& event : seen) {
    must(event.second.is_object(), "the data of an event is an object");
    must_be_printable(snomctl::show_event("12:00:00", event.first, event.second));
  }
  const auto body = snomctl::parse_answer(input);
  if (!body) return;
  must_be_printable(snomctl::show_phones(*body));
  must_be_printable(snomctl::show_buttons(*body));
  (void)snomctl::read_buttons(*body);
}

}  // namespace snom::fuzz
