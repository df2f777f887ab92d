#include "snomd/router.h"

#include <algorithm>
#include <optional>

#include "language/percent.h"

namespace snom::snomd {
namespace {

constexpr std::string_view any = "{}";

/// The parts of "/a/b", as they stand there; nothing for a path that does not begin with a slash.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  if (!path.starts_with('/')) return parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto part = path.substr(0, path.find('/'));
    parts.push_back(part);
    path.remove_prefix(part.size());
  }
  return parts;
}

std::optional<Router::Values> match(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  Router::Values values;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool fits = pattern[i] == any ? !segments[i].empty() : pattern[i] == segments[i];
    if (!fits) return std::nullopt;
    if (pattern[i] == any) values.push_back(segments[i]);
  }
  return values;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
  Route route{std::string(method), std::string(pattern), {}, std::move(handler)};
  for (const auto segment : split(pattern)) {
    route.segments.emplace_back(segment.starts_with('{') ? any : segment);
  }
  routes_.push_back(std::move(route));
}

Router::Found Router::find(std::string_view method, std::string_view raw_path) const {
  std::vector<std::string> segments;
  for (const auto segment : split(raw_path)) segments.push_back(language::percent_decode(segment));
  const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
  Found found;
  for (const auto& route : routes_) {
    auto values = match(route.segments, segments);
    if (!values) continue;
    if (route.method == wanted) return {&route.handler, std::move(*values), {}};
    found.allowed.append(found.allowed.empty() ? "" : ", ").append(route.method == "GET" ? "GET, HEAD" : route.method);
  }
  return found;
}

std::vector<std::pair<std::string, std::string>> Router::routes() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& route : routes_) all.emplace_back(route.method, route.pattern);
  return all;
}

}  // namespace snom::snomd
