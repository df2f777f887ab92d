#include "access/token.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "language/hex.h"
#include "language/refused.h"
#include "language/text.h"
#include "runtime/random.h"

namespace snom::access {
namespace {

constexpr std::string_view hash_start = "sha256/";
constexpr std::size_t hash_digits = 64;
constexpr std::size_t longest_name = 64;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// "2026-11-27T01:00:00Z", as far as its form goes.
bool is_time(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:ddZ";
  return std::equal(text.begin(), text.end(), form.begin(), form.end(),
                    [](char c, char f) { return f == 'd' ? c >= '0' && c <= '9' : c == f; });
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view blanks = " \t\r";
  for (;;) {
    const auto begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return words;
    const auto end = std::min(line.find_first_of(blanks, begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

template <typename Number>
std::optional<Number> number_of(std::string_view text, Number most) {
  Number number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < 1 || number > most) {
    return std::nullopt;
  }
  return number;
}

/// False: it is neither limit, or given twice, or no number within bounds.
bool take_limit(std::string_view word, Token& token) {
  constexpr std::string_view rate = "per_second=";
  constexpr std::string_view body = "max_body=";
  if (word.starts_with(rate) && !token.per_second) {
    token.per_second = number_of(word.substr(rate.size()), most_per_second);
    return token.per_second.has_value();
  }
  if (word.starts_with(body) && !token.max_body) {
    token.max_body = number_of(word.substr(body.size()), largest_body);
    return token.max_body.has_value();
  }
  return false;
}

/// The error is what was expected.
tl::expected<Token, std::string> parse_line(const std::vector<std::string_view>& words) {
  if (auto checked = check_name(words[0]); !checked) return tl::unexpected(std::move(checked.error()));
  Token token;
  token.name = words[0];
  const auto of = [&](std::string_view what) {
    return tl::unexpected(fmt::format("token '{}': expected {}", token.name, what));
  };
  const auto role = words.size() > 1 ? parse_role(words[1]) : std::nullopt;
  if (!role) return of("a role, read, operate or admin, behind the name");
  token.role = *role;
  const auto hash = words.size() > 2 ? words[2] : std::string_view();
  if (!hash.starts_with(hash_start) || hash.size() != hash_start.size() + hash_digits ||
      !language::is_hex(hash.substr(hash_start.size()))) {
    return of("sha256/ and 64 hex digits behind the role");
  }
  token.hash = language::lower_case(hash.substr(hash_start.size()));
  if (words.size() < 4 || !is_time(words[3])) return of("when it was made, 2026-11-27T01:00:00Z, behind the hash");
  token.created = words[3];
  for (std::size_t i = 4; i < words.size(); ++i) {
    if (!take_limit(words[i], token)) {
      return of(fmt::format("per_second=1 to {} or max_body=1 to {} behind the time", most_per_second, largest_body));
    }
  }
  return token;
}

}  // namespace

tl::expected<void, std::string> check_name(std::string_view name) {
  const auto fits = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; };
  if (name == configured_name) {
    return tl::unexpected(fmt::format("'{}' is the token of the configuration: choose another name", name));
  }
  if (!name.empty() && name.size() <= longest_name && is_letter_or_digit(name.front()) &&
      std::all_of(name.begin(), name.end(), fits)) {
    return {};
  }
  return tl::unexpected(
      fmt::format("{} is no name of a token (expected 1 to {} of A-Z a-z 0-9 . _ -, a letter or digit "
                  "first)",
                  language::in_quotes_to_its_blank(name), longest_name));
}

std::string new_token() {
  constexpr std::size_t bytes = 32;
  return "snom_" + language::to_hex(runtime::random_bytes(bytes));
}

tl::expected<std::vector<Token>, std::string> parse_tokens(std::string_view text, const std::string& name) {
  std::vector<Token> tokens;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty() || words[0].starts_with('#')) continue;
    auto token = parse_line(words);
    if (token && std::any_of(tokens.begin(), tokens.end(), [&](const Token& t) { return t.name == token->name; })) {
      token = tl::unexpected(fmt::format("token '{}': expected a name that no other line has", token->name));
    }
    if (token && tokens.size() == most_tokens) {
      token = tl::unexpected(fmt::format("expected at most {} tokens", most_tokens));
    }
    if (!token) return tl::unexpected(fmt::format("{}:{}: {}", name, number, token.error()));
    tokens.push_back(std::move(*token));
  }
  return tokens;
}

std::string write_token(const Token& token) {
  auto line = fmt::format("{} {} {}{} {}", token.name, to_string(token.role), hash_start, token.hash, token.created);
  if (token.per_second) line += fmt::format(" per_second={}", *token.per_second);
  if (token.max_body) line += fmt::format(" max_body={}", *token.max_body);
  return line + "\n";
}

}  // namespace snom::access
