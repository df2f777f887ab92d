#include "snomd/query.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "language/refused.h"
#include "language/text.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

constexpr std::string_view several = "...";

}  // namespace

Query::Read<Query> Query::of(const http::Request& request, const Known& known) {
  Query query;
  for (auto& [name, value] : http::parse_query(request.query)) {
    const auto is_it = [&name = name](std::string_view one) {
      return one == name || (one.ends_with(several) && one.substr(0, one.size() - several.size()) == name);
    };
    const auto found = std::find_if(known.begin(), known.end(), is_it);
    if (name.empty()) return tl::unexpected(problem(400, "query: a parameter without a name stands there", "query"));
    if (found == known.end()) {
      const auto field = language::first_word(name);  // empty when it begins with none
      return tl::unexpected(problem(
          400,
          known.empty()
              ? fmt::format("{} is no parameter of this: it has none", language::in_quotes_to_its_first_word(name))
              : fmt::format("{} is no parameter of this (expected {})", language::in_quotes_to_its_first_word(name),
                            fmt::join(known, ", ")),
          field.empty() ? std::string("query") : field));
    }
    const auto is_same = [&name = name](const auto& before) { return before.first == name; };
    if (*found == name && std::any_of(query.parameters_.begin(), query.parameters_.end(), is_same)) {
      return tl::unexpected(problem(400, fmt::format("{}: expected once", name), name));
    }
    if (*found != name && value.find_first_not_of(',') == std::string::npos) {
      return tl::unexpected(problem(400, fmt::format("{}: expected a value", name), name));
    }
    query.parameters_.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

std::optional<std::string> Query::text(std::string_view name) const {
  for (const auto& [known, value] : parameters_) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Query::texts(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [known, value] : parameters_) {
    if (known != name) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto one = rest.substr(0, rest.find(','));
      if (!one.empty()) values.emplace_back(one);
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    }
  }
  return values;
}

Query::Read<std::uint64_t> Query::number(std::string_view name, std::uint64_t fallback, std::uint64_t low,
                                         std::uint64_t high) const {
  const auto value = text(name);
  if (!value) return fallback;
  std::uint64_t number = 0;
  const auto* const end = value->data() + value->size();
  const auto [read, error] = std::from_chars(value->data(), end, number);
  if (error != std::errc() || read != end || number < low || number > high) {
    return tl::unexpected(problem(400,
                                  fmt::format("{}: expected a number from {} to {}, not {}", name, low, high,
                                              language::in_quotes_to_its_blank(*value)),
                                  name));
  }
  return number;
}

Query::Read<std::vector<std::string>> Query::words_of(std::string_view name,
                                                      const std::vector<std::string_view>& words) const {
  auto values = texts(name);
  for (const auto& value : values) {
    if (std::find(words.begin(), words.end(), value) == words.end()) {
      return tl::unexpected(problem(400,
                                    fmt::format("{}: {} is none (expected {})", name,
                                                language::in_quotes_to_its_blank(value), fmt::join(words, ", ")),
                                    name));
    }
  }
  return values;
}

}  // namespace snom::snomd
