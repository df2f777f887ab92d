#include "language/refused.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "language/text.h"

namespace snom::language {
namespace {

bool ends_a_word(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"';
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// Whether what stands before a word's first colon ends in a URI's scheme. Anything else is a user's name.
bool ends_in_scheme(std::string_view text) {
  constexpr std::string_view schemes[] = {"sip", "sips", "tel", "http", "https", "ftp", "snom", "mailto"};
  auto begin = text.size();
  while (begin > 0 && is_letter_or_digit(text[begin - 1])) --begin;
  const auto word = text.substr(begin);
  return std::any_of(std::begin(schemes), std::end(schemes),
                     [word](std::string_view scheme) { return equal_ignoring_case(word, scheme); });
}

bool is_port(std::string_view text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  return end > 0 && (end == text.size() || text[end] == ';' || text[end] == '?' || text[end] == '/');
}

/// One word without what stands between a user and the host. In a broken URI the password may hold an '@' itself: what
/// is in doubt is left out.
void append_without_password(std::string_view word, std::string& shown) {
  const auto last_at = word.rfind('@');
  auto colon = word.find(':');
  if (colon != std::string_view::npos && ends_in_scheme(word.substr(0, colon))) colon = word.find(':', colon + 1);
  const bool has_none = last_at == std::string_view::npos || colon == std::string_view::npos || colon > last_at;
  if (has_none || (word.find('@') < colon && is_port(word.substr(colon + 1)))) {
    shown.append(word);
    return;
  }
  shown.append(word.substr(0, colon)).append(word.substr(last_at));
}

/// Arguments in a row, however they are parted, and actions: no blank need stand between a command and a password.
bool is_like_a_line(std::string_view text) {
  return text.starts_with("^^") || lower_case(text.substr(0, text.find('+'))) == "api";
}

}  // namespace

std::string without_uri_passwords(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const auto word_end = std::find_if(text.begin(), text.end(), ends_a_word);
    const auto length = static_cast<std::size_t>(word_end - text.begin());
    append_without_password(text.substr(0, length), shown);
    const auto rest = std::find_if_not(word_end, text.end(), ends_a_word);
    shown.append(word_end, rest);
    text.remove_prefix(static_cast<std::size_t>(rest - text.begin()));
  }
  return shown;
}

std::string_view first_word(std::string_view text) {
  constexpr std::size_t longest = 64;
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '+';
  };
  const auto* const begin = std::find_if(text.begin(), text.end(), belongs);
  const auto* const end = std::find_if_not(begin, text.end(), belongs);
  const auto word = text.substr(static_cast<std::size_t>(begin - text.begin()), static_cast<std::size_t>(end - begin));
  return word.substr(0, longest);
}

std::string to_its_first_word(std::string_view text) {
  const auto word = first_word(text);
  if (trimmed(text) == word) return std::string(text);
  return std::string(word) + " ...";
}

std::string to_its_blank(std::string_view text) {
  if (is_like_a_line(text)) return to_its_first_word(text);
  constexpr std::string_view blanks = " \t\r\n";
  if (trimmed(text).find_first_of(blanks) == std::string_view::npos) return without_uri_passwords(text);
  return without_uri_passwords(text.substr(0, text.find_first_of(blanks))) + " ...";
}

std::string in_quotes_to_its_first_word(std::string_view text) { return in_quotes(to_its_first_word(text)); }

std::string in_quotes_to_its_blank(std::string_view text) { return in_quotes(to_its_blank(text)); }

std::string shown_toml_error(std::string_view description) {
  const auto open = description.find('\'');
  const auto close = description.rfind('\'');
  if (description.find("cannot redefine") >= open || open == close) return printable(description);
  return printable(description.substr(0, open)) +
         in_quotes_to_its_first_word(description.substr(open + 1, close - open - 1)) +
         printable(description.substr(close + 1));
}

}  // namespace snom::language
