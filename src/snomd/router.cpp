#include "snomd/router.h"

#include <algorithm>

#include "language/percent.h"

namespace snom::snomd {
namespace {

constexpr std::string_view any = "{}";

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return std::equal(pattern.begin(), pattern.end(), segments.begin(), segments.end(),
                    [](const std::string& wanted, const std::string& there) {
                      return wanted == any ? !there.empty() : wanted == there;
                    });
}

}  // namespace

void Router::add(access::Role needs, std::string_view method, std::string_view pattern, Handler handler,
                 Query::Known parameters) {
  Route route{std::string(method), std::string(pattern), needs, {}, std::move(handler), std::move(parameters)};
  for (const auto& segment : language::path_segments(pattern)) {
    route.segments.emplace_back(segment.starts_with('{') ? any : segment);
  }
  routes_.push_back(std::move(route));
}

void Router::add(std::string_view method, std::string_view pattern, Handler handler, Query::Known parameters) {
  add(method == "GET" ? access::Role::read : access::Role::operate, method, pattern, std::move(handler),
      std::move(parameters));
}

Router::Found Router::find(std::string_view method, std::string_view raw_path) const {
  auto segments = language::path_segments(raw_path);
  const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
  Found found;
  for (const auto& route : routes_) {
    if (!matches(route.segments, segments)) continue;
    if (route.method == wanted) {
      Values values;
      for (std::size_t i = 0; i < segments.size(); ++i) {
        if (route.segments[i] == any) values.places.push_back(std::move(segments[i]));
      }
      return {&route.handler, std::move(values), {}, route.needs, route.pattern, &route.parameters};
    }
    found.needs = found.allowed.empty() ? route.needs : std::min(found.needs, route.needs);
    found.allowed.append(found.allowed.empty() ? "" : ", ").append(route.method == "GET" ? "GET, HEAD" : route.method);
  }
  return found;
}

}  // namespace snom::snomd
