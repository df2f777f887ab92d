#include "snomctl/quote.h"

namespace snom::snomctl {
namespace {

/// Backslashes and quotes are always escaped: what a lone one means depends on what follows.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
}

}  // namespace

std::string quote_argument(std::string_view argument) {
  const bool plain = !argument.empty() && argument.find_first_of(" \\'") == std::string_view::npos;
  if (plain) return std::string(argument);
  std::string out = "'";
  append_escaped(out, argument);
  return out += '\'';
}

std::string quote_last_argument(std::string_view argument) {
  const bool edges = argument.empty() || argument.front() == ' ' || argument.back() == ' ';
  if (edges) return quote_argument(argument);
  std::string out;
  append_escaped(out, argument);
  return out;
}

}  // namespace snom::snomctl
