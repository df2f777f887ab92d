#include "snomctl/top_view.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <sstream>

#include <fmt/format.h>

#include "language/text.h"
#include "snomctl/answer_json.h"
#include "snomctl/show.h"

namespace snom::snomctl {
namespace {

using language::printable;
using nlohmann::json;

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
/// Of the lines below the figures, for events; the others are for phones.
constexpr std::size_t part_of_events = 3;

const json& part(const json& object, const char* name) {
  static const json none = json::object();
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string duration(std::int64_t seconds) {
  const auto minutes = seconds / 60;
  if (minutes < 1) return fmt::format("{} s", seconds);
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes < 24 * 60) return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  return fmt::format("{} d {} h", minutes / 60 / 24, minutes / 60 % 24);
}

std::string heading(const TopView& view) {
  auto line = fmt::format("{}  snomd at {}", view.clock, view.server);
  if (view.now) {
    line += fmt::format(", {}, up {}", text_of(view.now->status, "version"),
                        duration(number_of(view.now->status, "uptime_s")));
  }
  if (!view.trouble.empty()) line += "  NOT REACHED";
  return printable(line);
}

std::string phones_line(const Sample& now) {
  constexpr std::array states{"silent", "refused", "pending", "ok", "away"};
  const auto& counts = part(now.phones, "states");
  std::int64_t all = 0;
  std::string each;
  for (const auto* state : states) {
    const auto count = number_of(counts, state);
    all += count;
    each += fmt::format("{} {} {}", each.empty() ? ":" : ",", count, state);
  }
  return fmt::format("phones      {}{}", all, each);
}

/// A figure of what happens in a second.
struct Figure {
  std::string_view text, name, label = {};
};

/// A dash for each until there are two looks.
std::string rates(const TopView& view, std::string_view title, std::initializer_list<Figure> figures) {
  std::string line;
  for (const auto& [text, name, label] : figures) {
    const auto value = view.before ? fmt::format("{:.1f}", rate(*view.before, *view.now, name, label)) : "-";
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", value, text);
  }
  return fmt::format("{:<12}{} a second", title, line);
}

std::string deliveries_line(const TopView& view) {
  constexpr std::string_view name = "snomd_deliveries_total";
  return rates(view, "deliveries",
               {{"accepted", name, R"(outcome="accepted")"},
                {"refused", name, R"(outcome="refused")"},
                {"silent", name, R"(outcome="silent")"}});
}

std::string others_line(const TopView& view) {
  return rates(view, "others",
               {{"presses", "snomd_presses_total"},
                {"registrations", "snomd_registrations_total"},
                {"commands", "snomd_commands_total"}});
}

std::string waiting_line(const Sample& now) {
  const auto& counters = now.counters;
  return fmt::format("waiting     {:.0f} restores, {:.0f} changes for the store; {} watch events",
                     sum(counters, "snomd_restores_waiting"), sum(counters, "snomd_store_waiting"),
                     number_of(now.status, "watchers"));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> wrong_phones(const Sample& now) {
  if (list_of(now.phones, "phones").empty()) return {"all phones that are there show what they should"};
  auto lines = lines_of(show_found_phones(now.phones));
  const auto shown = lines.size() - 1;
  const auto total = static_cast<std::size_t>(std::max<std::int64_t>(0, number_of(now.phones, "total")));
  if (total > shown)
    lines.push_back(fmt::format("and {} more (snomctl phones --state silent,refused,pending)", total - shown));
  return lines;
}

/// Of `lines` as many as `most`; what is left out is said in the last one.
void add(std::vector<std::string>& all, std::vector<std::string> lines, std::size_t most) {
  if (lines.size() > most) lines.resize(most);
  std::move(lines.begin(), lines.end(), std::back_inserter(all));
}

std::vector<std::string> figures(const TopView& view) {
  std::vector<std::string> lines{heading(view)};
  if (!view.trouble.empty()) lines.push_back(printable(view.trouble));
  if (view.now) {
    lines.push_back(phones_line(*view.now));
    lines.push_back(deliveries_line(view));
    lines.push_back(others_line(view));
    lines.push_back(waiting_line(*view.now));
  }
  return lines;
}

}  // namespace

double rate(const Sample& before, const Sample& now, std::string_view name, std::string_view label) {
  const std::chrono::duration<double> passed = now.at - before.at;
  const auto grown = sum(now.counters, name, label) - sum(before.counters, name, label);
  return passed.count() <= 0 || grown < 0 ? 0 : grown / passed.count();
}

std::string fitting(const std::string& text, std::size_t columns) {
  if (display_width(text) <= columns) return text;
  std::string cut;
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = begin + 1;
    while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
    const auto longer = cut + text.substr(begin, end - begin);
    if (display_width(longer) > columns) break;
    cut = longer;
    begin = end;
  }
  return cut;
}

std::vector<std::string> draw(const TopView& view, std::size_t columns, std::size_t rows) {
  auto lines = figures(view);
  constexpr std::string_view help = "q ends";
  const auto used = lines.size() + 2;  // an empty line below the figures, and the last one
  if (view.now && rows > used + 2) {
    const auto left = rows - used;
    const auto events = std::min(view.events.size() + 1, std::max<std::size_t>(left / part_of_events, 2));
    lines.emplace_back();
    add(lines, wrong_phones(*view.now), left - events);
    lines.resize(rows - events - 1);  // the events stay where they are
    lines.emplace_back("LATEST EVENTS");
    const auto first = view.events.size() - std::min(view.events.size(), events - 1);
    for (auto i = first; i < view.events.size(); ++i) lines.push_back(printable(view.events[i]));
    lines.resize(rows - 1);
  }
  lines.emplace_back(help);
  if (lines.size() > rows) lines.resize(rows);
  for (auto& line : lines) line = fitting(line, columns);
  return lines;
}

std::string draw_all(const TopView& view) {
  auto lines = figures(view);
  if (view.now) {
    lines.emplace_back();
    add(lines, wrong_phones(*view.now), no_limit);
  }
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

}  // namespace snom::snomctl
