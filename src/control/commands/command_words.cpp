#include "control/commands/command_words.h"

#include <algorithm>

#include "language/command_line.h"
#include "language/text.h"

namespace snom::control {
namespace {

/// Where the argument that starts at `begin` ends, by the rules of language::split_command_line.
std::size_t end_of_argument(std::string_view text, std::size_t begin, char delimiter) {
  bool quoted = false;
  for (auto i = begin; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '\'') {
      // Only among blanks does a quote without a partner group to the end of the line.
      quoted = !quoted && (delimiter == ' ' || text.find('\'', i + 1) != std::string_view::npos);
    } else if (text[i] == delimiter && !quoted) {
      return i;
    }
  }
  return text.size();
}

}  // namespace

CommandWords read_line(std::string_view line) {
  line = language::trimmed(line);
  const auto end = std::min(line.find(' '), line.size());
  return {line.substr(0, end), language::trimmed(line.substr(end))};
}

std::string_view first_arguments(std::string_view arguments, std::size_t count) {
  const bool by_blanks = arguments.size() < 4 || !arguments.starts_with("^^");
  const char delimiter = by_blanks ? ' ' : arguments[2];
  std::size_t begin = by_blanks ? 0 : 3;
  std::size_t end = begin;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) begin = end + 1;
    if (delimiter == ' ') begin = std::min(arguments.find_first_not_of(' ', begin), arguments.size());
    if (begin >= arguments.size()) return {};
    end = end_of_argument(arguments, begin, delimiter);
  }
  const auto cut = arguments.substr(0, end);

  // The cut hides secrets: do not trust the scan above, ask the one that splits for real.
  const auto whole = language::split_command_line(arguments, count + 1);
  const auto kept = language::split_command_line(cut, count + 1);
  if (kept.size() != count || whole.size() < count) return {};
  return std::equal(kept.begin(), kept.end(), whole.begin()) ? cut : std::string_view{};
}

}  // namespace snom::control
