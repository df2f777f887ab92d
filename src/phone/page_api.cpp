#include "phone/page_api.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/response_head.h"
#include "language/percent.h"
#include "language/text.h"
#include "phone/hands.h"
#include "phone/state_json.h"

namespace snom::phone {

namespace {

constexpr std::size_t usual_limit = 100;
constexpr std::size_t largest_limit = 500;
constexpr std::size_t most_watched = 16;

http::Response json_answer(std::string body) {
  http::Response response;
  response.content_type = "application/json";
  response.body = std::move(body) + "\n";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

http::Response no_such_phone(const std::string& user) {
  return page_problem(404, "there is no phone of the user '" + user + "' here");
}

/// A number of the query; `otherwise` where it is not there.
tl::expected<std::size_t, http::Response> number(const std::vector<std::pair<std::string, std::string>>& query,
                                                 const std::string& name, std::size_t most, std::size_t otherwise) {
  for (const auto& [given, value] : query) {
    if (given != name) continue;
    std::size_t read = 0;
    const auto result = std::from_chars(value.data(), value.data() + value.size(), read);
    if (value.empty() || result.ec != std::errc{} || result.ptr != value.data() + value.size() || read > most) {
      return tl::make_unexpected(
          page_problem(400, "expected a whole number, " + std::to_string(most) + " at most", name));
    }
    return read;
  }
  return otherwise;
}

}  // namespace

http::Response page_problem(int status, const std::string& detail, std::string_view field) {
  nlohmann::ordered_json body{{"title", http::reason_phrase(status)}, {"status", status}, {"detail", detail}};
  if (!field.empty()) body["field"] = field;
  http::Response response = json_answer(body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  response.status = status;
  response.content_type = "application/problem+json";
  return response;
}

http::Response wrong_method(const std::string& allowed) {
  http::Response response =
      page_problem(405, "only " + allowed + (allowed == "POST" ? " is" : " are") + " possible here");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

PageHosts::PageHosts(std::string_view bound) {
  const std::string port(bound.substr(bound.rfind(':')));
  for (const std::string& host : {std::string(bound.substr(0, bound.rfind(':'))), std::string("localhost"),
                                  std::string("127.0.0.1"), std::string("[::1]")}) {
    hosts_.insert(host + port);
    if (port == ":80") hosts_.insert(host);
  }
}

std::optional<http::Response> PageHosts::refuse(const http::Request& request) const {
  const std::string host = language::lower_case(request.header("host"));
  if (!hosts_.contains(host)) return page_problem(421, "this page is not known by that name: use " + *hosts_.begin());
  if (const auto origin = request.header("origin"); !origin.empty() && origin != "http://" + host) {
    return page_problem(403, "asked for by a page of another origin");
  }
  if (request.method != "POST") return std::nullopt;
  const auto type = request.header("content-type");
  std::string media(type.substr(0, type.find(';')));
  while (media.ends_with(' ')) media.pop_back();
  if (language::lower_case(media) == "application/json") return std::nullopt;
  return page_problem(415, "expected Content-Type: application/json");
}

void PageApi::answer(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
  const auto path = language::path_segments(request.raw_path);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (path.size() == 2 && path[1] == "events") {
    if (!reads) return responder->send(wrong_method("GET, HEAD"));
    return events(request, responder);
  }
  if (path.size() < 2 || path.size() > 4 || path[1] != "phones") {
    return responder->send(page_problem(404, "there is nothing here: /v1/phones lists the phones"));
  }
  if (path.size() == 2) return responder->send(reads ? list(request) : wrong_method("GET, HEAD"));
  const auto place = phones_.find(path[2]);
  if (!place) return responder->send(no_such_phone(path[2]));
  VirtualPhone& phone = phones_.at(*place);
  if (path.size() == 3) {
    return responder->send(reads ? json_answer(page_state_json(phone)) : wrong_method("GET, HEAD"));
  }
  if (request.method != "POST") return responder->send(wrong_method("POST"));
  if (const auto done = do_with_hands(phone, path[3], request.body); !done) {
    return responder->send(page_problem(done.error().status, done.error().detail, done.error().field));
  }
  responder->send(json_answer(page_state_json(phone)));
}

http::Response PageApi::list(const http::Request& request) const {
  const auto query = http::parse_query(request.query);
  const auto offset = number(query, "offset", 1000000, 0);
  if (!offset) return offset.error();
  const auto limit = number(query, "limit", largest_limit, usual_limit);
  if (!limit) return limit.error();
  std::string search;
  for (const auto& [name, value] : query) {
    if (name == "search") search = value;
  }
  return json_answer(phones_.list_json(search, *offset, *limit));
}

void PageApi::events(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
  std::vector<std::size_t> places;
  bool named = false;
  for (const auto& [name, user] : http::parse_query(request.query)) {
    if (name != "phone") continue;
    named = true;
    const auto place = phones_.find(user);
    if (!place) return responder->send(no_such_phone(user));
    if (std::ranges::find(places, *place) == places.end()) places.push_back(*place);
  }
  if (places.size() > most_watched) {
    return responder->send(
        page_problem(400, "more than " + std::to_string(most_watched) + " phones in one stream", "phone"));
  }
  auto stream = responder->stream("text/event-stream");
  if (named) {
    live_.watch(std::move(places), std::move(stream));
  } else {
    live_.watch_list(std::move(stream));
  }
}

}  // namespace snom::phone
