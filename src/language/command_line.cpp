#include "language/command_line.h"

#include <algorithm>
#include <optional>

namespace snom::language {
namespace {

/// What a backslash before `c` makes of it; nullopt when the backslash means nothing and stays.
std::optional<char> meant_by_escape(char c, char delimiter) {
  if (c == delimiter && delimiter != ' ') return c;  // before the letters: `\n` is an n where lines are split at n
  switch (c) {
    case '\'':
    case '"':
    case '\\':
      return c;
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 's':
      return ' ';
    default:
      return std::nullopt;
  }
}

/// How many characters there are, from there on, that are neither a blank, a quote nor a backslash: most of them.
std::size_t plain_length(std::string_view line, std::size_t from) {
  const auto means_something = [](char c) { return c == ' ' || c == '\'' || c == '\\'; };
  const auto begin = line.begin() + static_cast<std::ptrdiff_t>(from);
  return static_cast<std::size_t>(std::find_if(begin, line.end(), means_something) - begin);
}

/// Takes quotes, escapes and the blanks around off a piece of the line.
std::string clean(std::string_view piece, char delimiter) {
  piece.remove_prefix(std::min(piece.find_first_not_of(' '), piece.size()));
  std::string argument;
  argument.reserve(piece.size());
  std::size_t end = 0;  // what lies behind it are trailing blanks, to be cut
  bool inside_quotes = false;
  for (std::size_t i = 0; i < piece.size(); ++i) {
    if (const auto plain = plain_length(piece, i); plain > 0) {
      argument.append(piece, i, plain);
      end = argument.size();
      i += plain;
      if (i == piece.size()) break;
    }
    const char c = piece[i];
    const auto meant = c == '\\' && i + 1 < piece.size() ? meant_by_escape(piece[i + 1], delimiter) : std::nullopt;
    if (meant) {
      argument += *meant;
      end = argument.size();
      ++i;
    } else if (c == '\'' && (inside_quotes || piece.find('\'', i + 1) != std::string_view::npos)) {
      inside_quotes = !inside_quotes;
      if (inside_quotes) end = argument.size();  // blanks before an opening quote stay, even if nothing follows
    } else {
      argument += c;
      if (c != ' ' || inside_quotes) end = argument.size();
    }
  }
  argument.resize(end);
  return argument;
}

/// Length of the argument that starts the line, quotes and escapes included, leading blanks too.
std::size_t blank_ended_length(std::string_view line) {
  bool inside_quotes = false;
  for (std::size_t i = std::min(line.find_first_not_of(' '), line.size()); i < line.size(); ++i) {
    i += plain_length(line, i);
    if (i == line.size()) break;
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '\'') {
      inside_quotes = !inside_quotes;
    } else if (line[i] == ' ' && !inside_quotes) {
      return i;
    }
  }
  return line.size();
}

/// The same for another delimiter, where a quote groups only if it has a partner.
std::size_t delimited_length(std::string_view line, char delimiter) {
  bool inside_quotes = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '\'' && (inside_quotes || line.find('\'', i + 1) != std::string_view::npos)) {
      inside_quotes = !inside_quotes;
    } else if (line[i] == delimiter && !inside_quotes) {
      return i;
    }
  }
  return line.size();
}

}  // namespace

std::vector<std::string> split_command_line(std::string_view line, std::size_t limit) {
  char delimiter = ' ';
  if (line.size() >= 4 && line.starts_with("^^")) {
    delimiter = line[2];
    line.remove_prefix(3);
  }
  std::vector<std::string> arguments;
  while (!line.empty() && arguments.size() < limit) {
    const bool last = arguments.size() + 1 == limit;
    const std::size_t length = last               ? line.size()
                               : delimiter == ' ' ? blank_ended_length(line)
                                                  : delimited_length(line, delimiter);
    arguments.push_back(clean(line.substr(0, length), delimiter));
    line.remove_prefix(std::min(length + 1, line.size()));
    if (delimiter == ' ') line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  }
  return arguments;
}

namespace {

/// At the start of a line it would choose another delimiter.
bool chooses_delimiter(std::string_view argument) { return argument.starts_with("^^"); }

/// Backslashes and quotes are always escaped: what a lone one means depends on what follows. So are line ends and tabs,
/// which would end the line, or be taken off its end, before anybody splits it.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      if (c == '\\' || c == '\'') out += '\\';
      out += c;
    }
  }
}

}  // namespace

std::string quote_argument(std::string_view argument) {
  const bool plain = !argument.empty() && argument.find_first_of(" \\'\n\r\t") == std::string_view::npos;
  if (plain && !chooses_delimiter(argument)) return std::string(argument);
  std::string out = "'";
  append_escaped(out, argument);
  return out += '\'';
}

std::string quote_last_argument(std::string_view argument) {
  const bool edges = argument.empty() || argument.front() == ' ' || argument.back() == ' ';
  if (edges || chooses_delimiter(argument)) return quote_argument(argument);
  std::string out;
  append_escaped(out, argument);
  return out;
}

}  // namespace snom::language
